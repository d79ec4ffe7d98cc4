"""How PayPal writes money: as text with the decimals of its own; and the currencies that it takes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from commerce.kit.money import currency_exponent, rescale
from commerce.payments.gateways.amounts import read_amount

CURRENCIES = frozenset(
    """
    AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD
    """.split()
)
"""BRL, CNY and MYR only for accounts of these countries: PayPal says so when a payment is started."""

_WHOLE = frozenset(("HUF", "JPY", "TWD"))
_MOST = 99_999_999


def paypal_exponent(currency_code: str) -> int:
    """The decimals that PayPal counts a currency in; amounts in HUF and TWD must be whole there."""
    return 0 if currency_code in _WHOLE else 2


def is_taken(amount: int, currency_code: str) -> bool:
    """Whether PayPal takes exactly this amount."""
    if currency_code not in CURRENCIES:
        return False
    try:
        return 0 < _units(amount, currency_code) <= _MOST
    except ValueError:
        return False


def to_money(amount: int, currency_code: str) -> dict[str, str]:
    """Minor units of ours as PayPal reads them. Raises ``ValueError`` if that loses anything."""
    decimals = paypal_exponent(currency_code)
    value = Decimal(_units(amount, currency_code)).scaleb(-decimals)
    return {"currency_code": currency_code, "value": f"{value:.{decimals}f}"}


def from_money(money: Mapping[str, Any]) -> tuple[int, str]:
    """Minor units of ours, and the currency. Raises ``ValueError`` for more decimals than the currency has."""
    currency_code: str = money["currency_code"]
    return read_amount(money["value"], currency_code), currency_code


def _units(amount: int, currency_code: str) -> int:
    return rescale(amount, currency_exponent(currency_code), paypal_exponent(currency_code))
