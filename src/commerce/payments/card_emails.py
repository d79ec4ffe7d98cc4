"""Mails about saved cards (notifications.md 3): a charge that failed, one to confirm, a card that expires."""

from datetime import date, datetime
from typing import Any

from django.conf import settings

from commerce.accounts.recipients import send_client_email
from commerce.billing.invoices.emails import invoice_url
from commerce.billing.models import Invoice
from commerce.events.publish import at_event_time
from commerce.kit.context import Context
from commerce.kit.money import Money
from commerce.payments.events import AutopayActionRequired, AutopayFailed
from commerce.payments.models import Attempt, SavedCard


@at_event_time
def send_autopay_failed_email(event: AutopayFailed, ctx: Context) -> None:
    """The first try on a card failed, or the last one; of those between nobody hears."""
    if event.number > 1 and event.next_try_on:
        return
    attempt, invoice, values = _values(event.attempt_id, event.invoice_id)
    next_try = date.fromisoformat(event.next_try_on) if event.next_try_on else None
    send_client_email(
        client=invoice.client,
        event="payment_failed",
        idempotency_key=f"{invoice.pk} {event.number}",
        values=values
        | {"reason": attempt.failure, "next_try_date": next_try, "last_try": next_try is None},
        at=ctx.at,
        about=("invoice", invoice.pk),
    )


@at_event_time
def ask_to_confirm_payment(event: AutopayActionRequired, ctx: Context) -> None:
    """The bank wants the client before it pays: they are led to the pay page."""
    _attempt, invoice, values = _values(event.attempt_id, event.invoice_id)
    send_client_email(
        client=invoice.client,
        event="payment_action_required",
        idempotency_key=f"{invoice.pk} {event.number}",
        values=values,
        at=ctx.at,
        about=("invoice", invoice.pk),
    )


def _values(attempt_id: int, invoice_id: int) -> tuple[Attempt, Invoice, dict[str, Any]]:
    attempt = Attempt.objects.select_related("saved_card").get(pk=attempt_id)
    invoice = Invoice.objects.select_related("client").get(pk=invoice_id)
    values = {
        "invoice_number": invoice.number,
        "amount_due": Money(invoice.amount_due, invoice.currency_id),
        "payment_method": attempt.saved_card.name if attempt.saved_card else "",
        "invoice_url": invoice_url(invoice.pk),
        "pay_url": f"{invoice_url(invoice.pk)}/pay",
    }
    return attempt, invoice, values


def send_card_expiring_email(card: SavedCard, at: datetime) -> None:
    """A card ends soon; once for each card and month."""
    assert card.expires_on is not None
    send_client_email(
        client=card.client,
        event="card_expiring",
        idempotency_key=f"{card.pk} {card.expires_on:%Y-%m}",
        values={
            "brand": card.brand_name,
            "last4": card.last4,
            "expiry": card.expires_on,
            "payment_methods_url": f"{settings.COMMERCE_URL}/client/payment-methods",
        },
        at=at,
        about=("savedcard", card.pk),
    )
