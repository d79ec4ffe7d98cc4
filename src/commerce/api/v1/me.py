"""``GET /me``: the client whose token asks."""

from typing import Annotated, Literal

from msgspec import Struct

from commerce.accounts.models import Client
from commerce.api.read.fields import api_field
from commerce.api.read.resource import ApiResource
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import CurrencyCode, Id, Instant, text_or_null, whole_second


class Me(Struct, frozen=True):
    """The client account: the customer record that is billed."""

    id: Annotated[Id, api_field("pk", story=[17])]
    name: Annotated[
        str,
        api_field(
            "first_name",
            "last_name",
            show="{} {}".format,
            description="First and last name.",
            examples=["Jane Smith"],
        ),
    ]
    email: Annotated[
        str,
        api_field(
            "email",
            description="Billing email address.",
            examples=["billing@acme.example"],
        ),
    ]
    company: Annotated[
        str | None,
        api_field(
            "company",
            show=text_or_null,
            description="Company name.",
            examples=["Acme Hosting Ltd"],
        ),
    ]
    phone: Annotated[
        str | None,
        api_field(
            "phone",
            show=text_or_null,
            description="Phone number as it was typed.",
            examples=["+44 20 7946 0000"],
        ),
    ]
    address1: Annotated[
        str | None,
        api_field(
            "address1",
            show=text_or_null,
            description="Street and number.",
            examples=["1 Harbour Street"],
        ),
    ]
    address2: Annotated[
        str | None,
        api_field(
            "address2",
            show=text_or_null,
            story=[None],
            description="More of the address.",
            examples=["Floor 2"],
        ),
    ]
    city: Annotated[
        str | None,
        api_field("city", show=text_or_null, description="City.", examples=["Bristol"]),
    ]
    state: Annotated[
        str | None,
        api_field(
            "state",
            show=text_or_null,
            story=[None],
            description="State, county or region.",
            examples=["Avon"],
        ),
    ]
    postcode: Annotated[
        str | None,
        api_field(
            "postcode",
            show=text_or_null,
            description="Postal code.",
            examples=["BS1 4DJ"],
        ),
    ]
    country: Annotated[
        str,
        api_field(
            "country",
            pattern="^[A-Z]{2}$",
            description="ISO 3166 alpha-2 code.",
            examples=["GB"],
        ),
    ]
    currency_code: Annotated[
        CurrencyCode,
        api_field(
            "currency_code",
            story=["GBP"],
            description="ISO 4217 code of what this client is billed in.",
        ),
    ]
    status: Annotated[
        Literal["active", "suspended", "closed"],
        api_field(
            "status",
            story=["active"],
            description="A suspended client may still read; requests of a closed one get 403.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2025-11-03T09:10:31Z"],
            description="When the client account was made.",
        ),
    ]


ME = ApiResource(
    path="/api/v1/me",
    scope="profile:read",
    summary="The client account",
    queryset=lambda: Client.objects.for_client(TOKEN_CLIENT),
    row_struct=Me,
)
