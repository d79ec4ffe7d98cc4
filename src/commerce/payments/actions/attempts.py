"""Attempts: bound to invoice, amount and currency before anything is made at a gateway (payments.md 2 and 3)."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from commerce.accounts.models import Client, User
from commerce.audit.actions import record
from commerce.billing.actions.states import check_payable
from commerce.billing.models import Invoice
from commerce.jobs.actions import queue
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.payments import gateways
from commerce.payments.actions.states import move_attempt
from commerce.payments.models import Attempt
from commerce.payments.tasks import FOLLOW
from commerce.preferences import current


@transaction.atomic
def start_attempt(
    *,
    invoice: Invoice,
    gateway: str,
    made_by: User | None,
    at: datetime,
    actor: Actor,
    amount: int | None = None,
) -> Attempt:
    """Bind a try to pay what is due (or a part, where that is allowed); the live one is used again.

    Raises ``Moved`` for an invoice that is not open or stopped, and while a live attempt has another amount (close that
    first); ``Refused`` for a gateway that is not offered and for an amount that cannot be paid.
    """
    Client.objects.select_for_update(no_key=True).get(pk=invoice.client_id)
    row = Invoice.objects.select_for_update().get(pk=invoice.pk)
    check_payable(row)
    amount = _payable(row, amount)
    found = next((g for g in gateways.offered(row.currency_id, amount) if g.slug == gateway), None)
    if found is None:
        raise Refused("This way to pay is not offered for this invoice.", field="gateway")
    if live := Attempt.objects.live().filter(invoice=row, gateway=gateway).first():
        if live.amount != amount:
            raise Moved("The amount has changed since this payment was started.")
        return live
    minutes = timedelta(minutes=current.get("payments.session_minutes"))
    attempt = Attempt.objects.create(
        client_id=row.client_id,
        invoice=row,
        gateway=gateway,
        amount=amount,
        currency_id=row.currency_id,
        key=secrets.token_urlsafe(24),
        made_by=made_by,
        created_at=at,
        expires_at=at + minutes if found.capabilities.expires else None,
    )
    record(
        at=at,
        actor=actor,
        action="attempt.created",
        record=("attempt", attempt.pk),
        name=f"{gateway} {row.number}",
        client_id=row.client_id,
        after={"amount": amount, "currency": row.currency_id, "invoice": row.number},
    )
    return attempt


def _payable(invoice: Invoice, amount: int | None) -> int:
    """The amount to be paid: all that is due, or a part of it where staff allow that."""
    if amount is None or amount == invoice.amount_due:
        return invoice.amount_due
    if not current.get("payments.allow_partial"):
        raise Refused("This invoice is paid as a whole.", field="amount")
    if not 0 < amount < invoice.amount_due:
        raise Refused("The amount is above 0 and at most what is due.", field="amount")
    return amount


@transaction.atomic
def open_attempt(*, attempt: Attempt, reference: str, at: datetime, actor: Actor) -> None:
    """Note what was made at the gateway, before the client leaves our page; the same again changes nothing.

    From then on the gateway is asked from time to time what became of it.
    """
    row = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if row.status == Attempt.Status.OPEN and row.reference == reference:
        attempt.refresh_from_db()
        return
    move_attempt(attempt, "open", at, actor, reference=reference)
    if gateways.known(row.gateway).capabilities.answers:
        queue(("attempt", row.pk), FOLLOW, "opened", at)


@transaction.atomic
def close_attempt(*, attempt: Attempt, at: datetime, actor: Actor) -> None:
    """It is closed at the gateway and brings no money any more. Raises ``Moved`` if it is not open."""
    move_attempt(attempt, "closed", at, actor, ended_at=at)


@transaction.atomic
def fail_attempt(*, attempt: Attempt, reason: str, at: datetime, actor: Actor) -> None:
    """The gateway said no; ``reason`` in plain words, for the client. Raises ``Moved`` if it ended already."""
    move_attempt(attempt, "failed", at, actor, failure=reason[:255], ended_at=at)


def expire_attempts(*, at: datetime, actor: Actor) -> int:
    """End attempts whose time is over, and say how many; money that comes late for one is booked all the same."""
    ended = 0
    for one in Attempt.objects.live().filter(expires_at__lte=at).order_by("pk"):
        to = "expired" if one.status == Attempt.Status.OPEN else "failed"
        try:
            move_attempt(one, to, at, actor, ended_at=at)
        except Moved:
            continue
        ended += 1
    return ended
