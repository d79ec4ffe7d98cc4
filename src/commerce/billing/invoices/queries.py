"""Reading billing: balances, what an invoice still holds, and which late ones a fee is due for."""

from collections.abc import Callable, Iterable
from datetime import date

from django.db.models import Sum
from django.db.models.expressions import Combinable

from commerce.billing.invoices.rules import (
    OPEN_INVOICE_STATUSES,
    InvoiceKind,
    InvoiceStatus,
    SettlementKind,
)
from commerce.billing.models import (
    CreditAccount,
    Invoice,
    InvoiceQuerySet,
)
from commerce.site_settings import current


def credit_balance(client_id: int, currency_code: str) -> int:
    """Credit of a client in one currency, in minor units."""
    account = CreditAccount.objects.for_client(client_id).filter(currency_id=currency_code)
    return account.values_list("balance", flat=True).first() or 0


def amount_held(entries: Iterable[tuple[str, int]]) -> int:
    """Money and credit that an invoice holds: all its entries (kind, amount) but credit notes (M12)."""
    return sum(amount for kind, amount in entries if kind != SettlementKind.CREDIT_NOTE)


def amount_credited(entries: Iterable[tuple[str, int]]) -> int:
    """What credit notes took back of an invoice, gross."""
    return sum(amount for kind, amount in entries if kind == SettlementKind.CREDIT_NOTE)


def amount_settled(invoice: Invoice, source: str, *, refunded: int = 0) -> int:
    """What a payment settles of an invoice that holds it still, less what was reversed of it and not won back.

    ``refunded`` is what refunds took of it there: they name the payment, and their entries do not.
    """
    kinds = (SettlementKind.PAYMENT, SettlementKind.REVERSAL, SettlementKind.REVERSAL_WON)
    entries = list(invoice.settlement_entries.values_list("kind", "amount", "source"))
    own = [
        amount
        for kind, amount, of in entries
        if kind in kinds and (of == source or of.startswith(f"{source}:"))
    ]
    return min(sum(own) - refunded, amount_held((kind, amount) for kind, amount, _ in entries))


def refundable_amount(invoice: Invoice) -> int:
    """What can go back of an invoice with a credit note: what it holds, and is not credited yet (payments.md 8)."""
    if invoice.status not in (*OPEN_INVOICE_STATUSES, InvoiceStatus.PAID):
        return 0
    entries = list(invoice.settlement_entries.values_list("kind", "amount"))
    return max(0, min(amount_held(entries), invoice.total - amount_credited(entries)))


def is_fully_credited(invoice: Invoice) -> bool:
    """Whether credit notes cover all of an invoice, also of one that was paid in part and is ``paid`` since then.

    Those of plan changes do not count: what they give back is billed anew.
    """
    notes = invoice.credit_notes.filter(plan_change=None)
    credited = notes.aggregate(total=Sum("total", default=0))["total"]
    return invoice.total > 0 and credited == invoice.total


_no_fee: list[Callable[[], Combinable]] = []


def exempt_from_late_fee(condition: Callable[[], Combinable]) -> None:
    """Say of which invoices no late fee is charged: a condition over invoices that an app above names when it is
    ready."""
    _no_fee.append(condition)


def without_due_late_fee(late: InvoiceQuerySet, day: date) -> InvoiceQuerySet:
    """Those of ``late`` that a fee is due for and that have none: never of a fee, a plan change, or an order that was
    never active (billing.md 8)."""
    if current.get_setting("billing.late_fee_kind") == "none":
        return late.none()
    excepted = [InvoiceKind.LATE_FEE, InvoiceKind.PLAN_CHANGE]
    due = late.filter(late_fee=None).exclude(kind__in=excepted).dunnable_on(day)
    for condition in _no_fee:
        due = due.exclude(condition())
    return due
