"""What goes back: status, headers, body; content coding, validators and links."""

import gzip
import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

from django.utils.http import parse_http_date_safe

from commerce.api.errors import Headers, Problem
from commerce.api.params import Ask

LEAST_WORTH_GZIP = 1024
"""Bytes from which a body is worth its compression."""

JSON = ("Content-Type", "application/json")
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

_TAG = re.compile(r'(?:W/)?("[^"]*")')


class Reply(NamedTuple):
    """A status, headers without those that every reply carries, and the body as it is sent."""

    status: int
    headers: Headers
    body: bytes = b""


def of_problem(problem: Problem, more: Headers) -> Reply:
    """The reply that a problem is, with ``more`` headers."""
    return Reply(problem.status, [JSON, *problem.headers, *more], problem.body)


def takes_gzip(accepts: str) -> bool:
    """Whether an ``Accept-Encoding`` header allows gzip (RFC 9110 12.5.3)."""
    return (_takes_gzip_before if len(accepts) <= _LONGEST_KEPT else _takes_gzip)(accepts)


def _takes_gzip(accepts: str) -> bool:
    wanted: dict[str, float] = {}
    for part in accepts.lower().split(","):
        coding, *params = (piece.strip() for piece in part.split(";"))
        quality = next((p[2:] for p in params if p.startswith("q=")), "1")
        try:
            wanted[coding] = float(quality)
        except ValueError:
            wanted[coding] = 0
    return wanted.get("gzip", wanted.get("x-gzip", wanted.get("*", 0))) > 0


_LONGEST_KEPT = 120
_takes_gzip_before = lru_cache(maxsize=256)(_takes_gzip)


def coded(body: bytes, *, accepts_gzip: bool) -> tuple[bytes, Headers]:
    """The body as sent: compressed when the caller takes that and it is worth it."""
    if not accepts_gzip or len(body) < LEAST_WORTH_GZIP:
        return body, []
    # The same bytes for the same body, as a strong tag promises: no time in the header.
    return gzip.compress(body, compresslevel=5, mtime=0), [("Content-Encoding", "gzip")]


def tag(*parts: object) -> str:
    """A strong ETag of all that decides a body."""
    text = "\n".join(map(str, parts))
    return f'"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"'


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a list of tags holds ``etag``, by weak comparison (RFC 9110 13.1.2)."""
    return etag in _TAG.findall(if_none_match)


def last_modified(changed_at: datetime, now: datetime) -> str:
    """``Last-Modified``: the first whole second at or after the change that lies before ``now``, or else one earlier.

    So a copy that was read in the same second as the change, perhaps before it, is never taken for fresh.
    """
    return http_date(min(_whole(changed_at), _whole(now) - timedelta(seconds=1)))


def http_date(at: datetime) -> str:
    """An instant as headers write it (RFC 9110 5.6.7)."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def unchanged_since(if_modified_since: str, changed_at: datetime) -> bool:
    """Whether nothing changed after the instant of an ``If-Modified-Since``; an unreadable one is ignored."""
    since = parse_http_date_safe(if_modified_since)
    return since is not None and _whole(changed_at).timestamp() <= since


def _whole(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    return at if not at.microsecond else at.replace(microsecond=0) + timedelta(seconds=1)


def links(base: str, ask: Ask, last: int) -> str:
    """The links of a list (RFC 8288): first, prev, next, last, with the caller's other known parameters."""
    kept = "".join(f"&{one}" for one in ask.others)
    pages = [("first", 1)]
    if ask.page > 1:
        pages.append(("prev", min(ask.page - 1, last)))
    if ask.page < last:
        pages.append(("next", ask.page + 1))
    pages.append(("last", last))
    return ", ".join(f'<{base}?page={page}{kept}>; rel="{rel}"' for rel, page in pages)
