"""Types that several resources share, with what the description says of them."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta

type Id = Annotated[int, Meta(ge=1, description="Identifier.", examples=[1042])]
type Amount = Annotated[
    int,
    Meta(
        description="Money in the smallest unit of the currency: 500 is 5.00 USD, and 500 JPY.",
        examples=[1200],
    ),
]
type CurrencyCode = Annotated[
    str,
    Meta(pattern="^[A-Z]{3}$", description="ISO 4217 code of all amounts here.", examples=["EUR"]),
]
type Instant = Annotated[
    datetime,
    Meta(
        tz=True,
        description="RFC 3339 instant in UTC, whole seconds.",
        examples=["2026-04-08T14:33:10Z"],
    ),
]
type Day = Annotated[date, Meta(description="Calendar day.", examples=["2026-04-08"])]
type Cycle = Annotated[
    Literal[
        "monthly",
        "quarterly",
        "semi_annually",
        "annually",
        "biennially",
        "triennially",
        "one_time",
    ],
    Meta(description="How often it renews; one_time never does."),
]
