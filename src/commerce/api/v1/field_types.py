"""Types that several resources share, with what the description says of them, and how stored values are shown."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from operator import methodcaller
from typing import Annotated, Any, Literal

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

whole_second: Callable[[datetime], datetime] = methodcaller("replace", microsecond=0)
"""An instant as the API writes it."""


def whole_second_or_null(at: datetime | None) -> datetime | None:
    """An instant that may not have come, as the API writes it."""
    return at and at.replace(microsecond=0)


def instant_in_json(text: str) -> datetime:
    """An instant as the API writes it, from what the database wrote into JSON: in UTC if it does not say where."""
    at = datetime.fromisoformat(text)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.replace(microsecond=0)


def text_or_null(text: str) -> str | None:
    """A text, or null where it is empty."""
    return text or None


def status_shown(statuses: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The status that the API shows for each one inside."""
    return {one: shown for shown, inside in statuses.items() for one in inside}.__getitem__
