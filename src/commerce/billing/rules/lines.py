"""Lines, and the one sum of an invoice (billing.md 3 and 5.3).

Amounts are minor units; quantities are thousandths (1000 is 1), rates thousandths of a percent (20000 is 20 %).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from commerce.kit.errors import Refused
from commerce.kit.money import round_half_up


@dataclass(frozen=True, slots=True)
class Tax:
    """How a line is taxed: EN 16931 category, rate, the name that the invoice shows, and a note for zero rates."""

    category: str
    rate_milli: int
    name: str = ""
    note: str = ""


OUTSIDE_SCOPE = Tax("O", 0)


type ClaimKey = tuple[str, int]
"""Whose period a line belongs to: ``("service", id)`` or ``("domain", id)``."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line before tax is spread. ``unit_amount`` may be negative: a discount.

    ``kind`` is one of ``InvoiceLine.Kind``, ``tax_kind`` the product kind by which ``tax`` was found (``''``: no tax).
    ``home_rate_milli`` is the seller's rate that an inclusive price holds and a buyer at rate 0 does not pay.
    """

    description: str
    unit_amount: int
    tax: Tax
    quantity_milli: int = 1000
    kind: str = "item"
    tax_kind: str = ""
    claim: ClaimKey | None = None
    home_rate_milli: int = 0

    @property
    def amount(self) -> int:
        """Quantity × unit amount, rounded; net, or with tax where prices include it."""
        return round_half_up(Fraction(self.quantity_milli * self.unit_amount, 1000))

    @property
    def rate_within(self) -> Fraction:
        """The rate that an inclusive price holds: the line's own, or the one at home that this buyer is spared."""
        return Fraction(self.tax.rate_milli or self.home_rate_milli, 100_000)


DraftLine = Line
"""What a draft is made of."""


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

    Raises ``Refused`` when the lines of a group are negative in sum. Only what a plan change deducts may be that, of a
    group of its own, up to what the change charges.
    """
    priced: dict[int, PricedLine] = {}
    groups = []
    for key in dict.fromkeys((line.tax.category, line.tax.rate_milli) for line in lines):
        members = [i for i, x in enumerate(lines) if (x.tax.category, x.tax.rate_milli) == key]
        amounts = [lines[i].amount for i in members]
        if sum(amounts) < 0 and any(lines[i].kind != "plan_change" for i in members):
            raise Refused("The discounts are larger than what they discount.")
        if prices_include_tax:
            nets = _nets_within([lines[i] for i in members])
            taxes = [a - n if key[1] else 0 for a, n in zip(amounts, nets, strict=True)]
        else:
            nets, taxes = amounts, _taxes_on(amounts, Fraction(key[1], 100_000))
        priced |= {
            i: PricedLine(lines[i], net, tax)
            for i, net, tax in zip(members, nets, taxes, strict=True)
        }
        groups.append(Group(_common([lines[i].tax for i in members]), sum(nets), sum(taxes)))
    found = Priced(tuple(priced[i] for i in range(len(lines))), tuple(groups))
    if found.total < 0:
        raise Refused("The discounts are larger than what they discount.")
    return found


def _common(taxes: Sequence[Tax]) -> Tax:
    """The tax of a group: one name, and every note that a line of it has to bring."""
    notes = dict.fromkeys(tax.note for tax in taxes if tax.note)
    return replace(taxes[0], note="; ".join(notes))


def _taxes_on(amounts: Sequence[int], rate: Fraction) -> list[int]:
    return _spread([amount * rate for amount in amounts], round_half_up(sum(amounts) * rate))


def _nets_within(lines: Sequence[Line]) -> list[int]:
    """Net of each line of one group at inclusive prices, rounded once; what its tax leaves, so ties favour the net."""
    exact = [line.amount / (1 + line.rate_within) for line in lines]
    gross = [line.amount for line in lines]
    within = _spread(
        [g - net for g, net in zip(gross, exact, strict=True)],
        sum(gross) - round_half_up(sum(exact, Fraction(0))),
    )
    return [g - tax for g, tax in zip(gross, within, strict=True)]


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
