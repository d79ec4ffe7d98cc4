"""Mails that pages and actions send, and the links in them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage
from django.db.models import BigIntegerField
from django.test import TestCase

from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.jobs.handlers import RateLimitReached
from commerce.kit.clock import now
from commerce.mail.delivery import deliver_mail
from commerce.mail.models import OutgoingMail
from tests.make.browser import HttpsTestClient

_LAST = CompiledQuerySet(lambda: OutgoingMail.objects.order_by("-pk").values_list("pk")[:1])
_WAITING = CompiledQuerySet(
    lambda: (
        OutgoingMail.objects.filter(status="queued", pk__gt=QueryParam("after", BigIntegerField()))
        .order_by("pk")
        .values_list("pk")
    )
)
"""Both are asked at each request of such a browser."""


@contextmanager
def commit_and_deliver() -> Iterator[None]:
    """What was to happen after commit happens at the end of the block, as outside of tests; the mails of it go out."""
    last = max((pk for (pk,) in _LAST.tuples()), default=0)
    with TestCase.captureOnCommitCallbacks(execute=True):
        yield
    deliver_all(after=last)


def deliver_all(at: datetime | None = None, *, after: int = 0) -> None:
    """Send each mail that waits, as the worker would; those that fail or wait for their turn stay."""
    for (pk,) in _WAITING.tuples(after=after):
        with suppress(RateLimitReached):
            deliver_mail(pk, at or now())


class MailingBrowser(HttpsTestClient):
    """A browser whose requests commit, so that their mails are in the outbox."""

    def request(self, **request: Any) -> Any:
        with commit_and_deliver():
            return super().request(**request)


def mails_to(email: str, words: str = "") -> list[EmailMessage]:
    """The mails to an address whose subject holds these words, the oldest first."""
    return [one for one in mail.outbox if one.to == [email] and words in one.subject]


def link_to(email: str, part: str, *, area: str = "client") -> str:
    """The path of the last link of this kind that was mailed to an address: ``link_to("a@b.c", "verify")``."""
    found = [
        link
        for one in mails_to(email)
        for link in re.findall(rf"https://localhost(?::8443)?(/{area}/{part}/\S+)", str(one.body))
    ]
    return str(found[-1])
