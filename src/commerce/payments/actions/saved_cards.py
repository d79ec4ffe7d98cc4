"""Cards that clients save: kept with their consent, a default among them, refused, stopped, removed (payments.md 7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.jobs.queue import enqueue
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.autopay import next_autopay_date
from commerce.payments.events import AutopayActionRequired, AutopayFailed
from commerce.payments.gateways.contract import PaymentCard, PaymentReport
from commerce.payments.job_names import REMOVE_SAVED_CARD
from commerce.payments.models import Attempt, AutopayTry, SavedCard
from commerce.payments.rules import PaymentReportKind
from commerce.site_settings import current

MAX_SAVED_CARDS = 10
"""Cards of one client; another one is not kept."""


@dataclass(frozen=True, slots=True)
class CardConsent:
    """What a client agreed to, word by word, and when."""

    text: str
    at: datetime


def check_room_for_card(client_id: int) -> None:
    """Before a card is asked for: raises ``BusinessError`` when the client has as many as they may have."""
    if SavedCard.objects.for_client(client_id).kept().count() >= MAX_SAVED_CARDS:
        raise BusinessError("saved_card.too_many", maximum=MAX_SAVED_CARDS)


@transaction.atomic
def save_card(
    *,
    client_id: int,
    gateway: str,
    card: PaymentCard,
    consent: CardConsent,
    ctx: Context,
    account: str = "",
) -> SavedCard | None:
    """Keep what the gateway saved in an account; the same token again is the same card, and one that was removed stays
    so.

    The first one, or the first after those that are stopped, is the default. None for a card that is not kept: it has
    no token, it is another client's, or there are ten; in the last case the gateway is told to forget it.
    """
    if not card.token or not consent.text:
        return None
    bump_revision(client_id, ctx)
    if known := SavedCard.objects.filter(gateway=gateway, token=card.token).first():
        is_theirs = known.client_id == client_id and known.removed_at is None
        return known if is_theirs else None
    kept = SavedCard.objects.for_client(client_id).kept()
    is_full = kept.count() >= MAX_SAVED_CARDS
    has_default = kept.usable().filter(is_default=True).exists()
    is_default = not is_full and not has_default
    if is_default:
        kept.update(is_default=False)
    saved = SavedCard.objects.create(
        client_id=client_id,
        gateway=gateway,
        account=account,
        token=card.token,
        **_shown(card),
        is_default=is_default,
        consent_text=consent.text,
        consented_at=consent.at,
        created_at=ctx.at,
        removed_at=ctx.at if is_full else None,
    )
    if is_full:
        enqueue(("savedcard", saved.pk), REMOVE_SAVED_CARD, "removed", ctx.at)
        return None
    said = {"gateway": gateway, "default": is_default, "consented_at": consent.at.isoformat()}
    _record("created", saved, ctx, said)
    return saved


def _shown(card: PaymentCard) -> dict[str, Any]:
    """What the client's pages show of a card; what cannot be an expiry is none."""
    has_expiry = card.exp_year is not None and 1 <= (card.exp_month or 0) <= 12
    return {
        "brand": card.brand[:20],
        "last4": card.last4[-4:],
        "label": card.label[:100],
        "exp_month": card.exp_month if has_expiry else None,
        "exp_year": card.exp_year if has_expiry else None,
    }


@transaction.atomic
def update_card(*, gateway: str, card: PaymentCard, ctx: Context) -> None:
    """The gateway says that a saved card has another number or expiry now; one that we do not keep is left alone."""
    row = _known(gateway, card, ctx)
    if row is None:
        return
    shown = _shown(card)
    before = {name: getattr(row, name) for name in shown}
    changed = [name for name in shown if shown[name] != before[name]]
    if not changed:
        return
    SavedCard.objects.filter(pk=row.pk).update(**{name: shown[name] for name in changed})
    row.refresh_from_db()
    write_audit_entry(
        ctx=ctx,
        action="saved_card.updated",
        record=("saved_card", row.pk),
        name=row.name,
        client_id=row.client_id,
        before={name: before[name] for name in changed},
        after={name: shown[name] for name in changed},
    )


@transaction.atomic
def forget_card(*, gateway: str, card: PaymentCard, ctx: Context) -> None:
    """The gateway says that it does not have a saved card any more."""
    row = _known(gateway, card, ctx)
    if row is not None:
        _remove(row, ctx)


def _known(gateway: str, card: PaymentCard, ctx: Context) -> SavedCard | None:
    """The card of this token, locked after its client; None if it is not kept here."""
    found = SavedCard.objects.kept().filter(gateway=gateway, token=card.token).first()
    if found is None:
        return None
    bump_revision(found.client_id, ctx)
    row = lock(found)
    return row if row.removed_at is None else None


def removal_blocked_reason(card: SavedCard, ctx: Context) -> StateConflict | None:
    """Why a card cannot be removed."""
    return StateConflict("saved_card.removed") if card.removed_at is not None else None


def default_blocked_reason(card: SavedCard, ctx: Context) -> StateConflict | None:
    """Why a card cannot be the one that is charged for invoices."""
    if reason := removal_blocked_reason(card, ctx):
        return reason
    return StateConflict("saved_card.stopped") if card.stopped_at is not None else None


@act(
    "saved_card.make_default",
    SavedCard,
    label=_("Make default"),
    done=_("%(name)s is now your default payment method."),
    member="invoices.pay",
    while_suspended=True,
    blocked=default_blocked_reason,
)
@transaction.atomic
def make_card_default(*, card: SavedCard, ctx: Context) -> None:
    """Charge this one for invoices; the same again changes nothing. Raises ``StateConflict`` for one that is stopped or
    was removed.
    """
    bump_revision(card.client_id, ctx)
    row = lock(card)
    if reason := default_blocked_reason(row, ctx):
        raise reason
    if not row.is_default:
        SavedCard.objects.for_client(row.client_id).update(is_default=False)
        SavedCard.objects.filter(pk=row.pk).update(is_default=True)
        _record("made_default", row, ctx, {"default": True})
    card.refresh_from_db()


@act(
    "saved_card.remove",
    SavedCard,
    label=_("Remove"),
    done=_("%(name)s removed."),
    member="invoices.pay",
    while_suspended=True,
    blocked=removal_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def remove_card(*, card: SavedCard, ctx: Context) -> None:
    """Charge it no more, from now on, and have the gateway forget it. Raises ``StateConflict`` if it was removed."""
    bump_revision(card.client_id, ctx)
    row = lock(card)
    if reason := removal_blocked_reason(row, ctx):
        raise reason
    _remove(row, ctx)
    enqueue(("savedcard", row.pk), REMOVE_SAVED_CARD, "removed", ctx.at)
    card.refresh_from_db()


def _remove(row: SavedCard, ctx: Context) -> None:
    SavedCard.objects.filter(pk=row.pk).update(removed_at=ctx.at, is_default=False)
    _record("removed", row, ctx, {})


@transaction.atomic
def stop_card(*, card: SavedCard, reason: str, ctx: Context) -> None:
    """No more tries with this card: its bank refused for good, or a payment with it is disputed; the same again
    changes nothing. ``reason`` in plain words, for the client.
    """
    bump_revision(card.client_id, ctx)
    row = lock(card)
    if row.stopped_at is None and row.removed_at is None:
        SavedCard.objects.filter(pk=row.pk).update(stopped_at=ctx.at, failure=reason[:255])
        _record("stopped", row, ctx, {}, reason=reason)
    card.refresh_from_db()


def _record(
    verb: str, card: SavedCard, ctx: Context, after: dict[str, Any], reason: str = ""
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"saved_card.{verb}",
        record=("saved_card", card.pk),
        name=card.name,
        client_id=card.client_id,
        after=after,
        reason=reason,
    )


def record_card_refusal(*, attempt: Attempt, report: PaymentReport, ctx: Context) -> None:
    """A saved card was refused, or its bank wants the client; part of the transaction that ended the attempt.

    Of an invoice that was paid meanwhile nobody hears.
    """
    if attempt.saved_card is None:
        return
    if report.decline == "hard":
        stop_card(card=attempt.saved_card, reason=attempt.failure, ctx=ctx)
    tries = AutopayTry.objects.filter(
        attempt=attempt,
        invoice__in=attempt.invoices(),
        invoice__status__in=OPEN_INVOICE_STATUSES,
    )
    for made in tries.select_related("invoice__client").order_by("pk"):
        if report.kind == PaymentReportKind.ACTION_REQUIRED:
            publish(
                AutopayActionRequired(attempt.pk, made.invoice_id, made.number),
                at=ctx.at,
                client_id=attempt.client_id,
                idempotency_key=f"{made.invoice_id} {made.number}",
            )
            continue
        on = next_autopay_date(made.invoice, current.business_date(ctx.at))
        publish(
            AutopayFailed(attempt.pk, made.invoice_id, made.number, on.isoformat() if on else ""),
            at=ctx.at,
            client_id=attempt.client_id,
            idempotency_key=f"{made.invoice_id} {made.number}",
        )
