"""``GET /services`` and ``GET /services/{id}``."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from django.db.models import TextField
from django.db.models.functions import Cast
from msgspec import Struct

from commerce.api.read.fields import api_field, examples
from commerce.api.read.resource import ApiResource
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import (
    Amount,
    CurrencyCode,
    Cycle,
    Day,
    Id,
    Instant,
    status_shown,
    text_or_null,
    whole_second,
    whole_second_or_null,
)
from commerce.hosting.models import Service as ServiceModel

STATUSES = {
    "active": ("active",),
    "suspended": ("suspended",),
    "pending": ("pending",),
    "cancelled": ("cancelled", "terminated"),
}


class Service(Struct, frozen=True):
    """One sold unit of a hosting or other product."""

    id: Annotated[Id, api_field("pk", story=[1042, 988])]
    name: Annotated[
        str,
        api_field(
            "label",
            story=["Company site", "Starter"],
            description="Display name.",
            examples=["Business hosting"],
        ),
    ]
    domain: Annotated[
        str | None,
        api_field(
            "domain",
            show=text_or_null,
            story=["acme.example", None],
            description="Domain name that it serves.",
            examples=["acme.example"],
        ),
    ]
    status: Annotated[
        Literal["active", "suspended", "pending", "cancelled"],
        api_field(
            "status",
            show=status_shown(STATUSES),
            story=["active", "cancelled"],
            description="Where it stands; a terminated service is shown as `cancelled`.",
        ),
    ]
    product_name: Annotated[
        str,
        api_field(
            "product__name",
            story=["Business", "Starter"],
            description="Name of the product as it is called now.",
            examples=["Business"],
        ),
    ]
    billing_cycle: Annotated[Cycle, api_field("billing_cycle", story=["monthly", "annually"])]
    amount: Annotated[
        Amount,
        api_field(
            "amount",
            story=[1200, 4800],
            description="What each renewal charges, in minor units.",
        ),
    ]
    currency_code: Annotated[
        CurrencyCode,
        api_field("currency_id", story=["GBP", "GBP"], description="ISO 4217 code of amount."),
    ]
    next_due_date: Annotated[
        Day | None,
        api_field(
            "next_due_date",
            story=["2026-05-09", None],
            description="First day not yet paid; null for `one_time` and once canceled.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-08T14:33:10Z", "2025-11-03T09:15:00Z"],
            description="When it was made.",
        ),
    ]


class Option(Struct, frozen=True):
    """A configurable choice as it was sold."""

    name: Annotated[
        str,
        api_field("name", description="What was chosen.", examples=["Backups"]),
    ]
    value: Annotated[
        str,
        api_field("value", description="How it was chosen.", examples=["Daily"]),
    ]
    amount: Annotated[
        Amount,
        api_field(
            "amount",
            story=[200],
            description="Its part of each renewal, in minor units of the service's currency.",
        ),
    ]


def _suspended_at(status: str, at: datetime | None) -> datetime | None:
    return whole_second_or_null(at) if status == "suspended" else None


def _cancelled_at(terminated: datetime | None, cancelled: datetime | None) -> datetime | None:
    return whole_second_or_null(terminated or cancelled)


class ServiceDetail(Service, frozen=True):
    """One service with its dates, server and options."""

    registration_date: Annotated[
        Day | None,
        api_field(
            "activated_on",
            story=["2026-04-09"],
            description="Day on which it became active.",
        ),
    ]
    suspended_at: Annotated[
        Instant | None,
        api_field(
            "status",
            "suspended_at",
            show=_suspended_at,
            story=[None],
            description="When it was suspended; null while it runs.",
        ),
    ]
    cancelled_at: Annotated[
        Instant | None,
        api_field(
            "terminated_at",
            "cancelled_at",
            show=_cancelled_at,
            story=[None],
            description="When it was canceled or terminated.",
        ),
    ]
    cancel_at: Annotated[
        Day | None,
        api_field("ends_on", story=[None], description="Day on which a cancellation takes effect."),
    ]
    username: Annotated[
        str | None,
        api_field(
            "username",
            show=text_or_null,
            description="Name of the account on the server.",
            examples=["acme"],
        ),
    ]
    server_hostname: Annotated[
        str | None,
        api_field(
            "server__hostname",
            description="Server on which it is.",
            examples=["web1.example.net"],
        ),
    ]
    options: Annotated[
        list[Option],
        api_field(
            Cast("options", TextField()),
            show=msgspec.json.Decoder(list[Option]).decode,
            story=[examples(Option)],
            description="Configurable choices as they were sold; may be empty.",
        ),
    ]


SERVICES = ApiResource(
    path="/api/v1/services",
    scope="services:read",
    summary="services",
    queryset=lambda: ServiceModel.objects.for_client(TOKEN_CLIENT),
    statuses=STATUSES,
    list_struct=Service,
    row_struct=ServiceDetail,
    changed_columns=("changed_at", "product__changed_at", "server__changed_at"),
)
