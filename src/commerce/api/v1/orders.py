"""``GET /orders`` and ``GET /orders/{id}``."""

from typing import Annotated, Any, Literal

import msgspec
from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast, JSONArray
from msgspec import Meta, Struct

from commerce.api.read.compiled import TOKEN_CLIENT, JsonRows
from commerce.api.read.resource import ApiResource, ResourceRow, ResourceShape, to_api_instant
from commerce.api.v1.field_types import Amount, CurrencyCode, Cycle, Id, Instant
from commerce.kit import ids
from commerce.orders.models import Order as OrderModel
from commerce.orders.models import OrderItem

STATUSES = {one: (one,) for one in ("pending", "active", "fraud", "cancelled")}


class Item(Struct, frozen=True):
    """One position of an order."""

    product_name: Annotated[
        str,
        Meta(description="What was ordered, as it was called then.", examples=["Business"]),
    ]
    qty: Annotated[
        int, Meta(ge=1, description="Units; of a domain registration the years.", examples=[1])
    ]
    amount: Annotated[
        Amount, Meta(description="Price of one unit before discounts and setup, in minor units.")
    ]


class ItemDetail(Item, frozen=True):
    """One position of an order, with its cycle, setup fee and domain."""

    billing_cycle: Annotated[Cycle, Meta(description="How often it renews; one_time never does.")]
    setup_fee: Annotated[Amount, Meta(description="Charged once for each unit, in minor units.")]
    domain: Annotated[
        str | None,
        Meta(description="Domain name that it is for.", examples=["acme.example"]),
    ]


class _OrderFields(Struct, frozen=True):
    id: Id
    order_number: Annotated[
        str,
        Meta(
            pattern="^ORD-[0-9]{4,}$",
            description="ORD- and the id, padded with zeros to four digits.",
            examples=["ORD-0042"],
        ),
    ]
    status: Annotated[
        Literal["pending", "active", "fraud", "cancelled"], Meta(description="Where it stands.")
    ]
    total: Annotated[Amount, Meta(description="With discounts and tax, in minor units.")]
    currency_code: CurrencyCode
    created_at: Annotated[Instant, Meta(description="When it was placed.")]


class Order(_OrderFields, frozen=True):
    """What the client placed at one moment."""

    items: Annotated[list[Item], Meta(description="Its positions, in their order.")]


class OrderDetail(_OrderFields, frozen=True):
    """One order with its amounts, promo code and invoice."""

    items: Annotated[list[ItemDetail], Meta(description="Its positions, in their order.")]
    subtotal: Annotated[Amount, Meta(description="Before discounts and tax, in minor units.")]
    discount: Annotated[
        Amount, Meta(description="What was taken off, as a positive amount in minor units.")
    ]
    tax_amount: Annotated[Amount, Meta(description="Tax, in minor units.")]
    promo_code: Annotated[
        str | None, Meta(description="Promo code that was used.", examples=["WELCOME20"])
    ]
    invoice_id: Annotated[
        Id | None,
        Meta(
            description="Its first invoice; null before it is issued and when nothing is charged."
        ),
    ]


def _listed(row: ResourceRow) -> Order:
    (pk, status, total, currency, created_at, items) = row
    return Order(
        pk,
        ids.order_number(pk),
        status,
        total,
        currency,
        to_api_instant(created_at),
        [Item(*item[1:4]) for item in _sorted(items)],
    )


def _detailed(row: ResourceRow) -> OrderDetail:
    (pk, status, total, currency, created_at, items, *rest) = row
    subtotal, discount, tax_amount, promo_code, invoice_id, issued_at, _changed = rest
    return OrderDetail(
        pk,
        ids.order_number(pk),
        status,
        total,
        currency,
        to_api_instant(created_at),
        [
            ItemDetail(name, qty, amount, cycle, setup_fee, domain or None)
            for _, name, qty, amount, cycle, setup_fee, domain in _sorted(items)
        ],
        subtotal,
        discount,
        tax_amount,
        promo_code or None,
        # A draft does not exist for clients.
        invoice_id if issued_at else None,
    )


def _sorted(items: str | None) -> list[Any]:
    return sorted(msgspec.json.decode(items or "[]"))


_LISTED = (
    "status",
    "total",
    "currency_id",
    "created_at",
    Subquery(
        OrderItem.objects.filter(order=OuterRef("pk"))
        .order_by()
        .values("order")
        .annotate(
            gathered=Cast(
                JsonRows(
                    JSONArray(
                        "position",
                        "product_name",
                        "qty",
                        "unit_amount",
                        "billing_cycle",
                        "setup_fee",
                        "domain",
                    )
                ),
                TextField(),
            )
        )
        .values("gathered")
    ),
)

ORDERS = ApiResource(
    path="/api/v1/orders",
    scope="orders:read",
    summary="orders",
    queryset=lambda: OrderModel.objects.for_client(TOKEN_CLIENT),
    statuses=STATUSES,
    list_shape=ResourceShape(Order, _LISTED, _listed),
    row_shape=ResourceShape(
        OrderDetail,
        (
            *_LISTED,
            "subtotal",
            "discount",
            "tax_amount",
            "promo_code",
            "invoice_id",
            "invoice__issued_at",
        ),
        _detailed,
    ),
)
