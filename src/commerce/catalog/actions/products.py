"""Product groups, products, their addresses and their stock (catalog-and-orders.md 2)."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.catalog.actions.editing import (
    POSITION,
    bump_shared_revision,
    check_lengths,
    update_with_audit,
    without_none,
)
from commerce.catalog.labels import PRODUCT_STATUS_LABELS
from commerce.catalog.models import FormerSlug, Product, ProductGroup, Stock
from commerce.catalog.rules import (
    PRODUCT_MOVES,
    ProductStatus,
    no_stock_error,
    slugify_name,
)
from commerce.db.fast_paths import insert_rows
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Flag, Integer, Line, Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict

GROUP_NAME = Line(_("Name"), most=100)
GROUP_DESCRIPTION = Text(_("Description"), most=5000, least=0)
GROUP_POSITION = replace(POSITION, label=_("Position in the store"))


@act(
    "product_group.new",
    None,
    label=_("New group"),
    submit=_("Create"),
    done=_("The group was created."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example='catalog add-group --name "Web hosting"',
)
@transaction.atomic
def create_product_group(
    *,
    name: Annotated[str, GROUP_NAME],
    ctx: Context,
    slug: Annotated[
        str,
        Line(_("Slug"), about=_("Leave blank to make it from the name."), most=100, least=0),
    ] = "",
    description: Annotated[str, GROUP_DESCRIPTION] = "",
    position: Annotated[int, GROUP_POSITION] = 0,
) -> ProductGroup:
    """A group of products that the store lists together; ``slug`` is its address in place of one made from the name.

    Raises ``BusinessError`` when that is taken or none.
    """
    slug = check_slug(slug or slugify_name(name))
    if ProductGroup.objects.filter(slug=slug).exists():
        raise BusinessError("product_group.address_taken", field="name")
    check_lengths(ProductGroup, {"slug": slug})
    group = ProductGroup(name=name, slug=slug, description=description, position=position)
    insert_rows(group)
    write_audit_entry(
        ctx=ctx,
        action="product_group.created",
        record=("product_group", group.pk),
        name=name,
    )
    return group


@act(
    "product_group.edit",
    ProductGroup,
    label=_("Edit"),
    done=_("The group was saved."),
    staff=StaffPermission.PRODUCTS_MANAGE,
)
@transaction.atomic
def change_product_group(
    *,
    group: ProductGroup,
    ctx: Context,
    name: Annotated[str | None, replace(GROUP_NAME, edits="name")] = None,
    description: Annotated[str | None, replace(GROUP_DESCRIPTION, edits="description")] = None,
    position: Annotated[int | None, replace(GROUP_POSITION, edits="position")] = None,
    is_visible: Annotated[
        bool | None,
        Flag(
            _("Show it in the store"),
            about=_("Products of a hidden group are available by direct link only."),
            edits="is_visible",
        ),
    ] = None,
) -> None:
    """Name, description, place in the list, and whether its products are listed. Its address stays."""
    fields = without_none(
        name=name, description=description, position=position, is_visible=is_visible
    )
    update_with_audit(group, "changed", fields, ctx=ctx)


@transaction.atomic
def rename_product(*, product: Product, name: str, ctx: Context) -> None:
    """A new name, shown for every service of the product from now on; its address and issued documents stay.

    Raises ``BusinessError`` for an empty one.
    """
    if not name.strip():
        raise BusinessError("product.no_name", field="name")
    check_lengths(Product, {"name": name})
    product.refresh_from_db()
    if product.name == name:
        return
    before = product.name
    bump_shared_revision()
    Product.objects.filter(pk=product.pk).update(name=name, changed_at=ctx.at)
    write_audit_entry(
        ctx=ctx,
        action="product.renamed",
        record=("product", product.pk),
        name=name,
        before={"name": before},
        after={"name": name},
    )
    product.refresh_from_db()


@transaction.atomic
def set_product_slug(*, product: Product, slug: str, ctx: Context) -> None:
    """Another address in the store; the old one leads there. Raises ``BusinessError`` if another product has or had
    it.
    """
    product.refresh_from_db()
    if slug == product.slug:
        return
    check_slug(slug)
    FormerSlug.objects.filter(slug=slug, product=product).delete()
    check_slug_is_free(slug, field="slug")
    bump_shared_revision()
    FormerSlug.objects.create(slug=product.slug, product=product)
    update_with_audit(product, "moved_to", {"slug": slug}, ctx=ctx)


def _statuses_to_go_to(product: Product) -> list[str]:
    allowed = PRODUCT_MOVES[ProductStatus(product.status)]
    return [status for status in PRODUCT_STATUS_LABELS if status in allowed]


@act(
    "product.status",
    Product,
    label=_("Change status"),
    intro=_("Existing services aren't affected."),
    done=_("The status was changed. Existing services aren't affected."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example="catalog move starter --status retired",
)
@transaction.atomic
def set_product_status(
    *,
    product: Product,
    status: Annotated[
        ProductStatus,
        Choice(_("Status"), labels=PRODUCT_STATUS_LABELS, offered=_statuses_to_go_to),
    ],
    ctx: Context,
) -> None:
    """Hide a product (by link only), retire it (no new orders), or offer it again. Raises ``StateConflict`` for one
    that it has, and for a retired one that is to be offered at once.
    """
    bump_shared_revision()
    stored = lock(product).status
    if stored == status:
        raise StateConflict("product.status_unchanged")
    if status not in PRODUCT_MOVES[ProductStatus(stored)]:
        raise StateConflict("product.is_retired")
    move(product, status, allowed=PRODUCT_MOVES, ctx=ctx, client_id=None)


def _units_left(product: Product, _at: datetime) -> int | None:
    return product.stock.left if product.stock_control else None


@act(
    "product.stock",
    Product,
    label=_("Set stock"),
    done=_("The stock was saved."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example="catalog stock starter --units 5",
)
@transaction.atomic
def set_stock(
    *,
    product: Product,
    units: Annotated[
        int | None,
        Integer(
            _("Units left"),
            about=_("Leave blank to sell without a limit."),
            most=1_000_000_000,
            or_none=True,
            proposed=_units_left,
        ),
    ],
    ctx: Context,
) -> None:
    """How many units are left to sell; none is unlimited."""
    Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    before = Stock.objects.filter(pk=product.pk).values_list("left", flat=True).first()
    if units is not None:
        Stock.objects.update_or_create(product=product, defaults={"left": units})
    if product.stock_control != (units is not None):
        bump_shared_revision()
        Product.objects.filter(pk=product.pk).update(stock_control=units is not None)
    write_audit_entry(
        ctx=ctx,
        action="product.stock_set",
        record=("product", product.pk),
        name=product.name,
        before={"stock": before if product.stock_control else None},
        after={"stock": units},
    )
    product.refresh_from_db()


@transaction.atomic
def take_stock(*, product: Product, units: int) -> None:
    """Units that an order takes; nothing without stock control. Raises ``BusinessError`` and says how many are left."""
    if not product.stock_control:
        return
    rows = Stock.objects.filter(pk=product.pk)
    if rows.filter(left__gte=units).update(left=F("left") - units):
        return
    left = rows.values_list("left", flat=True).first() or 0
    raise no_stock_error(product.name, left)


@transaction.atomic
def return_stock(*, product_id: int, units: int) -> None:
    """Units that an order gives back."""
    Stock.objects.filter(pk=product_id).update(left=F("left") + units)


def check_slug(slug: str) -> str:
    """An address as it may stand in the store. Raises ``BusinessError``: also where a name has no letter for one."""
    if not slug or slug != slugify_name(slug):
        raise BusinessError("product.address_not_valid", field="slug")
    return slug


def check_slug_is_free(slug: str, *, field: str) -> None:
    """Refuse an address that a product has, or had once: visitors of the old one are sent on."""
    taken = (rows.filter(slug=slug).exists() for rows in (Product.objects, FormerSlug.objects))
    if any(taken):
        raise BusinessError("product.address_taken", field=field)
