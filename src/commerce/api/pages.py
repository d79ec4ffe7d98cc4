"""Serving a resource: token, limit, scope and parameters judged in order, then one row or one page of rows as bytes."""

from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
from django.conf import settings

from commerce import __version__
from commerce.accounts.models import Client
from commerce.api import auth, errors, limits, params, replies, usage
from commerce.api.auth import Caller
from commerce.api.errors import Headers, Problem
from commerce.api.params import Ask
from commerce.api.replies import JSON, Reply
from commerce.api.routes import Resource, effective
from commerce.api.rows import Found, Look, ask_who, find_one, find_page
from commerce.kit import clock, tokens, transport

if TYPE_CHECKING:
    from commerce.api.door import Request

_LARGEST_ID = 2**63 - 1
_NO_ROW = -1
_CACHING: Headers = [
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Authorization, Accept-Encoding"),
]
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Meta(msgspec.Struct, frozen=True):
    """Where a page stands in its list."""

    current_page: Annotated[int, msgspec.Meta(ge=1, description="The page that was asked for.")]
    last_page: Annotated[int, msgspec.Meta(ge=1, description="The last page; 1 for no rows.")]
    per_page: Annotated[int, msgspec.Meta(ge=1, le=100, description="Rows on a full page.")]
    total: Annotated[int, msgspec.Meta(ge=0, description="Rows on all pages.")]


class Page(msgspec.Struct, frozen=True):
    """A list as it is sent."""

    data: list[msgspec.Struct]
    meta: Meta


class Single(msgspec.Struct, frozen=True):
    """One resource as it is sent."""

    data: msgspec.Struct


class Validators(NamedTuple):
    """What the caller has already, and how it wants the body."""

    none_match: str | None
    modified_since: str | None
    gzip: bool


def serve(request: "Request", resource: Resource, row_id: str | None) -> Reply:
    """The reply to an authenticated request, or the first ``Problem`` in the contract's order."""
    environ = request.environ
    token = auth.bearer(environ.get("HTTP_AUTHORIZATION"))
    if token is None:
        raise errors.unauthenticated(token_sent=False)
    if not tokens.is_well_formed(token):
        raise limits.refuse(request.address)
    have = Validators(
        environ.get("HTTP_IF_NONE_MATCH"),
        environ.get("HTTP_IF_MODIFIED_SINCE"),
        replies.takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")),
    )
    is_list = row_id is None and resource.listed is not None
    ask, trouble = _read(resource, environ.get("QUERY_STRING", "")) if is_list else (None, None)
    look = Look(resource, tokens.digest(token), _number(row_id), ask)

    # A tag is judged by the client's revision alone; only a miss, or `*`, has to look at rows.
    revalidates = have.none_match is not None and have.none_match.strip() != "*"
    found = ask_who(look) if trouble or revalidates else _find(look)
    caller = _recognise(request, found)
    usage.note(caller, request.address, clock.now())
    trouble = _refusal(caller, resource) or trouble
    etag = _etag(caller, look, request.path, gzip=have.gzip)
    fresh = trouble is None and _is_fresh(found, have, etag, look)
    _admit(request, caller, free=fresh)
    if trouble is not None:
        raise trouble
    if fresh:
        return Reply(304, [("ETag", etag), *_CACHING, *request.limit])
    if revalidates:
        found = _find(look)
        caller = _recognise(request, found)
        etag = _etag(caller, look, request.path, gzip=have.gzip)
    return _full(request, look, found, etag, gzip=have.gzip)


def _read(resource: Resource, query: str) -> tuple[Ask, Problem | None]:
    """The parameters, or the problem with them, which is told when its turn comes."""
    statuses = tuple(resource.statuses)
    try:
        if len(query) <= _LONGEST_KEPT:
            return _read_before(query, statuses), None
        return params.read(query, statuses), None
    except Problem as problem:
        return params.PLAIN, problem


_LONGEST_KEPT = 120
_read_before = lru_cache(maxsize=1024)(params.read)


def _number(row_id: str | None) -> int:
    """A path id as a number; one that no row can have (leading zeros, beyond 64 bits) as -1."""
    if row_id is None or len(row_id) > 19 or row_id[0] == "0" or int(row_id) > _LARGEST_ID:
        return _NO_ROW
    return int(row_id)


def _find(look: Look) -> Found:
    return find_one(look) if look.ask is None else find_page(look, look.ask)


def _recognise(request: "Request", found: Found) -> Caller:
    """The caller, if the token is live and not past its last day; from within its networks."""
    caller = found.caller
    now = clock.now()
    if caller is None or (caller.expires_on is not None and caller.expires_on < now.date()):
        raise limits.refuse(request.address)
    request.token_id = caller.token_id
    if not caller.comes_from(transport.address(request.address)):
        request.limit = limits.admit(caller, free=True)[2]
        raise errors.wrong_address()
    return caller


def _admit(request: "Request", caller: Caller, *, free: bool) -> None:
    admitted, reset, request.limit = limits.admit(caller, free=free)
    if not admitted:
        raise errors.too_many(reset)


def _refusal(caller: Caller, resource: Resource) -> Problem | None:
    """Why this caller may not read this resource at all, if so."""
    if caller.status == Client.Status.CLOSED:
        return errors.account_closed()
    if not caller.may(resource.scope):
        return errors.lacks_scope(resource.scope)
    return None


def _etag(caller: Caller, look: Look, path: str, *, gzip: bool) -> str:
    """The strong tag of client-api.md 6: what is represented and in which coding, not which token asked."""
    asked = effective(look.ask) if look.ask else ""
    return replies.tag(
        caller.client_id, caller.revision, caller.shared, __version__, path, asked, gzip
    )


def _is_fresh(found: Found, have: Validators, etag: str, look: Look) -> bool:
    """Whether the caller's copy is still right. ``If-Modified-Since`` counts for single rows, and only by itself."""
    if have.none_match is not None:
        if have.none_match.strip() == "*":
            return look.ask is not None or bool(found.rows)
        return replies.matches(have.none_match, etag)
    if have.modified_since is not None and look.ask is None and found.rows:
        changed = look.resource.last_change(found.rows[0])
        return replies.unchanged_since(have.modified_since, changed)
    return False


def _full(request: "Request", look: Look, found: Found, etag: str, *, gzip: bool) -> Reply:
    more, leads = _ending(look.resource)
    if look.ask is None:
        if not found.rows:
            raise errors.not_found()
        row = found.rows[0]
        changed = look.resource.last_change(row)
        more.append(("Last-Modified", replies.last_modified(changed, clock.now())))
        body = _encode(Single(look.resource.detail.build(row)))
    else:
        page, last = _page(look.resource, look.ask, found)
        leads.insert(0, replies.links(f"{settings.COMMERCE_URL}{request.path}", look.ask, last))
        body = _encode(page)
    if leads:
        more.append(("Link", ", ".join(leads)))
    body, coding = replies.coded(body, accepts_gzip=gzip)
    return Reply(200, [JSON, ("ETag", etag), *_CACHING, *request.limit, *more, *coding], body)


def _page(resource: Resource, ask: Ask, found: Found) -> tuple[Page, int]:
    assert resource.listed is not None
    build = resource.listed.build
    last = max(1, -(-found.total // ask.per_page))
    meta = Meta(ask.page, last, ask.per_page, found.total)
    return Page([build(row) for row in found.rows], meta), last


def _ending(resource: Resource) -> tuple[Headers, list[str]]:
    """What a route that is to end tells (RFC 9745, RFC 8594), and the link to what takes its place."""
    ending = resource.deprecation
    if ending is None:
        return [], []
    headers = [
        ("Deprecation", f"@{int(ending.since.astimezone(UTC).timestamp())}"),
        ("Sunset", replies.http_date(ending.sunset)),
    ]
    return headers, [f'<{ending.link}>; rel="deprecation"; type="text/html"']
