"""Deleting what is in the catalog by mistake: only while nothing refers to it (README.md 4)."""

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.catalog.actions.editing import bump_shared_revision, delete_with_audit, users_text
from commerce.catalog.actions.pictures import PICTURES_LOCK, drop_unused_picture
from commerce.catalog.models import OptionGroup, Product, ProductGroup, PromoCode
from commerce.db.locks import lock, lock_name
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


def delete_product_blocked_reason(product: Product, ctx: Context) -> StateConflict | None:
    """Why a product stays: services, orders, plan changes or carts have it, or a promo code is limited to it, which
    would be for all without its last product.
    """
    if codes := product.promo_codes.order_by("code").values_list("code", flat=True):
        return StateConflict(
            "product.used_by_promo_codes", product=product, promo_codes=", ".join(codes)
        )
    users = users_text(product)
    return StateConflict("product.in_use", name=str(product), users=users) if users else None


@act(
    "product.delete",
    Product,
    label=_("Delete"),
    done=_("%(name)s was deleted."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=delete_product_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def delete_product(*, product: Product, ctx: Context) -> None:
    """Delete a product that was never ordered, with its prices. Raises ``StateConflict`` while something uses it."""
    lock_name(PICTURES_LOCK)
    bump_shared_revision()
    if blocked := delete_product_blocked_reason(lock(product), ctx):
        raise blocked
    delete_with_audit(product, ctx=ctx)
    drop_unused_picture(product.picture)


def delete_product_group_blocked_reason(group: ProductGroup, ctx: Context) -> StateConflict | None:
    """Why a product group stays: it has products."""
    users = users_text(group)
    return StateConflict("product_group.in_use", name=str(group), users=users) if users else None


@act(
    "product_group.delete",
    ProductGroup,
    label=_("Delete"),
    done=_("%(name)s was deleted."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=delete_product_group_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def delete_product_group(*, group: ProductGroup, ctx: Context) -> None:
    """Delete a product group without products. Raises ``StateConflict`` while it has some."""
    if blocked := delete_product_group_blocked_reason(lock(group), ctx):
        raise blocked
    delete_with_audit(group, ctx=ctx)


def delete_option_group_blocked_reason(group: OptionGroup, ctx: Context) -> StateConflict | None:
    """Why a group of options stays: products offer them."""
    products = ", ".join(group.products.order_by("slug").values_list("slug", flat=True))
    if not products:
        return None
    return StateConflict("option_group.used_by_products", group=group, products=products)


@act(
    "option_group.delete",
    OptionGroup,
    label=_("Delete"),
    done=_("%(name)s was deleted."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=delete_option_group_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def delete_option_group(*, group: OptionGroup, ctx: Context) -> None:
    """Delete options with their values and prices; services keep what they have of them.

    Raises ``StateConflict`` while products offer them.
    """
    if blocked := delete_option_group_blocked_reason(lock(group), ctx):
        raise blocked
    delete_with_audit(group, ctx=ctx)


def delete_promo_blocked_reason(promo: PromoCode, ctx: Context) -> StateConflict | None:
    """Why a promo code stays: orders have used it."""
    users = users_text(promo)
    return StateConflict("promo_code.in_use", name=str(promo), users=users) if users else None


@act(
    "promo_code.delete",
    PromoCode,
    label=_("Delete"),
    done=lambda _none, promo: gettext("%(name)s was deleted.") % {"name": promo.code},
    staff=StaffPermission.PRODUCTS_MANAGE,
    blocked=delete_promo_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def delete_promo(*, promo: PromoCode, ctx: Context) -> None:
    """Delete a promo code that no order has used. Raises ``StateConflict`` for a used one: it is switched off."""
    if blocked := delete_promo_blocked_reason(lock(promo), ctx):
        raise blocked
    delete_with_audit(promo, ctx=ctx)
