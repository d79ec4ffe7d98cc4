"""Exchange rates as numbers: exact, crossed through the euro, judged by their age and by how far they jump."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from commerce.kit.money import round_half_up

EURO = "EUR"
MAX_JUMP = Fraction(10, 100)
"""By how much a published rate may differ from the one before; what differs by more waits for staff."""
KEPT_DECIMALS = 12
LONGEST_GAP_DAYS = 5
"""Between two publications of the ECB, over Easter or Christmas, in calendar days."""


class RateSource(StrEnum):
    """Where exchange rates come from: staff type them, or the European Central Bank publishes them."""

    MANUAL = "manual"
    ECB = "ecb"


@dataclass(frozen=True, slots=True)
class PublishedRates:
    """The euro foreign exchange reference rates of a day: how many units of each currency one euro is worth."""

    day: date
    units_per_euro: Mapping[str, Decimal]

    def units(self, currency_code: str) -> Decimal | None:
        """How many units one euro is worth; none for a currency that is not published."""
        return Decimal(1) if currency_code == EURO else self.units_per_euro.get(currency_code)

    def quotes(self, currency_code: str, default: str) -> str:
        """What one of a currency is worth in the default one as two published numbers, ``1.0815/0.8571``: exact.

        Empty if one of the two is not published.
        """
        ours, theirs = self.units(default), self.units(currency_code)
        return f"{ours:f}/{theirs:f}" if ours and theirs else ""


def exact_worth(quotes: str) -> Fraction:
    """The quotient of two published numbers."""
    ours, _, theirs = quotes.partition("/")
    return Fraction(ours) / Fraction(theirs)


def decimal_text(exact: Fraction, decimals: int = 8) -> str:
    """A rate with so many decimals, without the zeros at its end."""
    whole = f"{round_half_up(exact * 10**decimals):0{decimals + 1}d}"
    return f"{whole[:-decimals]}.{whole[-decimals:]}".rstrip("0").rstrip(".")


def is_jump(old: Fraction, new: Fraction) -> bool:
    """Whether a rate differs from the one before by more than the largest share that needs no second look."""
    return abs(new - old) > old * MAX_JUMP


def is_replaced(*, rate_on: date | None, typed_on: date | None, published_on: date) -> bool:
    """Whether a publication replaces a rate: it is of a later day than the rate, and than the day on which staff typed
    it (none if they did not).
    """
    return all(day is None or day < published_on for day in (rate_on, typed_on))


@dataclass(frozen=True, slots=True)
class CurrencyRate:
    """What one of a currency is worth in the default one, and of which day that is; the default one has no day."""

    worth: Fraction | None
    day: date | None = None


def cross_rate(ours: CurrencyRate, theirs: CurrencyRate) -> CurrencyRate:
    """What one of ``ours`` is worth in ``theirs``; as old as the older of the two."""
    if not (ours.worth and theirs.worth):
        return CurrencyRate(None)
    days = [rate.day for rate in (ours, theirs) if rate.day]
    return CurrencyRate(ours.worth / theirs.worth, min(days, default=None))


def is_too_old(rate_on: date | None, *, on: date, max_days: int) -> bool:
    """Whether a rate of a day is older than so many days. A rate without a day has no age."""
    return rate_on is not None and on - rate_on > timedelta(days=max_days)
