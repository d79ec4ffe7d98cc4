"""Statements of account: what a client owed and had at both ends of a span, and every move between (portal.md 3).

For each currency two ledgers, each of which adds up by construction: what is left to pay of all invoices (their totals
less their settlement entries, M8), and the credit ledger (M10).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.billing import words
from commerce.billing.models import CreditEntry, CreditNote, Invoice, SettlementEntry
from commerce.kit.errors import Refused
from commerce.preferences import current

MOST = 2000
"""Rows of one statement: a paper of some fifty pages."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row: ``amount`` is what it adds, in minor units."""

    day: date
    what: str
    number: str
    amount: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """What there was before the span, each move with what there was after it, and what there is at its end."""

    opening: int
    moves: tuple[tuple[Move, int], ...]
    closing: int

    @property
    def is_empty(self) -> bool:
        return not (self.opening or self.moves)


@dataclass(frozen=True, slots=True)
class Block:
    """One currency: what is left to pay, and what the client has as credit."""

    currency: str
    owed: Ledger
    credit: Ledger


def statement(client: Client, first: date | None, last: date) -> list[Block]:
    """A block for each currency in which there was something; ``first`` None is from the beginning.

    Raises ``Refused`` for a span with more rows than a paper holds.
    """
    owed, credit = _by_currency(_owed(client)), _by_currency(_credit(client))
    blocks = [
        Block(code, _ledger(owed[code], first, last), _ledger(credit[code], first, last))
        for code in sorted(owed.keys() | credit.keys())
    ]
    if sum(len(block.owed.moves) + len(block.credit.moves) for block in blocks) > MOST:
        raise Refused(_("This is more than one paper holds. Choose a shorter time."), field="first")
    return [block for block in blocks if not (block.owed.is_empty and block.credit.is_empty)]


def _by_currency(moves: Iterable[tuple[str, Move]]) -> defaultdict[str, list[Move]]:
    found: defaultdict[str, list[Move]] = defaultdict(list)
    for code, move in moves:
        found[code].append(move)
    return found


def _ledger(moves: list[Move], first: date | None, last: date) -> Ledger:
    opening = balance = sum(move.amount for move in moves if first and move.day < first)
    within = [move for move in moves if (first or move.day) <= move.day <= last]
    rows = []
    for move in sorted(within, key=lambda one: one.day):
        balance += move.amount
        rows.append((move, balance))
    return Ledger(opening, tuple(rows), balance)


def _owed(client: Client) -> Iterator[tuple[str, Move]]:
    """Invoices, and what lowered or raised what was left of them, oldest first within a day."""
    issued: dict[int, Invoice] = {}
    for invoice in Invoice.objects.for_client(client).order_by("issued_at", "pk"):
        if invoice.issue_date is None or invoice.number is None:
            continue
        issued[invoice.pk] = invoice
        row = Move(invoice.issue_date, _("Invoice"), invoice.number, invoice.total)
        yield invoice.currency_id, row
    notes = dict(CreditNote.objects.for_client(client).values_list("pk", "number"))
    entries = SettlementEntry.objects.filter(invoice__client=client)
    for entry in entries.order_by("at", "pk"):
        invoice = issued[entry.invoice_id]
        assert invoice.issue_date is not None
        number = invoice.number or ""
        if entry.kind == SettlementEntry.Kind.CREDIT_NOTE:
            number = notes.get(int(entry.source.partition(":")[2]), number)
        day = max(current.business_date(entry.at), invoice.issue_date)
        row = Move(day, str(words.ENTRIES[entry.kind]), number, -entry.amount)
        yield invoice.currency_id, row


def _credit(client: Client) -> Iterator[tuple[str, Move]]:
    rows = CreditEntry.objects.filter(account__client=client).select_related("account")
    for entry in rows.order_by("at", "pk"):
        day = current.business_date(entry.at)
        what = str(words.CREDIT[entry.reason])
        yield entry.account.currency_id, Move(day, what, "", entry.amount)
