"""The model's own calendar and arithmetic: billing.md 1, 3 and 5.3, and ``invariants.md`` M2, in whole numbers."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

MONTHS = {
    "monthly": 1,
    "quarterly": 3,
    "semi_annually": 6,
    "annually": 12,
    "biennially": 24,
    "triennially": 36,
}

type TaxKey = tuple[str, int]
"""Tax category, and rate in thousandths of a percent."""


def start_of(anchor: date, cycle: str, number: int) -> date:
    """Start of period n = anchor + n × months of the cycle, same day of month, clamped."""
    month = anchor.year * 12 + anchor.month - 1 + number * MONTHS[cycle]
    year, month0 = month // 12, month % 12
    return date(year, month0 + 1, min(anchor.day, calendar.monthrange(year, month0 + 1)[1]))


def round_half_up(value: Fraction) -> int:
    """Half up, ties away from zero."""
    sign = -1 if value < 0 else 1
    return sign * int(abs(value) + Fraction(1, 2))


def remainders(total: int, exact: Sequence[Fraction]) -> list[int]:
    """Exact shares cut down, and what is left of ``total`` to the largest remainders, ties in order."""
    floors = [share.__floor__() for share in exact]
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in order[: total - sum(floors)]:
        floors[i] += 1
    return floors


def proportional(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` in proportion to weights, by largest remainder."""
    whole = sum(weights)
    if not whole:
        return [total, *[0] * (len(weights) - 1)]
    return remainders(total, [Fraction(total * weight, whole) for weight in weights])


def left_of_days(start: date, end: date, today: date) -> Fraction:
    """``left`` ÷ ``all``: the days of a period from today on."""
    return Fraction(max((end - max(start, today)).days, 0), (end - start).days)


@dataclass(frozen=True)
class AmountToTax:
    """A line before tax: its amount as prices are, how it is taxed, and the home rate that its price holds."""

    amount: int
    key: TaxKey
    home: int = 0


def nets_and_taxes(lines: Sequence[AmountToTax], *, inclusive: bool) -> list[tuple[int, int]]:
    """Net and tax of each line: tax is rounded once for each (category, rate), and spread by largest remainder."""
    found: list[tuple[int, int]] = [(0, 0)] * len(lines)
    for key in {line.key for line in lines}:
        mine = [i for i, line in enumerate(lines) if line.key == key]
        rate = Fraction(key[1], 100_000)
        if not inclusive:
            exact = [lines[i].amount * rate for i in mine]
            taxes = remainders(round_half_up(sum(exact, Fraction(0))), exact)
            for i, tax in zip(mine, taxes, strict=True):
                found[i] = lines[i].amount, tax
            continue
        nets = [lines[i].amount / (1 + Fraction(key[1] or lines[i].home, 100_000)) for i in mine]
        gross = sum(lines[i].amount for i in mine)
        within = [lines[i].amount - net for i, net in zip(mine, nets, strict=True)]
        parts = remainders(gross - round_half_up(sum(nets, Fraction(0))), within)
        for i, part in zip(mine, parts, strict=True):
            found[i] = lines[i].amount - part, part if key[1] else 0
    return found


def number_of(anchor: date, cycle: str, day: date) -> int:
    """The number of the period of this grid that a day lies in (below 0 before the anchor)."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    number = months // MONTHS[cycle] + 1
    while start_of(anchor, cycle, number) > day:
        number -= 1
    return number


def period_of(anchor: date, cycle: str, day: date) -> tuple[date, date]:
    """First day, and first day no more, of the period that a day lies in."""
    number = number_of(anchor, cycle, day)
    return start_of(anchor, cycle, number), start_of(anchor, cycle, number + 1)
