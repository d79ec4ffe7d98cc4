"""Fields that several resources of version 2 share."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Annotated

from django.conf import settings
from msgspec import Meta

from commerce.api.read.fields import api_field
from commerce.api.v1.field_types import whole_second

type Version = Annotated[
    int,
    Meta(
        ge=1,
        description="Rises with each change of the stored fields of this object, and with nothing else; the first part "
        "of its `ETag`.",
        examples=[3],
    ),
]
type Url = Annotated[
    str,
    Meta(
        description="Its page in the client portal.",
        examples=["https://billing.example.com/client/services/1042"],
    ),
]
DERIVED = {"x-derived": True}
"""Marks a field that follows from the day, from records that many share, or from what nobody is shown: not in
``version``, not in events."""


def version_field(*story: int) -> Meta:
    """``version`` of a resource."""
    return api_field("version", story=story)


def updated_field(*story: str) -> Meta:
    """``updated_at`` of a resource."""
    return api_field(
        "changed_at",
        show=whole_second,
        story=story,
        description="When a stored field last changed, or later.",
        extra_json_schema=DERIVED,
    )


def url_field(path: str, *story: str) -> Meta:
    """``url`` of a resource whose page is ``path`` and its id."""

    before_id = cache(lambda: f"{settings.COMMERCE_URL}{path}")  # Django's settings take longer

    def page(pk: int) -> str:
        return f"{before_id()}{pk}"

    return api_field("pk", show=page, story=story)


def day_in_json(text: str | None) -> date | None:
    """A day, from what the database wrote into JSON."""
    return date.fromisoformat(text) if text else None


def renamed_status(**renamed: str) -> Callable[[str], str]:
    """The status as it is stored, but for those that have another word for clients."""

    def shown(status: str) -> str:
        return renamed.get(status, status)

    return shown


def status_choices(stored: Sequence[str], **renamed: str) -> Mapping[str, Sequence[str]]:
    """What a filter of the status takes, and the stored status that each means."""
    return {renamed.get(one, one): (one,) for one in stored}
