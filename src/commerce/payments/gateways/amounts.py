"""How gateways write amounts: as decimals in text, which are read exactly or not at all."""

import re
from decimal import Decimal

from commerce.kit.money import currency_exponent

_WRITTEN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,8})?")
"""None of them writes an exponent, by which seven letters are a number of a million digits."""


def read_amount(text: str, currency_code: str) -> int:
    """What a gateway wrote, in minor units. Raises ``ValueError`` for what is no amount, or has more decimals than its
    currency.
    """
    if not _WRITTEN.fullmatch(text):
        raise ValueError("not an amount")
    units = Decimal(text).scaleb(currency_exponent(currency_code))
    if units != int(units):
        raise ValueError("an amount of more decimals than its currency has")
    return int(units)
