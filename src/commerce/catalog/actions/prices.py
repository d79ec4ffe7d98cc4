"""Prices of products, for everybody and for a client group (catalog-and-orders.md 3 and 5)."""

from datetime import datetime
from typing import Any

from django.db import models, transaction

from commerce.accounts.models import ClientGroup
from commerce.audit.actions import record
from commerce.catalog.models import BillingCycle, Currency, GroupPrice, Price, Product
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


@transaction.atomic
def set_price(
    *,
    product: Product,
    currency_code: str,
    billing_cycle: str,
    price: int,
    at: datetime,
    actor: Actor,
    setup_fee: int = 0,
) -> Price:
    """Offer a product in a currency and billing cycle, in minor units; services that exist keep their own price.

    Raises ``Refused`` for negative amounts, and for a product that is priced by its TLD.
    """
    if product.type == Product.Type.DOMAIN:
        raise Refused("Domains are priced by their TLD.", field="product")
    check_key(currency_code, billing_cycle)
    key = {"product": product, "currency_id": currency_code, "billing_cycle": billing_cycle}
    new = amounts(price, setup_fee)
    return put(Price.objects.all(), product, key, new, at=at, actor=actor, action="price.set")


@transaction.atomic
def remove_price(
    *, product: Product, currency_code: str, billing_cycle: str, at: datetime, actor: Actor
) -> None:
    """Offer a product no longer in this currency and cycle; services that exist renew at their own price."""
    key = {"product": product, "currency_id": currency_code, "billing_cycle": billing_cycle}
    take(Price.objects.all(), product, key, at=at, actor=actor, action="price.removed")


@transaction.atomic
def set_group_price(
    *,
    group: ClientGroup,
    product: Product,
    currency_code: str,
    billing_cycle: str,
    price: int,
    at: datetime,
    actor: Actor,
    setup_fee: int = 0,
) -> GroupPrice:
    """What clients of a group pay for a product in a cycle that it is sold in; their percentage is not taken off it."""
    check_key(currency_code, billing_cycle)
    key = {"product": product, "currency_id": currency_code, "billing_cycle": billing_cycle}
    rows, new = GroupPrice.objects.filter(group=group), amounts(price, setup_fee)
    key["group"] = group
    return put(rows, product, key, new, at=at, actor=actor, action="groupprice.set")


@transaction.atomic
def remove_group_price(
    *,
    group: ClientGroup,
    product: Product,
    currency_code: str,
    billing_cycle: str,
    at: datetime,
    actor: Actor,
) -> None:
    """Clients of the group pay what everybody pays, less their percentage."""
    key = {"product": product, "currency_id": currency_code, "billing_cycle": billing_cycle}
    rows = GroupPrice.objects.filter(group=group)
    take(rows, product, key, at=at, actor=actor, action="groupprice.removed")


def amounts(price: int, setup_fee: int) -> dict[str, int]:
    """The two amounts of a row. Raises ``Refused`` when one is negative."""
    if price < 0 or setup_fee < 0:
        raise Refused("A price is not negative.", field="price")
    return {"price": price, "setup_fee": setup_fee}


def check_key(currency_code: str, billing_cycle: str) -> None:
    """Raises ``Refused`` for a currency or a cycle that there is not."""
    if billing_cycle not in BillingCycle.values:
        raise Refused(f"{billing_cycle} is not a billing cycle.", field="billing_cycle")
    if not Currency.objects.filter(pk=currency_code).exists():
        raise Refused(f"{currency_code} is not a currency of this installation.", field="currency")


def put[Row: models.Model](
    rows: "models.QuerySet[Row]",
    product: Product,
    key: dict[str, Any],
    new: dict[str, int],
    *,
    at: datetime,
    actor: Actor,
    action: str,
) -> Row:
    """Write a row of a price table, with its audit entry."""
    old = rows.select_for_update().filter(**key).values("price", "setup_fee").first()
    row, _ = rows.update_or_create(**key, defaults=new)
    names = {"currency": key["currency_id"], "billing_cycle": key["billing_cycle"]}
    if group := key.get("group"):
        names["group"] = str(group)
    record(
        at=at,
        actor=actor,
        action=action,
        record=("product", product.pk),
        name=product.name,
        before=old or {},
        after={**names, **new},
    )
    return row


def take[Row: models.Model](
    rows: "models.QuerySet[Row]",
    product: Product,
    key: dict[str, Any],
    *,
    at: datetime,
    actor: Actor,
    action: str,
) -> None:
    """Take a row out of a price table. Raises ``Refused`` when there is none."""
    old = rows.filter(**key).values("price", "setup_fee").first()
    if old is None:
        raise Refused("There is no such price.", field="billing_cycle")
    rows.filter(**key).delete()
    names = {"currency": key["currency_id"], "billing_cycle": key["billing_cycle"]}
    record(
        at=at,
        actor=actor,
        action=action,
        record=("product", product.pk),
        name=product.name,
        before={**names, **old},
    )
