"""What the store shows: groups of products with prices as this visitor reads them, and what stands beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from commerce.accounts.locale import enabled_languages
from commerce.catalog.models import Product, ProductGroup, Stock
from commerce.catalog.offers import (
    StartingPrice,
    UnitPrice,
    cycle_saving,
    price_list,
    starting_price,
)
from commerce.catalog.rules import ComparedFeature, ProductFeature, compare_features
from commerce.kit.periods import BillingCycle
from commerce.orders.price_display import PriceDisplay
from commerce.portal.base.brand import picture_context
from commerce.portal.shop.shopper import Shopper
from commerce.presentation.amounts import signs_of
from commerce.site_settings.current import get_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS

FEW_LEFT = 10
"""Below this the store says how many are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreProduct:
    """A product as the store lists it; ``left`` is None for unlimited stock.

    ``catalog_prices`` are those of the catalog, ``prices`` what the visitor sees of them, with tax or without, and
    ``starting`` is the lowest of these, none where it is not sold in the currency.
    """

    product: Product
    catalog_prices: Mapping[str, UnitPrice]
    prices: Mapping[str, UnitPrice]
    starting: StartingPrice | None
    tax_note: str
    left: int | None
    features: Sequence[ProductFeature]

    @property
    def is_scarce(self) -> bool:
        return self.left is not None and 0 < self.left < FEW_LEFT

    @property
    def sold_out(self) -> bool:
        return self.left == 0

    @property
    def starting_unit(self) -> UnitPrice | None:
        """What is charged at once for the cycle of the lowest price."""
        return self.prices[self.starting.billing_cycle] if self.starting else None

    @property
    def monthly(self) -> UnitPrice | None:
        return self.prices.get(BillingCycle.MONTHLY)

    @property
    def saving(self) -> int:
        """Per cent that the cycle of the lowest price saves against paying by the month."""
        return cycle_saving(self.prices, self.starting.billing_cycle) if self.starting else 0

    @property
    def is_free(self) -> bool:
        return bool(self.prices) and not any(p.base or p.setup_fee for p in self.prices.values())

    @property
    def picture(self) -> dict[str, Any] | None:
        """Address and size of its picture, if it has one."""
        return picture_context("product_picture", self.product.picture)

    @property
    def seen(self) -> tuple[Any, ...]:
        """All that decides how it looks in a list."""
        return _columns(self.product), tuple(self.prices.items()), self.tax_note, self.left


@dataclass(frozen=True, slots=True)
class StoreGroup:
    """A group with its listed products, and their features side by side where there is something to compare."""

    group: ProductGroup
    items: Sequence[StoreProduct]

    @property
    def compared(self) -> list[dict[str, Any]]:
        """Rows of the comparison; none for a single product, and none without features."""
        if len(self.items) < 2:
            return []
        rows = compare_features([item.features for item in self.items])
        return [{"label": row.label, "cells": self._cells(row)} for row in rows]

    def _cells(self, row: ComparedFeature) -> list[tuple[StoreProduct, str | None]]:
        return list(zip(self.items, row.values, strict=True))


def store_products(
    products: Sequence[Product], buyer: Shopper, display: PriceDisplay
) -> list[StoreProduct]:
    """The products as this visitor sees them; the number of statements does not grow with theirs."""
    prices = price_list([product.pk for product in products], buyer.currency, buyer.group_id)
    counted = [product.pk for product in products if product.stock_control]
    left = dict(Stock.objects.filter(pk__in=counted).values_list("product_id", "left"))
    found = []
    for product in products:
        of_catalog = prices.get(product.pk, {})
        shown = display.unit_prices(product, of_catalog)
        found.append(
            StoreProduct(
                product=product,
                catalog_prices=of_catalog,
                prices=shown,
                starting=starting_price(shown),
                tax_note=display.note(product.effective_tax_kind),
                left=left.get(product.pk, 0) if product.stock_control else None,
                features=product.feature_list,
            )
        )
    return found


def store_groups(buyer: Shopper, slug: str = "") -> list[StoreGroup]:
    """Visible groups in their order with their listed products; the one with ``slug`` if it is given."""
    products = Product.objects.listed()
    found = list(products.filter(group__slug=slug) if slug else products)
    if not found:
        return []
    grouped: dict[ProductGroup, list[StoreProduct]] = {}
    for item in store_products(found, buyer, buyer.price_display()):
        grouped.setdefault(item.product.group, []).append(item)
    return [StoreGroup(group, items) for group, items in grouped.items()]


@dataclass(frozen=True, slots=True)
class _ShownProducts:
    """What `partials/products.html` is filled with. Those that are equal look the same: ``seen`` is all it shows."""

    seen: tuple[Any, ...]
    context: Mapping[str, Any] = field(compare=False, repr=False)


def products_html(groups: Sequence[StoreGroup], currency: str, *, is_one_group: bool) -> str:
    """The cards and comparisons of groups, in the reader's language; empty without any.

    They are a third of the work of their page, and the next visitor mostly sees the same: a process keeps them under
    all that is seen in them, read anew each time, so what is kept is never out of date.
    """
    if not groups:
        return ""
    context = {
        "groups": groups,
        "group": is_one_group,
        "currency": currency,
        "company_email": get_setting("company.email"),
    }
    shown = [(_columns(one.group), *(item.seen for item in one.items)) for one in groups]
    others = (is_one_group, currency, signs_of(currency), context["company_email"], get_language())
    return _products_html(_ShownProducts((*others, *shown), context))


@lru_cache(maxsize=32)
def _products_html(shown: _ShownProducts) -> SafeString:
    return render_to_string("portal/shop/partials/products.html", shown.context)


def _columns(row: Model) -> tuple[Any, ...]:
    """What was read of a row: rows themselves are equal when their keys are."""
    return tuple(getattr(row, column.attname) for column in row._meta.concrete_fields)


def visitor_context(request: HttpRequest, buyer: Shopper) -> dict[str, Any]:
    """What each public page knows: the currency, and where a guest is and how they change that."""
    languages = [] if request.user.is_authenticated else [*enabled_languages().items()]
    region = None
    if not buyer.client:
        country = buyer.country() if get_setting("tax.enabled") else ""
        region = {"currency": buyer.currency, "country": country, "next": request.get_full_path()}
    return {
        "currency": buyer.currency,
        "region": region,
        "languages": languages,
        "contact": contact_details(),
    }


def contact_details() -> dict[str, str] | None:
    """How visitors reach the company; none as long as nobody has said how."""
    email = get_setting("company.email")
    if email == SETTING_DEFINITIONS["company.email"].default:
        return None
    phone = get_setting("company.phone")
    return {
        "mailto": f"mailto:{email}",
        "phone": phone,
        "dial": "".join(letter for letter in phone if letter.isdecimal() or letter == "+"),
    }
