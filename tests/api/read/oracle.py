"""What the contract says of any query string, written anew from client-api.md 4: parameters against this are tested."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl

PARAMETERS = ("page", "per_page", "status", "updated_since")
INTEGER = "The {} parameter must be an integer."
ONCE = "The {} parameter may be given only once."
INSTANT = "The updated_since parameter must be an RFC 3339 date-time with an offset."
INVALID = "The given data was invalid."


class ExpectedAnswer(NamedTuple):
    """400 or 422 with its body, or 200 with the parameters that count."""

    status: int
    body: Mapping[str, object] = {}
    page: int = 1
    per_page: int = 15
    only: str | None = None
    since: datetime | None = None


def expected_answer(query: str, statuses: set[str]) -> ExpectedAnswer:
    """The answer to a list request; ``statuses`` are those of its endpoint."""
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, encoding="latin-1"):
        given.setdefault(name, []).append(value)
    for name in PARAMETERS:
        if message := malformed(name, given.get(name, [])):
            return ExpectedAnswer(400, {"message": message})
    texts = {name: given[name][0] for name in PARAMETERS if name in given}
    page, per_page = (
        whole(texts.get(name, d)) or 0 for name, d in (("page", "1"), ("per_page", "15"))
    )
    wrong = {}
    if page < 1:
        wrong["page"] = ["The page must be at least 1."]
    if page > 2_147_483_647:
        wrong["page"] = ["The page must not be greater than 2147483647."]
    if per_page not in range(1, 101):
        wrong["per_page"] = ["The per page must be between 1 and 100."]
    if texts.get("status", next(iter(statuses))) not in statuses:
        wrong["status"] = ["The selected status is invalid."]
    if wrong:
        return ExpectedAnswer(422, {"message": INVALID, "errors": wrong})
    since = moment(texts["updated_since"]) if "updated_since" in texts else None
    return ExpectedAnswer(200, {}, page, per_page, texts.get("status"), since)


def malformed(name: str, values: list[str]) -> str:
    """Why these values of a parameter are not of its type; empty when they are."""
    if not values:
        return ""
    if len(values) > 1:
        return ONCE.format(name)
    if name in ("page", "per_page") and whole(values[0]) is None:
        return INTEGER.format(name)
    return INSTANT if name == "updated_since" and moment(values[0]) is None else ""


def whole(text: str) -> int | None:
    """An integer; one of more than 30 digits as one of 31."""
    digits = text[1:] if text[:1] == "-" else text
    if not digits or set(digits) - set("0123456789"):
        return None
    digits = digits.lstrip("0") or "0"
    size = 10**30 if len(digits) > 30 else int(digits)
    return -size if text[:1] == "-" else size


def moment(text: str) -> datetime | None:
    """An instant with an offset, cut to microseconds; before year 2 and after year 9998 only roughly."""
    shape = r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[-+ ]\d\d:\d\d)"
    match = re.fullmatch(shape, text, re.ASCII)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    zone = "+00:00" if match[8] in "Zz" else match[8]
    hours, minutes = int(zone[1:3]), int(zone[4:])
    if second > 60 or hours > 23 or minutes > 59:
        return None
    try:
        # Year 0 was a leap year, as the calendar repeats every 400 years.
        at = datetime(year or 400, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    if year <= 1 or year == 9999:
        return datetime(max(year, 1), 6, 1, tzinfo=UTC)
    at += timedelta(seconds=second == 60, hours=hours if zone[0] == "-" else -hours)
    at += timedelta(minutes=minutes if zone[0] == "-" else -minutes)
    return at + timedelta(microseconds=int(((match[7] or ".0")[1:] + "000000")[:6]))
