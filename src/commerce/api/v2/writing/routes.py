"""What a write of version 2 is: where it is sent, who may, what it takes, does and shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple, Protocol

from django.db.models import BigAutoField, QuerySet
from msgspec import Struct
from msgspec.structs import fields

from commerce.accounts.models import Client, TokenCommitment
from commerce.api.core.auth import ApiCaller
from commerce.api.v2.reading.bound import BoundRows, unbound
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.writing.bodies import Body, read_struct
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.kit.context import Context

type Effect = Literal["read", "change", "spend", "destroy"]
"""What a write does at worst, as the description says it."""


class WriteCall(NamedTuple):
    """A write that may be done: its record, locked (None where the path names none), its body as its route has read it,
    and what ``asks_first`` gave before the transaction. That gets the record unlocked. ``key_hash``: its
    idempotency key as it is stored; empty without one. ``locked_client``: the client, once that is locked;
    ``commitments``: where an action leaves what it newly commits them to.
    """

    record: Any
    body: Any
    caller: ApiCaller
    ctx: Context
    is_dry_run: bool = False
    prepared: Any = None
    key_hash: str = ""
    locked_client: Client | None = None
    commitments: list[TokenCommitment] = []

    @property
    def client(self) -> Client:
        """The client, locked. Before the transaction there is none."""
        assert self.locked_client is not None
        return self.locked_client


class WriteResult(NamedTuple):
    """What is answered: a row of a resource, by its public id, or what was ``made`` and is no row; 204 has neither.

    ``not_checked``: what a dry run did not ask of others. ``shown_once``: secrets by field, which are in this answer
    alone: the one that is kept for a retry says ``secret_expired`` in their place.
    """

    shown: Resource | None
    row_id: int | str = ""
    status: int = 200
    not_checked: Sequence[str] = ()
    made: Struct | None = None
    shown_once: Mapping[str, str | None] = {}


def answer_shape(struct: type[Struct], *, name: str) -> Resource:
    """What is answered where it is no row: for ``fields`` and the description, in the group ``name``."""
    return Resource("", "", name, Client.objects.none, struct, is_versioned=False, bound=unbound)


class WriteRoute(Protocol):
    """What serves a write, and is described."""

    def __hash__(self) -> int: ...

    @property
    def path(self) -> str:
        """Its address, with ``{id}`` in it where it is about a record."""
        ...

    @property
    def method(self) -> str: ...

    @property
    def scopes(self) -> Sequence[str]:
        """All that a token needs, whatever the body says."""
        ...

    def scopes_for(self, body: Any) -> Sequence[str]:
        """All that a token needs for a body, as it was read: judged before a key answers what another token did."""
        ...

    @property
    def shown(self) -> Resource:
        """What is answered, and what ``fields`` and ``include`` are of."""
        ...

    @property
    def rows(self) -> Callable[[Any], QuerySet[Any]] | None:
        """The records of a client's number that it may be about; the one that there is where the path names none."""
        ...

    @property
    def bound(self) -> BoundRows | None:
        """What is left of these records for a token that is for some only; None: such a token is refused."""
        ...

    @property
    def effect(self) -> Effect: ...

    @property
    def needs_key(self) -> bool:
        """Whether it is refused without an idempotency key, but for a dry run."""
        ...

    @property
    def needs_version(self) -> bool:
        """Whether it is refused without ``If-Match``."""
        ...

    @property
    def may_be_empty(self) -> bool:
        """Whether it may come without a body."""
        ...

    @property
    def while_suspended(self) -> bool:
        """Whether a suspended account may do it too."""
        ...

    @property
    def is_own(self) -> bool:
        """Whether it is about the token that asks: another token's key is another one then."""
        ...

    @property
    def token_of(self) -> Callable[[Any], int | None] | None:
        """Whose a record is, if it belongs to the token that made it."""
        ...

    @property
    def unsettled(self) -> Sequence[str]:
        """Fields of the answer that a dry run cannot know, such as numbers: ``items.id`` is one of each item."""
        ...

    def read(self, body: Body) -> Any:
        """The body as it is meant; raises ``ApiProblem`` 422."""
        ...

    @property
    def name_lock(self) -> str:
        """A name that is locked before the client, if its action locks one."""
        ...

    @property
    def asks_first(self) -> Callable[[WriteCall], Any] | None:
        """What must be asked of others first, outside of the transaction, if anything. A dry run skips it."""
        ...

    @property
    def locks_first(self) -> Callable[[WriteCall], None] | None:
        """What locks, in the transaction, what comes before the client in the order of locks, if anything."""
        ...

    def do(self, call: WriteCall) -> WriteResult:
        """Do it, in the transaction. Raises ``ApiProblem`` or ``BusinessError``."""
        ...


def rows_of_path(route: WriteRoute, client_id: Any, row_id: Any) -> QuerySet[Any]:
    """The one row that the path names, or that there is where it names none; none if it is not the client's."""
    assert route.rows is not None
    rows = route.rows(client_id)
    return rows.filter(pk=row_id) if "{id}" in route.path else rows[:1]


@cache
def held_rows(route: WriteRoute) -> CompiledQuerySet[Any]:
    """The same, locked: 0.1 ms in place of 0.9 for one that is looked up and then locked."""
    asked = QueryParam("client", BigAutoField()), QueryParam("id", BigAutoField())
    return CompiledQuerySet(lambda: rows_of_path(route, *asked).select_for_update(of=("self",)))


@dataclass(frozen=True, eq=False, kw_only=True)
class StructWrite:
    """A write whose body is a struct, whose ``action`` does it. About a record it takes the scope of its resource,
    ``reads``, too.
    """

    path: str
    scope: str
    summary: str
    about: str
    action: Callable[[WriteCall], WriteResult]
    shown: Resource
    body: type[Struct] | None = None
    example: Mapping[str, Any] = field(default_factory=dict)
    """A body that it takes."""
    method: str = "POST"
    effect: Effect = "change"
    reads: Resource | None = None
    rows: Callable[[Any], QuerySet[Any]] | None = None
    needs_key: bool = True
    needs_version: bool = False
    while_suspended: bool = False
    status: int = 201
    asks_first: Callable[[WriteCall], Any] | None = None
    locks_first: Callable[[WriteCall], None] | None = None
    unsettled: Sequence[str] = ("id", "number", "url")
    name_lock: str = ""
    may_wait: bool = False
    """Whether it may answer with an operation instead, 202, whatever ``fields`` and ``include`` say."""
    is_own: bool = False
    """Whether it is about the token that asks."""
    more_scopes: Callable[[Any], Sequence[str]] | None = None
    """What a body takes besides, if some do."""

    @property
    def bound(self) -> BoundRows | None:
        """As of the resource that its records are of."""
        if self.is_own:
            return unbound
        return self.reads.bound if self.reads and self.rows else None

    @property
    def token_of(self) -> Callable[[Any], int | None] | None:
        """As of the resource that its records are of."""
        return self.reads.token_of if self.reads and self.rows else None

    @property
    def scopes(self) -> Sequence[str]:
        """All that a token needs."""
        read = [self.reads.scope] if self.reads else []
        return list(dict.fromkeys(one for one in (*read, self.shown.scope, self.scope) if one))

    def scopes_for(self, body: Any) -> Sequence[str]:
        """With those of the body."""
        return [*self.scopes, *(self.more_scopes(body) if self.more_scopes else ())]

    @property
    def may_be_empty(self) -> bool:
        """Whether no member is required."""
        return self.body is None or not any(one.required for one in fields(self.body))

    def read(self, body: Body) -> Any:
        """The struct, or None where none is taken."""
        return read_struct(body, self.body)

    def do(self, call: WriteCall) -> WriteResult:
        """Do it."""
        return self.action(call)


def by_path(routes: Sequence[WriteRoute]) -> Mapping[str, Mapping[str, WriteRoute]]:
    """Routes by path, then by method."""
    found: dict[str, dict[str, WriteRoute]] = {}
    for one in routes:
        found.setdefault(one.path, {})[one.method] = one
    return found
