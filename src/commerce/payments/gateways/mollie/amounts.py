"""How Mollie writes amounts: strings with exactly the decimals of their currency; and which it takes."""

from collections.abc import Mapping
from decimal import Decimal

from commerce.kit.money import currency_exponent, rescale
from commerce.payments.gateways.amounts import read_amount

CURRENCIES = frozenset(
    """
    AED AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS ISK JPY MXN MYR NOK NZD PHP PLN RON SEK SGD THB TWD USD ZAR
    """.split()
)
_WHOLE = frozenset(("ISK", "JPY"))
LEAST, MOST = 50, 5_000_000
"""In units of Mollie's, which takes other amounts by method, and shows the client those that fit: a payment of less
than 0.50 costs more than it brings, and none of more than 50,000.00 is sure to have a method."""


def mollie_exponent(currency_code: str) -> int:
    """The decimals that Mollie writes a currency with."""
    return 0 if currency_code in _WHOLE else 2


def is_taken(amount: int, currency_code: str) -> bool:
    """Whether Mollie takes exactly this amount."""
    if currency_code not in CURRENCIES:
        return False
    try:
        units = rescale(amount, currency_exponent(currency_code), mollie_exponent(currency_code))
    except ValueError:
        return False
    return LEAST <= units <= MOST


def written(amount: int, currency_code: str) -> dict[str, str]:
    """Minor units of ours as Mollie writes them. Raises ``ValueError`` if that loses anything."""
    places = mollie_exponent(currency_code)
    units = rescale(amount, currency_exponent(currency_code), places)
    return {"currency": currency_code, "value": f"{Decimal(units).scaleb(-places):f}"}


def read(amount: Mapping[str, str]) -> tuple[int, str]:
    """What Mollie wrote, in minor units of ours, and its currency. Raises ``ValueError`` for what is no amount."""
    return read_amount(amount["value"], amount["currency"]), amount["currency"]
