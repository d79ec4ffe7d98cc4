"""What the commands about the catalogue look for, read and print."""

import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commerce.cli import ready
from commerce.cli.clients import operator
from commerce.cli.numbers import WholeNumber
from commerce.cli.payment_rows import minor

if TYPE_CHECKING:
    from commerce.accounts.models import ClientGroup
    from commerce.catalog.models import (
        Currency,
        GroupPrice,
        OptionPrice,
        Price,
        Product,
        ProductGroup,
        PromoCode,
    )

NONE = "none"
"""What is typed where something is to be taken away."""

POSITION = WholeNumber(0, 1_000_000)
"""A place in a list, 0 is first."""


def told() -> dict[str, Any]:
    """Time and actor, as every action takes them."""
    ready.django()
    from commerce.kit import clock

    return {"at": clock.now(), "actor": operator()}


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were typed. Raises ``Refused`` when none was: there is nothing to change."""
    from commerce.kit.errors import Refused

    found = {name: value for name, value in fields.items() if value is not None}
    if not found:
        raise Refused("Say what to change; --help lists what can be.")
    return found


def text_of(path: str) -> str:
    """What a file says, - is standard input. Raises ``Refused``."""
    from commerce.kit.errors import Refused

    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Refused(f"{path} cannot be read as UTF-8 text.") from wrong


def whole(typed: str) -> int | None:
    """A typed limit; the word "none" is unlimited. Raises ``Refused``."""
    from commerce.kit.errors import Refused

    if typed == NONE:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 8):
        raise Refused(f'{typed} is not a whole number, nor "none".')
    return int(typed)


def day(typed: str) -> date | None:
    """A typed day; the word "none" is none. Raises ``Refused``."""
    from commerce.kit.errors import Refused

    if typed == NONE:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError as wrong:
        raise Refused(f'{typed} is not a day such as 2030-01-31, nor "none".') from wrong


def product_at(slug: str) -> "Product":
    """The product with this address, retired or not. Raises ``Refused``."""
    from commerce.catalog.models import Product
    from commerce.kit.errors import Refused

    found = Product.objects.filter(slug=slug).select_related("group").first()
    if found is None:
        raise Refused(f"There is no product {slug}. `commerce catalog list` has them all.")
    return found


def group_at(slug: str) -> "ProductGroup":
    """The product group with this address. Raises ``Refused``."""
    from commerce.catalog.models import ProductGroup
    from commerce.kit.errors import Refused

    found = ProductGroup.objects.filter(slug=slug).first()
    if found is None:
        raise Refused(f"There is no product group {slug}. `commerce catalog groups` has them all.")
    return found


def currency_of(code: str) -> "Currency":
    """The currency with this code. Raises ``Refused``."""
    from commerce.catalog.models import Currency
    from commerce.kit.errors import Refused

    found = Currency.objects.filter(pk=code.upper()).first()
    if found is None:
        raise Refused(
            f"{code.upper()} is not a currency of this installation."
            " `commerce currency list` has them all."
        )
    return found


def client_group(typed: str) -> "ClientGroup":
    """The client group with this id or name. Raises ``Refused``."""
    from commerce.accounts.models import ClientGroup
    from commerce.kit.errors import Refused

    rows = ClientGroup.objects.filter(name=typed)
    if number := number_of(typed):
        rows = rows or ClientGroup.objects.filter(pk=number)
    found = rows.first()
    if found is None:
        raise Refused(f"There is no client group {typed}. `commerce group list` has them all.")
    return found


def promo_called(code: str) -> "PromoCode":
    """The promo code, on or off. Raises ``Refused``."""
    from commerce.catalog.promos import find
    from commerce.kit.errors import Refused

    found = find(code)
    if found is None:
        raise Refused(f"There is no promo code {code}. `commerce promo list` has them all.")
    return found


def number_of(typed: str) -> int:
    """A typed id; 0 if it is none."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0


def amounts(currency_code: str, price: str, setup_fee: str) -> dict[str, Any]:
    """Price and setup fee in minor units, from decimals in the scale of the currency. Raises ``Refused``."""
    code = currency_of(currency_code).pk
    return {"price": minor(price, code), "setup_fee": minor(setup_fee, code)}


def basis_points(percent: str) -> int:
    """A percentage with up to two places, as hundredths of one per cent. Raises ``Refused``."""
    from commerce.kit.errors import Refused
    from commerce.kit.typed_numbers import parse_decimal

    try:
        points = parse_decimal(percent.strip().removesuffix("%")) * 100
    except ValueError as wrong:
        raise Refused(f"{percent} is not a percentage such as 12.5.") from wrong
    if not 0 <= points <= 10_000 or points % 1:
        raise Refused(f"{percent} is not a percentage from 0 to 100 with at most two decimals.")
    return int(points)


def percent_text(points: int) -> str:
    """Basis points for people: ``12.5 %``."""
    from decimal import Decimal

    return f"{(Decimal(points) / 100).normalize():f} %"


def price_text(price: int, setup_fee: int, currency_code: str) -> str:
    """``5.00 EUR + 1.00 EUR setup``."""
    from commerce.kit.money import Money

    setup = f" + {Money(setup_fee, currency_code)} setup" if setup_fee else ""
    return f"{Money(price, currency_code)}{setup}"


def price_lines(rows: "Iterable[Price | GroupPrice | OptionPrice]") -> list[str]:
    """Prices by currency, the shortest cycle first, one in a line."""
    from commerce.catalog.offers import CYCLES

    ordered = sorted(rows, key=lambda row: (row.currency_id, CYCLES.index(row.billing_cycle)))
    return [
        f"{row.billing_cycle:<14}{price_text(row.price, row.setup_fee, row.currency_id)}"
        for row in ordered
    ]
