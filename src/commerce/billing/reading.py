"""Reading billing: balances, and what an invoice still holds."""

from collections.abc import Iterable

from commerce.billing.models import CreditAccount, Invoice, SettlementEntry


def credit_balance(client_id: int, currency_code: str) -> int:
    """Credit of a client in one currency, in minor units."""
    found = CreditAccount.objects.for_client(client_id).filter(currency_id=currency_code)
    return found.values_list("balance", flat=True).first() or 0


def held(entries: Iterable[tuple[str, int]]) -> int:
    """Money and credit that an invoice holds: all its entries (kind, amount) but credit notes (M12)."""
    return sum(amount for kind, amount in entries if kind != SettlementEntry.Kind.CREDIT_NOTE)


def credited(entries: Iterable[tuple[str, int]]) -> int:
    """What credit notes took back of an invoice, gross."""
    return sum(amount for kind, amount in entries if kind == SettlementEntry.Kind.CREDIT_NOTE)


def is_taken_back(invoice: Invoice) -> bool:
    """Whether credit notes cover all of an invoice, also of one that was paid in part and is ``paid`` since then."""
    entries = invoice.settlement_entries.values_list("kind", "amount")
    return invoice.total > 0 and credited(entries) == invoice.total
