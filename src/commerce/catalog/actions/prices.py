"""Prices of products, for everybody and for a client group (catalog-and-orders.md 3 and 5)."""

from typing import Any

from django.db import models, transaction

from commerce.accounts.models import ClientGroup
from commerce.audit.actions import write_audit_entry
from commerce.catalog.models import Currency, GroupPrice, Price, Product
from commerce.catalog.rules import ProductType
from commerce.db.fast_paths import insert_if_new, update_rows
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.periods import BillingCycle


def set_price_blocked_reason(product: Product, ctx: Context) -> StateConflict | None:
    """Why a product has no prices of its own."""
    by_tld = product.type == ProductType.DOMAIN
    return StateConflict("product.priced_by_tld") if by_tld else None


@transaction.atomic
def set_price(
    *,
    product: Product,
    currency_code: str,
    billing_cycle: str,
    price: int,
    ctx: Context,
    setup_fee: int = 0,
) -> Price:
    """Offer a product in a currency and billing cycle, in minor units; services that exist keep their own price.

    Raises ``BusinessError`` for negative amounts, ``StateConflict`` for a product that is priced by its TLD.
    """
    if blocked := set_price_blocked_reason(product, ctx):
        raise blocked
    check_price_key(currency_code, billing_cycle)
    key = {"product": product, "currency_id": currency_code, "billing_cycle": billing_cycle}
    new = price_amounts(price, setup_fee)
    return save_price_row(Price.objects.all(), product, key, new, ctx=ctx, action="price.set")


@transaction.atomic
def remove_price(*, product: Product, currency_code: str, billing_cycle: str, ctx: Context) -> None:
    """Offer a product no longer in this currency and cycle; services that exist renew at their own price."""
    key = {"product": product, "currency_id": currency_code, "billing_cycle": billing_cycle}
    delete_price_row(Price.objects.all(), product, key, ctx=ctx, action="price.removed")


def group_prices_blocked_reason(group: ClientGroup, ctx: Context) -> StateConflict | None:
    """Why there are no prices that a group's could take the place of."""
    return None if Price.objects.exists() else StateConflict("price.none")


@transaction.atomic
def set_group_price(
    *,
    group: ClientGroup,
    product: Product,
    currency_code: str,
    billing_cycle: str,
    price: int,
    ctx: Context,
    setup_fee: int = 0,
) -> GroupPrice:
    """What clients of a group pay for a product in a cycle that it is sold in; their percentage is not taken off it.

    Raises ``StateConflict`` while no product has a price.
    """
    if blocked := group_prices_blocked_reason(group, ctx):
        raise blocked
    check_price_key(currency_code, billing_cycle)
    key = {"product": product, "currency_id": currency_code, "billing_cycle": billing_cycle}
    rows, new = GroupPrice.objects.filter(group=group), price_amounts(price, setup_fee)
    key["group"] = group
    return save_price_row(rows, product, key, new, ctx=ctx, action="group_price.set")


@transaction.atomic
def remove_group_price(
    *,
    group: ClientGroup,
    product: Product,
    currency_code: str,
    billing_cycle: str,
    ctx: Context,
) -> None:
    """Clients of the group pay what everybody pays, less their percentage."""
    key = {"product": product, "currency_id": currency_code, "billing_cycle": billing_cycle}
    rows = GroupPrice.objects.filter(group=group)
    delete_price_row(rows, product, key, ctx=ctx, action="group_price.removed")


def price_amounts(price: int, setup_fee: int) -> dict[str, int]:
    """The two amounts of a row. Raises ``BusinessError`` when one is negative."""
    if price < 0 or setup_fee < 0:
        raise BusinessError("price.negative", field="price")
    return {"price": price, "setup_fee": setup_fee}


def check_price_key(currency_code: str, billing_cycle: str) -> None:
    """Raises ``BusinessError`` for a currency or a cycle that there is not."""
    if billing_cycle not in BillingCycle:
        raise BusinessError(
            "billing_cycle.not_valid", billing_cycle=billing_cycle, field="billing_cycle"
        )
    if not Currency.objects.filter(pk=currency_code).exists():
        raise BusinessError("currency.unknown", currency=currency_code, field="currency")


def save_price_row[Row: models.Model](
    rows: "models.QuerySet[Row]",
    product: Product,
    key: dict[str, Any],
    new: dict[str, int],
    *,
    ctx: Context,
    action: str,
) -> Row:
    """Write a row of a price table, with its audit entry."""
    row, old = rows.model(**key, **new), {}
    if not insert_if_new(row):
        row = rows.select_for_update().get(**key)
        old = {name: getattr(row, name) for name in new}
        for name, amount in new.items():
            setattr(row, name, amount)
        update_rows([row], *new)
    names = {"currency": key["currency_id"], "billing_cycle": key["billing_cycle"]}
    if group := key.get("group"):
        names["group"] = str(group)
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("product", product.pk),
        name=product.name,
        before=old,
        after={**names, **new},
    )
    return row


def delete_price_row[Row: models.Model](
    rows: "models.QuerySet[Row]",
    product: Product,
    key: dict[str, Any],
    *,
    ctx: Context,
    action: str,
) -> None:
    """Take a row out of a price table. Raises ``BusinessError`` when there is none."""
    old = rows.filter(**key).values("price", "setup_fee").first()
    if old is None:
        raise BusinessError("price.unknown", field="billing_cycle")
    rows.filter(**key).delete()
    names = {"currency": key["currency_id"], "billing_cycle": key["billing_cycle"]}
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("product", product.pk),
        name=product.name,
        before={**names, **old},
    )
