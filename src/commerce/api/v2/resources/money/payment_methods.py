"""``GET /payment-methods`` and ``GET /payment-methods/{id}``: saved cards and accounts, never what a gateway calls
them."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from commerce.api.read.fields import api_field
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import Id, Instant, text_or_null, whole_second
from commerce.api.v2.reading.filters import FlagFilter, TextFilter
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.includes import CLIENT
from commerce.payments.models import SavedCard

_ACCOUNTS = {"paypal": "account", "sepa_debit": "bank_account"}


def _kind(brand: str) -> str:
    return _ACCOUNTS.get(brand, "card")


def _status(stopped_at: datetime | None) -> str:
    return "usable" if stopped_at is None else "stopped"


class PaymentMethod(Struct, frozen=True):
    """A card or account that was saved for later payments."""

    id: Annotated[Id, api_field("pk", story=[64, 51])]
    kind: Annotated[
        Literal["card", "account", "bank_account"],
        api_field(
            "brand",
            show=_kind,
            story=["card", "bank_account"],
            description="What it is: a card, an account such as a wallet, or a bank account that is debited.",
        ),
    ]
    status: Annotated[
        Literal["usable", "stopped"],
        api_field(
            "stopped_at",
            show=_status,
            story=["usable", "stopped"],
            description="`stopped`: it is charged no more, since its bank refused for good or a payment was disputed.",
        ),
    ]
    gateway: Annotated[
        str,
        api_field(
            "gateway",
            story=["stripe", "stripe"],
            description="Key of the gateway that keeps it.",
            examples=["stripe"],
        ),
    ]
    brand: Annotated[
        str | None,
        api_field(
            "brand",
            show=text_or_null,
            story=["visa", "sepa_debit"],
            description="Its brand.",
            examples=["visa"],
        ),
    ]
    last4: Annotated[
        str | None,
        api_field(
            "last4",
            show=text_or_null,
            story=["4242", "3000"],
            description="The last four digits, where it has digits.",
            examples=["4242"],
        ),
    ]
    label: Annotated[
        str | None,
        api_field(
            "label",
            show=text_or_null,
            story=[None, None],
            description="What an account is known by, where it has no digits.",
            examples=["alice@example.com"],
        ),
    ]
    exp_month: Annotated[
        Annotated[int, Meta(ge=1, le=12)] | None,
        api_field(
            "exp_month",
            story=[8, None],
            description="Month of its last day; null for what does not expire.",
            examples=[8],
        ),
    ]
    exp_year: Annotated[
        int | None,
        api_field("exp_year", story=[2028, None], description="Year of it.", examples=[2028]),
    ]
    is_default: Annotated[
        bool,
        api_field(
            "is_default",
            story=[True, False],
            description="Whether it is charged for invoices when autopay is on.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-08T14:40:00Z", "2025-11-03T09:15:00Z"],
            description="When it was saved.",
        ),
    ]


PAYMENT_METHODS = Resource(
    path="/api/v2/payment-methods",
    scope="payment-methods:read",
    name="payment methods",
    queryset=lambda: SavedCard.objects.for_client(TOKEN_CLIENT).kept(),
    list_struct=PaymentMethod,
    row_struct=PaymentMethod,
    own_filters={
        "is_default": FlagFilter("is_default", "Only the default one, or the others."),
        "gateway": TextFilter("gateway", "Only those that this gateway keeps."),
    },
    includes={"client": CLIENT},
    is_versioned=False,
)
