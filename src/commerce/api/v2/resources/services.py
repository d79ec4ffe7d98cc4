"""``GET /services`` and ``GET /services/{id}``."""

from typing import Annotated, Literal

from commerce.accounts.rules import BoundKind
from commerce.api.read.fields import api_field
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1 import services as v1
from commerce.api.v1.field_types import Id, Instant
from commerce.api.v2.reading.bound import bound_as
from commerce.api.v2.reading.field_types import (
    Url,
    Version,
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
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.includes import CLIENT, PRODUCT
from commerce.hosting.models import Service as ServiceModel
from commerce.hosting.rules import ServiceStatus
from commerce.kit.periods import BillingCycle

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


class ServiceDetail(v1.ServiceDetail, frozen=True):
    """One service with its dates, server and options."""

    status: _Status  # type: ignore[assignment]  # the true ones
    product_id: _ProductId
    suspension_reason: _SuspensionReason
    reference: _Reference
    metadata: _Metadata
    updated_at: _UpdatedAt
    version: _Version
    url: _Url


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
    bound=bound_as(BoundKind.SERVICE),
)
