"""Deleting what is in the catalog by mistake: only while nothing refers to it (README.md 4)."""

from django.db import transaction

from commerce.catalog.actions.editing import bump_shared_revision, delete_with_audit
from commerce.catalog.actions.pictures import PICTURES_LOCK, drop_unused_picture
from commerce.catalog.models import OptionGroup, Product, ProductGroup, PromoCode
from commerce.db.locks import lock_name
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


@transaction.atomic
def delete_product(*, product: Product, ctx: Context) -> None:
    """Delete a product that was never ordered, with its prices.

    Raises ``BusinessError`` while services, orders, plan changes or carts have it, and while a promo code is limited
    to it: without its last product the code would be for all.
    """
    codes = product.promo_codes.order_by("code").values_list("code", flat=True)
    if codes:
        raise BusinessError(
            "product.used_by_promo_codes", product=product, promo_codes=", ".join(codes)
        )
    lock_name(PICTURES_LOCK)
    bump_shared_revision()
    delete_with_audit(
        product,
        in_use=lambda users: BusinessError("product.in_use", name=str(product), users=users),
        ctx=ctx,
    )
    drop_unused_picture(product.picture)


@transaction.atomic
def delete_product_group(*, group: ProductGroup, ctx: Context) -> None:
    """Delete a product group without products. Raises ``BusinessError`` while it has some."""
    delete_with_audit(
        group,
        in_use=lambda users: BusinessError("product_group.in_use", name=str(group), users=users),
        ctx=ctx,
    )


@transaction.atomic
def delete_option_group(*, group: OptionGroup, ctx: Context) -> None:
    """Delete options with their values and prices; services keep what they have of them.

    Raises ``BusinessError`` while products offer them.
    """
    products = group.products.order_by("slug").values_list("slug", flat=True)
    if products:
        raise BusinessError(
            "option_group.used_by_products", group=group, products=", ".join(products)
        )
    delete_with_audit(
        group,
        in_use=lambda users: BusinessError("option_group.in_use", name=str(group), users=users),
        ctx=ctx,
    )


@transaction.atomic
def delete_promo(*, promo: PromoCode, ctx: Context) -> None:
    """Delete a promo code that no order has used. Raises ``BusinessError`` for a used one: it is switched off."""
    delete_with_audit(
        promo,
        in_use=lambda users: BusinessError("promo_code.in_use", name=str(promo), users=users),
        ctx=ctx,
    )
