"""``GET /me``: the client whose token asks."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from commerce.accounts.models import Client
from commerce.api.read.compiled import TOKEN_CLIENT
from commerce.api.read.resource import ApiResource, ResourceRow, ResourceShape, to_api_instant
from commerce.api.v1.field_types import CurrencyCode, Id, Instant


class Me(Struct, frozen=True):
    """The client account: the customer record that is billed."""

    id: Id
    name: Annotated[str, Meta(description="First and last name.", examples=["Jane Smith"])]
    email: Annotated[
        str, Meta(description="Billing e-mail address.", examples=["billing@acme.example"])
    ]
    company: Annotated[str | None, Meta(description="Company name.", examples=["Acme Hosting Ltd"])]
    phone: Annotated[
        str | None,
        Meta(description="Phone number as it was typed.", examples=["+44 20 7946 0000"]),
    ]
    address1: Annotated[
        str | None, Meta(description="Street and number.", examples=["1 Harbour Street"])
    ]
    address2: Annotated[str | None, Meta(description="More of the address.", examples=["Floor 2"])]
    city: Annotated[str | None, Meta(description="City.", examples=["Bristol"])]
    state: Annotated[str | None, Meta(description="State, county or region.", examples=["Avon"])]
    postcode: Annotated[str | None, Meta(description="Postcode.", examples=["BS1 4DJ"])]
    country: Annotated[
        str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166 alpha-2 code.", examples=["GB"])
    ]
    currency_code: Annotated[
        CurrencyCode, Meta(description="ISO 4217 code of what this client is billed in.")
    ]
    status: Annotated[
        Literal["active", "suspended", "closed"],
        Meta(description="A suspended client may still read; requests of a closed one get 403."),
    ]
    created_at: Annotated[Instant, Meta(description="When the client account was made.")]


def _me(row: ResourceRow) -> Me:
    (pk, first, last, email, company, phone, address1, address2, *rest) = row
    city, state, postcode, country, currency, status, created_at, _changed = rest
    return Me(
        id=pk,
        name=f"{first} {last}",
        email=email,
        company=company or None,
        phone=phone or None,
        address1=address1 or None,
        address2=address2 or None,
        city=city or None,
        state=state or None,
        postcode=postcode or None,
        country=country,
        currency_code=currency,
        status=status,
        created_at=to_api_instant(created_at),
    )


ME = ApiResource(
    path="/api/v1/me",
    scope="profile:read",
    summary="The client account",
    queryset=lambda: Client.objects.for_client(TOKEN_CLIENT),
    row_shape=ResourceShape(
        Me,
        (
            "first_name",
            "last_name",
            "email",
            "company",
            "phone",
            "address1",
            "address2",
            "city",
            "state",
            "postcode",
            "country",
            "currency_code",
            "status",
            "created_at",
        ),
        _me,
    ),
)
