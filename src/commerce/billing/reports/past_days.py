"""What clients owed, and had as credit, at the end of a past day: for the books at the end of a month or year.

The same figures as the statements of account of that day. They are counted back from today: what is left to pay now,
and what entries have lowered or raised since. So a recent day reads what happened since then, by its instants, however
many invoices there are.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from commerce.accounts.models import Client
from commerce.billing.models import CreditAccount, CreditEntry, Invoice, SettlementEntry
from commerce.site_settings import current


@dataclass(frozen=True, slots=True)
class BalanceOnDay:
    """What one client owed, or had as credit, in one currency at the end of a day; minor units.

    ``overdue`` is the part of what was owed whose due date had passed.
    """

    client_id: int
    currency_code: str
    amount: int
    overdue: int = 0


@dataclass(slots=True)
class BalanceSums:
    """All balances of a currency, and of how many clients."""

    clients: int = 0
    amount: int = 0
    overdue: int = 0


class InvoiceOnDay(NamedTuple):
    """An invoice of which something was left to pay at the end of a day: ``amount``, of its ``total``."""

    pk: int
    number: str
    issue_date: date
    due_date: date
    total: int
    amount: int


def receivables_on(day: date) -> list[BalanceOnDay]:
    """What each client owed at the end of a day, by currency, the largest amount first."""
    late = Q(due_date__lt=day)
    left = Invoice.objects.open().filter(issue_date__lte=day).order_by()
    since = SettlementEntry.objects.filter(at__gte=_end_of(day), invoice__issue_date__lte=day)
    late_since = Q(invoice__due_date__lt=day)
    found: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for rows in (
        left.values_list("client_id", "currency_id").annotate(
            Sum("amount_due"), late=Coalesce(Sum("amount_due", filter=late), 0)
        ),
        since.order_by()
        .values_list("invoice__client_id", "invoice__currency_id")
        .annotate(Sum("amount"), late=Coalesce(Sum("amount", filter=late_since), 0)),
    ):
        for client, code, amount, overdue in rows:
            found[client, code][0] += amount
            found[client, code][1] += overdue
    return _balances(found)


def credit_on(day: date) -> list[BalanceOnDay]:
    """What each client had as credit at the end of a day, by currency, the largest amount first."""
    found: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    now = CreditAccount.objects.filter(balance__gt=0).order_by()
    for client, code, balance in now.values_list("client_id", "currency_id", "balance"):
        found[client, code][0] += balance
    since = CreditEntry.objects.filter(at__gte=_end_of(day)).order_by()
    moved = since.values_list("account__client_id", "account__currency_id")
    for client, code, amount in moved.annotate(Sum("amount")):
        found[client, code][0] -= amount
    return _balances(found)


def invoices_owed_on(day: date, client_id: int, currency_code: str) -> list[InvoiceOnDay]:
    """The invoices of which a client owed something at the end of a day, the earliest due first."""
    until = Q(settlement_entries__at__lt=_end_of(day))
    rows: QuerySet[Any] = Invoice.objects.for_client(client_id).filter(
        issue_date__lte=day, currency_id=currency_code
    )
    settled = Coalesce(Sum("settlement_entries__amount", filter=until), 0)
    owed = rows.annotate(due_then=F("total") - settled).exclude(due_then=0)
    columns = ("pk", "number", "issue_date", "due_date", "total", "due_then")
    return [InvoiceOnDay(*row) for row in owed.order_by("due_date", "pk").values_list(*columns)]


def sums_by_currency(balances: Sequence[BalanceOnDay]) -> dict[str, BalanceSums]:
    """The totals of a list, by currency."""
    found: defaultdict[str, BalanceSums] = defaultdict(BalanceSums)
    for one in balances:
        sums = found[one.currency_code]
        sums.clients += 1
        sums.amount += one.amount
        sums.overdue += one.overdue
    return {code: found[code] for code in sorted(found)}


def clients_of(balances: Sequence[BalanceOnDay]) -> dict[int, Client]:
    """Whose balances they are, by id."""
    return Client.objects.in_bulk({one.client_id for one in balances})


def _end_of(day: date) -> datetime:
    """The first instant after a business day."""
    return current.start_of_business_date(day + timedelta(days=1))


def _balances(found: Mapping[tuple[int, str], list[int]]) -> list[BalanceOnDay]:
    rows = [BalanceOnDay(*key, *amounts) for key, amounts in found.items() if amounts[0]]
    return sorted(rows, key=lambda one: (one.currency_code, -one.amount, one.client_id))
