"""Sending a mail that was announced: the work of a job, outside of any transaction (notifications.md 1)."""

import hashlib
import json
import logging
import math
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import formataddr
from smtplib import (
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Value

from commerce.jobs.handlers import (
    JobRun,
    RateLimitReached,
    RetryLater,
    job_handler,
)
from commerce.jobs.models import RemoteState
from commerce.jobs.remotes import forget_silences, note_silence, troubled_remote
from commerce.jobs.rules import JobPriority
from commerce.kit.crypto import DecryptionError
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail import hooks, rendering
from commerce.mail.actions.lifecycle import (
    begin_sending,
    record_failed_try,
    record_outage,
    record_sent,
    requeue_lost_mail,
    skip_mail,
)
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.mail.models import OutgoingMail, SuppressedAddress
from commerce.mail.rendering import RenderedMail, TemplateSource
from commerce.mail.rules import LOST_AFTER_SECONDS, MailStatus
from commerce.mail.sample_values import sample_values
from commerce.mail.template_values import pack_values
from commerce.site_settings.current import get_setting
from commerce.site_settings.encryption import key_ring

log = logging.getLogger(__name__)

RATE_WINDOW = timedelta(minutes=1)
KEY_GONE_TEXT = "The key under which its link was encrypted was taken out of the ring."


MAIL_SERVER = "mail server"
"""Its name among remotes. One that is away rests: a thread that asks it waits for 20 seconds."""
REST_SECONDS, URGENT_SECONDS = 60, 10
"""For how long, after five silences; and how soon a mail is looked at again for which somebody waits."""


class MailServerAway(RetryLater):
    """It takes no mail of anybody's now; the job waits as long as its mail does."""

    def __init__(self, seconds: float, text: str) -> None:
        super().__init__(seconds, text, max_seconds=math.inf)


@job_handler("mail.send", priority=JobPriority.MAIL, limit_seconds=120)
def handle_send_mail(run: JobRun) -> None:
    """The handler of the job ``mail.send``."""
    if seconds := deliver_mail(run.subject_id, run.at):
        raise RetryLater(seconds, "The mail waits for its turn.", max_seconds=30 * 86400)


def deliver_mail(mail_id: int, at: datetime) -> int:
    """Send one mail if it is still to be sent; the seconds until it is to be looked at again, 0 for never.

    Raises ``RateLimitReached`` while this minute's mails are sent, ``MailServerAway`` while the mail server is away,
    and what an attachment raises that is not made yet.
    """
    mail = OutgoingMail.objects.filter(pk=mail_id).first()
    if mail is None or mail.status not in (MailStatus.QUEUED, MailStatus.SENDING):
        return 0
    if wait := _seconds_to_wait(mail, at):
        return wait
    if mail.status == MailStatus.SENDING:
        requeue_lost_mail(mail=mail, at=at)
    template = rendering.template_for_mail(mail.event, mail.product_template, mail.locale)
    if reason := _skip_reason(mail, template):
        skip_mail(mail=mail, outcome=reason, at=at)
        return 0
    assert template is not None
    trouble = troubled_remote(MAIL_SERVER)
    _wait_for_server(trouble, mail, at)
    _take_turn(mail, at)
    try:
        values = _values_of(mail)
    except DecryptionError:
        begin_sending(mail=mail, at=at)
        return record_failed_try(mail=mail, outcome=KEY_GONE_TEXT, is_last=True, at=at)
    if _has_expired(mail, values, at):
        skip_mail(mail=mail, outcome="Its link has expired.", at=at)
        return 0
    content = rendering.render_mail(
        template,
        {**rendering.company_variables(), **values},
        locale=mail.locale,
        time_zone=mail.time_zone or get_setting("locale.display_zone"),
    )
    message = build_message(
        mail.event, mail.idempotency_key, mail.recipient, content, sender_address()
    )
    for kind, pk in mail.attachments:
        message.attach(*hooks.build_attachment(kind, pk))
    pause = _send(mail, message, content, at)
    if trouble is not None and not pause:
        forget_silences(remote=MAIL_SERVER)
    return pause


def _wait_for_server(trouble: RemoteState | None, mail: OutgoingMail, at: datetime) -> None:
    """Ask a mail server that rests nothing. Of all mails that are not urgent one job alone finds out: the others of its
    priority are left alone until then.
    """
    seconds = ((trouble.rests_until or at) - at).total_seconds() if trouble else 0
    if trouble is None or seconds <= 0:
        return
    if MAIL_EVENTS[mail.event].is_security:
        raise MailServerAway(min(seconds, URGENT_SECONDS), trouble.problem)
    raise RateLimitReached(seconds)


def _outage(mail: OutgoingMail, problem: str, at: datetime) -> MailServerAway:
    """Another silence of the mail server, which rests from the fifth in a row on."""
    note_silence(remote=MAIL_SERVER, at=at, problem=problem, rest_seconds=REST_SECONDS)
    is_urgent = MAIL_EVENTS[mail.event].is_security
    return MailServerAway(URGENT_SECONDS if is_urgent else REST_SECONDS, problem)


def _seconds_to_wait(mail: OutgoingMail, at: datetime) -> int:
    """For a worker that may be sending it, or for more that follows from the same cause."""
    if mail.status == MailStatus.SENDING:
        tried = mail.tried_at or at
        return 0 if (at - tried).total_seconds() >= LOST_AFTER_SECONDS else LOST_AFTER_SECONDS
    return hooks.gathering_seconds(mail.event, mail.about_id, mail.created_at, at)


def _send(
    mail: OutgoingMail, message: EmailMultiAlternatives, content: RenderedMail, at: datetime
) -> int:
    told = mail.values
    try:
        begin_sending(mail=mail, at=at)
    except StateConflict:
        return LOST_AFTER_SECONDS
    if _has_grown(mail, told):
        requeue_lost_mail(mail=mail, at=at)
        return 1
    try:
        message.send()
    except (OSError, ValueError) as error:  # SMTP's own errors are OSErrors
        log.warning("The mail %s could not be sent: %s.", mail.pk, type(error).__name__)
        if is_outage(error):
            if record_outage(mail=mail, outcome=_describe(error), at=at):
                return 0
            raise _outage(mail, _describe(error), at) from error
        return record_failed_try(
            mail=mail,
            outcome=_describe(error),
            is_permanent=_refused_for_good(error, mail.recipient),
            at=at,
        )
    record_sent(mail=mail, subject=content.subject, text=content.text, html=content.html, at=at)
    return 0


def _has_grown(mail: OutgoingMail, told: Mapping[str, Any]) -> bool:
    """Whether more was gathered into it than its text tells; while it is being sent nothing is any more."""
    if not hooks.is_gathered(mail.event):
        return False
    now: Mapping[str, Any] = OutgoingMail.objects.values_list("values", flat=True).get(pk=mail.pk)
    return now != told


def missing_template_reason(template: TemplateSource | None) -> str:
    """Why nothing can be said; empty when there is an active template."""
    if template is None:
        return "There is no template for it."
    return "" if template.active else "The template is turned off."


def _skip_reason(mail: OutgoingMail, template: TemplateSource | None) -> str:
    if reason := missing_template_reason(template):
        return reason
    suppressed = SuppressedAddress.objects.suppressed(Value(mail.recipient))
    if not MAIL_EVENTS[mail.event].is_security and suppressed.exists():
        return "The address refused several mails; it gets security mails only."
    return hooks.obsolete_reason(mail.event, mail.about_id, mail.values)


def _take_turn(mail: OutgoingMail, at: datetime) -> None:
    """Only so many in any minute, security mails first: they do not wait. Raises ``RateLimitReached``."""
    if MAIL_EVENTS[mail.event].is_security:
        return
    limit = get_setting("mail.per_minute")
    sent = OutgoingMail.objects.filter(sent_at__gt=at - RATE_WINDOW).order_by("-sent_at")
    for earlier in sent[
        limit - 1 : limit
    ]:  # the last one that a minute has room for, if there are so many
        assert earlier.sent_at is not None
        raise RateLimitReached((earlier.sent_at + RATE_WINDOW - at).total_seconds())


# Each mail asks these: 0.15 ms in place of 2.
def _values_of(mail: OutgoingMail) -> dict[str, Any]:
    """What a mail tells. Raises ``DecryptionError`` if its key was taken out of the ring."""
    values: dict[str, Any] = mail.values
    if mail.encrypted_values:
        values = json.loads(key_ring().decrypt(mail.encrypted_values))
    return values


def _has_expired(mail: OutgoingMail, values: Mapping[str, Any], at: datetime) -> bool:
    """Whether the link in it opens nothing any more: mail came back too late."""
    minutes, days = values.get("expires_minutes"), values.get("expires_days")
    lifetime = timedelta(minutes=minutes or 0, days=days or 0)
    return bool(mail.encrypted_values and lifetime) and at > mail.created_at + lifetime


def is_outage(error: Exception) -> bool:
    """Whether the server takes no mail of anybody's now; what it says of one recipient concerns that one alone."""
    if isinstance(error, SMTPRecipientsRefused):
        return any(code == _GOES_AWAY for code, _reply in error.recipients.values())
    if isinstance(error, SMTPDataError | SMTPSenderRefused):
        return error.smtp_code < 500
    return isinstance(error, OSError)


_GOES_AWAY = 421


def _refused_for_good(error: Exception, recipient: str) -> bool:
    """Whether the server said that this address will never take mail."""
    if isinstance(error, SMTPRecipientsRefused):
        codes: Iterable[int] = [code for code, _reply in error.recipients.values()]
        return recipient in error.recipients and all(500 <= code < 600 for code in codes)
    return False


def _describe(error: Exception) -> str:
    """What a try met, without anything that the mail itself holds."""
    if isinstance(error, SMTPRecipientsRefused):
        return f"The server refused the recipient: {next(iter(error.recipients.values()))[0]}."
    if isinstance(error, SMTPResponseException):
        return f"The server answered {error.smtp_code}."
    return f"{type(error).__name__}"


def sender_address() -> str:
    """Who mails come from."""
    name = get_setting("mail.from_name") or get_setting("company.name")
    return formataddr((name, get_setting("mail.from_address") or get_setting("company.email")))


def build_message(
    event: str, idempotency_key: str, to: str, content: RenderedMail, from_email: str
) -> EmailMultiAlternatives:
    """The message as it goes out, with the headers of an automatic one; the id follows from the occurrence."""
    digest = hashlib.sha256(f"{event} {idempotency_key} {to}".encode()).hexdigest()[:40]
    message = EmailMultiAlternatives(
        subject=content.subject,
        body=content.text,
        from_email=from_email,
        to=[to],
        headers={
            "Message-ID": f"<{digest}@{urlsplit(settings.COMMERCE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
            "X-Commerce": "1",
        },
    )
    message.attach_alternative(content.html, "text/html")
    return message


def render_sample(event: str, locale: str, template: TemplateSource | None = None) -> RenderedMail:
    """The mail of an event, or of a template ``service_activated:key``, with made-up values.

    ``template``: words that are not kept yet. Raises ``BusinessError`` for an unknown event.
    """
    template = template or rendering.template_for(event, locale)
    if template is None:
        raise BusinessError("mail_template.event_unknown", event=event)
    values = {
        **rendering.company_variables(),
        **pack_values(sample_values(event.partition(":")[0]), locale),
    }
    return rendering.render_mail(template, values, locale=locale)


def send_sample_mail(
    *, event: str, to: str, locale: str, template: TemplateSource | None = None
) -> None:
    """Send it now and keep nothing: to see whether mail works. Raises ``OSError`` when it does not."""
    content = render_sample(event, locale, template)
    build_message(event, secrets.token_hex(8), to, content, sender_address()).send()
