"""Finding rows: the token and a page of its client's rows in one statement, whatever the page."""

from bisect import bisect_right
from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple

from django.db import connection

from commerce.api.core.auth import ApiCaller
from commerce.api.read.query_params import ListQuery
from commerce.api.read.resource import ApiResource, PageStart, caller_statement
from commerce.api.read.statement import ReadResult

_NEAR = 2
"""Pages to skip up to which it is cheaper to read their rows, too, than each row of the page by its id."""
_DEEP = 1000
"""Rows to skip from which it pays to know the count first, and to read from the nearer end."""
_LARGE = 1000
"""Rows of a list from which its count is remembered for as long as the client's revision stands."""
_APART = 500
"""Rows between two places that are remembered; to skip as many costs next to nothing."""


class RowLookup(NamedTuple):
    """What is looked for: a resource of the client of a token, one row by its id or a page of them."""

    resource: ApiResource
    token_hash: str
    row_id: int
    query: ListQuery | None


type LookupResult = ReadResult[ApiCaller]


type ListKey = tuple[str, str, str | None]
"""A list: the token's hash, the path, the status."""


class KnownList:
    """What is known of a large list as long as its client's revision stands: its count, and where some rows are.

    A place is the rank of a row with its sort key and id. Each deep page leaves the place where it began, so that the
    next ones need not walk there from the start.
    """

    def __init__(self, revision: int, total: int) -> None:
        self.revision, self.total = revision, total
        self._ranks: list[int] = []
        self._places: dict[int, tuple[Any, int]] = {}
        self._lock = Lock()

    def nearest_place(self, offset: int) -> tuple[int, tuple[Any, int]] | None:
        """The rank and place of the last known row at or before ``offset``."""
        at = bisect_right(self._ranks, offset)
        if not at:
            return None
        rank = self._ranks[at - 1]
        return rank, self._places[rank]

    def remember_place(self, rank: int, place: tuple[Any, int]) -> None:
        """Remember where a row is, unless one close before it is known already."""
        with self._lock:
            at = bisect_right(self._ranks, rank)
            if not at or rank - self._ranks[at - 1] >= _APART:
                self._places[rank] = place
                self._ranks.insert(at, rank)


class ListCache:
    """What this process knows of large lists; the one least recently counted is forgotten first."""

    def __init__(self, max_lists: int = 1024) -> None:
        self._lists: OrderedDict[ListKey, KnownList] = OrderedDict()
        self._lock = Lock()
        self._max_lists = max_lists

    def get(self, key: ListKey) -> KnownList | None:
        """What was last known of a list, perhaps of an earlier revision."""
        return self._lists.get(key)

    def remember(self, key: ListKey, known: KnownList) -> None:
        """Remember a large list; a small one is cheaper to count."""
        if known.total < _LARGE:
            self._lists.pop(key, None)
            return
        with self._lock:
            self._lists[key] = known
            if len(self._lists) > self._max_lists:
                self._lists.popitem(last=False)


list_cache = ListCache()


def find_caller(lookup: RowLookup) -> LookupResult:
    """The caller alone."""
    return caller_statement().run({"hash": lookup.token_hash})


def find_row(lookup: RowLookup) -> LookupResult:
    """The caller and one row, if the caller's client has it."""
    values = {"hash": lookup.token_hash, "id": lookup.row_id}
    return lookup.resource.row_statement().run(values)


def find_page(lookup: RowLookup, query: ListQuery) -> LookupResult:
    """The caller, the count, and a page of rows, newest first."""
    since = query.updated_since is not None
    values: dict[str, Any] = {
        "hash": lookup.token_hash,
        "limit": query.per_page,
        "offset": query.offset,
    }
    if since:
        values["since"] = _stored(query.updated_since)
    key = (lookup.token_hash, lookup.resource.path, query.status)
    known = None if since else list_cache.get(key)
    if known is not None or query.offset >= _DEEP:
        return _find_counted(lookup, query, values, known)
    start: PageStart = "near" if query.offset <= _NEAR * query.per_page else "newest"
    found = lookup.resource.page_statement(query.status, since=since, start=start).run(values)
    if found.caller is not None and found.total >= _LARGE and not since:
        list_cache.remember(key, KnownList(found.caller.revision, found.total))
    return found


def _find_counted(
    lookup: RowLookup, query: ListQuery, values: dict[str, Any], known: KnownList | None
) -> LookupResult:
    """The same when the count is known, or must be since the page is deep: start at the nearest place.

    What is known belongs to one revision of the client. When the rows turn out to be of another, all is read again.
    """
    since = query.updated_since is not None
    key = (lookup.token_hash, lookup.resource.path, query.status)
    for _ in range(2):
        if known is None:
            counted = lookup.resource.count_statement(query.status, since=since).run(values)
            if counted.caller is None:
                return counted
            known = KnownList(counted.caller.revision, counted.total)
            if not since:
                list_cache.remember(key, known)
        start, nearer = _start(query, known)
        page = lookup.resource.page_statement(query.status, since=since, counted=False, start=start)
        found = page.run(values | nearer)._replace(total=known.total)
        if found.caller is None or found.caller.revision == known.revision:
            if found.rows and query.offset >= _DEEP:
                row_id, at, *_ = found.rows[0]
                known.remember_place(query.offset, (at, row_id))
            return found
        known = None
    # Somebody writes all the time: slower, but in one snapshot.
    return lookup.resource.page_statement(query.status, since=since).run(values)


def _start(query: ListQuery, known: KnownList) -> tuple[PageStart, dict[str, Any]]:
    """Where to start from so that the fewest rows are skipped, and how many to skip and to read."""
    limit = max(min(query.per_page, known.total - query.offset), 0)
    from_newest = min(query.offset, known.total)
    from_oldest = known.total - query.offset - limit
    if from_newest <= _NEAR * query.per_page:
        return "near", {"offset": from_newest, "limit": limit}
    near = known.nearest_place(from_newest)
    if near is not None and from_newest - near[0] <= from_oldest:
        rank, (at, row_id) = near
        place = {"after_at": _stored(at), "after_id": row_id, "offset": from_newest - rank}
        return "place", {**place, "limit": limit}
    if limit and from_oldest < from_newest:
        return "oldest", {"offset": from_oldest, "limit": limit}
    return "newest", {"offset": from_newest, "limit": limit}


def _stored(at: datetime | None) -> Any:
    """An instant as the database has it, to be compared with."""
    return connection.ops.adapt_datetimefield_value(at)
