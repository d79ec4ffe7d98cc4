"""What becomes of a mail: each step is one compare-and-swap, so that two workers never send the same (R29).

Moves write no audit entries: the rows are their own record, with instants and outcome.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.db.retention import delete_in_bites
from commerce.kit.acts.act import act
from commerce.kit.context import SYSTEM, Context
from commerce.kit.crypto import DecryptionError
from commerce.kit.errors import StateConflict
from commerce.mail import hooks
from commerce.mail.actions.addresses import record_refusal
from commerce.mail.actions.announcing import enqueue_mail
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import (
    MAIL_MOVES,
    ON_THEIR_WAY,
    OUTAGE_DAYS,
    MailStatus,
    retry_seconds,
)
from commerce.site_settings.encryption import key_ring

DISCARDED_TEXT = "Staff discarded it."


def _move(mail: OutgoingMail, to: MailStatus, at: datetime, **changes: Any) -> None:
    if to not in (MailStatus.QUEUED, MailStatus.SENDING):
        changes["encrypted_values"] = ""  # the link has reached its reader, or never will
    move(
        mail,
        to,
        allowed=MAIL_MOVES,
        ctx=Context(at, SYSTEM),
        client_id=mail.client_id,
        without_audit=True,
        **changes,
    )


def begin_sending(*, mail: OutgoingMail, at: datetime) -> None:
    """This worker sends it. Raises ``StateConflict`` when another has it."""
    _move(mail, MailStatus.SENDING, at, tries=mail.tries + 1, tried_at=at)


def requeue_lost_mail(*, mail: OutgoingMail, at: datetime) -> None:
    """The worker that was sending it is gone: it waits again, and may arrive twice with one ``Message-ID``."""
    _move(mail, MailStatus.QUEUED, at)


@transaction.atomic
def record_sent(*, mail: OutgoingMail, subject: str, text: str, html: str, at: datetime) -> None:
    """The mail server took it. What it said is kept, but not of security mails."""
    content: dict[str, Any] = {"subject": subject, "text": text, "html": html}
    if MAIL_EVENTS[mail.event].is_security:
        content = {"subject": subject, "values": {}}
    _move(mail, MailStatus.SENT, at, sent_at=at, outcome="", **content)
    if mail.client_id is not None:  # a copy for ourselves reached no client
        hooks.run_sent_hook(mail.event, mail.about_id, at)


def record_outage(*, mail: OutgoingMail, outcome: str, at: datetime) -> bool:
    """The mail server is away, which is no try of this mail: it waits on, for three days. Whether that was too long."""
    if at - mail.created_at >= timedelta(days=OUTAGE_DAYS):
        _move(mail, MailStatus.FAILED, at, outcome=outcome[:500])
        return True
    _move(mail, MailStatus.QUEUED, at, outcome=outcome[:500], tries=mail.tries - 1)
    return False


def record_failed_try(
    *,
    mail: OutgoingMail,
    outcome: str,
    at: datetime,
    is_permanent: bool = False,
    is_last: bool = False,
) -> int:
    """A try failed: seconds until the next one, or 0 when there is none and the mail has failed.

    ``is_permanent``: the address will never take mail, which also ends it.
    """
    pause = None if is_permanent or is_last else retry_seconds(mail.tries)
    if pause is None:
        with transaction.atomic():
            _move(
                mail,
                MailStatus.FAILED,
                at,
                outcome=outcome[:500],
                is_permanent_failure=is_permanent,
            )
            if is_permanent:
                record_refusal(email=mail.recipient, at=at)
        return 0
    _move(mail, MailStatus.QUEUED, at, outcome=outcome[:500])
    return pause


def record_bounce_blocked_reason(mail: OutgoingMail, ctx: Context) -> StateConflict | None:
    """Why a mail cannot have come back."""
    return None if mail.status == MailStatus.SENT else StateConflict("mail.cannot_bounce")


@act(
    "mail.bounced",
    OutgoingMail,
    label=_("Mark as bounced"),
    intro=_(
        "Three bounces within 7 days stop all emails except security emails to the address, until "
        "its owner confirms it in the portal."
    ),
    done=_("The email is marked as bounced."),
    staff="clients.edit",
    blocked=record_bounce_blocked_reason,
)
@transaction.atomic
def record_bounce(*, mail: OutgoingMail, ctx: Context) -> None:
    """A sent mail came back for good, which counts as a refusal. Raises ``StateConflict`` for one that was not sent."""
    if blocked := record_bounce_blocked_reason(lock(mail), ctx):
        raise blocked
    _move(mail, MailStatus.BOUNCED, ctx.at, outcome="It came back.", is_permanent_failure=True)
    write_audit_entry(
        ctx=ctx,
        action="mail.bounced",
        record=("outgoing_mail", mail.pk),
        name=str(mail),
        staff_only=True,
    )
    record_refusal(email=mail.recipient, at=ctx.at)


def skip_mail(*, mail: OutgoingMail, outcome: str, at: datetime) -> None:
    """It is not sent, and says why."""
    _move(mail, MailStatus.SKIPPED, at, outcome=outcome[:500])


@transaction.atomic
def queue_held_mail(*, mail: OutgoingMail, at: datetime) -> None:
    """What it waited for has come: it is sent."""
    _move(mail, MailStatus.QUEUED, at)
    enqueue_mail(mail, at)


def retry_mail_blocked_reason(mail: OutgoingMail, ctx: Context) -> StateConflict | None:
    """Why a mail cannot be sent once more."""
    if mail.status in ON_THEIR_WAY:
        return StateConflict("mail.on_its_way")
    if not mail.recipient:
        return StateConflict("mail.no_recipient")
    if MAIL_EVENTS[mail.event].has_link or not mail.values:
        return StateConflict("mail.content_not_kept")
    return None


@act(
    "mail.resend",
    OutgoingMail,
    label=_("Resend"),
    intro=_("A new email with the same content goes to the same address."),
    done=_("The email is queued once more."),
    staff=frozenset({"clients.edit", "services.help"}),
    blocked=retry_mail_blocked_reason,
    for_many=True,
)
@transaction.atomic
def retry_mail(*, mail: OutgoingMail, ctx: Context) -> OutgoingMail:
    """Send it once more, as a new mail from the same values: a mail that has ended never moves again.

    Raises ``StateConflict`` for one that is still on its way, has no recipient, or whose values are kept nowhere.
    """
    mail = OutgoingMail.objects.select_for_update(no_key=True).get(pk=mail.pk)
    if blocked := retry_mail_blocked_reason(mail, ctx):
        raise blocked
    first_key = mail.idempotency_key.partition(" again ")[0]
    earlier = OutgoingMail.objects.filter(event=mail.event, recipient__iexact=mail.recipient)
    again = OutgoingMail.objects.create(
        event=mail.event,
        product_template=mail.product_template,
        idempotency_key=f"{first_key[:180]} again {earlier.filter(idempotency_key__startswith=first_key).count()}",
        recipient=mail.recipient,
        recipient_name=mail.recipient_name,
        locale=mail.locale,
        time_zone=mail.time_zone,
        client_id=mail.client_id,
        about_kind=mail.about_kind,
        about_id=mail.about_id,
        values=mail.values,
        attachments=mail.attachments,
        created_at=ctx.at,
    )
    write_audit_entry(
        ctx=ctx,
        action="mail.sent_again",
        record=("outgoing_mail", again.pk),
        name=str(again),
        staff_only=True,
        after={"first": mail.pk},
    )
    enqueue_mail(again, ctx.at)
    return again


def discard_mail_blocked_reason(mail: OutgoingMail, ctx: Context) -> StateConflict | None:
    """Why a mail cannot be kept back."""
    waits = mail.status in (MailStatus.QUEUED, MailStatus.HELD, MailStatus.DIGEST)
    return None if waits else StateConflict("mail.does_not_wait", is_moot=True)


@act(
    "mail.discard",
    OutgoingMail,
    label=_("Discard"),
    intro=_("The email isn't sent."),
    done=_("The email is discarded."),
    staff="clients.edit",
    blocked=discard_mail_blocked_reason,
    is_danger=True,
    for_many=True,
)
@transaction.atomic
def discard_mail(*, mail: OutgoingMail, reason: Annotated[str, REASON], ctx: Context) -> None:
    """Never send a mail that waits. Raises ``StateConflict`` for one that a worker has, or that has ended."""
    row = OutgoingMail.objects.select_for_update(no_key=True).get(pk=mail.pk)
    if blocked := discard_mail_blocked_reason(row, ctx):
        raise blocked
    skip_mail(mail=row, outcome=DISCARDED_TEXT, at=ctx.at)
    write_audit_entry(
        ctx=ctx,
        action="mail.discarded",
        record=("outgoing_mail", row.pk),
        name=str(row),
        staff_only=True,
        reason=reason,
    )


def failed_mails(*, since: datetime) -> Iterator[OutgoingMail]:
    """Those that failed since then and were not sent again, but to addresses that will never take mail."""
    failed = OutgoingMail.objects.filter(
        status=MailStatus.FAILED, tried_at__gte=since, is_permanent_failure=False
    )
    for mail in failed.order_by("pk"):
        again = f"{mail.idempotency_key.partition(' again ')[0][:180]} again "
        later = OutgoingMail.objects.filter(event=mail.event, recipient__iexact=mail.recipient)
        if not later.filter(pk__gt=mail.pk, idempotency_key__startswith=again).exists():
            yield mail


def retry_failed_mails(*, since: datetime, ctx: Context) -> tuple[int, int]:
    """Send all of them once more, each in a transaction of its own; how many, and how many could not be."""
    sent = blocked = 0
    for mail in failed_mails(since=since):
        try:
            retry_mail(mail=mail, ctx=ctx)
            sent += 1
        except StateConflict:
            blocked += 1
    return sent, blocked


def delete_old_mails(*, before: datetime) -> int:
    """Retention (``retention.mail_days``): delete mails made before that instant; returns how many.

    One that is still on its way stays until it has ended.
    """
    old = OutgoingMail.objects.filter(created_at__lt=before).exclude(status__in=ON_THEIR_WAY)
    return delete_in_bites(old.order_by("created_at", "id"))


def reencrypt_mails() -> int:
    """Encrypt what mails with links wait with under the newest key of the ring; how many."""
    reencrypted = 0
    for mail in OutgoingMail.objects.exclude(encrypted_values="").order_by("pk"):
        with suppress(DecryptionError):
            row = OutgoingMail.objects.filter(pk=mail.pk, encrypted_values=mail.encrypted_values)
            reencrypted += row.update(encrypted_values=key_ring().rotate(mail.encrypted_values))
    return reencrypted
