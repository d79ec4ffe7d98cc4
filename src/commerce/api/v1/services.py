"""``GET /services`` and ``GET /services/{id}``."""

from typing import Annotated, Literal

import msgspec
from django.db.models import TextField
from django.db.models.functions import Cast
from msgspec import Meta, Struct

from commerce.api.read.compiled import TOKEN_CLIENT
from commerce.api.read.resource import (
    ApiResource,
    ResourceRow,
    ResourceShape,
    shown_status_by_stored,
    to_api_instant,
)
from commerce.api.v1.field_types import Amount, CurrencyCode, Cycle, Day, Id, Instant
from commerce.hosting.models import Service as ServiceModel

STATUSES = {
    "active": ("active",),
    "suspended": ("suspended",),
    "pending": ("pending",),
    "cancelled": ("cancelled", "terminated"),
}
_OUTSIDE = shown_status_by_stored(STATUSES)


class Service(Struct, frozen=True):
    """One sold unit of a hosting or other product."""

    id: Id
    name: Annotated[str, Meta(description="Display name.", examples=["Business hosting"])]
    domain: Annotated[
        str | None,
        Meta(description="Domain name that it serves.", examples=["acme.example"]),
    ]
    status: Annotated[
        Literal["active", "suspended", "pending", "cancelled"],
        Meta(description="Where it stands; a terminated service is shown as cancelled."),
    ]
    product_name: Annotated[
        str, Meta(description="Name of the product as it is called now.", examples=["Business"])
    ]
    billing_cycle: Cycle
    amount: Annotated[Amount, Meta(description="What each renewal charges, in minor units.")]
    currency_code: Annotated[CurrencyCode, Meta(description="ISO 4217 code of amount.")]
    next_due_date: Annotated[
        Day | None,
        Meta(description="First day not yet paid; null for one_time and once cancelled."),
    ]
    created_at: Annotated[Instant, Meta(description="When it was made.")]


class Option(Struct, frozen=True):
    """A configurable choice as it was sold."""

    name: Annotated[str, Meta(description="What was chosen.", examples=["Backups"])]
    value: Annotated[str, Meta(description="How it was chosen.", examples=["Daily"])]
    amount: Annotated[
        Amount,
        Meta(description="Its part of each renewal, in minor units of the service's currency."),
    ]


class ServiceDetail(Service, frozen=True):
    """One service with its dates, server and options."""

    registration_date: Annotated[Day | None, Meta(description="Day on which it became active.")]
    suspended_at: Annotated[
        Instant | None, Meta(description="When it was suspended; null while it runs.")
    ]
    cancelled_at: Annotated[
        Instant | None,
        Meta(description="When it was cancelled; of a terminated service when that happened."),
    ]
    cancel_at: Annotated[Day | None, Meta(description="Day on which a cancellation takes effect.")]
    username: Annotated[
        str | None,
        Meta(description="Name of the account on the server.", examples=["acme"]),
    ]
    server_hostname: Annotated[
        str | None,
        Meta(description="Server on which it is.", examples=["web1.example.net"]),
    ]
    options: Annotated[
        list[Option], Meta(description="Configurable choices as they were sold; may be empty.")
    ]


def _listed(row: ResourceRow) -> Service:
    (pk, label, domain, status, product, cycle, amount, currency, due, created) = row
    return Service(
        pk,
        label,
        domain or None,
        _OUTSIDE[status],
        product,
        cycle,
        amount,
        currency,
        due,
        created.replace(microsecond=0),
    )


def _detailed(row: ResourceRow) -> ServiceDetail:
    (pk, label, domain, status, product, cycle, amount, currency, due, created, *rest) = row
    (registered, suspended, cancelled, terminated, cancel_at, username, host, options, *_) = rest
    return ServiceDetail(
        pk,
        label,
        domain or None,
        _OUTSIDE[status],
        product,
        cycle,
        amount,
        currency,
        due,
        to_api_instant(created),
        registered,
        to_api_instant(suspended) if status == "suspended" else None,
        to_api_instant(terminated or cancelled),
        cancel_at,
        username or None,
        host,
        msgspec.json.decode(options, type=list[Option]),
    )


_LISTED = (
    "label",
    "domain",
    "status",
    "product__name",
    "billing_cycle",
    "amount",
    "currency_id",
    "next_due_date",
    "created_at",
)

SERVICES = ApiResource(
    path="/api/v1/services",
    scope="services:read",
    summary="services",
    queryset=lambda: ServiceModel.objects.for_client(TOKEN_CLIENT),
    statuses=STATUSES,
    list_shape=ResourceShape(Service, _LISTED, _listed),
    row_shape=ResourceShape(
        ServiceDetail,
        (
            *_LISTED,
            "registration_date",
            "suspended_at",
            "cancelled_at",
            "terminated_at",
            "cancel_at",
            "username",
            "server__hostname",
            Cast("options", TextField()),
        ),
        _detailed,
    ),
    changed_columns=("changed_at", "product__changed_at", "server__changed_at"),
)
