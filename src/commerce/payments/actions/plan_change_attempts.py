"""Attempts to pay the request of a plan change: by a gateway, or by a saved card at once (billing.md 8)."""

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import User
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.actions.paying import not_payable_reason
from commerce.billing.changes.plan_changes.actions.requests import expect_payment
from commerce.billing.models import PlanChange
from commerce.db.locks import lock
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.attempts import (
    bind_attempt,
    check_card_can_be_saved,
    chosen_gateway,
    session_time,
)
from commerce.payments.consents import card_consent_text
from commerce.payments.gateways import registry
from commerce.payments.job_names import CHARGE_SAVED_CARD
from commerce.payments.models import Attempt, SavedCard
from commerce.payments.queries import chargeable_cards, gateways_of_request
from commerce.payments.rules import AttemptKind, AttemptPurpose
from commerce.site_settings import current


@transaction.atomic
def start_attempt_for_plan_change(
    *,
    change: PlanChange,
    gateway: str,
    created_by: User | None,
    ctx: Context,
    save_card: bool = False,
) -> Attempt:
    """Bind a try to pay what a request asks for; the live one is used again, and keeps its amount.

    The renewal of its service waits as long as the attempt lives, but for a transfer. With ``save_card`` the client
    agreed to ``card_consent_text``. Raises ``StateConflict`` for a request that cannot be paid any more, and while a
    live attempt has another amount or consent (close that first); ``BusinessError`` for a gateway that is not offered.
    """
    row = _lock_payable(change, ctx)
    found = chosen_gateway(gateway, gateways_of_request(row, current.business_date(ctx.at)))
    if save_card:
        check_card_can_be_saved(row.client_id, found)
    amount = amount_to_pay(row)
    live_ones = Attempt.objects.for_request(row).live().filter(kind=AttemptKind.ON_SESSION)
    if live := live_ones.filter(gateway=gateway).first():
        if (live.amount, bool(live.consent_text)) != (amount, save_card):
            raise StateConflict("attempt.amount_changed")
        return live
    attempt = bind_attempt(
        gateway=found,
        client_id=row.client_id,
        amount=amount,
        currency_code=row.service.currency_id,
        created_by=created_by,
        ctx=ctx,
        about={"plan_change": row.reference or f"{row.pk}"},
        purpose=AttemptPurpose.PLAN_CHANGE,
        plan_change=row,
        consent_text=card_consent_text() if save_card else "",
        consented_at=ctx.at if save_card else None,
    )
    if not found.capabilities.by_transfer:
        expect_payment(change=row, until=ctx.at + session_time(), ctx=ctx)
    return attempt


@transaction.atomic
def charge_card_for_plan_change(
    *, change: PlanChange, card: SavedCard, created_by: User | None, ctx: Context
) -> Attempt:
    """Charge a saved card what a request asks for, at once: bound here, sent by a job after commit.

    One at a time: a charge that is under way is given back as it is. Raises ``StateConflict`` for a request that
    cannot be paid any more, ``BusinessError`` for a card that cannot be charged.
    """
    row = _lock_payable(change, ctx)
    charges = Attempt.objects.for_request(row).live().filter(kind=AttemptKind.OFF_SESSION)
    if live := charges.first():
        return live
    amount, currency_code = amount_to_pay(row), row.service.currency_id
    usable = chargeable_cards(row.client_id, currency_code, amount)
    found = next((each for each in usable if each.pk == card.pk), None)
    if found is None:
        raise BusinessError("saved_card.not_chargeable", field="card")
    attempt = bind_attempt(
        gateway=registry.get_gateway(found.gateway),
        client_id=row.client_id,
        amount=amount,
        currency_code=currency_code,
        created_by=created_by,
        ctx=ctx,
        about={"plan_change": row.reference or f"{row.pk}"},
        purpose=AttemptPurpose.PLAN_CHANGE,
        plan_change=row,
        kind=AttemptKind.OFF_SESSION,
        saved_card=found,
        expires_at=None,
    )
    expect_payment(change=row, until=ctx.at + session_time(), ctx=ctx)
    enqueue(("attempt", attempt.pk), CHARGE_SAVED_CARD, "charge", ctx.at)
    return attempt


def _lock_payable(change: PlanChange, ctx: Context) -> PlanChange:
    """The stored row, locked after its client. Raises ``StateConflict`` unless it asks for money today."""
    lock_client(change.client_id)
    row = lock(change, "client", "service")
    if reason := not_payable_reason(row, current.business_date(ctx.at)):
        raise reason
    if not amount_to_pay(row):
        raise StateConflict("plan_change.nothing_to_pay")
    return row
