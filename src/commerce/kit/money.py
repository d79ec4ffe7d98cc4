"""Money in whole minor units: one rounding function, exponents from ISO 4217, no float anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from commerce.kit.errors import BusinessError
from commerce.kit.number_parsing import parse_decimal

# ISO 4217 in the year 2026 (list one), without metals, baskets and test codes, which have no smallest unit.
_HUNDREDTHS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU
CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
_OTHERS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

CURRENCY_EXPONENTS: Mapping[str, int] = dict.fromkeys(_HUNDREDTHS.split(), 2) | {
    code: places for places, codes in _OTHERS.items() for code in codes.split()
}
"""Each currency of ISO 4217 with its number of decimals."""

_LARGEST = 18
"""Digits of an amount in minor units; the database keeps 18 of any value."""


def currency_exponent(currency_code: str) -> int:
    """Number of decimals of a currency: 0 for JPY, 2 for EUR, 3 for KWD; 2 for one that ISO 4217 has withdrawn."""
    return CURRENCY_EXPONENTS.get(currency_code, 2)


def rescale(amount: int, old: int, new: int) -> int:
    """An amount of ``old`` decimals in units of ``new`` decimals. Raises ``ValueError`` if that loses anything."""
    units, rest = divmod(amount * int(10**new), int(10**old))
    if rest:
        raise ValueError(f"{amount} of {old} decimals cannot be told in {new}")
    return units


def round_half_up(value: Decimal | Fraction) -> int:
    """The one rounding function: to a whole minor unit, half up, ties away from zero."""
    if isinstance(value, Decimal):
        return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    whole, rest = divmod(abs(value.numerator) * 2 + value.denominator, value.denominator * 2)
    del rest
    return whole if value >= 0 else -whole


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` split over ``weights`` by largest remainder, ties to the earlier one; sums to ``total`` exactly.

    Weights may have any sign as long as their sum is not zero; all zero gives the whole to the first.
    """
    base = sum(weights)
    if not weights:
        if total:
            raise ValueError("an amount cannot be spread over nothing")
        return []
    if base == 0:
        return [total, *[0] * (len(weights) - 1)]
    exact = [Fraction(total * weight, base) for weight in weights]
    shares = [share.numerator // share.denominator for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency. Two currencies never meet: that raises ``ValueError``."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError("an amount is a whole number of minor units")

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be combined")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def decimal(self) -> Decimal:
        """The amount in major units, exact: ``Decimal("5.00")`` for 500 EUR."""
        return Decimal(self.amount).scaleb(-currency_exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"


def parse_amount(text: str, currency_code: str) -> int:
    """Typed major units to minor units; more decimals than the currency has are refused, not rounded.

    Raises ``BusinessError``.
    """
    try:
        value = parse_decimal(text)
    except ValueError as wrong:
        raise BusinessError("amount.not_a_number") from wrong
    if value and value.adjusted() + currency_exponent(currency_code) >= _LARGEST:
        raise BusinessError("amount.too_large")
    minor = value.scaleb(currency_exponent(currency_code))
    if minor != minor.to_integral_value():
        places = currency_exponent(currency_code)
        raise BusinessError("amount.too_precise", currency=currency_code, places=places)
    return int(minor)
