"""``GET /orders`` and ``GET /orders/{id}``."""

from datetime import datetime
from typing import Annotated, Literal

from django.db.models import OuterRef
from msgspec import Struct

from commerce.api.read.fields import api_field, api_rows
from commerce.api.read.resource import ApiResource
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import (
    Amount,
    CurrencyCode,
    Cycle,
    Id,
    Instant,
    text_or_null,
    whole_second,
)
from commerce.kit import ids
from commerce.orders.models import Order as OrderModel
from commerce.orders.models import OrderItem

STATUSES = {one: (one,) for one in ("pending", "active", "fraud", "cancelled")}


class Item(Struct, frozen=True):
    """One position of an order."""

    product_name: Annotated[
        str,
        api_field(
            "product_name",
            story=["Business", "Domain registration", "Starter"],
            description="What was ordered, as it was called then.",
            examples=["Business"],
        ),
    ]
    qty: Annotated[
        int,
        api_field(
            "qty",
            story=[1, 1, 1],
            ge=1,
            description="Units; of a domain registration the years.",
            examples=[1],
        ),
    ]
    amount: Annotated[
        Amount,
        api_field(
            "unit_amount",
            story=[1200, 1000, 4800],
            description="Price of one unit before discounts and setup, in minor units.",
        ),
    ]


class ItemDetail(Item, frozen=True):
    """One position of an order, with its cycle, setup fee and domain."""

    billing_cycle: Annotated[
        Cycle,
        api_field(
            "billing_cycle",
            story=["monthly", "annually"],
            description="How often it renews; one_time never does.",
        ),
    ]
    setup_fee: Annotated[
        Amount,
        api_field(
            "setup_fee", story=[0, 0], description="Charged once for each unit, in minor units."
        ),
    ]
    domain: Annotated[
        str | None,
        api_field(
            "domain",
            show=text_or_null,
            story=["acme.example", "acme.example"],
            description="Domain name that it is for.",
            examples=["acme.example"],
        ),
    ]


class _OrderFields(Struct, frozen=True):
    id: Annotated[Id, api_field("pk", story=[42, 31])]
    order_number: Annotated[
        str,
        api_field(
            "pk",
            show=ids.order_number,
            story=["ORD-0042", "ORD-0031"],
            pattern="^ORD-[0-9]{4,}$",
            description="ORD- and the id, padded with zeros to four digits.",
            examples=["ORD-0042"],
        ),
    ]
    status: Annotated[
        Literal["pending", "active", "fraud", "cancelled"],
        api_field("status", story=["active", "cancelled"], description="Where it stands."),
    ]
    total: Annotated[
        Amount,
        api_field(
            "total", story=[2352, 5760], description="With discounts and tax, in minor units."
        ),
    ]
    currency_code: Annotated[CurrencyCode, api_field("currency_id", story=["GBP", "GBP"])]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-08T14:33:10Z", "2025-11-03T09:15:00Z"],
            description="When it was placed.",
        ),
    ]


_ITEMS = OrderItem.objects.filter(order=OuterRef("pk"))


class Order(_OrderFields, frozen=True):
    """What the client placed at one moment."""

    items: Annotated[
        list[Item],
        api_rows(
            Item,
            _ITEMS,
            parent="order",
            order="position",
            story=[2, 1],
            description="Its positions, in their order.",
        ),
    ]


def _invoice_id(invoice_id: int | None, issued_at: datetime | None) -> int | None:
    return invoice_id if issued_at else None  # a draft does not exist for clients


class OrderDetail(_OrderFields, frozen=True):
    """One order with its amounts, promo code and invoice."""

    items: Annotated[
        list[ItemDetail],
        api_rows(
            ItemDetail,
            _ITEMS,
            parent="order",
            order="position",
            story=[2],
            description="Its positions, in their order.",
        ),
    ]
    subtotal: Annotated[
        Amount,
        api_field(
            "subtotal", story=[2200], description="Before discounts and tax, in minor units."
        ),
    ]
    discount: Annotated[
        Amount,
        api_field(
            "discount",
            story=[240],
            description="What was taken off, as a positive amount in minor units.",
        ),
    ]
    tax_amount: Annotated[
        Amount, api_field("tax_amount", story=[392], description="Tax, in minor units.")
    ]
    promo_code: Annotated[
        str | None,
        api_field(
            "promo_code",
            show=text_or_null,
            description="Promo code that was used.",
            examples=["WELCOME20"],
        ),
    ]
    invoice_id: Annotated[
        Id | None,
        api_field(
            "invoice_id",
            "invoice__issued_at",
            show=_invoice_id,
            story=[305],
            description="Its first invoice; null before it is issued and when nothing is charged.",
        ),
    ]


ORDERS = ApiResource(
    path="/api/v1/orders",
    scope="orders:read",
    summary="orders",
    queryset=lambda: OrderModel.objects.for_client(TOKEN_CLIENT),
    statuses=STATUSES,
    list_struct=Order,
    row_struct=OrderDetail,
)
