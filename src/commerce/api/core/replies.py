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

from commerce.api.core.errors import ApiProblem, HeaderList
from commerce.api.read.query_params import ListQuery

MIN_GZIP_BYTES = 1024
"""Bytes from which a body is worth its compression."""

JSON_HEADER = ("Content-Type", "application/json")
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

_TAG = re.compile(r'(?:W/)?("[^"]*")')


class ApiReply(NamedTuple):
    """A status, headers without those that every reply carries, and the body as it is sent."""

    status: int
    headers: HeaderList
    body: bytes = b""


def problem_reply(problem: ApiProblem, extra_headers: HeaderList) -> ApiReply:
    """The reply that a problem is, with ``extra_headers`` headers."""
    return ApiReply(problem.status, [JSON_HEADER, *problem.headers, *extra_headers], problem.body)


def allows_gzip(accepts: str) -> bool:
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


def compress_body(body: bytes, *, accepts_gzip: bool) -> tuple[bytes, HeaderList]:
    """The body as sent: compressed when the caller takes that and it is worth it."""
    if not accepts_gzip or len(body) < MIN_GZIP_BYTES:
        return body, []
    # The same bytes for the same body, as a strong tag promises: no time in the header.
    return gzip.compress(body, compresslevel=5, mtime=0), [("Content-Encoding", "gzip")]


def make_etag(*parts: object) -> str:
    """A strong ETag of all that decides a body."""
    text = "\n".join(map(str, parts))
    return f'"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"'


def etag_matches(if_none_match: str, etag: str) -> bool:
    """Whether a list of tags holds ``etag``, by weak comparison (RFC 9110 13.1.2)."""
    return etag in _TAG.findall(if_none_match)


def last_modified_header(changed_at: datetime, now: datetime) -> str:
    """``Last-Modified``: the first whole second at or after the change that lies before ``now``, or else one earlier.

    So a copy that was read in the same second as the change, perhaps before it, is never taken for fresh.
    """
    return http_date(min(_whole(changed_at), _whole(now) - timedelta(seconds=1)))


def http_date(at: datetime) -> str:
    """An instant as headers write it (RFC 9110 5.6.7)."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def is_unchanged_since(if_modified_since: str, changed_at: datetime) -> bool:
    """Whether nothing changed after the instant of an ``If-Modified-Since``; an unreadable one is ignored."""
    since = parse_http_date_safe(if_modified_since)
    return since is not None and _whole(changed_at).timestamp() <= since


def _whole(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    return at if not at.microsecond else at.replace(microsecond=0) + timedelta(seconds=1)


def page_links(base: str, query: ListQuery, last_page: int) -> str:
    """The links of a list (RFC 8288): first, prev, next, last, with the caller's other known parameters."""
    kept = "".join(f"&{one}" for one in query.kept_parameters)
    pages = [("first", 1)]
    if query.page > 1:
        pages.append(("prev", min(query.page - 1, last_page)))
    if query.page < last_page:
        pages.append(("next", query.page + 1))
    pages.append(("last", last_page))
    return ", ".join(f'<{base}?page={page}{kept}>; rel="{rel}"' for rel, page in pages)
