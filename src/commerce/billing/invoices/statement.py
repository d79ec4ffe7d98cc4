"""Statements of account: what a client owed and had at both ends of a span, and every move between (portal.md 3).

For each currency two ledgers, each of which adds up by construction: what is left to pay of all invoices (their totals
less their settlement entries, M8), and the credit ledger (M10).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.billing import labels
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import CreditEntry, CreditNote, Invoice, SettlementEntry
from commerce.kit.errors import BusinessError
from commerce.site_settings import current

MAX_STATEMENT_ROWS = 2000
"""Rows of one statement: a paper of some fifty pages."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One row: ``amount`` is what it adds, in minor units."""

    day: date
    label: str
    number: str
    amount: int


@dataclass(frozen=True, slots=True)
class StatementLedger:
    """What there was before the span, each row with what there was after it, and what there is at its end."""

    opening: int
    rows: tuple[tuple[StatementRow, int], ...]
    closing: int

    @property
    def is_empty(self) -> bool:
        return not (self.opening or self.rows)


@dataclass(frozen=True, slots=True)
class CurrencyStatement:
    """One currency: what is left to pay, and what the client has as credit."""

    currency: str
    owed: StatementLedger
    credit: StatementLedger


def account_statement(
    client: Client, first_day: date | None, last_day: date
) -> list[CurrencyStatement]:
    """A block for each currency in which there was something; ``first_day`` None is from the beginning.

    Raises ``BusinessError`` for a span with more rows than a paper holds, before any of them is read; what was before
    the span is added up by the database.
    """
    owed, credit = _Owed(client, first_day, last_day), _Credit(client, first_day, last_day)
    if owed.count() + credit.count() > MAX_STATEMENT_ROWS:
        raise BusinessError("statement_of_account.too_long", field="first")
    ledgers = [_ledgers(side.opening(), side.moves()) for side in (owed, credit)]
    blocks = [
        CurrencyStatement(
            code, *(ledger.get(code, StatementLedger(0, (), 0)) for ledger in ledgers)
        )
        for code in sorted(set().union(*ledgers))
    ]
    return [block for block in blocks if not (block.owed.is_empty and block.credit.is_empty)]


def _ledgers(
    openings: dict[str, int], moves: Iterable[tuple[str, StatementRow]]
) -> dict[str, StatementLedger]:
    found: defaultdict[str, list[StatementRow]] = defaultdict(list)
    for code, move in moves:
        found[code].append(move)
    return {
        code: _ledger(openings.get(code, 0), found[code]) for code in openings.keys() | found.keys()
    }


def _ledger(opening: int, moves: list[StatementRow]) -> StatementLedger:
    balance, rows = opening, []
    for move in sorted(moves, key=lambda one: one.day):
        balance += move.amount
        rows.append((move, balance))
    return StatementLedger(opening, tuple(rows), balance)


def _sums(rows: QuerySet[Any], currency: str, amount: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(currency).annotate(sum=Sum(amount)))


class _Owed:
    """Invoices, and what lowered or raised what was left of them; no entry stands before its invoice."""

    def __init__(self, client: Client, first: date | None, last: date) -> None:
        self.client = client
        issued = Invoice.objects.for_client(client).filter(issue_date__isnull=False)
        issued = issued.filter(number__isnull=False, issue_date__lte=last)
        after = current.start_of_business_date(last + timedelta(days=1))
        entries = SettlementEntry.objects.filter(invoice__client=client, invoice__in=issued)
        entries = entries.filter(at__lt=after)
        earlier = (
            Q(at__lt=current.start_of_business_date(first), invoice__issue_date__lt=first)
            if first
            else None
        )
        self.before = issued.filter(issue_date__lt=first) if first else issued.none()
        self.entries_before = entries.filter(earlier) if earlier else entries.none()
        self.issued = issued.filter(issue_date__gte=first) if first else issued
        self.entries = entries.exclude(earlier) if earlier else entries

    def count(self) -> int:
        return self.issued.count() + self.entries.count()

    def opening(self) -> dict[str, int]:
        found = _sums(self.before, "currency_id", "total")
        for code, sum_ in _sums(self.entries_before, "invoice__currency_id", "amount").items():
            found[code] = found.get(code, 0) - sum_
        return found

    def moves(self) -> Iterator[tuple[str, StatementRow]]:
        """Oldest first within a day."""
        rows: QuerySet[Any, Any] = self.issued.order_by("issued_at", "pk")
        for day, number, total, code in rows.values_list(
            "issue_date", "number", "total", "currency_id"
        ):
            yield code, StatementRow(day, _("Invoice"), number, total)
        entries = self.entries.order_by("at", "pk").values_list(
            "at",
            "kind",
            "source",
            "amount",
            "invoice__issue_date",
            "invoice__number",
            "invoice__currency_id",
        )
        found: list[Any] = list(entries)
        notes = self._notes(source for _at, kind, source, *_more in found if kind == _NOTE)
        for at, kind, source, amount, issue_date, number, code in found:
            shown = notes.get(source, number) if kind == _NOTE else number
            day = max(current.business_date(at), issue_date)
            yield code, StatementRow(day, str(labels.SETTLEMENT_LABELS[kind]), shown, -amount)

    def _notes(self, sources: Iterable[str]) -> dict[str, str]:
        ids = [int(source.partition(":")[2]) for source in sources]
        rows = CreditNote.objects.for_client(self.client).filter(pk__in=ids)
        return {f"credit_note:{pk}": number for pk, number in rows.values_list("pk", "number")}


_NOTE = SettlementKind.CREDIT_NOTE


class _Credit:
    """The rows of the credit ledger."""

    def __init__(self, client: Client, first: date | None, last: date) -> None:
        after = current.start_of_business_date(last + timedelta(days=1))
        rows = CreditEntry.objects.filter(account__client=client, at__lt=after)
        self.before = (
            rows.filter(at__lt=current.start_of_business_date(first)) if first else rows.none()
        )
        self.rows = rows.filter(at__gte=current.start_of_business_date(first)) if first else rows

    def count(self) -> int:
        return self.rows.count()

    def opening(self) -> dict[str, int]:
        return _sums(self.before, "account__currency_id", "amount")

    def moves(self) -> Iterator[tuple[str, StatementRow]]:
        """Oldest first within a day."""
        rows = self.rows.order_by("at", "pk")
        for at, reason, amount, code in rows.values_list(
            "at", "reason", "amount", "account__currency_id"
        ):
            yield (
                code,
                StatementRow(
                    current.business_date(at), str(labels.CREDIT_LABELS[reason]), "", amount
                ),
            )
