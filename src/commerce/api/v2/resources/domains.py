"""``GET /domains`` and ``GET /domains/{id}``."""

from typing import Annotated, Literal

from django.db.models import DateField, Value
from django.db.models.functions import Coalesce

from commerce.accounts.rules import BoundKind
from commerce.api.read.fields import api_field
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1 import domains as v1
from commerce.api.v1.field_types import CurrencyCode, Instant
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
    FlagFilter,
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
from commerce.api.v2.reading.resource import Resource, SortOrder
from commerce.api.v2.resources.includes import CLIENT
from commerce.domains.models import Domain as DomainModel
from commerce.domains.rules import DomainStatus

_UNKNOWN_DAY = "9999-12-31"
"""Where a name without an expiry date stands when they are sorted by it."""


def _nameservers(*hosts: str) -> list[str]:
    return [host for host in hosts if host]


_METADATA = metadata_column("domain")


class Domain(v1.Domain, frozen=True):
    """One domain name that is, or is being, registered or transferred through this installation."""

    status: Annotated[  # type: ignore[assignment]  # the true ones
        Literal[
            "pending",
            "pending_transfer",
            "active",
            "expired",
            "redemption",
            "transferred_away",
            "cancelled",
            "under_review",
        ],
        api_field(
            "status",
            show=renamed_status(fraud="under_review"),
            story=["active", "pending_transfer"],
            description="Where it stands.",
        ),
    ]
    term_years: Annotated[
        int,
        api_field(
            "term_years",
            story=[1, 1],
            ge=1,
            le=10,
            description="Years of each renewal.",
            examples=[1],
        ),
    ]
    currency_code: Annotated[
        CurrencyCode,
        api_field(
            "currency_id",
            story=["GBP", "GBP"],
            description="ISO 4217 code of what it is billed in.",
        ),
    ]
    nameservers: Annotated[
        list[str],
        api_field(
            "ns1",
            "ns2",
            "ns3",
            "ns4",
            show=_nameservers,
            story=[["ns1.example.net", "ns2.example.net"], []],
            description="All of its nameservers, in their order.",
            examples=[["ns1.example.net", "ns2.example.net"]],
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=lambda at: at.replace(microsecond=0),
            story=["2026-04-08T14:33:10Z", "2026-04-02T10:00:00Z"],
            description="When it was ordered here.",
        ),
    ]
    reference: Annotated[Reference, reference_field(_METADATA, "shop-order-7731", None)]
    metadata: Annotated[Metadata, metadata_field(_METADATA, {"customer": "c-118"}, {})]
    updated_at: Annotated[Instant, updated_field("2026-04-09T08:02:45Z", "2026-04-02T10:00:04Z")]
    version: Annotated[Version, version_field(5, 2)]
    url: Annotated[
        Url,
        url_field(
            "/client/domains/",
            "https://billing.example.com/client/domains/88",
            "https://billing.example.com/client/domains/85",
        ),
    ]


DOMAINS = Resource(
    path="/api/v2/domains",
    scope="domains:read",
    name="domains",
    queryset=lambda: DomainModel.objects.for_client(TOKEN_CLIENT),
    list_struct=Domain,
    row_struct=Domain,
    own_filters={
        **metadata_filters("domain"),
        "status": ChoiceFilter(
            "status",
            "Only those with this status.",
            status_choices([*DomainStatus], fraud="under_review"),
        ),
        "domain_name": TextFilter("domain_name", "Only those with this name.", str.lower),
        "tld": TextFilter("tld", "Only those with this top-level domain.", str.lower),
        "auto_renew": FlagFilter("auto_renew", "Only those with auto-renew on, or off."),
        **range_filters("expires", "expiry_date", "expire", DayFilter),
    },
    own_sorts={
        "expiry_date": SortOrder(
            Coalesce("expiry_date", Value(_UNKNOWN_DAY, DateField())), descending=False, is_day=True
        ),
    },
    includes={"client": CLIENT},
    bound=bound_as(BoundKind.DOMAIN),
)
