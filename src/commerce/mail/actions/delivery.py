"""What becomes of a mail: each step is one compare-and-swap, so that two workers never send the same (R29).

Moves write no audit entries: the rows are their own record, with instants and outcome.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.kit.actor import SYSTEM, Actor
from commerce.kit.crypto import Unreadable
from commerce.kit.errors import Moved, Refused
from commerce.mail import registry
from commerce.mail.actions.addresses import note_refusal
from commerce.mail.actions.announcing import queue_mail
from commerce.mail.kinds import EVENTS
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import MAIL_MOVES, pause_after
from commerce.preferences.secrets import ring


def _move(mail: OutgoingMail, to: str, at: datetime, **changes: Any) -> None:
    if to not in ("queued", "sending"):
        changes["sealed"] = ""  # the link has reached its reader, or never will
    move(
        mail,
        to,
        allowed=MAIL_MOVES,
        at=at,
        actor=SYSTEM,
        client_id=mail.client_id,
        silent=True,
        **changes,
    )


def begin_sending(*, mail: OutgoingMail, at: datetime) -> None:
    """This worker sends it. Raises ``Moved`` when another has it."""
    _move(mail, "sending", at, tries=mail.tries + 1, tried_at=at)


def note_lost(*, mail: OutgoingMail, at: datetime) -> None:
    """The worker that was sending it is gone: it waits again, and may arrive twice with one ``Message-ID``."""
    _move(mail, "queued", at)


@transaction.atomic
def note_sent(*, mail: OutgoingMail, subject: str, text: str, html: str, at: datetime) -> None:
    """The mail server took it. What it said is kept, but not of security mails."""
    kept: dict[str, Any] = {"subject": subject, "text": text, "html": html}
    if EVENTS[mail.event].is_security:
        kept = {"subject": subject, "values": {}}
    _move(mail, "sent", at, sent_at=at, outcome="", **kept)
    if mail.client_id is not None:  # a copy for ourselves reached no client
        registry.was_sent(mail.event, mail.about_id, at)


def note_failed_try(
    *,
    mail: OutgoingMail,
    outcome: str,
    at: datetime,
    refused: bool = False,
    last: bool = False,
) -> int:
    """A try failed: seconds until the next one, or 0 when there is none and the mail has failed.

    ``refused``: the address will never take mail, which also ends it.
    """
    pause = None if refused or last else pause_after(mail.tries)
    if pause is None:
        with transaction.atomic():
            _move(mail, "failed", at, outcome=outcome[:500], refused=refused)
            if refused:
                note_refusal(email=mail.recipient, at=at)
        return 0
    _move(mail, "queued", at, outcome=outcome[:500])
    return pause


@transaction.atomic
def note_bounced(*, mail: OutgoingMail, at: datetime, actor: Actor) -> None:
    """A sent mail came back for good, which counts as a refusal. Raises ``Refused`` for one that was not sent."""
    try:
        _move(mail, "bounced", at, outcome="It came back.", refused=True)
    except Moved as moved:
        raise Refused(
            f"This mail is {mail.status}: only one that was sent can come back."
        ) from moved
    record(
        at=at,
        actor=actor,
        action="mail.bounced",
        record=("outgoingmail", mail.pk),
        name=str(mail),
        staff_only=True,
    )
    note_refusal(email=mail.recipient, at=at)


def skip_mail(*, mail: OutgoingMail, outcome: str, at: datetime) -> None:
    """It is not sent, and says why."""
    _move(mail, "skipped", at, outcome=outcome[:500])


@transaction.atomic
def retry_mail(*, mail: OutgoingMail, at: datetime, actor: Actor) -> OutgoingMail:
    """Send it once more, as a new mail from the same values: a mail that has ended never moves again.

    Raises ``Refused`` for one that is still on its way, has no recipient, or whose values are kept nowhere.
    """
    mail = OutgoingMail.objects.select_for_update(no_key=True).get(pk=mail.pk)
    if mail.status in ("queued", "sending"):
        raise Refused("This mail is still on its way.")
    if not mail.recipient:
        raise Refused("This mail has no recipient.")
    if EVENTS[mail.event].link or not mail.values:
        raise Refused("What this mail said is kept nowhere; have the person ask for it again.")
    first = mail.once.partition(" again ")[0]
    times = OutgoingMail.objects.filter(event=mail.event, recipient__iexact=mail.recipient)
    again = OutgoingMail.objects.create(
        event=mail.event,
        own_words=mail.own_words,
        once=f"{first[:180]} again {times.filter(once__startswith=first).count()}",
        recipient=mail.recipient,
        recipient_name=mail.recipient_name,
        locale=mail.locale,
        time_zone=mail.time_zone,
        client_id=mail.client_id,
        about_kind=mail.about_kind,
        about_id=mail.about_id,
        values=mail.values,
        attachments=mail.attachments,
        created_at=at,
    )
    record(
        at=at,
        actor=actor,
        action="mail.sent_again",
        record=("outgoingmail", again.pk),
        name=str(again),
        staff_only=True,
        after={"first": mail.pk},
    )
    queue_mail(again, at)
    return again


@transaction.atomic
def forget_old_mails(*, before: datetime) -> int:
    """Retention (``retention.mail_days``): delete mails made before that instant; returns how many.

    One that is still on its way stays until it has ended.
    """
    old = OutgoingMail.objects.filter(created_at__lt=before)
    return old.exclude(status__in=["queued", "sending"]).delete()[0]


def renew_sealed_mails() -> int:
    """Seal what mails with links wait with under the newest key of the ring; how many."""
    renewed = 0
    for mail in OutgoingMail.objects.exclude(sealed="").order_by("pk"):
        with suppress(Unreadable):
            waits = OutgoingMail.objects.filter(pk=mail.pk, sealed=mail.sealed)
            renewed += waits.update(sealed=ring().renew(mail.sealed))
    return renewed
