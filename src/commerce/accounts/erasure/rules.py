"""Erasure of what is personal: when it happens, and what of a record may stay (accounts.md 10)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

ERASED = "[erased]"
"""What stands in the place of an erased text."""

ERASURE_WAIT = timedelta(days=14)
"""From the request to the erasure: as long, it can be withdrawn."""

ERASURE_NOTICE = timedelta(days=2)
"""So long before it the owners are told once more."""


class ErasureStatus(StrEnum):
    """``blocked``: its day has come, and something is still open. ``done``: what is personal was erased, but for the
    documents that the law wants kept.
    """

    REQUESTED = "requested"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"
    DONE = "done"


ERASURE_MOVES = {
    ErasureStatus.REQUESTED: frozenset(
        {ErasureStatus.WITHDRAWN, ErasureStatus.DONE, ErasureStatus.BLOCKED}
    ),
    ErasureStatus.BLOCKED: frozenset({ErasureStatus.REQUESTED, ErasureStatus.WITHDRAWN}),
}

OPEN_ERASURE_STATUSES = (ErasureStatus.REQUESTED, ErasureStatus.BLOCKED)
"""States of an erasure that is still to come."""

KEPT_KEYS = frozenset(
    "status role kind source currency currency_code amount balance total cycle billing_cycle gateway method with"
    " autopay dunning from_date country auto_renew seals".split()
)
"""Fields of an audit entry or event whose texts are words of ours, never somebody's."""

_DATE_OR_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:.+Z]+)?\Z")


def erased_email(record: str, pk: int) -> str:
    """An address that nobody has, as unique as the record: ``.invalid`` is reserved for that (RFC 2606)."""
    return f"erased-{record}-{pk}@erased.invalid"


def first_erasure_day(requested_on: date) -> date:
    """The day whose daily run erases what was asked to be erased on that day."""
    return requested_on + ERASURE_WAIT


def without_personal_text(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with each text that may be personal replaced: all but numbers, dates, and words of ours."""
    return {
        key: value if key in KEPT_KEYS else _without_text(value) for key, value in values.items()
    }


def _without_text(value: Any) -> Any:
    match value:
        case str():
            return value if not value or _DATE_OR_INSTANT.match(value) else ERASED
        case Mapping():
            return without_personal_text(value)
        case list():
            return [_without_text(each) for each in value]
        case _:
            return value


@dataclass(frozen=True, slots=True)
class ErasureScope:
    """Whose data are erased: a client, the users who belong to no other, and all addresses of theirs."""

    client_id: int
    user_ids: frozenset[int]
    emails: frozenset[str]


@dataclass(frozen=True, slots=True)
class ErasureBlocker:
    """A record that must come to its end before its client's data are erased. ``kind`` is its noun."""

    kind: str
    record_id: int
    name: str
