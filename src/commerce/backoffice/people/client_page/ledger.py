"""What a client owed and had after each invoice, payment and move of credit of a year, the newest first: as their
account statement adds it up, in one table for each currency.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge

from django.db.models import Model

from commerce.accounts.models import Client
from commerce.backoffice.base.pages import page_of
from commerce.billing.invoices.statement import CurrencyStatement, StatementRow, account_statement
from commerce.billing.models import CreditNote, Invoice
from commerce.kit.errors import BusinessError
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day

LEDGER_ROWS = 50
_SPANS = (365, 31)
"""Days that are shown; of a client with more rows than a statement holds, the shorter one."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A row, with what was left to pay and what was there as credit after it."""

    day: str
    label: str
    number: str
    url: str
    amount: str
    owed: str
    credit: str


@dataclass(frozen=True, slots=True)
class ClientLedger:
    """The rows of one currency; ``has_credit`` if there ever was any."""

    currency: str
    has_credit: bool
    lines: list[LedgerLine]


def client_ledgers(client: Client, today: date) -> list[ClientLedger]:
    """One for each currency in which there was something; none where even a month is more than is shown."""
    for days in _SPANS:
        try:
            blocks = account_statement(client, today - timedelta(days=days), today)
        except BusinessError:
            continue
        kept = {block.currency: _newest(block) for block in blocks}
        urls = _urls(client, (row.number for rows in kept.values() for row, *_balances in rows))
        return [
            ClientLedger(
                block.currency,
                not block.credit.is_empty,
                [_line(block.currency, one, urls) for one in kept[block.currency]],
            )
            for block in blocks
        ]
    return []


type _Row = tuple[StatementRow, int, int]
"""With what is owed and what is there as credit after it."""


def _newest(block: CurrencyStatement) -> list[_Row]:
    owed, credit, found = block.owed.opening, block.credit.opening, []
    sides = (
        [(row.day, side, row, after) for row, after in ledger.rows]
        for side, ledger in enumerate((block.owed, block.credit))
    )
    for _day, side, row, after in merge(*sides, key=lambda one: one[:2]):
        owed, credit = (owed, after) if side else (after, credit)
        found.append((row, owed, credit))
    return found[: -LEDGER_ROWS - 1 : -1]


def _line(currency: str, row: _Row, urls: dict[str, str]) -> LedgerLine:
    move, owed, credit = row
    amounts = (format_money(one, currency) for one in (move.amount, owed, credit))
    return LedgerLine(
        format_day(move.day), move.label, move.number, urls.get(move.number, ""), *amounts
    )


def _urls(client: Client, numbers: Iterable[str]) -> dict[str, str]:
    wanted = set(filter(None, numbers))
    kinds: tuple[type[Model], ...] = (Invoice, CreditNote)
    return {
        number: page_of(kind(pk=pk))
        for kind in kinds
        for pk, number in kind._default_manager.filter(
            client=client, number__in=wanted
        ).values_list("pk", "number")
    }
