"""Commands about what is sold: product groups, products, prices and stock."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, BinaryIO

import click

from commerce.catalog.actions.pictures import remove_product_picture, set_product_picture
from commerce.catalog.actions.prices import remove_price, set_price
from commerce.catalog.finding import find_product, find_product_group
from commerce.catalog.models import Product, ProductGroup
from commerce.cli.acts import add_acts
from commerce.cli.lookup import operator_context, parse_price_amounts
from commerce.cli.output import (
    blank_repeats,
    json_option,
    price_records,
    print_list,
    print_record,
)
from commerce.cli.param_types import NONE_WORD
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.kit.pictures import MAX_PICTURE_BYTES, picture_size_from_name
from commerce.presentation.records import Record
from commerce.record_acts.catalog import PRODUCT_ACTS, PRODUCT_GROUP_ACTS


@click.group()
def catalog() -> None:
    """Manage products, product groups, prices, and stock.

    Groups and products are identified by their slug, such as starter-hosting. For options, promo codes, currencies, and
    client groups, see the commands option, promo, currency, and client-group.

    \b
    From nothing to the first sale:
      commerce currency default EUR
      commerce catalog add-group --name "Web hosting"
      commerce catalog add --name Starter --group web-hosting --require-domain
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
    called=attrgetter("slug"),
    names={"new": "add", "edit": "change", "status": "move"},
    options={"features": "feature"},
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
