"""``GET /domains`` and ``GET /domains/{id}``."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

import msgspec
from django.db.models import DateField, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce
from msgspec import Meta, Struct

from commerce.accounts.rules import BoundKind
from commerce.api.read.fields import api_field
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1 import domains as v1
from commerce.api.v1.field_types import Amount, CurrencyCode, Day, Instant
from commerce.api.v2.reading.bound import bound_as
from commerce.api.v2.reading.field_types import (
    DERIVED,
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
from commerce.dns.models import Zone as ZoneModel
from commerce.domains.deadlines import DEFAULT_GRACE_DAYS, DEFAULT_REDEMPTION_DAYS
from commerce.domains.models import Domain as DomainModel
from commerce.domains.models import Tld as TldModel
from commerce.domains.registrants import CONTACT_ROLES, MAX_LENGTHS
from commerce.domains.rules import DomainStatus, TransferHold

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


class DomainContact(Struct, frozen=True):
    """Who stands behind a name in one role."""

    first_name: Annotated[str, Meta(description="First name.", examples=["Alice"])]
    last_name: Annotated[str, Meta(description="Last name.", examples=["Smith"])]
    company: Annotated[str, Meta(description="Company; may be empty.", examples=["Acme Ltd"])]
    email: Annotated[str, Meta(description="Email.", examples=["alice@acme.example"])]
    phone: Annotated[
        str, Meta(description="Phone number as registries have it.", examples=["+44.2079460018"])
    ]
    address1: Annotated[str, Meta(description="Address.", examples=["1 High Street"])]
    address2: Annotated[str, Meta(description="Its second line; may be empty.", examples=[""])]
    city: Annotated[str, Meta(description="City.", examples=["London"])]
    state: Annotated[str, Meta(description="State or region; may be empty.", examples=[""])]
    postcode: Annotated[str, Meta(description="Postal code.", examples=["EC1A 1BB"])]
    country: Annotated[str, Meta(description="ISO 3166 code of the country.", examples=["GB"])]


class DomainContacts(Struct, frozen=True):
    """Who stands behind a name."""

    registrant: Annotated[DomainContact, Meta(description="Who holds it.")]
    admin: Annotated[DomainContact, Meta(description="Who decides about it.")]
    tech: Annotated[DomainContact, Meta(description="Who sees to its technology.")]
    billing: Annotated[DomainContact, Meta(description="Who pays for it.")]


def _contacts(text: str) -> DomainContacts | None:
    kept = msgspec.json.decode(text)
    if not kept.get("registrant"):
        return None
    holder = kept["registrant"]
    found = [_contact(kept.get(role) or holder) for role in CONTACT_ROLES]
    return DomainContacts(*found)


def _contact(kept: Mapping[str, str]) -> DomainContact:
    return DomainContact(**{name: kept.get(name, "") for name in MAX_LENGTHS})


_REGISTERED = (DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION)
_TLD = TldModel.objects.filter(tld=OuterRef("tld"))
_GRACE_DAYS = Coalesce(Subquery(_TLD.values("grace_days")), Value(DEFAULT_GRACE_DAYS))
_REDEMPTION_DAYS = Coalesce(
    Subquery(_TLD.values("redemption_days")), Value(DEFAULT_REDEMPTION_DAYS)
)


def _days_on(status: str, expiry: date | None, *days: int) -> date | None:
    """The last of some days after the expiry of a registered name."""
    if status not in _REGISTERED or expiry is None:
        return None
    return expiry + timedelta(days=sum(days))


_HOLDS = {TransferHold.BEING_CANCELLED.value: "being_canceled"}
_ZONE = ZoneModel.objects.filter(domain=OuterRef("pk")).live()


class DomainDetail(Domain, frozen=True):
    """One domain name with who stands behind it, its renewal, and until when it can be saved."""

    renewal_price: Annotated[
        Amount,
        api_field(
            "recurring_amount",
            story=[1200],
            description="What a renewal by `term_years` costs, before tax, in minor units.",
        ),
    ]
    grace_ends_on: Annotated[
        Day | None,
        api_field(
            "status",
            "expiry_date",
            _GRACE_DAYS,
            show=_days_on,
            story=["2027-05-09"],
            description="Last day on which it can be renewed as before; null unless it is registered.",
            extra_json_schema=DERIVED,
        ),
    ]
    redemption_ends_on: Annotated[
        Day | None,
        api_field(
            "status",
            "expiry_date",
            _GRACE_DAYS,
            _REDEMPTION_DAYS,
            show=_days_on,
            story=["2027-06-08"],
            description="Last day on which it can be restored; null unless it is registered.",
            extra_json_schema=DERIVED,
        ),
    ]
    transfer_hold: Annotated[
        Literal["code_missing", "code_wrong", "being_canceled"] | None,
        api_field(
            "transfer_hold",
            show=lambda hold: _HOLDS.get(hold, hold) or None,
            story=[None],
            description="What a transfer to here waits for: its authorization code, or another one than was given "
            "(POST `/domains/{id}/transfers` gives it). `being_canceled` until it has ended; null otherwise.",
        ),
    ]
    dnssec: Annotated[
        Literal["unsigned", "signed", "unsigning"] | None,
        api_field(
            Subquery(_ZONE.values("dnssec")[:1]),
            story=["signed"],
            description="Whether its zone here is signed; null for one whose zone is elsewhere.",
            extra_json_schema=DERIVED,
        ),
    ]
    contacts: Annotated[
        DomainContacts | None,
        api_field(
            Cast("contacts", TextField()),
            show=_contacts,
            story=[None],
            description="Who stands behind it; null where that is not kept here.",
        ),
    ]


DOMAINS = Resource(
    path="/api/v2/domains",
    scope="domains:read",
    name="domains",
    queryset=lambda: DomainModel.objects.for_client(TOKEN_CLIENT),
    list_struct=Domain,
    row_struct=DomainDetail,
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
