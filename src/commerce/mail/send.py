"""Mails with a link that signs somebody in: no row holds the link, so these go out at once, in the background.

They never stand in the way of a request; a failure is noted and logged, never raised. Who does not get one asks again.
"""

import logging
import secrets
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from commerce.kit import clock
from commerce.mail import sending, templating
from commerce.mail.actions import Recipient, begin_link_mail, note_failed_try, note_sent
from commerce.mail.models import OutgoingMail
from commerce.mail.values import packed
from commerce.preferences.current import business_date, get

log = logging.getLogger(__name__)


def link_after_commit(
    *,
    event: str,
    to: Recipient,
    values: Mapping[str, Any],
    once: str = "",
    client_id: int | None = None,
) -> None:
    """Send it when the transaction of what it tells of is committed. Without ``once`` each call is its own occurrence.

    To the caller every mail costs the same little time, whether or not there is a mailbox at the other end.
    """
    at, once = clock.now(), once or secrets.token_hex(16)
    template = templating.template_for(event, to.locale)
    why_not = sending.without_words(template)
    mail = begin_link_mail(
        event=event, once=once, to=to, at=at, client_id=client_id, why_not=why_not
    )
    if mail is None or template is None or why_not:
        return
    always = {"date": business_date(at), "recipient_name": to.name}
    told = {**templating.surroundings(), **packed({**always, **values}, to.locale)}
    zone = to.time_zone or get("locale.display_zone")
    work = partial(_send, mail, template, told, zone, sending.sender(), at)
    transaction.on_commit(partial(_hand_over, work))


def wait(seconds: float = 30) -> None:
    """Return when everything handed over so far was sent: for commands that end, and for tests."""
    if _worker.cache_info().currsize:
        _worker().submit(lambda: None).result(timeout=seconds)


@cache
def _worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def _hand_over(work: "partial[None]") -> Future[None] | None:
    if settings.MAILERS["default"]["BACKEND"] == "django.core.mail.backends.locmem.EmailBackend":
        work()  # a test's outbox
        return None
    return _worker().submit(_apart, work)


def _apart(work: "partial[None]") -> None:
    """In the background's thread, which keeps no connection while it waits."""
    try:
        work()
    finally:
        connection.close()


def _send(
    mail: OutgoingMail,
    template: templating.Template,
    told: Mapping[str, Any],
    zone: str,
    sender: str,
    at: datetime,
) -> None:
    try:
        words = templating.written(template, told, locale=mail.locale, time_zone=zone)
        sending.composed(mail.event, mail.once, mail.recipient, words, sender).send()
    except Exception:
        log.exception("The mail %s could not be sent.", mail.event)
        _note(
            partial(note_failed_try, mail=mail, outcome="It could not be sent.", last=True, at=at)
        )
    else:
        _note(partial(note_sent, mail=mail, subject=words.subject, text="", html="", at=at))


def _note(what: "partial[Any]") -> None:
    """What came of it, as far as the database lets us: the mail itself is gone by then."""
    try:
        what()
    except Exception:
        log.exception("What became of a mail could not be noted.")
