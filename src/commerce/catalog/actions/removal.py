"""Deleting what is in the catalogue by mistake: only while nothing refers to it (README.md 4)."""

from datetime import datetime

from django.db import transaction

from commerce.catalog.actions.shared import delete, raise_shared_revision
from commerce.catalog.models import OptionGroup, Product, ProductGroup, PromoCode
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


@transaction.atomic
def delete_product(*, product: Product, at: datetime, actor: Actor) -> None:
    """Delete a product that was never ordered, with its prices.

    Raises ``Refused`` while services, orders, plan changes or carts have it, and while a promo code is limited to it:
    without its last product the code would be for all.
    """
    codes = product.promo_codes.order_by("code").values_list("code", flat=True)
    if codes:
        raise Refused(
            f"{product} cannot be deleted: promo codes name it ({', '.join(codes)})."
            " Take it out of them first, or retire it."
        )
    raise_shared_revision()
    delete(product, instead="Retire it: it is sold no longer.", at=at, actor=actor)


@transaction.atomic
def delete_group(*, group: ProductGroup, at: datetime, actor: Actor) -> None:
    """Delete a product group without products. Raises ``Refused`` while it has some."""
    instead = "Move its products to another group, or hide it."
    delete(group, instead=instead, at=at, actor=actor)


@transaction.atomic
def delete_option_group(*, group: OptionGroup, at: datetime, actor: Actor) -> None:
    """Delete options with their values and prices; services keep what they have of them.

    Raises ``Refused`` while products offer them.
    """
    products = group.products.order_by("slug").values_list("slug", flat=True)
    if products:
        raise Refused(
            f"{group} cannot be deleted: products offer it ({', '.join(products)})."
            " Unlink them first."
        )
    delete(group, instead="Unlink its products.", at=at, actor=actor)


@transaction.atomic
def delete_promo(*, promo: PromoCode, at: datetime, actor: Actor) -> None:
    """Delete a promo code that no order has used. Raises ``Refused`` for a used one: it is switched off."""
    delete(promo, instead="Switch it off.", at=at, actor=actor)
