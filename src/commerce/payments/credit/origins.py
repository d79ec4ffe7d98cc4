"""Which payments credit can go back to: those that paid what credit notes took back (payments.md 8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from commerce.billing.invoices.actions.credit_uses import CREDIT_USE
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import CreditEntry, CreditNote, Invoice, SettlementEntry
from commerce.payments.actions.payment_parts import amount_there, payment_parts, refunds_of_part
from commerce.payments.actions.refunds import gateway_refund_refusal
from commerce.payments.actions.reversals import amount_to_reverse
from commerce.payments.credit.lots import (
    WON_BACK,
    CreditSources,
    LedgerRow,
    MoneyOfInvoice,
    PaymentOrigin,
    credit_lots,
    share_out,
)
from commerce.payments.models import Payment, PaymentShare, Refund
from commerce.payments.rules import PaymentStatus, RefundMethod, RefundStatus

_TAKING = (PaymentStatus.COMPLETED, PaymentStatus.REFUNDED)
"""States of payments through which money can go back: it is with us, and nobody disputes it."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """So much of a client's credit can go back to a payment: of the ``invoice`` where that came for several."""

    payment: Payment
    invoice: Invoice | None
    amount: int

    @property
    def currency_id(self) -> str:
        """In minor units of this currency."""
        return self.payment.currency_id


def ways_back(client_id: int, currency_code: str, at: datetime) -> list[WayBack]:
    """Where credit that came from credit notes can go back to now, and how much of it, through payments of the same
    client that paid the credited invoices, or became the credit that paid these.

    What none of them takes, as too old or not made through a gateway, is a payout.
    """
    entries = CreditEntry.objects.filter(
        account__client=client_id, account__currency=currency_code
    ).order_by("pk")
    rows = [LedgerRow(*row) for row in entries.values_list("pk", "source", "amount")]
    lots = credit_lots(rows, _sources(client_id, rows))
    wanted = {origin[0] for lot in lots if lot.is_of_note for origin in lot.origins}
    payments = Payment.objects.for_client(client_id).filter(
        pk__in=wanted, currency=currency_code, status__in=_TAKING
    )
    parts: dict[PaymentOrigin, tuple[Payment, Invoice | None]] = {}
    rooms: dict[PaymentOrigin, int] = {}
    for payment in payments.select_related("invoice").order_by("pk"):
        for origin, invoice, room in _rooms(payment, at):
            parts[origin], rooms[origin] = (payment, invoice), room
    shared = share_out(lots, rooms)
    in_full = [
        origin
        for origin, amount in shared.items()
        if not gateway_takes(parts[origin][0], amount, at)
    ]
    if in_full:
        shared = share_out(lots, rooms | dict.fromkeys(in_full, 0))
    return [WayBack(*parts[origin], amount) for origin, amount in shared.items()]


def gateway_takes(payment: Payment, amount: int, at: datetime) -> bool:
    """Whether its gateway sends so much of a payment back: not all do so in part, or for ever, or at all."""
    return gateway_refund_refusal(payment, amount, payment.amount, at) is None


def _rooms(payment: Payment, at: datetime) -> Iterator[tuple[PaymentOrigin, Invoice | None, int]]:
    """What of each part of a payment can go back: what neither went, nor is asked for, nor was lost."""
    if not gateway_takes(payment, payment.amount, at):
        return
    asked = Refund.objects.filter(method=RefundMethod.GATEWAY, status=RefundStatus.REQUESTED)
    left = amount_to_reverse(payment) - _sum(asked.filter(payment=payment))
    for part in payment_parts(payment):
        own = asked.filter(refunds_of_part(payment, part))
        room = min(left, amount_there(payment, part) - _sum(own))
        invoice = part.invoice if payment.invoice_id is None else None
        if room > 0:
            left -= room
            yield (payment.pk, invoice.pk if invoice else None), invoice, room


def _sum(refunds: QuerySet[Refund]) -> int:
    return sum(refunds.values_list("amount", flat=True))


def _sources(client_id: int, rows: Sequence[LedgerRow]) -> CreditSources:
    """What the sources of a ledger stand for, and what paid the invoices that notes and refunds took back."""
    names = [row.source.removeprefix(WON_BACK).removeprefix("failed:").split(":") for row in rows]
    ids: dict[str, set[int]] = {}
    for kind, number in (name[:2] for name in names if len(name) > 1 and name[1].isdigit()):
        ids.setdefault(kind, set()).add(int(number))
    notes = CreditNote.objects.filter(pk__in=ids.get("credit_note", ()))
    invoices = {f"credit_note:{pk}": of for pk, of in notes.values_list("pk", "invoice_id")}
    payments: dict[str, PaymentOrigin] = {
        f"payment:{pk}": (pk, None) for pk in ids.get("payment", ())
    }
    for share in PaymentShare.objects.filter(pk__in=ids.get("payment_share", ())):
        payments[share.source] = share.payment_id, share.invoice_id
    refunds = Refund.objects.filter(pk__in=ids.get("refund", ())).select_related("payment")
    for refund in refunds:
        payments[f"refund:{refund.pk}"] = refund.payment_id, refund.invoice_id
        if of := refund.invoice_id or refund.payment.invoice_id:
            invoices[f"refund:{refund.pk}"] = of
    return CreditSources(invoices, payments, _money(client_id, set(invoices.values())))


def _money(client_id: int, invoices: set[int]) -> dict[int, MoneyOfInvoice]:
    """What paid these invoices."""
    came: dict[int, tuple[list[PaymentOrigin], list[int]]] = {pk: ([], []) for pk in invoices}
    kinds = (SettlementKind.PAYMENT, SettlementKind.CREDIT)
    entries = SettlementEntry.objects.filter(
        invoice__in=invoices, invoice__client=client_id, kind__in=kinds
    ).order_by("pk")
    rows = list(entries.values_list("invoice_id", "source"))
    shares = {
        share.source: (share.payment_id, share.invoice_id)
        for share in PaymentShare.objects.filter(invoice__in=invoices)
    }
    for invoice, source in rows:
        if source.startswith(CREDIT_USE):
            came[invoice][1].append(int(source.removeprefix(CREDIT_USE)))
        elif source in shares:
            came[invoice][0].append(shares[source])
        else:
            came[invoice][0].append((int(source.removeprefix("payment:")), None))
    return {pk: MoneyOfInvoice(*found) for pk, found in came.items()}
