"""Addresses that take no mail: after several refusals they get security mails only (notifications.md 4)."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from commerce.audit.actions import write_audit_entry
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail, SuppressedAddress

REFUSALS_TO_SUPPRESS, REFUSAL_WINDOW = 3, timedelta(days=7)
"""So many permanent refusals within this time, and an address gets security mails only."""


@transaction.atomic
def record_refusal(*, email: str, at: datetime) -> None:
    """An address was refused for good; at the third time within 7 days nothing but security mails goes there."""
    address = SuppressedAddress.objects.of(email).first()
    since = (
        max(at - REFUSAL_WINDOW, address.confirmed_at)
        if address and address.confirmed_at
        else at - REFUSAL_WINDOW
    )
    refusals = OutgoingMail.objects.to_address(email).filter(
        is_permanent_failure=True, tried_at__gte=since
    )
    if refusals.count() < REFUSALS_TO_SUPPRESS or (address and address.suppressed_at):
        return
    if address is None:
        try:
            with transaction.atomic():
                address = SuppressedAddress.objects.create(email=email, suppressed_at=at)
        except IntegrityError:  # another worker counted to the same at this moment
            return
    else:
        SuppressedAddress.objects.filter(pk=address.pk).update(suppressed_at=at)
    _record(address, "address.suppressed", Context(at, SYSTEM))


@transaction.atomic
def confirm_address(*, email: str, ctx: Context) -> bool:
    """Its owner says, or a link proved, that an address takes mail: all goes there again. False: it did anyway."""
    address = SuppressedAddress.objects.of(email).exclude(suppressed_at=None).first()
    if address is None:
        return False
    SuppressedAddress.objects.filter(pk=address.pk).update(suppressed_at=None, confirmed_at=ctx.at)
    _record(address, "address.confirmed", ctx)
    return True


def _record(address: SuppressedAddress, action: str, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("suppressedaddress", address.pk),
        name=address.email,
        staff_only=True,
    )
