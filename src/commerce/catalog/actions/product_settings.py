"""What staff say of a product, all at once (catalog-and-orders.md 2); prices and stock stand apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.catalog.actions.editing import (
    POSITION,
    bump_shared_revision,
    update_with_audit,
    without_none,
    without_unchanged,
)
from commerce.catalog.actions.products import (
    check_slug,
    check_slug_is_free,
    rename_product,
    set_product_slug,
)
from commerce.catalog.finding import (
    all_product_groups,
    check_server_group,
    find_product_group,
    hold_server_group,
    server_group_names,
)
from commerce.catalog.labels import ACTIVATION_LABELS, PRODUCT_TYPE_LABELS
from commerce.catalog.models import Product, ProductGroup
from commerce.catalog.module_names import check_module, known_modules
from commerce.catalog.rules import (
    ProductActivation,
    ProductType,
    clean_features,
    slugify_name,
)
from commerce.db.fast_paths import insert_rows
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import (
    UNCHANGED,
    Choice,
    Flag,
    Integer,
    Line,
    Reference,
    Text,
    UnchangedValue,
)
from commerce.kit.acts.lists import Lines
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.mail.mail_events import EVENT_WITH_PRODUCT_TEMPLATES, product_template_name
from commerce.mail.models import MailTemplate


@dataclass(frozen=True)
class FeatureLines(Lines):
    """Features of a product as they are kept: one text, with one on each line."""

    def from_text(self, text: str, record: Any) -> Any:
        return self.check(text)

    def from_json(self, value: Any, record: Any) -> Any:
        return self.check("\n".join(super().from_json(value, record)))

    def check(self, value: Any) -> Any:
        return clean_features(value)

    def to_text(self, value: Any, record: Any) -> str:
        return value or ""


def find_module(name: str) -> str:
    """The name of a module that there is. Raises ``BusinessError``."""
    check_module(name)
    return name


def find_welcome_template(key: str) -> str:
    """The key of a welcome mail that staff have written in some language. Raises ``BusinessError``."""
    name = product_template_name(key)
    if not MailTemplate.objects.filter(event=name).exists():
        raise BusinessError("product.mail_template_unknown", name=name, field="welcome_template")
    return key


def welcome_templates() -> list[str]:
    """The keys of welcome mails that staff have written."""
    begin = f"{EVENT_WITH_PRODUCT_TEMPLATES}:"
    rows = MailTemplate.objects.filter(event__startswith=begin).order_by("event")
    names = rows.values_list("event", flat=True).distinct()
    return [name.removeprefix(begin) for name in names]


NAME = Line(_("Name"), most=200)
SLUG = Line(
    _("Slug"),
    about=_("Its address in the store. Leave blank to make it from the name."),
    most=200,
    least=0,
)
PRODUCT_GROUP = Reference(
    _("Group"),
    find=find_product_group,
    called=attrgetter("slug"),
    shown=attrgetter("name"),
    among=all_product_groups,
)
DESCRIPTION = Text(_("Description"), about=_("In Markdown."), most=20_000, least=0)
FEATURES = FeatureLines(
    _("Features"), about=_("One per line, such as “Storage: 10 GB” or “Daily backups”."), most=4000
)
IS_FEATURED = Flag(_("Mark as most popular"))
PLACE = replace(POSITION, label=_("Position in its group"))
ACTIVATION = Choice(
    _("Activation"), about=_("For products that no module provides."), labels=ACTIVATION_LABELS
)
REQUIRE_DOMAIN = Flag(_("Require a domain with each order"))
MAX_PER_CLIENT = Integer(
    _("Maximum per client"),
    about=_("Active services of one client. Leave blank for no limit."),
    least=1,
    most=1_000_000,
    or_none=True,
)
TAX_KIND = Choice(
    _("Tax kind"),
    about=_("Leave blank for that of its type."),
    labels=PRODUCT_TYPE_LABELS,
    or_none=True,
)
MODULE = Reference(_("Module"), find=find_module, among=known_modules)
PACKAGE = Line(_("Package"), most=100, least=0)
SERVER_GROUP = Reference(
    _("Server group"),
    about=_("New accounts come to its servers; without one, to servers without a group."),
    find=check_server_group,
    among=server_group_names,
    or_none=True,
)
WELCOME_TEMPLATE = Reference(
    _("Welcome email"),
    about=_("Write a product's own with “Welcome email” on its page."),
    find=find_welcome_template,
    among=welcome_templates,
    or_none=True,
)


def _types_to_sell(_record: None) -> Iterable[str]:
    return [kind for kind in PRODUCT_TYPE_LABELS if kind != ProductType.DOMAIN]


@act(
    "product.new",
    None,
    label=_("New product"),
    done=_("The product was created. Give it a price to sell it."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example="catalog add --name Starter --group web-hosting --require-domain",
)
@transaction.atomic
def create_product(
    *,
    name: Annotated[str, NAME],
    group: Annotated[ProductGroup, PRODUCT_GROUP],  # type: ignore[valid-type]  # taken for annotations of a query
    ctx: Context,
    slug: Annotated[str, SLUG] = "",
    kind: Annotated[
        str, Choice(_("Type"), labels=PRODUCT_TYPE_LABELS, offered=_types_to_sell)
    ] = ProductType.HOSTING,
    description: Annotated[str, DESCRIPTION] = "",
    features: Annotated[str, FEATURES] = "",
    is_featured: Annotated[bool, IS_FEATURED] = False,
    position: Annotated[int, PLACE] = 0,
    activation: Annotated[str, ACTIVATION] = ProductActivation.MANUAL,
    require_domain: Annotated[bool, REQUIRE_DOMAIN] = False,
    max_per_client: Annotated[int | None, MAX_PER_CLIENT] = None,
    tax_kind: Annotated[str | None, TAX_KIND] = None,
    module: Annotated[str, MODULE] = "manual",
    package: Annotated[str, PACKAGE] = "",
    server_group: Annotated[str | None, SERVER_GROUP] = None,
    welcome_template: Annotated[str | None, WELCOME_TEMPLATE] = None,
) -> Product:
    """A new active product; it can be ordered once it has a price.

    ``slug`` is its address in place of one made from the name. Raises ``BusinessError`` when that is taken or none.
    """
    slug = check_slug(slug or slugify_name(name))
    check_slug_is_free(slug, field="name")
    fields = {
        "description": description,
        "features": features,
        "is_featured": is_featured,
        "position": position,
        "activation": activation,
        "require_domain": require_domain,
        "max_per_client": max_per_client,
        "tax_kind": tax_kind or "",
        "module": module,
        "package": package,
        "server_group": server_group or "",
        "welcome_template": welcome_template or "",
    }
    _check_names(fields)
    bump_shared_revision()
    product = Product(
        group=group, name=name, slug=slug, type=ProductType(kind), changed_at=ctx.at, **fields
    )
    insert_rows(product)
    write_audit_entry(ctx=ctx, action="product.created", record=("product", product.pk), name=name)
    return product


@act(
    "product.edit",
    Product,
    label=_("Edit"),
    done=_("The product was saved."),
    staff=StaffPermission.PRODUCTS_MANAGE,
    example='catalog change starter --feature "Storage: 10 GB" --feature "Daily backups" --is-featured on',
)
@transaction.atomic
def change_product(
    *,
    product: Product,
    ctx: Context,
    name: Annotated[str | None, replace(NAME, edits="name")] = None,
    slug: Annotated[
        str | None,
        Line(
            _("Slug"),
            about=_("Its address in the store. The old one redirects to it."),
            most=200,
            edits="slug",
        ),
    ] = None,
    group: Annotated[ProductGroup | None, replace(PRODUCT_GROUP, edits="group")] = None,
    description: Annotated[str | None, replace(DESCRIPTION, edits="description")] = None,
    features: Annotated[str | None, replace(FEATURES, edits="features")] = None,
    is_featured: Annotated[bool | None, replace(IS_FEATURED, edits="is_featured")] = None,
    position: Annotated[int | None, replace(PLACE, edits="position")] = None,
    activation: Annotated[str | None, replace(ACTIVATION, edits="activation")] = None,
    require_domain: Annotated[bool | None, replace(REQUIRE_DOMAIN, edits="require_domain")] = None,
    max_per_client: Annotated[
        int | UnchangedValue | None, replace(MAX_PER_CLIENT, edits="max_per_client")
    ] = UNCHANGED,
    tax_kind: Annotated[
        str | UnchangedValue | None, replace(TAX_KIND, edits="tax_kind")
    ] = UNCHANGED,
    module: Annotated[str | None, replace(MODULE, edits="module")] = None,
    package: Annotated[str | None, replace(PACKAGE, edits="package")] = None,
    server_group: Annotated[
        str | UnchangedValue | None, replace(SERVER_GROUP, edits="server_group")
    ] = UNCHANGED,
    welcome_template: Annotated[
        str | UnchangedValue | None, replace(WELCOME_TEMPLATE, edits="welcome_template")
    ] = UNCHANGED,
) -> None:
    """All that staff say of a product: its names, texts and place, how it is activated and provisioned, its limit and
    tax kind. Raises ``BusinessError`` for a module or welcome mail that there is not, and what ``rename_product`` and
    ``set_product_slug`` do.
    """
    if name is not None:
        rename_product(product=product, name=name, ctx=ctx)
    if slug is not None:
        set_product_slug(product=product, slug=slug, ctx=ctx)
    of_texts = without_unchanged(
        tax_kind=tax_kind, server_group=server_group, welcome_template=welcome_template
    )
    fields = without_none(
        group_id=group and group.pk,
        description=description,
        features=features,
        is_featured=is_featured,
        position=position,
        activation=activation,
        require_domain=require_domain,
        module=module,
        package=package,
    )
    fields |= without_unchanged(max_per_client=max_per_client)
    fields |= {column: value or "" for column, value in of_texts.items()}
    if fields:
        _check_names(fields)
        bump_shared_revision()
        update_with_audit(product, "changed", fields, ctx=ctx)


def _check_names(fields: Mapping[str, Any]) -> None:
    """Raises ``BusinessError`` for a module, server group or welcome mail that there is not."""
    hold_server_group(fields.get("server_group", ""))
    if "module" in fields:
        check_module(fields["module"])
    if key := fields.get("welcome_template"):
        find_welcome_template(key)
