"""``GET /domains`` and ``GET /domains/{id}``."""

from typing import Annotated, Literal

from msgspec import Struct

from commerce.api.read.fields import api_field
from commerce.api.read.resource import ApiResource
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import Day, Id, status_shown, text_or_null
from commerce.domains.models import Domain as DomainModel

STATUSES = {
    "active": ("active",),
    "expired": ("expired", "redemption"),
    "transferred_away": ("transferred_away",),
    "cancelled": ("cancelled", "fraud"),
    "pending_transfer": ("pending_transfer",),
}


class Domain(Struct, frozen=True):
    """One domain name that is registered or transferred through this installation."""

    id: Annotated[Id, api_field("pk", story=[88, 85])]
    domain_name: Annotated[
        str,
        api_field(
            "domain_name",
            story=["acme.example", "acme-shop.example"],
            description="The whole name.",
            examples=["acme.example"],
        ),
    ]
    tld: Annotated[
        str,
        api_field(
            "tld",
            story=["example", "example"],
            description="Top-level domain, without the dot.",
            examples=["example"],
        ),
    ]
    status: Annotated[
        Literal["active", "expired", "transferred_away", "cancelled", "pending_transfer"],
        api_field(
            "status",
            show=status_shown(STATUSES),
            story=["active", "pending_transfer"],
            description="Where it stands; in redemption it is shown as `expired`, stopped for fraud as `cancelled`.",
        ),
    ]
    registration_date: Annotated[
        Day | None,
        api_field(
            "registration_date",
            story=["2026-04-09", None],
            description="Day of registration; null until known.",
        ),
    ]
    expiry_date: Annotated[
        Day | None,
        api_field(
            "expiry_date",
            story=["2027-04-09", None],
            description="Day on which the registration ends; null until known.",
        ),
    ]
    auto_renew: Annotated[
        bool,
        api_field(
            "auto_renew",
            story=[True, True],
            description="Whether it is renewed without being asked for.",
        ),
    ]
    whois_privacy: Annotated[
        bool,
        api_field(
            "whois_privacy",
            story=[True, False],
            description="Whether the holder is hidden in WHOIS.",
        ),
    ]
    is_locked: Annotated[
        bool,
        api_field(
            "is_locked", story=[True, True], description="Whether transfers away are locked."
        ),
    ]
    ns1: Annotated[
        str | None,
        api_field(
            "ns1",
            show=text_or_null,
            story=["ns1.example.net", None],
            description="First nameserver; null only while a transfer is pending.",
            examples=["ns1.example.net"],
        ),
    ]
    ns2: Annotated[
        str | None,
        api_field(
            "ns2",
            show=text_or_null,
            story=["ns2.example.net", None],
            description="Second nameserver; null only while a transfer is pending.",
            examples=["ns2.example.net"],
        ),
    ]
    ns3: Annotated[
        str | None,
        api_field(
            "ns3",
            show=text_or_null,
            story=[None, None],
            description="Third nameserver.",
            examples=["ns3.example.net"],
        ),
    ]
    ns4: Annotated[
        str | None,
        api_field(
            "ns4",
            show=text_or_null,
            story=[None, None],
            description="Fourth nameserver.",
            examples=["ns4.example.net"],
        ),
    ]
    next_due_date: Annotated[
        Day | None,
        api_field(
            "next_due_date",
            story=["2027-04-09", None],
            description="First day not yet paid, which is the expiry date; null while a transfer is pending, and once "
            "it has ended.",
        ),
    ]


DOMAINS = ApiResource(
    path="/api/v1/domains",
    scope="domains:read",
    summary="domains",
    queryset=lambda: DomainModel.objects.for_client(TOKEN_CLIENT).shown_by_api(),
    statuses=STATUSES,
    list_struct=Domain,
    row_struct=Domain,
)
