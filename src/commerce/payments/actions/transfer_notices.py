"""Transfer notices: a client says that the transfer was made; staff say whether it came (payments.md 6)."""

from datetime import date, datetime, timedelta

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import User
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.actions.states import check_invoice_payable
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import hold_suspension
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.manual import record_manual_payment
from commerce.payments.actions.states import decide_transfer_notice
from commerce.payments.events import TransferNoticeRejected, TransferNoticeSubmitted
from commerce.payments.models import Payment, TransferNotice
from commerce.payments.rules import PaymentMethod, TransferNoticeStatus
from commerce.site_settings import current


@transaction.atomic
def submit_transfer_notice(
    *, invoice: Invoice, submitted_by: User | None, ctx: Context
) -> TransferNotice:
    """The client has sent what is due; books nothing, and once for each invoice holds suspension for some days.

    One open at a time: again, it is the same. Raises ``StateConflict`` for an invoice that is not open or stopped.
    """
    lock_client(invoice.client_id)
    row = lock(invoice)
    check_invoice_payable(row)
    if open_notice := TransferNotice.objects.open().filter(invoice=row).first():
        return open_notice
    until = _hold_until(row, ctx.at)
    if until is not None:
        hold_suspension(invoice=row, until=until, reason="bank transfer declared", ctx=ctx)
    notice = TransferNotice.objects.create(
        client_id=row.client_id,
        invoice=row,
        amount=row.amount_due,
        submitted_by=submitted_by,
        submitted_at=ctx.at,
        held_until=until,
    )
    write_audit_entry(
        ctx=ctx,
        action="transfernotice.open",
        record=("transfernotice", notice.pk),
        name=str(notice),
        client_id=row.client_id,
        after={"amount": row.amount_due, "invoice": row.number},
    )
    publish(TransferNoticeSubmitted(notice.pk), at=ctx.at, client_id=row.client_id)
    return notice


def _hold_until(invoice: Invoice, at: datetime) -> date | None:
    days = current.get_setting("payments.bank_hold_days")
    held = TransferNotice.objects.filter(invoice=invoice, held_until__isnull=False)
    if not days or held.exists():
        return None
    return current.business_date(at) + timedelta(days=days)


@transaction.atomic
def confirm_transfer_notice(
    *,
    notice: TransferNotice,
    amount: int,
    received_on: date,
    reference: str,
    ctx: Context,
    note: str = "",
    confirmed: frozenset[str] = frozenset(),
) -> Payment:
    """The transfer came: book what was received. Confirmed twice it is one payment.

    Raises what ``record_manual_payment`` raises, and ``StateConflict`` for a notice that was decided otherwise.
    """
    key = f"transfer-notice-{notice.pk}"
    row = TransferNotice.objects.get(pk=notice.pk)
    if (
        row.status != TransferNoticeStatus.OPEN
        and not Payment.objects.filter(idempotency_key=key).exists()
    ):
        raise StateConflict("transfer_notice.ended", status=row.status)
    payment = record_manual_payment(
        invoice=row.invoice,
        amount=amount,
        method=PaymentMethod.BANK_TRANSFER,
        received_on=received_on,
        idempotency_key=key,
        reference=reference,
        note=note,
        confirmed=confirmed,
        ctx=ctx,
    )
    notice.refresh_from_db()
    return payment


@transaction.atomic
def reject_transfer_notice(*, notice: TransferNotice, reason: str, ctx: Context) -> None:
    """No such transfer came; the client reads ``reason``. Raises ``StateConflict`` when it was decided already."""
    if not reason.strip():
        raise BusinessError("reason.missing", field="reason")
    decide_transfer_notice(notice, TransferNoticeStatus.REJECTED, ctx, note=reason.strip()[:500])
    publish(TransferNoticeRejected(notice.pk), at=ctx.at, client_id=notice.client_id)


def lapse_transfer_notices(*, day: date, ctx: Context) -> int:
    """End notices of which nothing was heard for the days that they hold, and those of closed invoices.

    Says how many ended; books nothing, and the client may give notice again.
    """
    days = timedelta(days=current.get_setting("payments.bank_hold_days") or 1)
    ended = 0
    for notice in TransferNotice.objects.open().select_related("invoice").order_by("pk"):
        is_old = current.business_date(notice.submitted_at) + days < day
        if is_old or notice.invoice.status not in OPEN_INVOICE_STATUSES:
            try:
                decide_transfer_notice(notice, TransferNoticeStatus.LAPSED, ctx)
            except StateConflict:
                continue
            ended += 1
    return ended
