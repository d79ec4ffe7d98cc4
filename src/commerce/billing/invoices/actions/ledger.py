"""The rows beneath every movement of money: settlement entries of invoices, entries of credit accounts."""

from datetime import datetime

from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import CreditAdded
from commerce.billing.models import CreditAccount, CreditEntry, Invoice, SettlementEntry
from commerce.events.publish import publish
from commerce.kit.errors import BusinessError


def lock_credit_account(client_id: int, currency_code: str) -> CreditAccount:
    """The client's account in a currency, locked; made if it is his first. The client's row is locked already."""
    own = {"client_id": client_id, "currency_id": currency_code}
    account = CreditAccount.objects.select_for_update(of=("self",)).filter(**own).first()
    return account or CreditAccount.objects.create(**own)


def add_credit_entry(
    account: CreditAccount, *, reason: str, source: str, amount: int, at: datetime, note: str = ""
) -> CreditEntry:
    """One row of the ledger of a locked account. Raises ``BusinessError`` when its balance would fall below 0."""
    balance = account.balance + amount
    if balance < 0:
        raise BusinessError("credit.not_enough", field="amount")
    entry = CreditEntry.objects.create(
        account=account,
        reason=CreditReason(reason),
        source=source,
        amount=amount,
        balance=balance,
        note=note[:255],
        at=at,
    )
    CreditAccount.objects.filter(pk=account.pk).update(balance=balance)
    account.balance = balance
    if amount > 0:
        publish(CreditAdded(entry.pk), at=at, client_id=account.client_id)
    return entry


def add_settlement(
    invoice: Invoice, kind: str, source: str, amount: int, at: datetime
) -> SettlementEntry:
    """One signed settlement entry; the caller keeps the sums of the invoice with it."""
    return SettlementEntry.objects.create(
        invoice=invoice, kind=kind, source=source, amount=amount, at=at
    )


def settlement_amounts(invoice: Invoice) -> list[tuple[str, int]]:
    """(kind, amount) of all settlement entries of an invoice."""
    return list(invoice.settlement_entries.values_list("kind", "amount"))
