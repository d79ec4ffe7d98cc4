"""``GET /products`` and ``GET /products/{id}``: what this client may buy, at its own prices.

Which rows there are is read by the statement of the page; prices, options and stock are worked out by the rules by
which the store shows them and orders are priced, for the rows of the page together.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from django.db.models import QuerySet
from msgspec import Meta, Struct

from commerce.api.read.fields import api_field
from commerce.api.v1.field_types import Amount, CurrencyCode, Cycle, Id, text_or_null
from commerce.api.v2.reading.field_types import status_choices
from commerce.api.v2.reading.filters import ChoiceFilter, TextFilter
from commerce.api.v2.reading.resource import WORKED_OUT, Resource
from commerce.api.v2.resources.catalog.own_prices import OwnPrices, own_currency, own_prices
from commerce.catalog.models import Price, Product, Stock
from commerce.catalog.offers import OfferedOption, UnitPrice, price_list, product_options
from commerce.catalog.rules import OptionType, ProductType


class CyclePrice(Struct, frozen=True):
    """What one unit costs in a billing cycle."""

    billing_cycle: Cycle
    amount: Annotated[
        Amount,
        Meta(
            description="For each period before tax, in minor units, with what the client's group gets."
        ),
    ]
    amount_with_tax: Annotated[
        Amount,
        Meta(description="The same with the tax of this client, as an invoice of today has."),
    ]
    setup_fee: Annotated[
        Amount, Meta(description="Once, with the first period, before tax, in minor units.")
    ]
    setup_fee_with_tax: Annotated[Amount, Meta(description="The same with tax.")]


class ProductOptionValue(Struct, frozen=True):
    """A value that can be chosen."""

    id: Id
    name: Annotated[str, Meta(description="Its name.", examples=["Daily"])]
    prices: Annotated[
        list[CyclePrice],
        Meta(
            description="What it adds in each billing cycle of the product, or takes from it; of a quantity, for one."
        ),
    ]


class ProductOption(Struct, frozen=True):
    """Something to choose with a product."""

    id: Id
    name: Annotated[str, Meta(description="Its name.", examples=["Backups"])]
    type: Annotated[
        Literal["dropdown", "radio", "checkbox", "quantity"],
        Meta(
            description="`dropdown` and `radio` take a value, `checkbox` 1 or 0, `quantity` a number."
        ),
    ]
    is_required: Annotated[bool, Meta(description="Whether something must be chosen.")]
    minimum: Annotated[
        int | None, Meta(description="Least number of a quantity; otherwise null.", examples=[1])
    ]
    maximum: Annotated[int | None, Meta(description="Most of it; otherwise null.", examples=[10])]
    values: Annotated[
        list[ProductOptionValue],
        Meta(description="What can be chosen, in its order; one of a checkbox or quantity."),
    ]


class OfferedFeature(Struct, frozen=True):
    """Something that a product offers."""

    label: Annotated[str, Meta(description="What it is.", examples=["Storage"])]
    value: Annotated[
        str | None, Meta(description="How much of it; null where it has none.", examples=["10 GB"])
    ]


class OfferedGroup(Struct, frozen=True):
    """The group in which the store lists a product."""

    id: Id
    name: Annotated[str, Meta(description="Its name.", examples=["Web hosting"])]
    slug: Annotated[
        str, Meta(description="Its part of addresses in the store.", examples=["web-hosting"])
    ]
    position: Annotated[
        int, Meta(ge=0, description="Groups are listed by it, and then by their id.", examples=[1])
    ]


class ProductOffer(Struct, frozen=True):
    """What is worked out for a product and a client."""

    currency_code: str
    group: OfferedGroup
    features: list[OfferedFeature]
    prices: list[CyclePrice]
    options: list[ProductOption]
    in_stock: bool


def _offers(client_id: int, ids: Sequence[int]) -> Mapping[int, ProductOffer]:
    own = own_prices(client_id)
    currency = own.client.currency_code
    products = Product.objects.filter(pk__in=ids).select_related("group")
    prices = price_list(ids, currency, own.client.group_id)
    options = product_options(ids, currency)
    left = dict(Stock.objects.filter(pk__in=ids).values_list("product_id", "left"))
    return {
        one.pk: ProductOffer(
            currency_code=currency,
            group=OfferedGroup(one.group.pk, one.group.name, one.group.slug, one.group.position),
            features=[OfferedFeature(each.label, each.value or None) for each in one.feature_list],
            prices=_prices(
                own.net.unit_prices(one, prices.get(one.pk, {})),
                own.gross.unit_prices(one, prices.get(one.pk, {})),
            ),
            options=_options(own, one, prices.get(one.pk, {}), options.get(one.pk, ())),
            in_stock=not one.stock_control or left.get(one.pk, 0) > 0,
        )
        for one in products
    }


def _prices(net: Mapping[str, UnitPrice], gross: Mapping[str, UnitPrice]) -> list[CyclePrice]:
    return [
        CyclePrice(
            cycle,  # type: ignore[arg-type]  # one of its choices
            amount=net[cycle].base,
            amount_with_tax=gross[cycle].base,
            setup_fee=net[cycle].setup_fee,
            setup_fee_with_tax=gross[cycle].setup_fee,
        )
        for cycle in net
    ]


def _options(
    own: OwnPrices,
    product: Product,
    prices: Mapping[str, UnitPrice],
    offered: Sequence[OfferedOption],
) -> list[ProductOption]:
    shown = [display.options(product, prices, offered) for display in (own.net, own.gross)]
    return [
        ProductOption(
            id=net.id,
            name=net.name,
            type=net.type,
            is_required=net.required,
            minimum=net.minimum if net.type == OptionType.QUANTITY else None,
            maximum=net.maximum if net.type == OptionType.QUANTITY else None,
            values=[
                ProductOptionValue(
                    value.id,
                    value.name,
                    _prices(
                        {cycle: UnitPrice(*value.at(cycle)) for cycle in prices},
                        {cycle: UnitPrice(*with_tax.at(cycle)) for cycle in prices},
                    ),
                )
                for value, with_tax in zip(net.values, gross.values, strict=True)
            ],
        )
        for net, gross in zip(*shown, strict=True)
    ]


_MONTHLY, _DAILY = (
    {
        "billing_cycle": "monthly",
        "amount": amount,
        "amount_with_tax": amount * 6 // 5,
        "setup_fee": 0,
        "setup_fee_with_tax": 0,
    }
    for amount in (1000, 200)
)


class ProductDetail(Struct, frozen=True):
    """What this client may buy, at its own prices."""

    id: Annotated[Id, api_field("pk", story=[7])]
    name: Annotated[str, api_field("name", description="Its name.", examples=["Business"])]
    slug: Annotated[
        str,
        api_field(
            "slug",
            description="Its part of addresses in the store.",
            examples=["business"],
        ),
    ]
    type: Annotated[
        Literal["hosting", "domain", "other"],
        api_field("type", story=["hosting"], description="What it is."),
    ]
    group: Annotated[
        OfferedGroup,
        api_field(
            WORKED_OUT,
            show=lambda offer: offer.group,
            story=[{"id": 2, "name": "Web hosting", "slug": "web-hosting", "position": 1}],
            description="The group in which the store lists it.",
        ),
    ]
    position: Annotated[
        int,
        api_field(
            "position",
            ge=0,
            description="Products of a group are listed by it, and then by their id.",
            examples=[2],
        ),
    ]
    description: Annotated[
        str | None,
        api_field(
            "description",
            show=text_or_null,
            description="What the store says of it, in Markdown.",
            examples=["For shops and companies."],
        ),
    ]
    features: Annotated[
        list[OfferedFeature],
        api_field(
            WORKED_OUT,
            show=lambda offer: offer.features,
            story=[[{"label": "Storage", "value": "10 GB"}]],
            description="What it offers, in its order.",
        ),
    ]
    is_featured: Annotated[
        bool,
        api_field("is_featured", story=[True], description="Whether the store recommends it."),
    ]
    requires_domain: Annotated[
        bool,
        api_field(
            "require_domain", story=[True], description="Whether an order names a domain with it."
        ),
    ]
    max_per_client: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        api_field(
            "max_per_client",
            story=[None],
            description="How many live services of it a client may have; null without a limit.",
            examples=[1],
        ),
    ]
    in_stock: Annotated[
        bool,
        api_field(
            WORKED_OUT,
            show=lambda offer: offer.in_stock,
            story=[True],
            description="Whether one can be had now.",
        ),
    ]
    currency_code: Annotated[
        CurrencyCode,
        api_field(WORKED_OUT, show=lambda offer: offer.currency_code, story=["GBP"]),
    ]
    prices: Annotated[
        list[CyclePrice],
        api_field(
            WORKED_OUT,
            show=lambda offer: offer.prices,
            story=[[_MONTHLY]],
            description="One for each billing cycle in which it is sold, the shortest first.",
        ),
    ]
    options: Annotated[
        list[ProductOption],
        api_field(
            WORKED_OUT,
            show=lambda offer: offer.options,
            story=[
                [
                    {
                        "id": 3,
                        "name": "Backups",
                        "type": "dropdown",
                        "is_required": False,
                        "minimum": None,
                        "maximum": None,
                        "values": [{"id": 11, "name": "Daily", "prices": [_DAILY]}],
                    }
                ]
            ],
            description="What can be chosen with it, in its order.",
        ),
    ]


def _on_offer() -> QuerySet[Product]:
    priced = Price.objects.filter(currency__in=own_currency()).values("product")
    return Product.objects.listed().select_related(None).filter(pk__in=priced)


PRODUCTS = Resource(
    path="/api/v2/products",
    scope="catalog:read",
    name="products",
    queryset=_on_offer,
    list_struct=ProductDetail,
    row_struct=ProductDetail,
    own_filters={
        "slug": TextFilter("slug", "Only the one at this address of the store."),
        "type": ChoiceFilter("type", "Only those of this type.", status_choices([*ProductType])),
    },
    created_column="",
    is_versioned=False,
    default_sort="id",
    works_out=_offers,
)
