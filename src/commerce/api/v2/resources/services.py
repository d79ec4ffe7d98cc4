"""``GET /services`` and ``GET /services/{id}``."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

import msgspec
from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast, JSONArray
from msgspec import Meta, Struct

from commerce.accounts.models import Client
from commerce.accounts.rules import BoundKind
from commerce.api.read.fields import JsonRows, api_field, api_row
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1 import services as v1
from commerce.api.v1.field_types import Amount, Cycle, Day, Id, Instant, instant_in_json
from commerce.api.v2.reading.bound import bound_as
from commerce.api.v2.reading.field_types import (
    DERIVED,
    Url,
    Version,
    day_in_json,
    renamed_status,
    status_choices,
    updated_field,
    url_field,
    version_field,
)
from commerce.api.v2.reading.filters import (
    ChoiceFilter,
    DayFilter,
    IdFilter,
    TextFilter,
    range_filters,
)
from commerce.api.v2.reading.metadata import (
    Metadata,
    Reference,
    metadata_column,
    metadata_field,
    metadata_filters,
    reference_field,
)
from commerce.api.v2.reading.resource import WORKED_OUT, Resource
from commerce.api.v2.resources.includes import CLIENT, PRODUCT
from commerce.billing.models import CancellationRequest, PlanChange
from commerce.hosting.models import Service as ServiceModel
from commerce.hosting.models import UsageDay
from commerce.hosting.modules.contract import UsageKind
from commerce.hosting.rules import LIVE_SERVICE_STATUSES, ServiceStatus
from commerce.kit import clock
from commerce.kit.periods import BillingCycle
from commerce.payments.client_view.next_payment import NextPayments
from commerce.site_settings.current import business_date

_reason_shown = renamed_status(fraud="under_review")

type _Status = Annotated[
    Literal["pending", "active", "suspended", "cancelled", "terminated"],
    api_field("status", story=["active", "terminated"], description="Where it stands."),
]
type _ProductId = Annotated[
    Id, api_field("product_id", story=[7, 5], description="The product that was sold.")
]
type _SuspensionReason = Annotated[
    Literal["overdue", "staff", "abuse", "under_review"] | None,
    api_field(
        "status",
        "suspension_reason",
        show=lambda status, reason: _reason_shown(reason) if status == "suspended" else None,
        story=[None, None],
        description="Why it is off; null while it runs.",
    ),
]
_METADATA = metadata_column("service")

type _Reference = Annotated[Reference, reference_field(_METADATA, "shop-order-7731", None)]
type _Metadata = Annotated[Metadata, metadata_field(_METADATA, {"customer": "c-118"}, {})]
type _UpdatedAt = Annotated[Instant, updated_field("2026-04-09T08:02:45Z", "2026-01-31T00:05:00Z")]
type _Version = Annotated[Version, version_field(3, 6)]
type _Url = Annotated[
    Url,
    url_field(
        "/client/services/",
        "https://billing.example.com/client/services/1042",
        "https://billing.example.com/client/services/988",
    ),
]


class Service(v1.Service, frozen=True):
    """One sold unit of a hosting or other product."""

    status: _Status  # type: ignore[assignment]  # the true ones
    product_id: _ProductId
    suspension_reason: _SuspensionReason
    reference: _Reference
    metadata: _Metadata
    updated_at: _UpdatedAt
    version: _Version
    url: _Url


class PendingCancellation(Struct, frozen=True):
    """What was asked for and has not happened yet."""

    kind: Annotated[
        Literal["end_of_period", "immediate"],
        api_field("kind", story=["end_of_period"], description="When the service is to end."),
    ]
    status: Annotated[
        Literal["pending", "approved"],
        api_field(
            "status",
            story=["approved"],
            description="`pending`: the company decides. `approved`: it ends as was asked.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=instant_in_json,
            story=["2026-04-20T09:30:00Z"],
            description="When it was asked for.",
        ),
    ]


class NextPlan(Struct, frozen=True):
    """Another plan that was asked for and is not carried out yet."""

    id: Annotated[Id, api_field("pk", story=[19])]
    status: Annotated[
        Literal["pending", "awaiting_payment"],
        api_field(
            "status",
            story=["awaiting_payment"],
            description="`pending`: the company decides. `awaiting_payment`: it is carried out once it is paid.",
        ),
    ]
    product_id: Annotated[
        Id, api_field("product_id", story=[8], description="The product that it is to become.")
    ]
    billing_cycle: Annotated[Cycle, api_field("billing_cycle", story=["monthly"])]
    amount: Annotated[
        Amount,
        api_field(
            "amount", story=[2400], description="Its price for each period then, before tax."
        ),
    ]
    difference: Annotated[
        Amount | None,
        api_field(
            "total",
            story=[840],
            description="What is to be paid for it now, with tax; below 0 what becomes credit.",
        ),
    ]
    pay_until: Annotated[
        Day | None,
        api_field(
            "last_day", show=day_in_json, story=["2026-05-04"], description="Last day to pay it."
        ),
    ]
    payment_reference: Annotated[
        str | None,
        api_field(
            "reference",
            description="What a bank transfer for it should say.",
            examples=["RF18 PC00 19"],
        ),
    ]


def _access_url(status: str, url: str | None) -> str | None:
    return url or None if status == ServiceStatus.ACTIVE else None


def _ip_addresses(status: str, details: str | None) -> list[str]:
    if details is None or status not in LIVE_SERVICE_STATUSES:
        return []
    told = msgspec.json.decode(details)
    return [told[name] for name in ("ipv4", "ipv6") if told.get(name)]


def _auto_pay(client_id: int, ids: Sequence[int]) -> Mapping[int, bool]:
    """Whether each renews and a card pays it then: by the rules by which pages promise it."""
    client = Client.objects.for_client(client_id).get()
    payments = NextPayments(client, business_date(clock.now()))
    rows = ServiceModel.objects.for_client(client).filter(pk__in=ids)
    found = {one.pk: payments.of_service(one, one.amount) for one in rows}
    return {pk: one is not None and one.is_charged for pk, one in found.items()}


class ServiceDetail(v1.ServiceDetail, frozen=True):
    """One service with its dates, server and options, and what was asked for it."""

    status: _Status  # type: ignore[assignment]  # the true ones
    product_id: _ProductId
    suspension_reason: _SuspensionReason
    access_url: Annotated[
        str | None,
        api_field(
            "status",
            "server__panel_url",
            show=_access_url,
            description="The panel of its server, while it is active.",
            examples=["https://web1.example.net:8443"],
        ),
    ]
    ip_addresses: Annotated[
        list[str],
        api_field(
            "status",
            Cast("account_info__details", TextField()),
            show=_ip_addresses,
            story=[["192.0.2.44"]],
            description="Its own addresses as the panel last told them; none of a service that shares its server's.",
            examples=[["192.0.2.44", "2001:db8::44"]],
        ),
    ]
    auto_pay: Annotated[
        bool,
        api_field(
            WORKED_OUT,
            story=[True],
            description="Whether its next renewal is charged to the default payment method without anybody's hand.",
            extra_json_schema=DERIVED,
        ),
    ]
    cancellation: Annotated[
        PendingCancellation | None,
        api_row(
            PendingCancellation,
            CancellationRequest.objects.for_client(TOKEN_CLIENT)
            .open()
            .filter(service=OuterRef("pk")),
            parent="service",
            story=[None],
            description="A cancellation that was asked for; null if none is open.",
            extra_json_schema=DERIVED,
        ),
    ]
    plan_change: Annotated[
        NextPlan | None,
        api_row(
            NextPlan,
            PlanChange.objects.for_client(TOKEN_CLIENT).open().filter(service=OuterRef("pk")),
            parent="service",
            story=[None],
            description="A plan change that was asked for; null if none is open.",
            extra_json_schema=DERIVED,
        ),
    ]
    reference: _Reference
    metadata: _Metadata
    updated_at: _UpdatedAt
    version: _Version
    url: _Url


class UsedOnDay(Struct, frozen=True):
    """How much was used on a day."""

    day: Annotated[Day, Meta(description="The day.")]
    used: Annotated[int, Meta(ge=0, description="How much.", examples=[734003200])]
    limit: Annotated[
        int | None, Meta(description="Of how much; null without a limit.", examples=[10737418240])
    ]


class UsageOfKind(Struct, frozen=True):
    """How much of something an account used."""

    kind: Annotated[
        Literal["disk", "traffic", "memory", "mailboxes", "databases"],
        Meta(description="Of what; `traffic` counts from the first of each month."),
    ]
    unit: Annotated[Literal["bytes", "number"], Meta(description="What its figures are.")]
    days: Annotated[
        list[UsedOnDay], Meta(description="The last 30 days that are known, the earliest first.")
    ]
    months: Annotated[
        list[UsedOnDay],
        Meta(description="The last day that is known of each month, up to 13, the earliest first."),
    ]


_USED_DAYS = Subquery(
    UsageDay.objects.for_client(TOKEN_CLIENT)
    .filter(service=OuterRef("pk"))
    .order_by()
    .values("service")
    .annotate(told=Cast(JsonRows(JSONArray("kind", "day", "used", "limit")), TextField()))
    .values("told")
)
_SHOWN_DAYS, _SHOWN_MONTHS = 30, 13
_IN_BYTES = (UsageKind.DISK, UsageKind.TRAFFIC, UsageKind.MEMORY)


def _usage(text: str | None) -> list[UsageOfKind]:
    days: dict[str, list[UsedOnDay]] = {}
    for kind, day, used, limit in sorted(msgspec.json.decode(text) if text else []):
        days.setdefault(kind, []).append(UsedOnDay(date.fromisoformat(day), used, limit))
    found = []
    for kind in UsageKind:
        if kind in days:
            last_of_month = {(one.day.year, one.day.month): one for one in days[kind]}
            found.append(
                UsageOfKind(
                    kind.value,
                    "bytes" if kind in _IN_BYTES else "number",
                    days=days[kind][-_SHOWN_DAYS:],
                    months=[*last_of_month.values()][-_SHOWN_MONTHS:],
                )
            )
    return found


class ServiceUsage(Struct, frozen=True):
    """How much the account of a service used, as its panel told it day by day."""

    id: Annotated[Id, api_field("pk", story=[1042], description="The service.")]
    usage: Annotated[
        list[UsageOfKind],
        api_field(
            _USED_DAYS,
            show=_usage,
            story=[
                [
                    {
                        "kind": "disk",
                        "unit": "bytes",
                        "days": [{"day": "2026-04-09", "used": 734003200, "limit": 10737418240}],
                        "months": [{"day": "2026-04-09", "used": 734003200, "limit": 10737418240}],
                    }
                ]
            ],
            description="One for each kind that its panel counts; none where it counts nothing.",
        ),
    ]


USAGE = Resource(
    path="/api/v2/services/{id}/usage",
    scope="services:read",
    name="usage of a service",
    queryset=lambda: ServiceModel.objects.for_client(TOKEN_CLIENT),
    row_struct=ServiceUsage,
    is_versioned=False,
    bound=bound_as(BoundKind.SERVICE),
)

SERVICES = Resource(
    path="/api/v2/services",
    scope="services:read",
    name="services",
    queryset=lambda: ServiceModel.objects.for_client(TOKEN_CLIENT),
    list_struct=Service,
    row_struct=ServiceDetail,
    own_filters={
        **metadata_filters("service"),
        "status": ChoiceFilter(
            "status", "Only those with this status.", status_choices([*ServiceStatus])
        ),
        "product_id": IdFilter("product_id", "Only those of this product."),
        "domain": TextFilter("domain", "Only those for this domain name.", str.lower),
        "billing_cycle": ChoiceFilter(
            "billing_cycle", "Only those with this billing cycle.", status_choices([*BillingCycle])
        ),
        **range_filters("due", "next_due_date", "are next due", DayFilter),
    },
    includes={"client": CLIENT, "product": PRODUCT},
    works_out=_auto_pay,
    bound=bound_as(BoundKind.SERVICE),
)
