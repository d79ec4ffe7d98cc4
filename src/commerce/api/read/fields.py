"""What a field of a resource is, said once, where its struct names it: type, column, description and examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from types import NoneType
from typing import Annotated, Any, TypeAliasType, get_args, get_origin, get_type_hints

import msgspec
from django.db.models import Aggregate, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, JSONArray
from msgspec import Meta, Struct

_KEY = "commerce"


@dataclass(frozen=True, eq=False)
class FieldSource:
    """Where a field comes from: the columns that are read, and how their values become the one that is shown.

    ``story`` is what it is in each example of its resource.
    """

    columns: Sequence[Any]
    show: Callable[..., Any] | None
    story: Sequence[Any]


def api_field(
    *columns: Any, show: Callable[..., Any] | None = None, story: Sequence[Any] = (), **said: Any
) -> Meta:
    """The annotation of a field: ``name: Annotated[str, api_field("label", description="Display name.")]``.

    ``columns`` are names or expressions of the model; without ``show`` the one is shown as it is stored. ``story`` has
    the field's part of its resource's examples, as JSON values, newest first; without it they have the ``examples``.
    What is ``said`` is for msgspec.
    """
    return Meta(**said, extra={_KEY: FieldSource(columns, show, story or said.get("examples", ()))})


@dataclass(frozen=True, eq=False)
class LinkedRows:
    """More rows for a field of ``api_rows``, which refer to theirs by ``parent`` through a table between them.

    ``columns`` names what they show in the place of a column.
    """

    rows: QuerySet[Any, Any]
    parent: str
    columns: Mapping[str, str]


def api_rows(
    struct: type[Struct],
    rows: QuerySet[Any, Any],
    *,
    parent: str,
    order: str,
    linked: LinkedRows | None = None,
    most: int = 0,
    story: Sequence[int] = (),
    **said: Any,
) -> Meta:
    """The annotation of a field that holds rows of another table, which refer to theirs by ``parent``.

    With ``most`` only so many are shown, the last ones. ``story`` says how many of the examples of ``struct`` belong to
    each example of the resource.
    """
    shape = ResourceShape(struct, (order,))
    columns = [_gathered(rows, parent, shape.columns)]
    if linked is not None:  # a subquery of its own: with an OR neither would use its index
        replaced = [linked.columns.get(name, name) for name in shape.columns]
        columns.append(_gathered(linked.rows, linked.parent, replaced))

    def show(*texts: str | None) -> list[Struct]:
        found = [row for text in texts if text for row in msgspec.json.decode(text)]
        return shape.build(sorted(found)[-most:])

    left = iter(examples(struct))
    return api_field(*columns, show=show, story=[list(islice(left, n)) for n in story], **said)


def api_row(
    struct: type[Struct],
    rows: QuerySet[Any, Any],
    *,
    parent: str,
    story: Sequence[Any] = (),
    **said: Any,
) -> Meta:
    """The annotation of a field that holds the one row of another table that refers to its own, or null."""
    several = api_rows(struct, rows, parent=parent, order="pk")
    source: FieldSource = (several.extra or {})[_KEY]
    gathered = source.show
    assert gathered is not None

    def show(text: str | None) -> Struct | None:
        found = gathered(text)
        return found[-1] if found else None

    return api_field(*source.columns, show=show, story=story, **said)


def api_related(
    struct: type[Struct], relation: str, *, story: Sequence[Any] = (), **said: Any
) -> Meta:
    """The annotation of a field that holds the one row which ``relation`` refers to, or null where there is none."""
    shape = ResourceShape(struct, ("pk",))

    def show(*values: Any) -> Struct | None:
        return None if values[0] is None else shape.build([values])[0]

    return api_field(
        *[f"{relation}__{one}" for one in shape.columns], show=show, story=story, **said
    )


def _gathered(rows: QuerySet[Any, Any], parent: str, columns: Sequence[Any]) -> Subquery:
    gathered = Cast(JsonRows(JSONArray(*columns)), TextField())
    return Subquery(rows.order_by().values(parent).annotate(gathered=gathered).values("gathered"))


class JsonRows(Aggregate):
    """The rows of a group as one JSON array, in no particular order; NULL when there are none."""

    function = "JSON_AGG"
    name = "JsonRows"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


def type_layers(hint: Any) -> Iterator[Any]:
    """A type and what it wraps, outermost first: annotations, names of types, ``| None``, ``list[]``."""
    while True:
        yield hint
        if isinstance(hint, TypeAliasType):
            hint = hint.__value__
        elif (
            get_origin(hint) is Annotated or get_origin(hint) is list or NoneType in get_args(hint)
        ):
            hint = next(part for part in get_args(hint) if part is not NoneType)
        else:
            return


@cache
def field_names(struct: type[Struct]) -> frozenset[str]:
    """The names of a struct's fields, and of those within them as ``outer.inner``."""
    found = set(struct.__struct_fields__)
    for name, hint in get_type_hints(struct, include_extras=True).items():
        inner = [*type_layers(hint)][-1]
        if isinstance(inner, type) and issubclass(inner, Struct):
            found |= {f"{name}.{one}" for one in inner.__struct_fields__}
    return frozenset(found)


@cache
def field_sources(struct: type[Struct]) -> dict[str, FieldSource]:
    """Where each field of a struct comes from, in their order."""
    hints = get_type_hints(struct, include_extras=True)
    return {
        name: next(
            one.extra[_KEY]
            for layer in type_layers(hints[name])
            if get_origin(layer) is Annotated
            for one in reversed(layer.__metadata__)
            if isinstance(one, Meta) and one.extra
        )
        for name in struct.__struct_fields__
    }


class ResourceShape:
    """One shape of a resource: the struct as which it is sent, the columns that it needs, and how rows become it.

    Each row begins with the columns ``leading``, whether or not they are shown.
    """

    def __init__(self, struct: type[Struct], leading: Sequence[str]) -> None:
        self.struct = struct
        self.columns: list[Any] = list(leading)
        self._sources: list[tuple[list[int], Callable[..., Any] | None]] = []
        for source in field_sources(struct).values():
            self.columns += [one for one in source.columns if one not in self.columns]
            self._sources.append(([self.columns.index(c) for c in source.columns], source.show))

    def build(self, rows: Iterable[Sequence[Any]]) -> list[Struct]:
        """The structs of these rows. Column by column, since a row at a time in Python takes longer."""
        stored = list(zip(*rows, strict=True))
        if not stored:
            return []
        fields = [
            map(show, *[stored[i] for i in places]) if show else stored[places[0]]
            for places, show in self._sources
        ]
        return list(map(self.struct, *fields))


@cache
def examples(struct: type[Struct]) -> list[Any]:
    """The examples of a struct as JSON values, newest first: as many as each of its fields tells."""
    sources = field_sources(struct)
    told = zip(*(source.story for source in sources.values()), strict=False)
    return [dict(zip(sources, values, strict=True)) for values in told]
