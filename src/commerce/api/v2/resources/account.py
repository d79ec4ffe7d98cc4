"""``GET /account`` and ``GET /token``: the client whose token asks, and what that token may do."""

from typing import Annotated, Literal

import msgspec
from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, TextField
from django.db.models.functions import Cast, Coalesce, JSONArray
from msgspec import Meta, Struct

from commerce.accounts.actions.mail_preferences import mail_choices
from commerce.accounts.models import (
    SCOPES,
    ApiToken,
    ApiTokenBinding,
    Client,
    MailPreference,
    Membership,
    SpendingLimit,
    TokenCommitment,
)
from commerce.accounts.rules import rights_of
from commerce.api.core.auth import granted_scopes
from commerce.api.core.limits import rate_in_force
from commerce.api.read.fields import JsonRows, api_field, api_rows
from commerce.api.read.statement import TOKEN_CLIENT, TOKEN_HASH
from commerce.api.v1.field_types import (
    Amount,
    CurrencyCode,
    Day,
    Id,
    Instant,
    text_or_null,
    whole_second,
    whole_second_or_null,
)
from commerce.api.v1.me import Me
from commerce.api.v2.reading.bound import unbound
from commerce.api.v2.reading.field_types import (
    DERIVED,
    Url,
    Version,
    updated_field,
    url_field,
    version_field,
)
from commerce.api.v2.reading.resource import Resource

_MAKER = Membership.objects.filter(
    client=OuterRef("pk"), user__api_tokens__secrets__token_hash=TOKEN_HASH
)
_CHOSEN = MailPreference.objects.filter(
    membership__client=OuterRef("pk"),
    membership__user__api_tokens__secrets__token_hash=TOKEN_HASH,
)


class AccountNotifications(Struct, frozen=True):
    """What the member who made the token is emailed about; null for what they may not see."""

    billing: Annotated[
        bool | None,
        Meta(description="Invoices, reminders, payments, and credit.", examples=[False]),
    ]
    services: Annotated[
        bool | None, Meta(description="Setup, changes, and cancellations.", examples=[True])
    ]
    domains: Annotated[
        bool | None, Meta(description="Registrations, renewals, and ends.", examples=[True])
    ]


def _notifications(
    role: str | None, rights: str | None, chosen: str | None
) -> AccountNotifications:
    known = rights_of(role or "", msgspec.json.decode(rights or "[]"))
    stored = {group: bool(wanted) for group, wanted in msgspec.json.decode(chosen or "[]")}
    wanted = mail_choices(stored, known)
    return AccountNotifications(
        *[wanted.get(group) for group in AccountNotifications.__struct_fields__]
    )


def _profile_page(_pk: int) -> str:
    return f"{settings.COMMERCE_URL}/client/profile"


class Account(Me, frozen=True):
    """The client account: the customer record that is billed."""

    first_name: Annotated[
        str,
        api_field("first_name", description="First name.", examples=["Jane"]),
    ]
    last_name: Annotated[
        str,
        api_field("last_name", description="Last name.", examples=["Smith"]),
    ]
    pending_email: Annotated[
        str | None,
        api_field(
            "pending_email",
            show=text_or_null,
            story=[None],
            description="A billing email address whose owner has not agreed yet; bills go to `email` until then.",
            examples=["bills@acme.example"],
        ),
    ]
    tax_number: Annotated[
        str | None,
        api_field(
            "tax_id",
            show=text_or_null,
            description="VAT or other tax number.",
            examples=["GB123456789"],
        ),
    ]
    language: Annotated[
        str,
        api_field(
            "locale",
            description="Language of its documents and messages.",
            examples=["en"],
        ),
    ]
    is_autopay_on: Annotated[
        bool,
        api_field(
            "autopay",
            story=[True],
            description="Whether a saved card may be charged for its invoices; without one it says nothing.",
        ),
    ]
    updated_at: Annotated[Instant, updated_field("2026-04-01T08:00:00Z")]
    version: Annotated[Version, version_field(4)]
    url: Annotated[
        Url,
        api_field("pk", show=_profile_page, story=["https://billing.example.com/client/profile"]),
    ]


class AccountDetail(Account, frozen=True):
    """The client account, with what the member who made the token is emailed about."""

    notifications: Annotated[
        AccountNotifications,
        api_field(
            Subquery(_MAKER.values("role")[:1]),
            Subquery(_MAKER.annotate(told=Cast("rights", TextField())).values("told")[:1]),
            Subquery(
                _CHOSEN.order_by()
                .values("membership")
                .annotate(told=Cast(JsonRows(JSONArray("group", "wanted")), TextField()))
                .values("told")
            ),
            show=_notifications,
            story=[{"billing": False, "services": True, "domains": True}],
            description="What the member who made the token is emailed about.",
            extra_json_schema=DERIVED,
        ),
    ]


ACCOUNT = Resource(
    path="/api/v2/account",
    scope="profile:read",
    name="account",
    queryset=lambda: Client.objects.for_client(TOKEN_CLIENT),
    row_struct=AccountDetail,
)


class TokenRate(Struct, frozen=True):
    """How much a token may do in a window of time. What is left of it, the `RateLimit` headers of each reply say."""

    policy: Annotated[
        str,
        Meta(
            description="Its name in the headers: `default` is of all requests, `writes` of those that change "
            "something.",
            examples=["writes"],
        ),
    ]
    quota: Annotated[int, Meta(ge=0, description="Requests in a window.", examples=[20])]
    seconds: Annotated[int, Meta(ge=1, description="How long a window is.", examples=[60])]


_COMMITTED = (
    TokenCommitment.objects.filter(
        token_id=OuterRef("token_id"), currency_code=OuterRef("currency_code")
    )
    .standing()
    .recent()
    .order_by()
    .values("currency_code")
    .annotate(total=Sum("amount"))
    .values("total")
)


def _left(per_period: int, committed: int) -> int:
    return max(per_period - committed, 0)


class TokenSpending(Struct, frozen=True):
    """What a token may commit the account to in a currency."""

    currency_code: Annotated[CurrencyCode, api_field("currency_code", story=["EUR"])]
    per_act: Annotated[
        Amount,
        api_field("per_act", story=[5000], description="The most that one act may commit to."),
    ]
    per_period: Annotated[
        Amount,
        api_field(
            "per_period",
            story=[20000],
            description="The most that all acts of 30 days may commit to.",
        ),
    ]
    left: Annotated[
        Amount,
        api_field(
            "per_period",
            Coalesce(Subquery(_COMMITTED), 0),
            show=_left,
            story=[18524],
            description="What is left of the last 30 days, by the database's clock.",
        ),
    ]


class BoundRecord(Struct, frozen=True):
    """A record that a token is for."""

    kind: Annotated[
        Literal["service", "domain", "zone"],
        api_field("kind", description="Kind of record.", examples=["domain"]),
    ]
    id: Annotated[Id, api_field("record_id", story=[88])]


def _scopes(scopes: str, role: str, rights: str) -> list[str]:
    granted = granted_scopes(scopes, role, rights)
    return [one for one in SCOPES if one in granted]


def _networks(networks: str) -> list[str]:
    found: list[str] = msgspec.json.decode(networks)
    return found


def _rates(requests: int | None, writes: int | None) -> list[TokenRate]:
    return [
        TokenRate("default", *rate_in_force(requests, settings.COMMERCE_API_RATE)),
        TokenRate("writes", *rate_in_force(writes, settings.COMMERCE_API_WRITE_RATE)),
    ]


class Token(Struct, frozen=True):
    """The token that asks."""

    id: Annotated[Id, api_field("pk", story=[12])]
    name: Annotated[str, api_field("name", description="Its name.", examples=["Shop"])]
    scopes: Annotated[
        list[str],
        api_field(
            Cast("scopes", TextField()),
            "maker__memberships__role",
            Cast("maker__memberships__rights", TextField()),
            show=_scopes,
            story=[["services:read", "services:write", "orders:read"]],
            description="What it may do now: its scopes, without those that the member who made it has no right to "
            "any more.",
            extra_json_schema=DERIVED,
        ),
    ]
    bound_to: Annotated[
        list[BoundRecord],
        api_rows(
            BoundRecord,
            ApiTokenBinding.objects.filter(token=OuterRef("pk")),
            parent="token",
            order="pk",
            story=[0],
            description="The records that it is for, which are all that it sees and changes; empty if it is for the "
            "whole account.",
        ),
    ]
    networks: Annotated[
        list[str],
        api_field(
            Cast("networks", TextField()),
            show=_networks,
            story=[["203.0.113.0/24"]],
            description="From where it may be used; empty for anywhere.",
        ),
    ]
    expires_on: Annotated[
        Day | None,
        api_field(
            "expires_on", story=["2027-04-30"], description="The last day that it works, in UTC."
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-01T08:00:00Z"],
            description="When it was made.",
        ),
    ]
    rotated_at: Annotated[
        Instant | None,
        api_field(
            "rotated_at",
            show=whole_second_or_null,
            story=["2026-04-09T08:02:45Z"],
            description="When it last got a new secret; null if it never did.",
        ),
    ]
    rates: Annotated[
        list[TokenRate],
        api_field(
            "client__api_rate",
            "client__api_write_rate",
            show=_rates,
            story=[
                [
                    {"policy": "default", "quota": 60, "seconds": 60},
                    {"policy": "writes", "quota": 20, "seconds": 60},
                ]
            ],
            description="How often it may ask.",
            extra_json_schema=DERIVED,
        ),
    ]
    spending: Annotated[
        list[TokenSpending],
        api_rows(
            TokenSpending,
            SpendingLimit.objects.filter(token=OuterRef("pk")),
            parent="token",
            order="currency_code",
            story=[1],
            description="What it may commit the account to; nothing in a currency that is not there.",
            extra_json_schema=DERIVED,
        ),
    ]
    url: Annotated[
        Url,
        url_field("/client/api-tokens/", "https://billing.example.com/client/api-tokens/12"),
    ]


def _own_row() -> QuerySet[ApiToken]:
    """The token of the secret that was sent, with the membership that covers its scopes."""
    rows = ApiToken.objects.for_client(TOKEN_CLIENT).by_hash(TOKEN_HASH)
    return rows.filter(maker__memberships__client_id=F("client_id"))


TOKEN = Resource(
    path="/api/v2/token",
    scope="",
    name="this token",
    queryset=_own_row,
    row_struct=Token,
    is_versioned=False,
    bound=unbound,
)
