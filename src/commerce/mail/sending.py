"""Sending a mail that was announced: the work of a job, outside of any transaction (notifications.md 1)."""

import hashlib
import json
import logging
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import formataddr
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Value

from commerce.jobs.registry import Later, NoRoom, Work
from commerce.kit.crypto import Unreadable
from commerce.kit.errors import Moved, Refused
from commerce.mail import registry, templating
from commerce.mail.actions.delivery import (
    begin_sending,
    note_failed_try,
    note_lost,
    note_sent,
    skip_mail,
)
from commerce.mail.kinds import EVENTS
from commerce.mail.models import MailAddress, OutgoingMail
from commerce.mail.rules import LOST_AFTER
from commerce.mail.samples import sample
from commerce.mail.templating import Template, Written
from commerce.mail.values import packed
from commerce.preferences.current import get
from commerce.preferences.secrets import ring

log = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)
LOST_KEY = "The key under which its link was sealed was taken out of the ring."


def send_mail(work: Work) -> None:
    """The handler of the job ``mail.send``."""
    if seconds := deliver(work.subject_id, work.at):
        raise Later(seconds, "The mail waits for its turn.", at_most=30 * 86400)


def deliver(mail_id: int, at: datetime) -> int:
    """Send one mail if it is still to be sent; the seconds until it is to be looked at again, 0 for never.

    Raises ``NoRoom`` while this minute's mails are sent, and what an attachment raises that is not made yet.
    """
    mail = OutgoingMail.objects.filter(pk=mail_id).first()
    if mail is None or mail.status not in ("queued", "sending"):
        return 0
    if mail.status == "sending":
        if mail.tried_at is None or (at - mail.tried_at).total_seconds() < LOST_AFTER:
            return LOST_AFTER
        note_lost(mail=mail, at=at)
    template = templating.words_for(mail.event, mail.own_words, mail.locale)
    if why := _why_not(mail, template):
        skip_mail(mail=mail, outcome=why, at=at)
        return 0
    assert template is not None
    _take_turn(mail, at)
    try:
        told = _told(mail)
    except Unreadable:
        begin_sending(mail=mail, at=at)
        return note_failed_try(mail=mail, outcome=LOST_KEY, last=True, at=at)
    if _has_expired(mail, told, at):
        skip_mail(mail=mail, outcome="Its link has expired.", at=at)
        return 0
    words = templating.written(
        template,
        {**templating.surroundings(), **told},
        locale=mail.locale,
        time_zone=mail.time_zone or get("locale.display_zone"),
    )
    message = composed(mail.event, mail.once, mail.recipient, words, sender())
    for kind, pk in mail.attachments:
        message.attach(*registry.attached(kind, pk))
    return _handed_over(mail, message, words, at)


def _handed_over(
    mail: OutgoingMail, message: EmailMultiAlternatives, words: Written, at: datetime
) -> int:
    try:
        begin_sending(mail=mail, at=at)
    except Moved:
        return LOST_AFTER
    try:
        message.send()
    except (OSError, ValueError) as error:  # SMTP's own errors are OSErrors
        log.warning("The mail %s could not be sent: %s.", mail.pk, type(error).__name__)
        return note_failed_try(
            mail=mail, outcome=_said(error), refused=_for_good(error, mail.recipient), at=at
        )
    note_sent(mail=mail, subject=words.subject, text=words.text, html=words.html, at=at)
    return 0


def without_words(template: Template | None) -> str:
    """Why nothing can be said; empty when there is an active template."""
    if template is None:
        return "There is no template for it."
    return "" if template.active else "Its template is not active."


def _why_not(mail: OutgoingMail, template: Template | None) -> str:
    if why := without_words(template):
        return why
    stopped = MailAddress.objects.stopped(Value(mail.recipient))
    if not EVENTS[mail.event].is_security and stopped.exists():
        return "The address refused several mails; it gets security mails only."
    return registry.reason_to_drop(mail.event, mail.about_id, mail.values)


def _take_turn(mail: OutgoingMail, at: datetime) -> None:
    """Only so many in any minute, security mails first: they do not wait. Raises ``NoRoom``."""
    if EVENTS[mail.event].is_security:
        return
    most, sent = get("mail.per_minute"), OutgoingMail.objects.filter(sent_at__gt=at - MINUTE)
    earlier = sent.order_by("-sent_at").values_list("sent_at", flat=True)[most - 1 : most].first()
    if earlier is not None:
        raise NoRoom((earlier + MINUTE - at).total_seconds())


def _told(mail: OutgoingMail) -> dict[str, Any]:
    """What a mail tells. Raises ``Unreadable`` if its key was taken out of the ring."""
    told: dict[str, Any] = mail.values
    if mail.sealed:
        told = json.loads(ring().decrypt(mail.sealed))
    return told


def _has_expired(mail: OutgoingMail, told: Mapping[str, Any], at: datetime) -> bool:
    """Whether the link in it opens nothing any more: mail came back too late."""
    minutes, days = told.get("expires_minutes"), told.get("expires_days")
    lives = timedelta(minutes=minutes or 0, days=days or 0)
    return bool(mail.sealed and lives) and at > mail.created_at + lives


def _for_good(error: Exception, recipient: str) -> bool:
    """Whether the server said that this address will never take mail."""
    if isinstance(error, SMTPRecipientsRefused):
        codes: Iterable[int] = [code for code, _said_ in error.recipients.values()]
        return recipient in error.recipients and all(500 <= code < 600 for code in codes)
    return False


def _said(error: Exception) -> str:
    """What a try met, without anything that the mail itself holds."""
    if isinstance(error, SMTPRecipientsRefused):
        return f"The server refused the recipient: {next(iter(error.recipients.values()))[0]}."
    if isinstance(error, SMTPResponseException):
        return f"The server answered {error.smtp_code}."
    return f"{type(error).__name__}"


def sender() -> str:
    """Who mails come from."""
    name = get("mail.from_name") or get("company.name")
    return formataddr((name, get("mail.from_address") or get("company.email")))


def composed(
    event: str, once: str, to: str, words: Written, from_email: str
) -> EmailMultiAlternatives:
    """The message as it goes out, with the headers of an automatic one; the id follows from the occurrence."""
    mark = hashlib.sha256(f"{event} {once} {to}".encode()).hexdigest()[:40]
    message = EmailMultiAlternatives(
        subject=words.subject,
        body=words.text,
        from_email=from_email,
        to=[to],
        headers={
            "Message-ID": f"<{mark}@{urlsplit(settings.COMMERCE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
            "X-Commerce": "1",
        },
    )
    message.attach_alternative(words.html, "text/html")
    return message


def sampled(event: str, locale: str) -> Written:
    """The mail of an event, or of a template ``service_activated:key``, with made-up values. Raises ``Refused``."""
    template = templating.template_for(event, locale)
    if template is None:
        raise Refused(f"There is no event {event}.")
    values = {**templating.surroundings(), **packed(sample(event.partition(":")[0]), locale)}
    return templating.written(template, values, locale=locale)


def send_sample(*, event: str, to: str, locale: str) -> None:
    """Send it now and keep nothing: to see whether mail works. Raises ``OSError`` when it does not."""
    words = sampled(event, locale)
    composed(event, secrets.token_hex(8), to, words, sender()).send()
