"""``GET /domains`` and ``GET /domains/{id}``."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from commerce.api.read.compiled import TOKEN_CLIENT
from commerce.api.read.resource import (
    ApiResource,
    ResourceRow,
    ResourceShape,
    shown_status_by_stored,
)
from commerce.api.v1.field_types import Day, Id
from commerce.domains.models import Domain as DomainModel

STATUSES = {
    "active": ("active",),
    "expired": ("expired", "redemption"),
    "transferred_away": ("transferred_away",),
    "cancelled": ("cancelled", "fraud"),
    "pending_transfer": ("pending_transfer",),
}
_OUTSIDE = shown_status_by_stored(STATUSES)


class Domain(Struct, frozen=True):
    """One domain name that is registered or transferred through this installation."""

    id: Id
    domain_name: Annotated[str, Meta(description="The whole name.", examples=["acme.example"])]
    tld: Annotated[
        str, Meta(description="Top-level domain, without the dot.", examples=["example"])
    ]
    status: Annotated[
        Literal["active", "expired", "transferred_away", "cancelled", "pending_transfer"],
        Meta(
            description="Where it stands; in redemption it is shown as expired, stopped for fraud as cancelled."
        ),
    ]
    registration_date: Annotated[
        Day | None, Meta(description="Day of registration; null until known.")
    ]
    expiry_date: Annotated[
        Day | None, Meta(description="Day on which the registration ends; null until known.")
    ]
    auto_renew: Annotated[bool, Meta(description="Whether it is renewed without being asked for.")]
    whois_privacy: Annotated[bool, Meta(description="Whether the holder is hidden in WHOIS.")]
    is_locked: Annotated[bool, Meta(description="Whether transfers away are locked.")]
    ns1: Annotated[
        str | None,
        Meta(
            description="First nameserver; null only while a transfer is pending.",
            examples=["ns1.example.net"],
        ),
    ]
    ns2: Annotated[
        str | None,
        Meta(
            description="Second nameserver; null only while a transfer is pending.",
            examples=["ns2.example.net"],
        ),
    ]
    ns3: Annotated[str | None, Meta(description="Third nameserver.", examples=["ns3.example.net"])]
    ns4: Annotated[str | None, Meta(description="Fourth nameserver.", examples=["ns4.example.net"])]
    next_due_date: Annotated[
        Day | None,
        Meta(
            description="First day not yet paid, which is the expiry date; null while a transfer is pending, and once "
            "it has ended."
        ),
    ]


def _shown(row: ResourceRow) -> Domain:
    (pk, name, tld, status, registered, expires, renew, privacy, locked, *rest) = row
    ns1, ns2, ns3, ns4, due, *_ = rest
    return Domain(
        pk,
        name,
        tld,
        _OUTSIDE[status],
        registered,
        expires,
        renew,
        privacy,
        locked,
        ns1 or None,
        ns2 or None,
        ns3 or None,
        ns4 or None,
        due,
    )


_VIEW = ResourceShape(
    Domain,
    (
        "domain_name",
        "tld",
        "status",
        "registration_date",
        "expiry_date",
        "auto_renew",
        "whois_privacy",
        "is_locked",
        "ns1",
        "ns2",
        "ns3",
        "ns4",
        "next_due_date",
    ),
    _shown,
)

DOMAINS = ApiResource(
    path="/api/v1/domains",
    scope="domains:read",
    summary="domains",
    queryset=lambda: DomainModel.objects.for_client(TOKEN_CLIENT).shown_by_api(),
    statuses=STATUSES,
    list_shape=_VIEW,
    row_shape=_VIEW,
)
