"""Finding rows: the token and a page of its client's rows in one statement, whatever the page."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

from django.db import connection

from commerce.api.auth import Caller, who
from commerce.api.params import Ask
from commerce.api.routes import Resource, Row
from commerce.api.statements import Read, Statement

_DEEP = 1000
"""Rows to skip from which it pays to know the count first, and to read from the nearer end."""
_LARGE = 1000
"""Rows of a list from which its count is remembered for as long as the client's revision stands."""


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


class Counts:
    """Counts of large lists, each right for one revision of its client: they cost milliseconds to make anew."""

    def __init__(self, most: int = 4096) -> None:
        self._kept: OrderedDict[tuple[str, str, str | None], tuple[int, int]] = OrderedDict()
        self._lock = Lock()
        self._most = most

    def get(self, key: tuple[str, str, str | None]) -> tuple[int, int] | None:
        """The revision and the count that were last seen under ``key``."""
        return self._kept.get(key)

    def keep(self, key: tuple[str, str, str | None], revision: int, total: int) -> None:
        """Remember a large count; a small one is cheaper to count."""
        if total < _LARGE:
            self._kept.pop(key, None)
            return
        with self._lock:
            self._kept[key] = (revision, total)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)


counts = Counts()


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
    known = None if since else counts.get(key)
    if known is not None or ask.offset >= _DEEP:
        return _find_counted(look, ask, values, known)
    found = _found(look.resource.page(ask.status, since=since).run(values))
    if found.caller is not None and not since:
        counts.keep(key, found.caller.revision, found.total)
    return found


def _find_counted(
    look: Look, ask: Ask, values: dict[str, Any], known: tuple[int, int] | None
) -> Found:
    """The same when the count is known, or must be since the page is deep: read from the nearer end.

    A count belongs to one revision of the client. When the rows turn out to be of another, both are read again.
    """
    since = ask.updated_since is not None
    key = (look.token_hash, look.resource.path, ask.status)
    for _ in range(2):
        if known is None:
            counted = _found(look.resource.count(ask.status, since=since).run(values))
            if counted.caller is None:
                return NOBODY
            known = (counted.caller.revision, counted.total)
            if not since:
                counts.keep(key, *known)
        revision, total = known
        from_end = total - ask.offset - ask.per_page
        ascending = from_end < ask.offset < total
        nearer = {
            "offset": max(from_end, 0) if ascending else min(ask.offset, total),
            "limit": max(min(ask.per_page, total - ask.offset), 0),
        }
        page = look.resource.page(ask.status, since=since, counted=False, ascending=ascending)
        found = _found(page.run(values | nearer))._replace(total=total)
        if found.caller is None or found.caller.revision == revision:
            return found
        known = None
    # Somebody writes all the time: slower, but in one snapshot.
    return _found(look.resource.page(ask.status, since=since).run(values))


def _found(read: Read) -> Found:
    return NOBODY if read.who is None else Found(Caller._make(read.who), read.total, read.rows)
