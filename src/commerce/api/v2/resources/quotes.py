"""``GET /quotes`` and ``GET /quotes/{id}``: prices that a program was told, and may order at until they expire."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, convert, json

from commerce.api.read.fields import api_field
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import (
    Amount,
    CurrencyCode,
    Cycle,
    Day,
    Id,
    Instant,
    text_or_null,
    whole_second,
)
from commerce.api.v2.reading.resource import Resource
from commerce.orders.models import PriceQuote
from commerce.orders.rules import QuotedAct

type _Item = Annotated[
    int, Meta(ge=1, description="The position of its item, counted from 1.", examples=[1])
]
type _Name = Annotated[
    str, Meta(description="The product, or the domain.", examples=["Business", "acme.example"])
]


class QuotedLine(Struct, frozen=True):
    """What one item costs at once, net and with tax."""

    item: _Item
    action: Annotated[
        Literal[
            "product", "register", "transfer", "change_plan", "unused_time", "renew", "restore"
        ],
        Meta(
            description="What it is for. `unused_time` is what was paid for the plan before: below 0.",
            examples=["product"],
        ),
    ]
    name: _Name
    quantity: Annotated[int, Meta(ge=1, description="Units; of a domain the years.", examples=[1])]
    subtotal: Annotated[
        Amount, Meta(description="With setup, before discounts and tax.", examples=[1200])
    ]
    discount: Annotated[
        Amount, Meta(description="What is taken off, as a positive amount.", examples=[240])
    ]
    tax_amount: Annotated[Amount, Meta(description="Its part of the tax.", examples=[192])]
    total: Annotated[Amount, Meta(description="With discounts and tax.", examples=[1152])]


class QuotedRenewal(Struct, frozen=True):
    """What one item renews by."""

    item: _Item
    name: _Name
    billing_cycle: Cycle
    years: Annotated[
        int | None, Meta(description="Years of a domain's term; null for products.", examples=[1])
    ]
    first_on: Annotated[
        Day | None, Meta(description="The first day that it pays for, if it starts today.")
    ]
    total: Annotated[
        Amount, Meta(description="Of all units, with tax as it is today.", examples=[1440])
    ]


class DueToday(Struct, frozen=True):
    """An amount with its currency."""

    amount: Amount
    currency_code: CurrencyCode


def _part(name: str, kind: Any = int) -> Callable[[str], Any]:
    """A part of what the program was told."""

    def shown(answer: str) -> Any:
        return convert(json.decode(answer)[name], kind)

    return shown


def _record_of(act: str) -> Callable[[str, int | None], int | None]:
    """The record of quotes for an act."""

    def shown(quoted: str, record_id: int | None) -> int | None:
        return record_id if (quoted == QuotedAct.PLAN_CHANGE) == (act == "service") else None

    return shown


class Quote(Struct, frozen=True):
    """What an act would cost. Its net prices and discounts hold until it expires; it reserves nothing."""

    id: Annotated[
        str | None,
        api_field(
            "key",
            description="Identifier: random, of digits and small letters; null in the answer of a dry run.",
            examples=["q8m1t5w9z2b4c7d0f3g6h8j1"],
        ),
    ]
    act: Annotated[
        Literal["order", "plan_change", "renewal", "restore"],
        api_field("act", story=["order"], description="What it is for."),
    ]
    service_id: Annotated[
        Id | None,
        api_field(
            "act",
            "record_id",
            show=_record_of("service"),
            story=[None],
            description="Of a plan change, its service.",
        ),
    ]
    domain_id: Annotated[
        Id | None,
        api_field(
            "act",
            "record_id",
            show=_record_of("domain"),
            story=[None],
            description="Of a renewal or restore, its domain.",
        ),
    ]
    lines: Annotated[
        list[QuotedLine],
        api_field(
            "answer",
            show=_part("lines", list[QuotedLine]),
            story=[
                [
                    {
                        "item": 1,
                        "action": "product",
                        "name": "Business",
                        "quantity": 1,
                        "subtotal": 1200,
                        "discount": 240,
                        "tax_amount": 192,
                        "total": 1152,
                    },
                    {
                        "item": 2,
                        "action": "register",
                        "name": "acme.example",
                        "quantity": 1,
                        "subtotal": 1000,
                        "discount": 0,
                        "tax_amount": 200,
                        "total": 1200,
                    },
                ]
            ],
            description="What each item costs at once, in their order.",
        ),
    ]
    subtotal: Annotated[
        Amount,
        api_field(
            "answer",
            show=_part("subtotal"),
            story=[2200],
            description="Before discounts and tax, in minor units.",
        ),
    ]
    discount: Annotated[
        Amount,
        api_field(
            "answer",
            show=_part("discount"),
            story=[240],
            description="What is taken off, as a positive amount in minor units.",
        ),
    ]
    tax_amount: Annotated[
        Amount,
        api_field(
            "answer",
            show=_part("tax_amount"),
            story=[392],
            description="Tax as it is today, in minor units.",
        ),
    ]
    due_today: Annotated[
        DueToday,
        api_field(
            "total",
            "currency_id",
            show=DueToday,
            story=[{"amount": 2352, "currency_code": "GBP"}],
            description="What it bills at once, with tax and before credit; below 0 it becomes credit.",
        ),
    ]
    recurring: Annotated[
        list[QuotedRenewal],
        api_field(
            "answer",
            show=_part("recurring", list[QuotedRenewal]),
            story=[
                [
                    {
                        "item": 1,
                        "name": "Business",
                        "billing_cycle": "monthly",
                        "years": None,
                        "first_on": "2026-05-08",
                        "total": 1440,
                    },
                    {
                        "item": 2,
                        "name": "acme.example",
                        "billing_cycle": "annually",
                        "years": 1,
                        "first_on": "2027-04-08",
                        "total": 1440,
                    },
                ]
            ],
            description="What renews, when first, and for how much.",
        ),
    ]
    needs: Annotated[
        list[str],
        api_field(
            "answer",
            show=_part("needs", list[str]),
            description="What the act has to say besides: `terms` (`terms_accepted`), `begin_at_once`, `confirm` "
            "(codes that it asks for).",
            examples=[["terms"]],
        ),
    ]
    promo_code: Annotated[
        str | None,
        api_field(
            "promo_code",
            show=text_or_null,
            description="Promo code that counts.",
            examples=["WELCOME20"],
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-08T14:30:00Z"],
            description="When it was made.",
        ),
    ]
    expires_at: Annotated[
        Instant,
        api_field(
            "expires_at",
            show=whole_second,
            story=["2026-04-08T14:45:00Z"],
            description="Until when its price holds.",
        ),
    ]


QUOTES = Resource(
    path="/api/v2/quotes",
    scope="catalog:read",
    name="quotes",
    queryset=lambda: PriceQuote.objects.for_client(TOKEN_CLIENT),
    list_struct=Quote,
    row_struct=Quote,
    is_versioned=False,
    key_column="key",
)
