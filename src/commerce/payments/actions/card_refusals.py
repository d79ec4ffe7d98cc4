"""What follows when a saved card does not pay: it is stopped for good, or its owner hears of it (payments.md 7)."""

from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.payments.actions.saved_cards import stop_card
from commerce.payments.autopay import next_autopay_date
from commerce.payments.events import AutopayActionRequired, AutopayFailed
from commerce.payments.gateways.contract import PaymentReport
from commerce.payments.models import Attempt, AutopayTry
from commerce.site_settings import current


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
        if report.kind == "action_required":
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
