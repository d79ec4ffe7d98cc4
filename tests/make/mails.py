"""Mails that pages and actions send, and the links in them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage
from django.test import TestCase

from tests.make.browser import Browser


@contextmanager
def committed() -> Iterator[None]:
    """What was to happen after commit happens at the end of the block, as outside of tests."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        yield


class Correspondent(Browser):
    """A browser whose requests commit, so that their mails are in the outbox."""

    def request(self, **request: Any) -> Any:
        with committed():
            return super().request(**request)


def mails_to(email: str, words: str = "") -> list[EmailMessage]:
    """The mails to an address whose subject holds these words, the oldest first."""
    return [one for one in mail.outbox if one.to == [email] and words in one.subject]


def link_to(email: str, part: str) -> str:
    """The path of the last link of this kind that was mailed to an address: ``link_to("a@b.c", "verify")``."""
    found = [
        link
        for one in mails_to(email)
        for link in re.findall(rf"https://localhost:8443(/client/{part}/\S+)", str(one.body))
    ]
    return str(found[-1])
