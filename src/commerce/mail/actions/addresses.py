"""Addresses that take no mail: after several refusals they get security mails only (notifications.md 4)."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from commerce.audit.actions import record
from commerce.kit.actor import SYSTEM, Actor
from commerce.mail.models import MailAddress, OutgoingMail

DEAF, DEAF_FOR = 3, timedelta(days=7)
"""So many permanent refusals within this time, and an address gets security mails only."""


@transaction.atomic
def note_refusal(*, email: str, at: datetime) -> None:
    """An address was refused for good; at the third time within 7 days nothing but security mails goes there."""
    known = MailAddress.objects.of(email).first()
    since = max(at - DEAF_FOR, known.works_since) if known and known.works_since else at - DEAF_FOR
    refused = OutgoingMail.objects.to_address(email).filter(refused=True, tried_at__gte=since)
    if refused.count() < DEAF or (known and known.stopped_at):
        return
    if known is None:
        try:
            with transaction.atomic():
                known = MailAddress.objects.create(email=email, stopped_at=at)
        except IntegrityError:  # another worker counted to the same at this moment
            return
    else:
        MailAddress.objects.filter(pk=known.pk).update(stopped_at=at)
    _record(known, "mail.stopped", at, SYSTEM)


@transaction.atomic
def confirm_address(*, email: str, at: datetime, actor: Actor) -> bool:
    """Its owner says, or a link proved, that an address takes mail: all goes there again. False: it did anyway."""
    stopped = MailAddress.objects.of(email).exclude(stopped_at=None).first()
    if stopped is None:
        return False
    MailAddress.objects.filter(pk=stopped.pk).update(stopped_at=None, works_since=at)
    _record(stopped, "mail.goes_on", at, actor)
    return True


def _record(address: MailAddress, action: str, at: datetime, actor: Actor) -> None:
    record(
        at=at,
        actor=actor,
        action=action,
        record=("mailaddress", address.pk),
        name=address.email,
        staff_only=True,
    )
