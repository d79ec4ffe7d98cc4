"""Attempts: bound to invoice, amount and currency before anything is made at a gateway (payments.md 2 and 3)."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import User
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.actions.states import payable_only_blocked_reason
from commerce.billing.models import Invoice, PlanChange
from commerce.db.locks import lock
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.saved_cards import check_room_for_card
from commerce.payments.actions.states import move_attempt
from commerce.payments.consents import card_consent_text
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts_in_use import account_in_use
from commerce.payments.gateways.contract import Gateway
from commerce.payments.job_names import CHARGE_SAVED_CARD, FOLLOW_ATTEMPT
from commerce.payments.models import Attempt, SavedCard
from commerce.payments.queries import chargeable_cards
from commerce.payments.rules import AttemptKind, AttemptStatus
from commerce.site_settings import current


@transaction.atomic
def start_attempt(
    *,
    invoice: Invoice,
    gateway: str,
    created_by: User | None,
    ctx: Context,
    amount: int | None = None,
    save_card: bool = False,
) -> Attempt:
    """Bind a try to pay what is due (or a part, where that is allowed); the live one is used again.

    With ``save_card`` the client agreed to ``card_consent_text``. Raises ``StateConflict`` for an invoice that is not
    open or stopped, and while a live attempt has another amount or consent (close that first); ``BusinessError`` for a
    gateway that is not offered or saves no cards, for an amount that cannot be paid, and for an eleventh card.
    """
    lock_client(invoice.client_id)
    row = lock(invoice)
    if reason := payable_only_blocked_reason(row, ctx):
        raise reason
    amount = _payable(row, amount)
    found = chosen_gateway(gateway, registry.offered_gateways(row.currency_id, amount))
    if save_card:
        check_card_can_be_saved(row.client_id, found)
    if live := live_attempt(row, gateway, amount, save_card=save_card):
        return live
    return bind_attempt(
        gateway=found,
        client_id=row.client_id,
        invoice=row,
        amount=amount,
        currency_code=row.currency_id,
        created_by=created_by,
        ctx=ctx,
        about={"invoice": row.number},
        **consent_columns(ctx, save_card=save_card),
    )


def live_attempt(
    meant: Invoice | PlanChange, gateway: str, amount: int, *, save_card: bool
) -> Attempt | None:
    """The live attempt of a gateway to pay an invoice or a request in the presence of the client, to be used again.

    Raises ``StateConflict`` for one of another amount or consent.
    """
    live_ones = Attempt.objects.live().filter(kind=AttemptKind.ON_SESSION, gateway=gateway)
    bound = {"invoice": meant} if isinstance(meant, Invoice) else {"plan_change": meant}
    live = live_ones.filter(**bound).first()
    if live and (live.amount, bool(live.consent_text)) != (amount, save_card):
        raise StateConflict("attempt.amount_changed")
    return live


def consent_columns(ctx: Context, *, save_card: bool) -> dict[str, Any]:
    """What an attempt keeps of the client's consent to save the card that pays."""
    return {"consent_text": card_consent_text(), "consented_at": ctx.at} if save_card else {}


def chosen_gateway(slug: str, offered: Iterable[Gateway]) -> Gateway:
    """The gateway of a slug among those that a client can choose. Raises ``BusinessError``."""
    for gateway in offered:
        if gateway.slug == slug:
            return gateway
    raise BusinessError("payment.gateway_not_offered", field="gateway")


def bind_attempt(
    *,
    gateway: Gateway,
    client_id: int,
    amount: int,
    currency_code: str,
    created_by: User | None,
    ctx: Context,
    about: dict[str, Any],
    **details: Any,
) -> Attempt:
    """The row of an attempt that was checked, for a caller who has locked the client; ``about`` is for the audit log.

    ``details`` are columns of the attempt (``invoice``, ``purpose``, ``kind``, another ``account`` or ``expires_at``).
    """
    expires_at = ctx.at + session_time() if gateway.capabilities.expires else None
    attempt = Attempt.objects.create(
        client_id=client_id,
        gateway=gateway.slug,
        amount=amount,
        currency_id=currency_code,
        idempotency_key=secrets.token_urlsafe(24),
        created_by=created_by,
        created_at=ctx.at,
        **{"account": account_in_use(gateway.slug), "expires_at": expires_at, **details},
    )
    write_audit_entry(
        ctx=ctx,
        action="attempt.created",
        record=("attempt", attempt.pk),
        name=" ".join([f"{details.get('saved_card', gateway.slug)}", *about.values()]),
        client_id=client_id,
        after={"amount": amount, "currency": currency_code, **about},
    )
    return attempt


def bind_card_charge(
    *, card: SavedCard, amount: int, currency_code: str, ctx: Context, **how: Any
) -> Attempt:
    """The row of a charge of a saved card, which a job sends after commit, for a caller who has locked the client.

    ``how`` is what ``bind_attempt`` takes beside.
    """
    attempt = bind_attempt(
        gateway=registry.get_gateway(card.gateway),
        client_id=card.client_id,
        amount=amount,
        currency_code=currency_code,
        ctx=ctx,
        kind=AttemptKind.OFF_SESSION,
        saved_card=card,
        account=card.account,
        expires_at=None,
        **how,
    )
    enqueue(("attempt", attempt.pk), CHARGE_SAVED_CARD, "charge", ctx.at)
    return attempt


def chosen_card(card: SavedCard, client_id: int, currency_code: str, amount: int) -> SavedCard:
    """The card as it is kept, if it is a client's and can be charged this amount at once. Raises ``BusinessError``."""
    for found in chargeable_cards(client_id, currency_code, amount):
        if found.pk == card.pk:
            return found
    raise BusinessError("saved_card.not_chargeable", field="card")


def session_time() -> timedelta:
    """How long an attempt lives, for whose money somebody sits before the page."""
    return timedelta(minutes=current.get_setting("payments.session_minutes"))


def check_card_can_be_saved(client_id: int, gateway: Gateway) -> None:
    """That a card which pays by this gateway can be kept. Raises ``BusinessError``."""
    check_room_for_card(client_id)
    if not gateway.capabilities.saved_cards:
        raise BusinessError("gateway.keeps_no_cards", field="save_card")


def _payable(invoice: Invoice, amount: int | None) -> int:
    """The amount to be paid: all that is due, or a part of it where staff allow that."""
    if amount is None or amount == invoice.amount_due:
        return invoice.amount_due
    if not current.get_setting("payments.allow_partial"):
        raise BusinessError("payment.no_part", field="amount")
    if not 0 < amount < invoice.amount_due:
        raise BusinessError("payment.amount_not_valid", field="amount")
    return amount


@transaction.atomic
def open_attempt(*, attempt: Attempt, reference: str, ctx: Context) -> None:
    """Note what was made at the gateway, before the client leaves our page; the same again changes nothing.

    From then on the gateway is asked from time to time what became of it.
    """
    row = lock(attempt)
    if row.status == AttemptStatus.OPEN and row.reference == reference:
        attempt.refresh_from_db()
        return
    move_attempt(attempt, AttemptStatus.OPEN, ctx, reference=reference)
    if registry.get_gateway(row.gateway).capabilities.can_be_polled:
        enqueue(("attempt", row.pk), FOLLOW_ATTEMPT, "opened", ctx.at)


@transaction.atomic
def close_attempt(*, attempt: Attempt, ctx: Context) -> None:
    """It is closed at the gateway and brings no money any more. Raises ``StateConflict`` if it is not open."""
    move_attempt(attempt, AttemptStatus.CLOSED, ctx, ended_at=ctx.at)


@transaction.atomic
def fail_attempt(
    *, attempt: Attempt, reason: str, ctx: Context, needs_holder: bool = False
) -> None:
    """The gateway said no; ``reason`` in plain words, for the client. ``needs_holder``: its bank wants the client, who
    is away. Raises ``StateConflict`` if it ended already.
    """
    move_attempt(
        attempt,
        AttemptStatus.FAILED,
        ctx,
        failure=reason[:255],
        needs_holder=needs_holder,
        ended_at=ctx.at,
    )


@transaction.atomic
def note_decline(*, attempt: Attempt, reason: str, ctx: Context) -> None:
    """The payer's last try was declined, and the attempt may bring money yet; without ``reason`` they try again."""
    row = lock(attempt)
    if row.status != AttemptStatus.OPEN or row.failure == reason[:255]:
        return
    Attempt.objects.filter(pk=row.pk).update(failure=reason[:255])
    attempt.failure = reason[:255]
    if reason:
        write_audit_entry(
            ctx=ctx,
            action="attempt.declined",
            record=("attempt", row.pk),
            name=str(row),
            client_id=row.client_id,
            reason=reason[:255],
        )


def expire_attempts(*, ctx: Context) -> int:
    """End attempts whose time is over, and say how many; money that comes late for one is booked all the same."""
    ended = 0
    for attempt in Attempt.objects.live().filter(expires_at__lte=ctx.at).order_by("pk"):
        was_open = attempt.status == AttemptStatus.OPEN
        to = AttemptStatus.EXPIRED if was_open else AttemptStatus.FAILED
        try:
            move_attempt(attempt, to, ctx, ended_at=ctx.at)
        except StateConflict:
            continue
        ended += 1
    return ended
