"""What somebody asks for: names and numbers (catalog-and-orders.md 6); a price only where staff agreed on it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import ClassVar

from commerce.audit.reasons import require_reason
from commerce.kit.errors import BusinessError
from commerce.kit.text import clean_line

MAX_UNIT_AMOUNT = 10**12
"""Minor units of one unit: an order's total stays far within what the database keeps."""


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """What staff and the client agreed on for one unit, in minor units, in place of the catalog's price.

    It is before discounts and without setup, as ``OrderItem.unit_amount`` is. ``reason`` is for staff alone.
    """

    amount: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDiscount:
    """What staff take off a line: ``percent`` basis points of each unit, or ``amount`` minor units of all together.

    From its first invoice alone, or, ``recurring``, from each. ``reason`` is for staff alone.
    """

    reason: str
    percent: int = 0
    amount: int = 0
    recurring: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCartLine:
    """``qty`` units of a product; ``options`` are pairs of option id and value id, tick (1, 0) or number."""

    product_id: int
    billing_cycle: str
    options: tuple[tuple[int, int], ...] = ()
    qty: int = 1
    domain: str = ""
    price_override: PriceOverride | None = None
    """By staff; a line of a cart has none."""
    discount: LineDiscount | None = None
    """By staff, too."""
    cart_item_id: int = 0
    """The cart item that it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCartLine:
    """A name to ``register`` or ``transfer``; ``auth_code`` is encrypted (``orders.quote.encrypt_auth_code``)."""

    product_id: ClassVar[None] = None
    action: str
    domain: str
    years: int = 1
    whois_privacy: bool = False
    nameservers: tuple[str, ...] = ()
    auth_code: str = ""
    registrant: tuple[tuple[str, str], ...] = ()
    extra_fields: tuple[tuple[str, str], ...] = ()
    price_override: PriceOverride | None = None
    """By staff, for one year (for all, of a transfer); a line of a cart has none."""
    discount: LineDiscount | None = None
    """By staff, too; never ``recurring``: a name renews at the price of its TLD."""
    cart_item_id: int = 0
    """The cart item that it stands in."""


type CartLine = ProductCartLine | DomainCartLine


def cart_fingerprint(cart_lines: Sequence[CartLine]) -> str:
    """A hash of what is asked for and in which order, by which a form says what its person saw.

    Without the codes of transfers, which no page shows and whose encrypted form changes with the keys, and without what
    only staff say.
    """
    unseen = {"cart_item_id", "auth_code", "price_override", "discount"}
    seen = [{k: v for k, v in asdict(line).items() if k not in unseen} for line in cart_lines]
    return sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


def validate_price_override(override: PriceOverride) -> PriceOverride:
    """The price with its reason as it is kept. Raises ``BusinessError`` unless both can be."""
    if override.amount < 0:
        raise BusinessError("price_override.negative", field="price")
    if override.amount > MAX_UNIT_AMOUNT:
        raise BusinessError("price_override.too_large", field="price")
    return replace(override, reason=require_reason(clean_line(override.reason)))


def validate_discount(line: CartLine) -> LineDiscount:
    """The discount of a line as it is kept. Raises ``BusinessError`` unless it can be."""
    discount = line.discount
    assert discount is not None
    if not (
        (0 < discount.percent <= 10_000 and not discount.amount)
        or (0 < discount.amount <= MAX_UNIT_AMOUNT and not discount.percent)
    ):
        raise BusinessError("price_override.discount_not_valid", field="discount")
    if discount.recurring and isinstance(line, DomainCartLine):
        raise BusinessError("price_override.domain_renews_in_full", field="discount")
    return replace(discount, reason=require_reason(clean_line(discount.reason)))


def validate_staff_prices[Line: CartLine](line: Line) -> Line:
    """The line with what only staff say of its price, as it is kept. Raises ``BusinessError`` unless it can be."""
    if line.price_override is not None:
        line = replace(line, price_override=validate_price_override(line.price_override))
    return replace(line, discount=validate_discount(line)) if line.discount is not None else line
