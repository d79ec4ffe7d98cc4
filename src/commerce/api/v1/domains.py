"""``GET /domains`` and ``GET /domains/{id}``."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from commerce.api.routes import Resource, Row, View
from commerce.api.statements import OWNER
from commerce.api.v1.shapes import Day, Id
from commerce.domains.models import Domain as Domains

STATUSES = {
    "active": ("active",),
    "expired": ("expired", "redemption"),
    "transferred_away": ("transferred_away",),
    "cancelled": ("cancelled", "fraud"),
    "pending_transfer": ("pending_transfer",),
}
_OUTSIDE: Any = {inside: outside for outside, each in STATUSES.items() for inside in each}


class Domain(Struct, frozen=True):
    """One domain name that is registered or transferred through this installation."""

    id: Id
    domain_name: Annotated[str, Meta(examples=["acme.example"])]
    tld: Annotated[str, Meta(description="Without the dot.", examples=["example"])]
    status: Annotated[
        Literal["active", "expired", "transferred_away", "cancelled", "pending_transfer"],
        Meta(description="A domain in redemption is shown as expired."),
    ]
    registration_date: Annotated[Day | None, Meta(description="Null until known.")]
    expiry_date: Annotated[Day | None, Meta(description="Null until known.")]
    auto_renew: bool
    whois_privacy: bool
    is_locked: bool
    ns1: Annotated[
        str | None,
        Meta(description="Null only while a transfer is pending.", examples=["ns1.example.net"]),
    ]
    ns2: Annotated[
        str | None,
        Meta(description="Null only while a transfer is pending.", examples=["ns2.example.net"]),
    ]
    ns3: str | None
    ns4: str | None
    next_due_date: Day | None


def _shown(row: Row) -> Domain:
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


_VIEW = View(
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

DOMAINS = Resource(
    path="/api/v1/domains",
    scope="domains:read",
    summary="domains",
    rows=lambda: Domains.objects.for_client(OWNER).shown_by_api(),
    statuses=STATUSES,
    listed=_VIEW,
    detail=_VIEW,
)
