"""Product groups, products, their addresses and their stock (catalog-and-orders.md 2)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.catalog.actions.shared import change, check_lengths, raise_shared_revision
from commerce.catalog.models import OldSlug, Product, ProductGroup, Stock
from commerce.catalog.modules import check_module
from commerce.catalog.rules import PRODUCT_MOVES, slug_of
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.mail.kinds import own_words
from commerce.mail.models import MailTemplate

GROUP_FIELDS = {"name", "description", "position", "is_visible"}
PRODUCT_FIELDS = {
    *("description", "position", "group", "activation", "require_domain", "max_per_client"),
    *("tax_kind", "module", "package", "server_group", "welcome_template"),
}


@transaction.atomic
def create_group(
    *,
    name: str,
    at: datetime,
    actor: Actor,
    slug: str = "",
    description: str = "",
    position: int = 0,
) -> ProductGroup:
    """A group of products that the store lists together; ``slug`` is its address in place of one made from the name.

    Raises ``Refused`` when that is taken or none.
    """
    slug = address(slug or slug_of(name))
    if ProductGroup.objects.filter(slug=slug).exists():
        raise Refused("A product group has this address already.", field="name")
    check_lengths(ProductGroup, {"name": name, "slug": slug})
    group = ProductGroup.objects.create(
        name=name, slug=slug, description=description, position=position
    )
    record(
        at=at,
        actor=actor,
        action="productgroup.created",
        record=("productgroup", group.pk),
        name=name,
    )
    return group


@transaction.atomic
def change_group(*, group: ProductGroup, at: datetime, actor: Actor, **fields: Any) -> None:
    """Name, description, place in the list, and whether its products are listed. Its address stays.

    Raises ``Refused`` for an empty name.
    """
    known(fields, GROUP_FIELDS)
    if not fields.get("name", group.name).strip():
        raise Refused("Give a name.", field="name")
    change(group, "changed", fields, at=at, actor=actor)


@transaction.atomic
def create_product(
    *,
    group: ProductGroup,
    name: str,
    at: datetime,
    actor: Actor,
    slug: str = "",
    kind: str = Product.Type.HOSTING,
    **fields: Any,
) -> Product:
    """A new active product; it can be ordered once it has a price. ``fields`` are those of ``change_product``.

    ``slug`` is its address in place of one made from the name. Raises ``Refused`` when that is taken or none.
    """
    check_product(fields)
    slug = address(slug or slug_of(name))
    free_address(slug, field="name")
    check_lengths(Product, {"name": name, "slug": slug})
    raise_shared_revision()
    product = Product.objects.create(
        group=group,
        name=name,
        slug=slug,
        type=Product.Type(kind),
        changed_at=at,
        **fields,
    )
    record(at=at, actor=actor, action="product.created", record=("product", product.pk), name=name)
    return product


@transaction.atomic
def change_product(*, product: Product, at: datetime, actor: Actor, **fields: Any) -> None:
    """What staff say of a product: where it stands, how it is activated and provisioned, its limit, its tax kind,
    the key of its welcome mail.

    Name, address, status, stock and prices have verbs of their own. Raises ``Refused`` for a limit below 1, a module
    that there is not, and a key without a mail template.
    """
    check_product(fields)
    if isinstance(group := fields.pop("group", None), ProductGroup):
        fields["group_id"] = group.pk
    raise_shared_revision()
    change(product, "changed", fields, at=at, actor=actor)


@transaction.atomic
def rename_product(*, product: Product, name: str, at: datetime, actor: Actor) -> None:
    """A new name, shown for every service of the product from now on; its address and issued documents stay.

    Raises ``Refused`` for an empty one.
    """
    if not name.strip():
        raise Refused("Give a name.", field="name")
    check_lengths(Product, {"name": name})
    product.refresh_from_db()
    if product.name == name:
        return
    before = product.name
    raise_shared_revision()
    Product.objects.filter(pk=product.pk).update(name=name, changed_at=at)
    record(
        at=at,
        actor=actor,
        action="product.renamed",
        record=("product", product.pk),
        name=name,
        before={"name": before},
        after={"name": name},
    )
    product.refresh_from_db()


@transaction.atomic
def set_slug(*, product: Product, slug: str, at: datetime, actor: Actor) -> None:
    """Another address in the store; the old one leads there. Raises ``Refused`` if another product has or had it."""
    product.refresh_from_db()
    if slug == product.slug:
        return
    address(slug)
    OldSlug.objects.filter(slug=slug, product=product).delete()
    free_address(slug, field="slug")
    raise_shared_revision()
    OldSlug.objects.create(slug=product.slug, product=product)
    change(product, "moved_to", {"slug": slug}, at=at, actor=actor)


@transaction.atomic
def move_product(*, product: Product, to: str, at: datetime, actor: Actor) -> None:
    """Hide a product (by link only), retire it (no new orders), or offer it again. Raises ``Moved`` if not allowed."""
    raise_shared_revision()
    move(product, to, allowed=PRODUCT_MOVES, at=at, actor=actor, client_id=None)


@transaction.atomic
def set_stock(*, product: Product, left: int | None, at: datetime, actor: Actor) -> None:
    """How many units are left to sell; none is unlimited. Raises ``Refused`` below 0."""
    if left is not None and left < 0:
        raise Refused("A stock is not negative.", field="stock")
    Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    before = Stock.objects.filter(pk=product.pk).values_list("left", flat=True).first()
    if left is not None:
        Stock.objects.update_or_create(product=product, defaults={"left": left})
    if product.stock_control != (left is not None):
        raise_shared_revision()
        Product.objects.filter(pk=product.pk).update(stock_control=left is not None)
    record(
        at=at,
        actor=actor,
        action="product.stock_set",
        record=("product", product.pk),
        name=product.name,
        before={"stock": before if product.stock_control else None},
        after={"stock": left},
    )
    product.refresh_from_db()


@transaction.atomic
def take_stock(*, product: Product, units: int) -> None:
    """Units that an order takes; nothing without stock control. Raises ``Refused`` and says how many are left."""
    if not product.stock_control:
        return
    rows = Stock.objects.filter(pk=product.pk)
    if rows.filter(left__gte=units).update(left=F("left") - units):
        return
    left = rows.values_list("left", flat=True).first() or 0
    text = _("%(product)s: only %(left)s left.") if left else _("%(product)s is sold out.")
    raise Refused(text % {"product": product.name, "left": left}, field="qty")


@transaction.atomic
def return_stock(*, product_id: int, units: int) -> None:
    """Units that an order gives back."""
    Stock.objects.filter(pk=product_id).update(left=F("left") + units)


def check_product(fields: dict[str, Any]) -> None:
    """Raises ``Refused`` for a limit below 1, and an activation, tax kind, module or welcome mail that there is not."""
    known(fields, PRODUCT_FIELDS)
    check_lengths(Product, fields)
    limit = fields.get("max_per_client")
    if limit is not None and limit < 1:
        raise Refused("A limit is at least 1.", field="max_per_client")
    if "activation" in fields and fields["activation"] not in Product.Activation.values:
        raise Refused("A product is activated manual or immediate.", field="activation")
    if "tax_kind" in fields and fields["tax_kind"] not in ("", *Product.Type.values):
        raise Refused("A tax kind is hosting, domain or other.", field="tax_kind")
    if "module" in fields:
        check_module(fields["module"])
    if key := fields.get("welcome_template"):
        check_welcome(key)


def check_welcome(key: str) -> None:
    """Raises ``Refused`` for the key of a welcome mail that staff have not written in any language."""
    name = own_words(key)
    if not MailTemplate.objects.filter(event=name).exists():
        raise Refused(
            f"There is no mail template {name}. `commerce mail template set` makes it.",
            field="welcome_template",
        )


def address(slug: str) -> str:
    """An address as it may stand in the store. Raises ``Refused``: also where a name has no letter for one."""
    if not slug or slug != slug_of(slug):
        raise Refused("An address has small letters, digits and hyphens; give one.", field="slug")
    return slug


def free_address(slug: str, *, field: str) -> None:
    """Refuse an address that a product has, or had once: visitors of the old one are sent on."""
    taken = Product.objects.filter(slug=slug) or OldSlug.objects.filter(slug=slug)
    if taken:
        raise Refused("A product has this address already.", field=field)


def known(fields: dict[str, Any], names: set[str]) -> None:
    """A field that an action does not take is a mistake of the caller."""
    if wrong := fields.keys() - names:
        raise TypeError(f"unknown fields: {', '.join(sorted(wrong))}")
