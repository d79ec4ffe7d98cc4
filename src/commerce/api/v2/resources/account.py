"""``GET /account``: the client whose token asks."""

from typing import Annotated

from commerce.accounts.models import Client
from commerce.api.read.fields import api_field
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import Instant, text_or_null
from commerce.api.v1.me import Me
from commerce.api.v2.reading.field_types import Version, updated_field, version_field
from commerce.api.v2.reading.resource import Resource


class Account(Me, frozen=True):
    """The client account: the customer record that is billed."""

    tax_number: Annotated[
        str | None,
        api_field(
            "tax_id",
            show=text_or_null,
            story=["GB123456789"],
            description="VAT or other tax number.",
            examples=["GB123456789"],
        ),
    ]
    language: Annotated[
        str,
        api_field(
            "locale",
            story=["en"],
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


ACCOUNT = Resource(
    path="/api/v2/account",
    scope="profile:read",
    name="account",
    queryset=lambda: Client.objects.for_client(TOKEN_CLIENT),
    row_struct=Account,
)
