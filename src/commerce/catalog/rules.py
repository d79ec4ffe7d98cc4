"""States of products, how slugs are made, and what stands beside amounts (catalog-and-orders.md 2, invariants.md 3)."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from commerce.kit.errors import BusinessError
from commerce.kit.pictures import PictureBounds
from commerce.kit.text import clean_line


class OptionType(StrEnum):
    """How an option of a product is chosen."""

    DROPDOWN = "dropdown"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    QUANTITY = "quantity"


SINGLE_VALUE_TYPES = (OptionType.CHECKBOX, OptionType.QUANTITY)
"""Options of exactly one value: what one of it costs."""


class ProductType(StrEnum):
    """What a product is; tax rules tell them apart."""

    HOSTING = "hosting"
    DOMAIN = "domain"
    OTHER = "other"


class ProductStatus(StrEnum):
    """Whether a product is shown and sold."""

    ACTIVE = "active"
    HIDDEN = "hidden"
    RETIRED = "retired"


class ProductActivation(StrEnum):
    """What an active order does to a service of a product that no module provides."""

    MANUAL = "manual"
    IMMEDIATE = "immediate"


class OrderItemAction(StrEnum):
    """What is ordered: a product, or the registration or transfer of a domain."""

    PRODUCT = "product"
    REGISTER = "register"
    TRANSFER = "transfer"


class PromoCodeKind(StrEnum):
    """How a promo code's discount is counted."""

    PERCENT = "percent"
    FIXED = "fixed"


PRODUCT_MOVES = {
    ProductStatus.ACTIVE: frozenset({ProductStatus.HIDDEN, ProductStatus.RETIRED}),
    ProductStatus.HIDDEN: frozenset({ProductStatus.ACTIVE, ProductStatus.RETIRED}),
    ProductStatus.RETIRED: frozenset({ProductStatus.HIDDEN}),
}


def slugify_name(name: str) -> str:
    """A name as it stands in an address: ``Pro hosting, 10 GB`` becomes ``pro-hosting-10-gb``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def unambiguous_signs(stored: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Prefix and suffix of amounts by currency, from those that staff gave.

    The code comes after the amount where neither is given, and where the sign could be that of another currency: ``$``
    of dollars of two countries, ``kr`` of two crowns.
    """
    found = {}
    for code, (prefix, suffix) in stored.items():
        others = [sign for other, sign in stored.items() if other != code]
        alike = any(
            before == prefix and (after == suffix or not suffix) for before, after in others
        )
        bare = not (prefix or suffix)
        found[code] = (prefix, f"{suffix} {code}".strip() if alike or bare else suffix)
    return found


def no_stock_error(name: str, left: int) -> BusinessError:
    """What tells a buyer that no unit of a product, or fewer than they ask for, is left."""
    if not left:
        return BusinessError("product.sold_out", name=name, field="qty")
    return BusinessError("product.too_few_left", name=name, left=left, field="qty")


MAX_FEATURES, MAX_FEATURE_LENGTH = 20, 100
"""How many features a product has at most, and how long each of them is."""

PRODUCT_PICTURE_BOUNDS = PictureBounds(800, 500)


@dataclass(frozen=True, slots=True)
class ProductFeature:
    """Something that a product offers: "Storage" with its value "10 GB", or "Daily backups", which has none."""

    label: str
    value: str = ""


def parse_features(text: str) -> list[ProductFeature]:
    """The features of a text with one on each line; what follows a colon and a blank is its value."""
    lines = (line.partition(": ") for line in text.splitlines() if line.strip())
    return [ProductFeature(label.strip(), value.strip()) for label, _, value in lines]


def clean_features(text: str) -> str:
    """Features as they are kept. Raises ``BusinessError`` for too many, a long one, and two of one label."""
    lines = [line for typed in text.splitlines() if (line := clean_line(typed))]
    if len(lines) > MAX_FEATURES:
        raise BusinessError("product.too_many_features", maximum=MAX_FEATURES, field="features")
    for line in lines:
        if len(line) > MAX_FEATURE_LENGTH:
            raise BusinessError(
                "product.feature_too_long",
                feature=f"{line[:40]}…",
                maximum=MAX_FEATURE_LENGTH,
                field="features",
            )
    cleaned = "\n".join(lines)
    labels = [feature.label for feature in parse_features(cleaned)]
    if doubled := next((label for label in labels if labels.count(label) > 1), None):
        raise BusinessError("product.feature_doubled", feature=doubled, field="features")
    return cleaned


@dataclass(frozen=True, slots=True)
class ComparedFeature:
    """A row of a comparison: for each product its value, "" where it has the feature without one, None without it."""

    label: str
    values: tuple[str | None, ...]


def compare_features(products: Sequence[Sequence[ProductFeature]]) -> list[ComparedFeature]:
    """The features of several products, one row each, in the order in which they are first named."""
    tables = [{feature.label: feature.value for feature in features} for features in products]
    labels = dict.fromkeys(label for table in tables for label in table)
    return [ComparedFeature(label, tuple(table.get(label) for table in tables)) for label in labels]
