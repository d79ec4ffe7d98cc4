"""Finding rows: the token and a page of its client's rows in one statement, whatever the page."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Any, Literal, NamedTuple

from django.db import connection

from commerce.api.auth import Caller, who
from commerce.api.params import Ask
from commerce.api.routes import Resource, Row
from commerce.api.statements import Read, Statement

_DEEP = 1000
"""Rows to skip from which it pays to know the count first, and to read from the nearer end."""
_LARGE = 1000
"""Rows of a list from which its count is remembered for as long as the client's revision stands."""
_APART = 500
"""Rows between two places that are remembered; to skip as many costs next to nothing."""


class Look(NamedTuple):
    """What is looked for: a resource of the client of a token, one row by its id or a page of them."""

    resource: Resource
    token_hash: str
    row_id: int
    ask: Ask | None


class Found(NamedTuple):
    """Who asks (None: no live token), the count of a list, and the rows."""

    caller: Caller | None
    total: int = 0
    rows: Sequence[Row] = ()


NOBODY = Found(None)


type Key = tuple[str, str, str | None]
"""A list: the token's hash, the path, the status."""


class Known:
    """What is known of a large list as long as its client's revision stands: its count, and where some rows are.

    A place is the rank of a row with its sort key and id. Each deep page leaves the place where it began, so that the
    next ones need not walk there from the start.
    """

    def __init__(self, revision: int, total: int) -> None:
        self.revision, self.total = revision, total
        self._ranks: list[int] = []
        self._places: dict[int, tuple[Any, int]] = {}
        self._lock = Lock()

    def nearest(self, offset: int) -> tuple[int, tuple[Any, int]] | None:
        """The rank and place of the last known row at or before ``offset``."""
        at = bisect_right(self._ranks, offset)
        if not at:
            return None
        rank = self._ranks[at - 1]
        return rank, self._places[rank]

    def leave(self, rank: int, place: tuple[Any, int]) -> None:
        """Remember where a row is, unless one close before it is known already."""
        with self._lock:
            at = bisect_right(self._ranks, rank)
            if not at or rank - self._ranks[at - 1] >= _APART:
                self._places[rank] = place
                self._ranks.insert(at, rank)


class Lists:
    """What this process knows of large lists; the one least recently counted is forgotten first."""

    def __init__(self, most: int = 1024) -> None:
        self._kept: OrderedDict[Key, Known] = OrderedDict()
        self._lock = Lock()
        self._most = most

    def get(self, key: Key) -> Known | None:
        """What was last known of a list, perhaps of an earlier revision."""
        return self._kept.get(key)

    def keep(self, key: Key, known: Known) -> None:
        """Remember a large list; a small one is cheaper to count."""
        if known.total < _LARGE:
            self._kept.pop(key, None)
            return
        with self._lock:
            self._kept[key] = known
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)


lists = Lists()


@cache
def _who() -> Statement:
    return Statement(who())


def ask_who(look: Look) -> Found:
    """The caller alone."""
    return _found(_who().run({"hash": look.token_hash}))


def find_one(look: Look) -> Found:
    """The caller and one row, if the caller's client has it."""
    return _found(look.resource.one().run({"hash": look.token_hash, "id": look.row_id}))


def find_page(look: Look, ask: Ask) -> Found:
    """The caller, the count, and a page of rows, newest first."""
    since = ask.updated_since is not None
    values = {
        "hash": look.token_hash,
        "limit": ask.per_page,
        "offset": ask.offset,
        "since": connection.ops.adapt_datetimefield_value(ask.updated_since),
    }
    key = (look.token_hash, look.resource.path, ask.status)
    known = None if since else lists.get(key)
    if known is not None or ask.offset >= _DEEP:
        return _find_counted(look, ask, values, known)
    found = _found(look.resource.page(ask.status, since=since).run(values))
    if found.caller is not None and not since:
        lists.keep(key, Known(found.caller.revision, found.total))
    return found


def _find_counted(look: Look, ask: Ask, values: dict[str, Any], known: Known | None) -> Found:
    """The same when the count is known, or must be since the page is deep: start at the nearest place.

    What is known belongs to one revision of the client. When the rows turn out to be of another, all is read again.
    """
    since = ask.updated_since is not None
    key = (look.token_hash, look.resource.path, ask.status)
    for _ in range(2):
        if known is None:
            counted = _found(look.resource.count(ask.status, since=since).run(values))
            if counted.caller is None:
                return NOBODY
            known = Known(counted.caller.revision, counted.total)
            if not since:
                lists.keep(key, known)
        start, nearer = _start(ask, known)
        page = look.resource.page(ask.status, since=since, counted=False, start=start)
        read = page.run(values | nearer)
        found = _found(read)._replace(total=known.total)
        if found.caller is None or found.caller.revision == known.revision:
            if read.first is not None and ask.offset >= _DEEP:
                known.leave(ask.offset, read.first)
            return found
        known = None
    # Somebody writes all the time: slower, but in one snapshot.
    return _found(look.resource.page(ask.status, since=since).run(values))


def _start(ask: Ask, known: Known) -> tuple[Literal["newest", "oldest", "place"], dict[str, Any]]:
    """Where to start from so that the fewest rows are skipped, and how many to skip and to read."""
    limit = max(min(ask.per_page, known.total - ask.offset), 0)
    from_newest = min(ask.offset, known.total)
    from_oldest = known.total - ask.offset - limit
    near = known.nearest(from_newest)
    if near is not None and from_newest - near[0] <= from_oldest:
        rank, (at, row_id) = near
        place = {"after_at": at, "after_id": row_id, "offset": from_newest - rank}
        return "place", {**place, "limit": limit}
    if limit and from_oldest < from_newest:
        return "oldest", {"offset": from_oldest, "limit": limit}
    return "newest", {"offset": from_newest, "limit": limit}


def _found(read: Read) -> Found:
    return NOBODY if read.who is None else Found(Caller._make(read.who), read.total, read.rows)
