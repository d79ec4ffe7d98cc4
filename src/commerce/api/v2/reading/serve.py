"""Serving a resource of version 2: token, limit, scope and parameters judged in order, then rows as bytes."""

import re
from datetime import UTC
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import msgspec
from django.conf import settings

from commerce import __version__
from commerce.api.core import errors, replies
from commerce.api.core.auth import ApiCaller
from commerce.api.core.errors import ApiProblem
from commerce.api.core.replies import JSON_HEADER, ApiReply
from commerce.api.core.request import ApiRequest
from commerce.api.read import admission
from commerce.api.read.resource import caller_statement
from commerce.api.read.statement import ReadResult
from commerce.api.v2.reading.cursors import (
    ListPosition,
    ReadCursor,
    WalkedList,
    cursor_problem,
    is_cursor_of,
    read_cursor,
    write_cursor,
)
from commerce.api.v2.reading.params import (
    MAX_QUERY,
    ReadQuery,
    parse_list_query,
    parse_row_query,
)
from commerce.api.v2.reading.resource import PageKey, Resource, stored_key
from commerce.kit import clock

_LONGEST_LINK = 2048
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Meta(msgspec.Struct, frozen=True):
    """Where a page stands in its walk."""

    next_cursor: Annotated[
        str | None,
        msgspec.Meta(description="What to send as `cursor` for the next page; null on the last."),
    ]
    has_more: Annotated[bool, msgspec.Meta(description="Whether a next page has rows.")]
    position: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            description="The place of the newest event when this page was read: follow `/events` after that of the "
            "first page, and nothing that changes meanwhile is missed.",
        ),
    ]
    shared_revision: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            description="Moves when something changes that the rows of many clients show, such as the name of a "
            "product: `derived` fields may then be others, with the same `version`.",
        ),
    ]


class ListReply(msgspec.Struct, frozen=True):
    """A page as it is sent."""

    data: list[msgspec.Struct]
    meta: Meta


class RowReply(msgspec.Struct, frozen=True):
    """One resource as it is sent."""

    data: msgspec.Struct


class ReadRequest(NamedTuple):
    """A request to read, once its parameters are read: ``problem`` is told when its turn comes."""

    resource: Resource
    token_hash: str
    row_id: int | str
    is_list: bool
    query: ReadQuery
    problem: ApiProblem | None


type Found = ReadResult[ApiCaller]


def serve_resource(request: ApiRequest, resource: Resource, row_id: str | None) -> ApiReply:
    """The reply to an authenticated request, or the first ``ApiProblem`` in the contract's order."""
    token_hash = admission.token_hash(request)
    have = admission.read_validators(request)
    is_list = row_id is None and resource.list_struct is not None
    query, problem = _read(request.environ.get("QUERY_STRING", ""), resource, is_list=is_list)
    cursor = None
    if problem is None and query.cursor is not None:
        cursor, problem = _cursor(query.cursor)
    asked = ReadRequest(resource, token_hash, row_key(resource, row_id), is_list, query, problem)

    # Most tags of lists need revisions alone. What was read by the cursor of somebody else is never looked at.
    sent = have.none_match is not None and have.none_match.strip() != "*"
    revalidates = sent and is_list and resource.is_versioned
    works = problem is None and resource.has_work(query.include, is_list=is_list)
    caller_first = problem is not None or revalidates or works
    place = None if cursor is None else cursor.position
    found = caller_statement().run({"hash": token_hash}) if caller_first else _find(asked, place)
    caller = admission.recognize(request, found.caller)
    problem = _refusal(caller, asked)
    if problem is None and cursor is not None:
        is_ours = is_cursor_of(cursor, _walked(caller, asked), clock.now())
        problem = None if is_ours else cursor_problem()
    if works and problem is None:
        # Work is for those who have requests left.
        admission.charge_limit(request, caller, free=True)
        found = _find(asked, place)
        caller = admission.recognize(request, found.caller)
    etag = _etag(caller, asked, found, gzip=have.gzip) if problem is None else ""
    fresh = problem is None and _is_fresh(asked, found, have.none_match, etag)
    # A tag that stands for anything costs, where work was done to compare it.
    is_free = fresh and not (works and not sent)
    admission.charge_limit(request, caller, free=is_free)
    if problem is not None:
        raise problem
    if fresh:
        return ApiReply(304, [("ETag", etag), *admission.CACHING, *request.limit_headers])
    if revalidates:
        found = _find(asked, place)
        caller = admission.recognize(request, found.caller)
        etag = _etag(caller, asked, found, gzip=have.gzip)
    return _full_reply(request, asked, found, etag, gzip=have.gzip)


def row_key(resource: Resource, row_id: str | None) -> int | str:
    """What a row is found by: the id of its path."""
    return row_id or "" if resource.key_column else admission.row_number(row_id)


def _read(text: str, resource: Resource, *, is_list: bool) -> tuple[ReadQuery, ApiProblem | None]:
    """The parameters, or the problem with them, which is told when its turn comes.

    What is read once is kept, without the cursor: all pages of a walk have the rest in common.
    """
    rest, cursor = _apart(text) if is_list else (text, None)
    try:
        query = (_read_before if len(rest) <= _LONGEST_KEPT else _parse)(rest, resource, is_list)
        if cursor is None:
            return query, None
        if query.cursor is None:
            return query._replace(cursor=cursor), None
        return _parse(text, resource, is_list), None  # a second one in another spelling
    except ApiProblem as problem:
        return ReadQuery(), problem


def _apart(text: str) -> tuple[str, str | None]:
    """A query without its cursor, if that is written as we write it, and the cursor."""
    found = [*_CURSOR.finditer(text)]
    if len(found) != 1 or len(text) > MAX_QUERY:
        return text, None
    start, end = found[0].span()
    return text[:start] + text[end:], found[0][1]


_CURSOR = re.compile(r"(?<![^&])cursor=([A-Za-z0-9_-]+)(?![^&])")


def _parse(text: str, resource: Resource, is_list: bool) -> ReadQuery:  # noqa: FBT001 - a key of the cache
    return (parse_list_query if is_list else parse_row_query)(text, resource)


_LONGEST_KEPT = 200
_read_before = lru_cache(maxsize=1024)(_parse)


def _find(asked: ReadRequest, place: ListPosition | None) -> Found:
    """What is there; a token that is for some records only, of which there are few, is asked for once more with these,
    and what was found of others is never looked at.
    """
    found = _found(asked, place, bound=False)
    is_bound = found.caller is not None and found.caller.is_bound
    if is_bound and asked.resource.bound is not None:
        return _found(asked, place, bound=True)
    return found


def _found(asked: ReadRequest, place: ListPosition | None, *, bound: bool) -> Found:
    query = asked.query
    if not asked.is_list:
        values: dict[str, Any] = {"hash": asked.token_hash, "id": asked.row_id}
        found = asked.resource.row_statement(query.include, bound=bound).run(values)
        return _worked_out(asked, found)
    shapes = tuple((name, one.shape) for name, one in sorted(query.filters.items()))
    key = PageKey(query.sort, place is not None, shapes, query.include, bound)
    values = {"hash": asked.token_hash, "limit": query.limit + 1, "offset": 0}
    for one in query.filters.values():
        values |= one.values
    if place is not None:
        values |= {"after_key": place.key, "after_id": place.row_id}
    found = asked.resource.page_statement(key).run(values)
    if not asked.resource.sorts[query.sort].descending:
        found = found._replace(rows=found.rows[::-1])
    return _worked_out(asked, found)


def _worked_out(asked: ReadRequest, found: Found) -> Found:
    resource, query = asked.resource, asked.query
    has_work = resource.has_work(query.include, is_list=asked.is_list)
    if not has_work or found.caller is None or not found.rows:
        return found
    shape = (
        resource.list_shape(query.sort, query.include)
        if asked.is_list
        else resource.row_shape(query.include)
    )
    return found._replace(rows=resource.worked_out(shape, found.caller.client_id, found.rows))


def _refusal(caller: ApiCaller, asked: ReadRequest) -> ApiProblem | None:
    """Why this caller may not read this, if so: the account, then the scopes, then the parameters."""
    return refusal(caller, asked.resource, asked.query) or asked.problem


def refusal(caller: ApiCaller, resource: Resource, query: ReadQuery) -> ApiProblem | None:
    """Why this caller may not be shown this. Records that are included are not those that a bound token is for."""
    others = any(resource.includes[one].scope for one in query.include)
    for_bound = resource.bound is not None and not others
    return admission.refusal(caller, scopes_of(resource, query), for_bound=for_bound)


def scopes_of(resource: Resource, query: ReadQuery) -> list[str]:
    """The scopes that a reply needs: the resource's, and those of what is included."""
    return [
        scope
        for scope in (resource.scope, *[resource.includes[one].scope for one in query.include])
        if scope
    ]


def row_reply(resource: Resource, token_hash: str, row_id: int | str, query: ReadQuery) -> ApiReply:
    """A row as it is now, also within a transaction, uncompressed; raises ``ApiProblem`` 404."""
    asked = ReadRequest(resource, token_hash, row_id, is_list=False, query=query, problem=None)
    found = _find(asked, None)
    if found.caller is None or not found.rows:
        raise errors.not_found()
    etag = _etag(found.caller, asked, found, gzip=False)
    return ApiReply(200, [("ETag", etag)], _row_body(asked, found))


def made_body(made: msgspec.Struct, query: ReadQuery) -> bytes:
    """What was made and is no row, as a row is sent."""
    return _cut(_encode(RowReply(made)), query.fields)


def _walked(caller: ApiCaller, asked: ReadRequest) -> WalkedList:
    return WalkedList(caller.client_id, asked.resource.path, asked.query.walk)


def _cursor(text: str) -> tuple[ReadCursor | None, ApiProblem | None]:
    try:
        return read_cursor(text), None
    except ApiProblem as problem:
        return None, problem


def _etag(caller: ApiCaller, asked: ReadRequest, found: Found, *, gzip: bool) -> str:
    """Of a row its version and, after a dash, what it is made of, since some fields are of other rows, which change
    without its version: an order waits for something else once its invoice is paid. Of a list its revisions, but where
    it shows what moves without them.
    """
    query, is_versioned = asked.query, asked.resource.is_versioned
    shape = (caller.client_id, __version__, query.shaping, gzip)
    if asked.is_list:
        where = (asked.resource.path, query.walk, query.limit, query.cursor)
        day = clock.now().astimezone(UTC).date()
        moved = (caller.revision, day) if is_versioned else (repr(found.rows),)
        return replies.make_etag(*shape, *where, caller.shared_revision, *moved)
    if not found.rows:
        return ""
    tag = replies.make_etag(*shape, repr(found.rows[0]))
    return f'"{found.rows[0][1]}-{tag[1:]}' if is_versioned else tag


def _is_fresh(asked: ReadRequest, found: Found, none_match: str | None, etag: str) -> bool:
    if none_match is None or not etag:
        return False
    if none_match.strip() == "*":
        return asked.is_list or bool(found.rows)
    return replies.etag_matches(none_match, etag)


def _full_reply(
    request: ApiRequest, asked: ReadRequest, found: Found, etag: str, *, gzip: bool
) -> ApiReply:
    caller = found.caller
    assert caller is not None
    more: errors.HeaderList = []
    if asked.is_list:
        page = _page(asked, found, caller)
        if page.meta.next_cursor is not None:
            kept = asked.query.kept_parameters
            more += _next_link(request.path, kept, page.meta.next_cursor)
        body = _cut(_encode(page), asked.query.fields)
    else:
        if not found.rows:
            raise errors.not_found()
        body = _row_body(asked, found)
    body, coding = replies.compress_body(body, accepts_gzip=gzip)
    headers = [JSON_HEADER, ("ETag", etag), *admission.CACHING, *request.limit_headers]
    return ApiReply(200, [*headers, *more, *coding], body)


def _row_body(asked: ReadRequest, found: Found) -> bytes:
    row = asked.resource.row_shape(asked.query.include).build(found.rows)[0]
    return _cut(_encode(RowReply(row)), asked.query.fields)


def _page(asked: ReadRequest, found: Found, caller: ApiCaller) -> ListReply:
    """The rows but for the one more that was read to know whether there is a next page."""
    query = asked.query
    rows = found.rows[: query.limit]
    has_more = len(found.rows) > query.limit
    cursor = None
    if has_more:
        row_id, key, *_ = rows[-1]
        position = ListPosition(stored_key(key), row_id, int(clock.now().timestamp()))
        cursor = write_cursor(_walked(caller, asked), position)
    shape = asked.resource.list_shape(query.sort, query.include)
    return ListReply(
        shape.build(rows), Meta(cursor, has_more, caller.event_sequence, caller.shared_revision)
    )


def _next_link(path: str, kept: tuple[str, ...], cursor: str) -> errors.HeaderList:
    """The address of the next page: that of this one with another cursor. A longer one stays away, since proxies refuse
    a reply for its headers.
    """
    query = "&".join([*kept, f"cursor={cursor}"])
    link = f'<{settings.COMMERCE_URL}{path}?{query}>; rel="next"'
    return [("Link", link)] if len(link) <= _LONGEST_LINK else []


def _cut(body: bytes, fields: tuple[str, ...]) -> bytes:
    """A reply whose objects have only these fields, in their order."""
    if not fields:
        return body
    reply = msgspec.json.decode(body)
    data = reply["data"]
    wanted: dict[str, set[str] | None] = {}
    for name in fields:
        outer, _, inner = name.partition(".")
        if not inner:
            wanted[outer] = None
        elif (parts := wanted.setdefault(outer, set())) is not None:
            parts.add(inner)
    reply["data"] = (
        [_only(one, wanted) for one in data] if isinstance(data, list) else _only(data, wanted)
    )
    return msgspec.json.encode(reply)


def _only(row: dict[str, Any], wanted: dict[str, set[str] | None]) -> dict[str, Any]:
    return {
        name: value if wanted[name] is None else _part(value, wanted[name] or set())
        for name, value in row.items()
        if name in wanted
    }


def _part(value: Any, names: set[str]) -> Any:
    if isinstance(value, list):
        return [_part(one, names) for one in value]
    return value and {name: one for name, one in value.items() if name in names}
