"""Commands about what is sold: product groups, products, prices and stock."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, BinaryIO

import click
from django.db import transaction

from commerce.catalog.actions.pictures import remove_product_picture, set_product_picture
from commerce.catalog.actions.prices import remove_price, set_price
from commerce.catalog.actions.products import (
    change_product,
    create_product,
    rename_product,
    set_product_slug,
    set_stock,
)
from commerce.catalog.finding import find_product, find_product_group
from commerce.catalog.models import Product, ProductGroup
from commerce.catalog.rules import ProductActivation, ProductType
from commerce.cli.acts import add_acts
from commerce.cli.lookup import operator_context, parse_price_amounts
from commerce.cli.output import (
    blank_repeats,
    json_option,
    price_records,
    print_list,
    print_record,
)
from commerce.cli.param_types import (
    NONE_WORD,
    POSITION,
    EnumChoice,
    WholeNumber,
    parse_limit,
    read_text_file,
    typed_options,
)
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.kit.pictures import MAX_PICTURE_BYTES, picture_size_from_name
from commerce.presentation.records import Record
from commerce.record_acts import PRODUCT_ACTS, PRODUCT_GROUP_ACTS


@click.group()
def catalog() -> None:
    """Manage products, product groups, prices, and stock.

    Groups and products are identified by their slug, such as starter-hosting. For options, promo codes, currencies, and
    client groups, see the commands option, promo, currency, and client-group.

    \b
    From nothing to the first sale:
      commerce currency default EUR
      commerce catalog add-group --name "Web hosting"
      commerce catalog add Starter --group web-hosting --require-domain
      commerce catalog price starter EUR monthly 5.00 --setup 10.00
      commerce catalog show starter
    """


@catalog.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List products with their status, stock, and prices."""
    rows = Product.objects.in_order().select_related("group").prefetch_related("prices", "stock")
    records = [
        product_record(row) | {"prices": price_records(list(row.prices.all()))} for row in rows
    ]
    print_list(records, as_json=as_json, none="No products.", table=_rows_of_prices(records))


def product_record(row: Product) -> dict[str, Any]:
    return {
        "product": row.slug,
        "name": row.name,
        "group": row.group.slug,
        "status": row.status,
        "stock": row.stock.left if row.stock_control else None,
    }


def _rows_of_prices(records: list[dict[str, Any]]) -> Iterator[Record]:
    """A row for each price, which says of its product only what the row above does not say already."""
    for record in records:
        about = {
            "product": record["product"],
            "name": record["name"],
            "status": record["status"],
            "stock": "unlimited" if record["stock"] is None else record["stock"],
        }
        unsaid = {"billing_cycle": "", "price": "", "setup_fee": ""}
        yield from blank_repeats(about | price for price in record["prices"] or [unsaid])


@catalog.command()
@json_option
def groups(*, as_json: bool) -> None:
    """List product groups with their products, in store order."""
    rows = ProductGroup.objects.order_by("position", "pk").prefetch_related("products")
    print_list(list(map(group_record, rows)), as_json=as_json, none="No product groups.")


def group_record(row: ProductGroup) -> dict[str, Any]:
    products = sorted(row.products.all(), key=lambda one: (one.position, one.pk))
    return {
        "group": row.slug,
        "name": row.name,
        "position": row.position,
        "visible": row.is_visible,
        "products": [product.slug for product in products],
    }


@catalog.command()
@click.argument("product")
@json_option
def show(*, product: str, as_json: bool) -> None:
    """Show the details, prices, and options of PRODUCT."""
    row = find_product(product)
    of_groups = row.group_prices.select_related("group").order_by("group__name", "group_id")
    record = {
        "id": row.pk,
        **product_record(row),
        "address": f"/store/{row.slug}",
        "group_visible": row.group.is_visible,
        "position": row.position,
        "type": row.type,
        "tax_kind": row.effective_tax_kind,
        "activation": row.activation,
        "require_domain": row.require_domain,
        "max_per_client": row.max_per_client,
        "welcome_mail": row.welcome_template or "service_activated",
        "module": row.module,
        "package": row.package,
        "server_group": row.server_group,
        "description": row.description,
        "features": row.features.splitlines(),
        "featured": row.is_featured,
        "picture": row.picture and f"/store/pictures/{row.picture}",
        "prices": price_records(list(row.prices.all())),
        "option_groups": [
            {"id": group.pk, "name": group.name}
            for group in row.option_groups.order_by("position", "pk")
        ],
        "group_prices": [
            {"group": name} | price
            for name, prices in groupby(of_groups, lambda price: price.group.name)
            for price in price_records(prices)
        ],
    }
    print_record(record, as_json=as_json)


@catalog.command("price")
@click.argument("product")
@click.argument("currency")
@click.argument("cycle")
@click.argument("amount")
@click.option(
    "--setup", default="0", metavar="AMOUNT", help="Setup fee, charged on the first invoice."
)
def price_(*, product: str, currency: str, cycle: str, amount: str, setup: str) -> None:
    """Set the price of PRODUCT in CURRENCY and CYCLE. Use the amount "none" to remove it.

    Existing services keep their price. CYCLE is monthly, quarterly, semi_annually, annually, biennially, triennially,
    or one_time.

    \b
    Examples:
      commerce catalog price starter EUR annually 50.00 --setup 10.00
      commerce catalog price starter JPY monthly 800
      commerce catalog price starter EUR annually none
    """
    ctx = operator_context()
    currency = currency.upper()
    key: dict[str, Any] = {
        "product": find_product(product),
        "currency_code": currency,
        "billing_cycle": cycle,
    }
    if amount == NONE_WORD:
        remove_price(**key, ctx=ctx)
        console.print_message(f"{product} is no longer available in {currency} {cycle}.")
        return
    set_price(**key, **parse_price_amounts(currency, amount, setup), ctx=ctx)
    console.print_message(f"{product} now costs {amount} {currency} {cycle}.")


@catalog.command()
@click.argument("product")
@click.argument("left")
def stock(*, product: str, left: str) -> None:
    """Set the stock of PRODUCT to LEFT units. Use "unlimited" to stop tracking stock."""
    ctx = operator_context()
    if left != "unlimited" and not (left.isascii() and left.isdecimal() and len(left) < 10):
        raise BusinessError("product.stock_unreadable")
    row = find_product(product)
    set_stock(product=row, units=None if left == "unlimited" else int(left), ctx=ctx)
    console.print_message(f"{product}: {left}.")


@catalog.command("add")
@click.argument("name")
@click.option("--group", required=True, metavar="ADDRESS", help="Product group.")
@click.option("--slug", default="", metavar="ADDRESS", help="[default: made from the name]")
@click.option(
    "--other",
    is_flag=True,
    help="For anything that isn't a hosting account. [default: a hosting account]",
)
@click.option(
    "--immediate",
    is_flag=True,
    help="With --other: activate services with the order. [default: staff activate them]",
)
@click.option("--require-domain", is_flag=True, help="Require a domain with each order.")
@click.option("--max-per-client", type=WholeNumber(1, 1_000_000))
@click.option("--description", default="", help="Description, in Markdown.")
def add_product(*, name: str, group: str, other: bool, immediate: bool, **fields: Any) -> None:
    """Create a product and print its slug. It's for sale once it has a price. See `change` for more settings."""
    ctx = operator_context()
    fields["kind"] = ProductType.OTHER if other else ProductType.HOSTING
    fields["activation"] = ProductActivation.IMMEDIATE if immediate else ProductActivation.MANUAL
    click.echo(create_product(group=find_product_group(group), name=name, **fields, ctx=ctx).slug)


@catalog.command()
@click.argument("product")
@click.option(
    "--name", help="Name shown for all services from now on. Issued documents don't change."
)
@click.option("--slug", metavar="ADDRESS", help="New slug. The old one redirects to it.")
@click.option("--group", metavar="ADDRESS", help="Product group to move it to.")
@click.option("--position", type=POSITION, help="Position in its group, from 0.")
@click.option("--description", help="Description, in Markdown.")
@click.option(
    "--description-file",
    metavar="FILE",
    help="Description from a Markdown file (- for standard input).",
)
@click.option(
    "--activation",
    type=EnumChoice(ProductActivation),
    help="Activation of products other than hosting: immediate or manual.",
)
@click.option(
    "--feature",
    "features",
    multiple=True,
    help='Feature, in order; replaces the list. Use "none" to empty it. Can be repeated.',
)
@click.option(
    "--featured/--not-featured", "is_featured", default=None, help="Mark it as most popular."
)
@click.option("--require-domain/--no-require-domain", default=None)
@click.option(
    "--max-per-client", metavar="N", help='Maximum number of active services per client, or "none".'
)
@click.option(
    "--tax-kind",
    type=click.Choice([*map(str, ProductType), "default"]),
    help="[default: from its type]",
)
@click.option("--module", help="Module that provisions its services, such as manual.")
@click.option("--package", help="Package name in the control panel.")
@click.option("--welcome-template", metavar="KEY", help='Template of its welcome email, or "none".')
@click.option("--server-group", help="Server group to provision on.")
def change(*, product: str, features: tuple[str, ...], **fields: Any) -> None:
    """Change the settings of PRODUCT. See also `move`, `stock`, `price`, and `picture`.

    The store lists features in order. Features with a value, such as "Storage: 10 GB", are compared by label with
    those of other products in the group.

    To write a custom welcome email for a product, use `commerce mail template set`.

    \b
    Examples:
      commerce catalog change starter --name "Starter hosting" --slug starter-hosting
      commerce catalog change starter --module manual --package starter_10g --server-group eu
      commerce catalog change starter --description-file starter.md
      commerce catalog change starter --feature "Storage: 10 GB" --feature "Daily backups" --featured
      commerce catalog change vps-s --welcome-template vps
    """
    ctx = operator_context()
    row, file = find_product(product), fields.pop("description_file")
    if file is not None:
        fields["description"] = read_text_file(file).strip()
    if features:
        fields["features"] = "" if features == (NONE_WORD,) else "\n".join(features)
    more = typed_options(fields)
    name, slug = more.pop("name", None), more.pop("slug", None)
    if "max_per_client" in more:
        more["max_per_client"] = parse_limit(more["max_per_client"])
    if more.get("welcome_template") == NONE_WORD:
        more["welcome_template"] = ""
    if more.get("tax_kind") == "default":
        more["tax_kind"] = ""
    if "group" in more:
        more["group"] = find_product_group(more["group"])
    with transaction.atomic():
        if name is not None:
            rename_product(product=row, name=name, ctx=ctx)
        if slug is not None:
            set_product_slug(product=row, slug=slug, ctx=ctx)
        if more:
            change_product(product=row, **more, ctx=ctx)
    console.print_message(f"Updated {row.slug}.")


@catalog.command()
@click.argument("product")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--remove", is_flag=True, help="Remove the image.")
def picture(*, product: str, file: BinaryIO | None, remove: bool) -> None:
    """Set the image of PRODUCT to FILE: PNG, JPEG, or WebP of up to 2 MB.

    Images are scaled to fit 800 x 500 pixels, and metadata is removed.
    """
    ctx = operator_context()
    row = find_product(product)
    if (file is None) is not remove:
        raise BusinessError("product.picture_or_remove")
    if file is None:
        remove_product_picture(product=row, ctx=ctx)
        console.print_message(f"Removed the image of {product}.")
        return
    name = set_product_picture(product=row, content=file.read(MAX_PICTURE_BYTES + 1), ctx=ctx)
    width, height = picture_size_from_name(name)
    console.print_message(f"Set the image of {product} ({width} x {height} pixels).")


add_acts(
    catalog,
    PRODUCT_ACTS,
    find_product,
    product_record,
    id_type=click.STRING,
    id_name="product",
    names={"status": "move"},
)
add_acts(
    catalog,
    PRODUCT_GROUP_ACTS,
    find_product_group,
    group_record,
    id_type=click.STRING,
    id_name="group",
    called=attrgetter("slug"),
    names={"new": "add-group", "edit": "change-group", "delete": "delete-group"},
)
