"""Query parameters: 400 when one is not of its type, 422 when it is but is not allowed (client-api.md 4)."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from commerce.api.core import errors

MAX_PAGE = 2_147_483_647
MAX_PER_PAGE = 100
DEFAULT_PER_PAGE = 15

_LONGEST_WRITTEN = 64
"""Characters of a parameter that a link repeats as it was sent: each header of ours stays far below 4 KiB."""

_INTEGER = re.compile(r"(-?)([0-9]++)\Z")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:([Zz])|([+\- ])([0-9]{2}):([0-9]{2}))\Z"
)

_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


class ListQuery(NamedTuple):
    """What a list request asks for, after all checks.

    ``kept_parameters`` are those that a link repeats: known ones only, each as the caller wrote it, or in its shortest
    form if that was long.
    """

    page: int = 1
    per_page: int = DEFAULT_PER_PAGE
    status: str | None = None
    updated_since: datetime | None = None
    kept_parameters: tuple[str, ...] = ()

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


DEFAULT_LIST_QUERY = ListQuery()


def split_query(query: str) -> list[tuple[str, str, str]]:
    """The parameters of a query string in order: name, value, and both written as in a clean URL.

    Bytes that are not UTF-8 become U+FFFD, which no allowed value holds.
    """
    found = []
    for part in query.split("&"):
        if part:
            name, _, value = part.replace("+", " ").partition("=")
            raw_name, raw = _raw(name), _raw(value)
            written = f"{quote(raw_name, safe='')}={quote(raw, safe=':')}"
            found.append(
                (raw_name.decode("utf-8", "replace"), raw.decode("utf-8", "replace"), written)
            )
    return found


def _raw(text: str) -> bytes:
    return unquote_to_bytes(text.encode("latin-1", "replace"))


def parse_list_query(query: str, statuses: Collection[str]) -> ListQuery:
    """The parameters of a list endpoint; raises ``ApiProblem`` 400 for the first malformed one, or 422 naming all."""
    if not query:
        return DEFAULT_LIST_QUERY
    given: dict[str, list[str]] = {}
    known: dict[str, str] = {}
    for name, value, written in split_query(query):
        given.setdefault(name, []).append(value)
        if name in ("per_page", "updated_since") or (name == "status" and statuses):
            known[name] = written
    wrong: dict[str, str] = {}
    page = _page(given.get("page"), wrong)
    per_page = _per_page(given.get("per_page"), wrong)
    status = _status(given.get("status"), statuses, wrong)
    since = _updated_since(given.get("updated_since"))
    if wrong:
        raise errors.invalid_data(wrong)
    for name, written in known.items():
        if len(written) > _LONGEST_WRITTEN:  # an integer, or a fraction of a second, of any length
            known[name] = f"{name}={per_page if name == 'per_page' else _written(since)}"
    return ListQuery(page, per_page, status, since, tuple(known.values()))


def _written(at: datetime | None) -> str:
    assert at is not None  # it was given, and is an instant
    return at.isoformat().replace("+00:00", "Z")


def _one(name: str, values: list[str]) -> str:
    if len(values) > 1:
        raise errors.bad_request(f"The {name} parameter may be given only once.")
    return values[0]


def _integer(name: str, values: list[str]) -> int:
    number = parse_query_integer(_one(name, values))
    if number is None:
        raise errors.bad_request(f"The {name} parameter must be an integer.")
    return number


def _page(values: list[str] | None, wrong: dict[str, str]) -> int:
    if values is None:
        return 1
    number = _integer("page", values)
    if number < 1:
        wrong["page"] = "The page must be at least 1."
    elif number > MAX_PAGE:
        wrong["page"] = f"The page must not be greater than {MAX_PAGE}."
    return number


def _per_page(values: list[str] | None, wrong: dict[str, str]) -> int:
    if values is None:
        return DEFAULT_PER_PAGE
    number = _integer("per_page", values)
    if not 1 <= number <= MAX_PER_PAGE:
        wrong["per_page"] = f"The per page must be between 1 and {MAX_PER_PAGE}."
    return number


def _status(
    values: list[str] | None, statuses: Collection[str], wrong: dict[str, str]
) -> str | None:
    if values is None or not statuses:
        return None
    status = _one("status", values)
    if status not in statuses:
        wrong["status"] = "The selected status is invalid."
    return status


def _updated_since(values: list[str] | None) -> datetime | None:
    if values is None:
        return None
    since = parse_instant(_one("updated_since", values))
    if since is None:
        raise errors.bad_request(
            "The updated_since parameter must be an RFC 3339 date-time with an offset."
        )
    return since


def parse_query_integer(text: str) -> int | None:
    """A whole number of any length, beyond 64 bits only by its sign; None when it is none."""
    match = _INTEGER.match(text)
    if match is None:
        return None
    digits = match[2].lstrip("0") or "0"
    number = int(digits) if len(digits) <= 19 else 1 << 63
    return -number if match[1] else number


def parse_instant(text: str) -> datetime | None:
    """An RFC 3339 instant with an offset, in UTC and rounded up to a microsecond; None when it is none.

    A blank before the offset counts as ``+``, since that is what an unescaped ``+`` becomes. Instants that a
    calendar of the years 1 to 9999 cannot hold become its first or last one.
    """
    match = _INSTANT.match(text)
    if match is None:
        return None
    day, clock, second, fraction, zulu, sign, hours, minutes = match.groups()
    # Later Pythons read 24:00 as the next midnight, which RFC 3339 does not know.
    if clock > "23:59" or int(second) > 60 or (not zulu and (int(hours) > 23 or int(minutes) > 59)):
        return None
    try:
        at = datetime.fromisoformat(f"{day if day[:4] != '0000' else '0004' + day[4:]}T{clock}:00")
    except ValueError:
        return None
    if day[:4] == "0000":
        return _FIRST
    extra = timedelta(seconds=int(second))
    if fraction:
        kept, rest = fraction[:6].ljust(6, "0"), fraction[6:].strip("0")
        extra += timedelta(microseconds=int(kept) + bool(rest))
    if not zulu:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        extra += offset if sign == "-" else -offset
    try:
        return (at + extra).replace(tzinfo=UTC)
    except OverflowError:
        return _LAST if extra > timedelta(0) else _FIRST
