"""Serving a resource: token, limit, scope and parameters judged in order, then one row or one page of rows as bytes."""

from datetime import UTC
from functools import lru_cache
from typing import Annotated

import msgspec
from django.conf import settings

from commerce import __version__
from commerce.api.core import errors, replies
from commerce.api.core.auth import ApiCaller
from commerce.api.core.errors import ApiProblem, HeaderList
from commerce.api.core.replies import JSON_HEADER, ApiReply
from commerce.api.core.request import ApiRequest
from commerce.api.read import admission, query_params
from commerce.api.read.deep_pages import LookupResult, RowLookup, find_caller, find_page, find_row
from commerce.api.read.query_params import ListQuery
from commerce.api.read.resource import ApiResource, canonical_query
from commerce.kit import clock

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Meta(msgspec.Struct, frozen=True):
    """Where a page stands in its list."""

    current_page: Annotated[int, msgspec.Meta(ge=1, description="The page that was asked for.")]
    last_page: Annotated[int, msgspec.Meta(ge=1, description="The last page; 1 for no rows.")]
    per_page: Annotated[int, msgspec.Meta(ge=1, le=100, description="Rows on a full page.")]
    total: Annotated[int, msgspec.Meta(ge=0, description="Rows on all pages.")]


class ListReply(msgspec.Struct, frozen=True):
    """A list as it is sent."""

    data: list[msgspec.Struct]
    meta: Meta


class RowReply(msgspec.Struct, frozen=True):
    """One resource as it is sent."""

    data: msgspec.Struct


def serve_resource(request: ApiRequest, resource: ApiResource, row_id: str | None) -> ApiReply:
    """The reply to an authenticated request, or the first ``ApiProblem`` in the contract's order."""
    token_hash = admission.token_hash(request)
    have = admission.read_validators(request)
    is_list = row_id is None and resource.list_struct is not None
    asked = request.environ.get("QUERY_STRING", "")
    query, problem = _read(resource, asked) if is_list else (None, None)
    lookup = RowLookup(resource, token_hash, admission.row_number(row_id), query)

    # A tag is judged by the client's revision alone; only a miss, or `*`, has to look at rows.
    revalidates = have.none_match is not None and have.none_match.strip() != "*"
    found = find_caller(lookup) if problem or revalidates else _find(lookup)
    caller = admission.recognize(request, found.caller)
    problem = admission.refusal(caller, [resource.scope]) or problem
    etag = _etag(caller, lookup, request.path, gzip=have.gzip)
    fresh = problem is None and _is_fresh(found, have, etag, lookup)
    admission.charge_limit(request, caller, free=fresh)
    if problem is not None:
        raise problem
    if fresh:
        return ApiReply(304, [("ETag", etag), *admission.CACHING, *request.limit_headers])
    if revalidates:
        found = _find(lookup)
        caller = admission.recognize(request, found.caller)
        etag = _etag(caller, lookup, request.path, gzip=have.gzip)
    return _full_reply(request, lookup, found, etag, gzip=have.gzip)


def _read(resource: ApiResource, query: str) -> tuple[ListQuery, ApiProblem | None]:
    """The parameters, or the problem with them, which is told when its turn comes."""
    statuses = tuple(resource.statuses)
    try:
        if len(query) <= _LONGEST_KEPT:
            return _read_before(query, statuses), None
        return query_params.parse_list_query(query, statuses), None
    except ApiProblem as problem:
        return query_params.DEFAULT_LIST_QUERY, problem


_LONGEST_KEPT = 120
_read_before = lru_cache(maxsize=1024)(query_params.parse_list_query)


def _find(lookup: RowLookup) -> LookupResult:
    return find_row(lookup) if lookup.query is None else find_page(lookup, lookup.query)


def _etag(caller: ApiCaller, lookup: RowLookup, path: str, *, gzip: bool) -> str:
    """The strong tag of client-api.md 6: what is represented and in which coding, not which token asked."""
    asked = canonical_query(lookup.query) if lookup.query else ""
    return replies.make_etag(
        caller.client_id, caller.revision, caller.shared_revision, __version__, path, asked, gzip
    )


def _is_fresh(
    found: LookupResult, have: admission.CacheValidators, etag: str, lookup: RowLookup
) -> bool:
    """Whether the caller's copy is still right. ``If-Modified-Since`` counts for single rows, and only by itself."""
    if have.none_match is not None:
        if have.none_match.strip() == "*":
            return lookup.query is not None or bool(found.rows)
        return replies.etag_matches(have.none_match, etag)
    if have.modified_since is not None and lookup.query is None and found.rows:
        changed = lookup.resource.last_change(found.rows[0])
        return replies.is_unchanged_since(have.modified_since, changed)
    return False


def _full_reply(
    request: ApiRequest, lookup: RowLookup, found: LookupResult, etag: str, *, gzip: bool
) -> ApiReply:
    more, leads = _deprecation_headers(lookup.resource)
    if lookup.query is None:
        if not found.rows:
            raise errors.not_found()
        row = found.rows[0]
        changed = lookup.resource.last_change(row)
        more.append(("Last-Modified", replies.last_modified_header(changed, clock.now())))
        body = _encode(RowReply(*lookup.resource.row_shape.build([row])))
    else:
        page, last = _page(lookup.resource, lookup.query, found)
        leads.insert(
            0, replies.page_links(f"{settings.COMMERCE_URL}{request.path}", lookup.query, last)
        )
        body = _encode(page)
    if leads:
        more.append(("Link", ", ".join(leads)))
    body, coding = replies.compress_body(body, accepts_gzip=gzip)
    return ApiReply(
        200,
        [JSON_HEADER, ("ETag", etag), *admission.CACHING, *request.limit_headers, *more, *coding],
        body,
    )


def _page(resource: ApiResource, query: ListQuery, found: LookupResult) -> tuple[ListReply, int]:
    last = max(1, -(-found.total // query.per_page))
    meta = Meta(query.page, last, query.per_page, found.total)
    return ListReply(resource.list_shape.build(found.rows), meta), last


def _deprecation_headers(resource: ApiResource) -> tuple[HeaderList, list[str]]:
    """What a route that is to end tells (RFC 9745, RFC 8594), and the link to what takes its place."""
    ending = resource.deprecation
    if ending is None:
        return [], []
    headers = [
        ("Deprecation", f"@{int(ending.since.astimezone(UTC).timestamp())}"),
        ("Sunset", replies.http_date(ending.sunset)),
    ]
    return headers, [f'<{ending.link}>; rel="deprecation"; type="text/html"']
