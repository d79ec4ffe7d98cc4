"""``GET /orders`` and ``GET /orders/{id}``."""

from datetime import datetime
from typing import Annotated, Literal

from django.db.models import OuterRef
from msgspec import Struct

from commerce.api.read.fields import api_field, api_rows
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1 import orders as v1
from commerce.api.v1.field_types import Id, Instant
from commerce.api.v2.reading.field_types import (
    Url,
    Version,
    renamed_status,
    status_choices,
    updated_field,
    url_field,
    version_field,
)
from commerce.api.v2.reading.filters import ChoiceFilter
from commerce.api.v2.reading.metadata import (
    Metadata,
    Reference,
    metadata_column,
    metadata_field,
    metadata_filters,
    reference_field,
)
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.includes import CLIENT
from commerce.orders.models import Order as OrderModel
from commerce.orders.models import OrderItem as OrderItemModel
from commerce.orders.models import OrderUnit
from commerce.orders.rules import OrderStatus


def _pending_reason(
    status: str,
    issued_at: datetime | None,
    paid_at: datetime | None,
) -> str | None:
    if status != OrderStatus.PENDING:
        return None
    return "review" if issued_at is None or paid_at is not None else "payment"


type _Status = Annotated[
    Literal["pending", "active", "under_review", "cancelled"],
    api_field(
        "status",
        show=renamed_status(fraud="under_review"),
        story=["active", "cancelled"],
        description="Where it stands.",
    ),
]
type _PendingReason = Annotated[
    Literal["payment", "review"] | None,
    api_field(
        "status",
        "invoice__issued_at",
        "invoice__paid_at",
        show=_pending_reason,
        story=[None, None],
        description="What it waits for: its invoice to be paid, or the company; null unless it is pending.",
    ),
]
_METADATA = metadata_column("order")

type _Reference = Annotated[Reference, reference_field(_METADATA, "shop-order-7731", None)]
type _Metadata = Annotated[Metadata, metadata_field(_METADATA, {"customer": "c-118"}, {})]
type _UpdatedAt = Annotated[Instant, updated_field("2026-04-09T08:02:45Z", "2025-11-05T10:00:00Z")]
type _Version = Annotated[Version, version_field(2, 2)]
type _Url = Annotated[
    Url,
    url_field(
        "/client/orders/",
        "https://billing.example.com/client/orders/42",
        "https://billing.example.com/client/orders/31",
    ),
]


_OF_ITEM = metadata_column("orderitem")

type _Position = Annotated[
    int,
    api_field(
        "position",
        story=[1, 2, 1],
        ge=1,
        description="Where it stands in the order, from 1.",
        examples=[1],
    ),
]
type _ItemReference = Annotated[Reference, reference_field(_OF_ITEM, "shop-line-1", None, None)]
type _ItemMetadata = Annotated[Metadata, metadata_field(_OF_ITEM, {"customer": "c-118"}, {}, {})]


class Item(v1.Item, frozen=True):
    """One position of an order."""

    position: _Position
    reference: _ItemReference
    metadata: _ItemMetadata


class ItemDetail(v1.ItemDetail, frozen=True):
    """One position of an order, with its cycle, setup fee and domain."""

    position: _Position
    reference: _ItemReference
    metadata: _ItemMetadata


_ITEMS = OrderItemModel.objects.filter(order=OuterRef("pk"))
_ITEM_WORDS = "Its positions, in their order."


class Order(v1.Order, frozen=True):
    """What the client placed at one moment."""

    items: Annotated[  # type: ignore[assignment]  # with more
        list[Item],
        api_rows(
            Item,
            _ITEMS,
            parent="order",
            order="position",
            story=[2, 1],
            description=_ITEM_WORDS,
        ),
    ]
    status: _Status  # type: ignore[assignment]  # the true ones
    pending_reason: _PendingReason
    reference: _Reference
    metadata: _Metadata
    updated_at: _UpdatedAt
    version: _Version
    url: _Url


class Unit(Struct, frozen=True):
    """What was made of one unit of a position: a service or a domain."""

    item: Annotated[
        int,
        api_field(
            "item__position",
            story=[1, 2],
            ge=1,
            description="The position, counted from 1.",
            examples=[1],
        ),
    ]
    service_id: Annotated[
        Id | None,
        api_field("service_id", story=[1042, None], description="The service; null for a domain."),
    ]
    domain_id: Annotated[
        Id | None,
        api_field("domain_id", story=[None, 88], description="The domain; null for a service."),
    ]


class OrderDetail(v1.OrderDetail, frozen=True):
    """One order with its amounts, promo code, invoice, and what was made of it."""

    status: _Status  # type: ignore[assignment]  # the true ones
    pending_reason: _PendingReason
    items: Annotated[  # type: ignore[assignment]  # with more
        list[ItemDetail],
        api_rows(
            ItemDetail,
            _ITEMS,
            parent="order",
            order="position",
            story=[2],
            description=_ITEM_WORDS,
        ),
    ]
    units: Annotated[
        list[Unit],
        api_rows(
            Unit,
            OrderUnit.objects.filter(item__order=OuterRef("pk")),
            parent="item__order",
            order="pk",
            story=[2],
            description="The services and domains that were made of it.",
        ),
    ]
    reference: _Reference
    metadata: _Metadata
    updated_at: _UpdatedAt
    version: _Version
    url: _Url


ORDERS = Resource(
    path="/api/v2/orders",
    scope="orders:read",
    name="orders",
    queryset=lambda: OrderModel.objects.for_client(TOKEN_CLIENT),
    list_struct=Order,
    row_struct=OrderDetail,
    own_filters={
        **metadata_filters("order"),
        "status": ChoiceFilter(
            "status",
            "Only those with this status.",
            status_choices([*OrderStatus], fraud="under_review"),
        ),
    },
    includes={"client": CLIENT},
)
