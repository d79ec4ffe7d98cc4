"""Arithmetic of invoices: lines, tax, due dates, numbers, references (billing.md 2 to 5), and the states of an invoice.

Amounts are minor units; quantities are thousandths (1000 is 1), rates thousandths of a percent (20000 is 20 %).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from commerce.kit.errors import Refused
from commerce.kit.money import round_half_up

INVOICE_MOVES = {
    "draft": frozenset({"unpaid", "paid"}),  # paid at once when nothing is due
    "unpaid": frozenset({"paid", "overdue", "cancelled"}),
    "overdue": frozenset({"paid", "cancelled"}),
    "paid": frozenset({"refunded"}),
}

REVERSAL_MOVES = {"paid": frozenset({"unpaid", "overdue"})}
"""What a payment that was charged back does, and nothing else."""

OPEN = ("unpaid", "overdue")


@dataclass(frozen=True, slots=True)
class Tax:
    """How a line is taxed: EN 16931 category, rate, the name that the invoice shows, and a note for zero rates."""

    category: str
    rate_milli: int
    name: str = ""
    note: str = ""


OUTSIDE_SCOPE = Tax("O", 0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line before tax is spread. ``unit_amount`` may be negative: a discount."""

    description: str
    unit_amount: int
    tax: Tax
    quantity_milli: int = 1000

    @property
    def amount(self) -> int:
        """Quantity × unit amount, rounded; net, or with tax where prices include it."""
        return round_half_up(Fraction(self.quantity_milli * self.unit_amount, 1000))


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its net amount and its share of its group's tax."""

    line: Line
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class Group:
    """All lines of one category and rate: tax is rounded once, on their summed base."""

    tax: Tax
    net: int
    amount: int


@dataclass(frozen=True, slots=True)
class Priced:
    """What an invoice says: lines that sum to groups, groups that sum to subtotal and tax."""

    lines: tuple[PricedLine, ...]
    groups: tuple[Group, ...]

    @property
    def subtotal(self) -> int:
        """Net."""
        return sum(group.net for group in self.groups)

    @property
    def tax(self) -> int:
        """Tax of all groups."""
        return sum(group.amount for group in self.groups)

    @property
    def total(self) -> int:
        """Net and tax."""
        return self.subtotal + self.tax


def price(lines: Sequence[Line], *, prices_include_tax: bool = False) -> Priced:
    """Tax of each (category, rate), rounded once, and spread over its lines by largest remainder (billing.md 5.3).

    Raises ``Refused`` when the lines of a group are negative in sum.
    """
    priced: dict[int, PricedLine] = {}
    groups = []
    for key in dict.fromkeys((line.tax.category, line.tax.rate_milli) for line in lines):
        members = [i for i, x in enumerate(lines) if (x.tax.category, x.tax.rate_milli) == key]
        amounts = [lines[i].amount for i in members]
        if sum(amounts) < 0:
            raise Refused("The discounts are larger than what they discount.")
        rate = Fraction(key[1], 100_000)
        taxes = _taxes_within(amounts, rate) if prices_include_tax else _taxes_on(amounts, rate)
        nets = [a - t if prices_include_tax else a for a, t in zip(amounts, taxes, strict=True)]
        priced |= {
            i: PricedLine(lines[i], net, tax)
            for i, net, tax in zip(members, nets, taxes, strict=True)
        }
        groups.append(Group(lines[members[0]].tax, sum(nets), sum(taxes)))
    return Priced(tuple(priced[i] for i in range(len(lines))), tuple(groups))


def _taxes_on(amounts: Sequence[int], rate: Fraction) -> list[int]:
    return _spread([amount * rate for amount in amounts], round_half_up(sum(amounts) * rate))


def _taxes_within(amounts: Sequence[int], rate: Fraction) -> list[int]:
    net = round_half_up(sum(amounts) / (1 + rate))
    return _spread([amount * rate / (1 + rate) for amount in amounts], sum(amounts) - net)


def _spread(exact: Sequence[Fraction], total: int) -> list[int]:
    """Each exact share cut down, and the units that are left to the largest remainders, ties in line order.

    So each line stays within one unit of its own tax, also beside a discount that leaves next to nothing: shares in
    proportion to the amounts (``kit.money.spread``) would then be far from the rate.
    """
    parts = [share.numerator // share.denominator for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def due_date(
    *,
    issued_on: date,
    due_days: int,
    min_notice_days: int,
    period_start: date | None = None,
    expiry: date | None = None,
    typed: date | None = None,
) -> date:
    """Last day on which an invoice is on time (billing.md 2).

    ``period_start`` is the next due date of a service renewal, ``expiry`` that of a domain renewal, which wins over the
    notice; ``typed`` is what staff chose for a manual invoice. Raises ``Refused`` for a typed day before the issue day.
    """
    if typed is not None:
        if typed < issued_on:
            raise Refused("The due date must not be before the issue date.", field="due_date")
        return typed
    due = (period_start or issued_on) + timedelta(days=due_days)
    due = max(due, issued_on + timedelta(days=min_notice_days))
    if expiry is not None:
        due = max(min(due, expiry - timedelta(days=1)), issued_on)
    return due


def number_text(prefix: str, issued_on: date, number: int) -> str:
    """A document number such as ``INV-0305``; ``{YYYY}`` and ``{MM}`` in the prefix are those of the issue date."""
    prefix = prefix.replace("{YYYY}", f"{issued_on:%Y}").replace("{MM}", f"{issued_on:%m}")
    return f"{prefix}{number:04d}"


def payment_reference(invoice_id: int) -> str:
    """An ISO 11649 creditor reference: ``RF``, two check digits (MOD 97-10), and the id in 12 digits."""
    body = f"{invoice_id:012d}"
    digits = "".join(str(int(character, 36)) for character in f"{body}RF00")
    return f"RF{98 - int(digits) % 97:02d}{body}"


def settled(total: int, entries: Iterable[int]) -> int:
    """Amount due: the total less all settlement entries. Raises ``Refused`` if it would leave 0 to total."""
    due = total - sum(entries)
    if not 0 <= due <= total:
        raise Refused("This is more than what is due.", field="amount")
    return due
