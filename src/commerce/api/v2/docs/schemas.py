"""The components of the description: what is sent whole, and what ``fields`` leaves of it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db.models import F, Subquery
from msgspec import Struct

from commerce.api.docs.schemas import schema_reference, struct_components, structs_within
from commerce.api.read.fields import FieldSource, examples, field_sources
from commerce.api.v2.docs.changes import body_schemas, written
from commerce.api.v2.problems import Problem, ProblemPlace
from commerce.api.v2.reading.field_types import DERIVED
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.reading.serve import Meta
from commerce.api.v2.resources.files import REPORTS
from commerce.api.v2.writing.routes import WriteRoute

type Json = dict[str, Any]

FIXED_COLUMNS = {
    *("item__position", "order__pk", "invoice__number"),
    *("account__currency_id", "service__currency_id"),
}
"""Columns of other rows that never change once the row that shows them is there."""

_LEFT = "Fields"
"""Ends the name of a component in which no key must be there."""
_TRIED = "DryRun"
"""Ends the name of a component of what a dry run makes, which has no id yet."""


def included_names(resource: Resource) -> tuple[str, ...]:
    """All that may be embedded, in the order in which it is sent."""
    return tuple(sorted(resource.includes))


def whole_struct(resource: Resource, *, is_list: bool) -> type[Struct]:
    """A row with everything embedded that may be."""
    return resource.struct(is_list=is_list, include=included_names(resource))


def reply_names(resource: Resource, *, is_list: bool) -> tuple[str, str]:
    """The components of a reply: the whole one, and that of a request with ``fields``."""
    name = whole_struct(resource, is_list=is_list).__name__
    end = "List" if is_list else "Reply"
    return f"{name}{end}", f"{name}{_LEFT}{end}"


def tried_names(route: WriteRoute) -> tuple[str, ...]:
    """The components of the reply to a dry run, where that leaves fields empty that the row always has."""
    name = whole_struct(route.shown, is_list=False).__name__
    if not _unsettled(route):
        return ()
    return f"{name}{_TRIED}Reply", f"{name}{_TRIED}{_LEFT}Reply"


def _unsettled(route: WriteRoute) -> list[str]:
    struct = whole_struct(route.shown, is_list=False)
    shown = struct_components([struct])[struct.__name__]["properties"]
    return [name for name in route.unsettled if name in shown and "null" not in _types(shown[name])]


def _types(part: Json) -> list[str]:
    kind = part.get("type", [])
    return [kind] if isinstance(kind, str) else kind


def _tried(route: WriteRoute, whole: Json) -> Json:
    name = whole_struct(route.shown, is_list=False).__name__
    properties = dict(whole[name]["properties"])
    for one in _unsettled(route):
        properties[one] = properties[one] | {"type": [*_types(properties[one]), "null"]}
    tried = whole[name] | {"properties": properties}
    tried["description"] = "What a dry run would have made: what only the act settles is null."
    del tried["examples"]
    return {f"{name}{_TRIED}": tried}


def schema_components(resources: tuple[Resource, ...]) -> Json:
    """All components by name."""
    whole = _rows(resources)
    routes = [one for one in written() if tried_names(one)]
    for route in routes:
        whole |= _tried(route, whole)
    found = whole | {_left(name): _with_any_keys(name, one, whole) for name, one in whole.items()}
    for resource in resources:
        found |= _envelopes(resource, is_list=False)
        if resource.list_struct is not None:
            found |= _envelopes(resource, is_list=True)
    for route in routes:
        for name in tried_names(route):
            found[name] = _envelope(name.removesuffix("Reply"), is_list=False)
    found |= _reports()
    bodies = body_schemas()
    both = found.keys() & bodies.keys()
    assert not both, f"{both} are names of what is sent and of what is answered"
    found |= struct_components([Meta, Problem, ProblemPlace]) | bodies
    return dict(sorted(found.items()))


def is_derived(source: FieldSource) -> bool:
    """Whether a field follows from another row, which changes without the version of its own."""
    names = [name for column in source.columns for name in _columns_read(column)]
    return any("__" in name and name not in FIXED_COLUMNS for name in names)


def _columns_read(column: Any) -> list[str]:
    """The columns that one is made from; what a subquery gathers has fields of its own."""
    if isinstance(column, str):
        return [column]
    if isinstance(column, F):
        return [column.name]  # type: ignore[attr-defined]  # django-stubs leave it out
    if isinstance(column, Subquery):
        return []
    return [name for one in column.get_source_expressions() for name in _columns_read(one)]


def _rows(resources: tuple[Resource, ...]) -> Json:
    """What is inside of ``data``, with what may be embedded as keys that need not be there."""
    found: Json = {}
    for resource in resources:
        for is_list in (True, False):
            struct = whole_struct(resource, is_list=is_list)
            base = resource.struct(is_list=is_list, include=())
            found |= struct_components([struct])
            _mark_derived(found, structs_within([struct]))
            one = found[struct.__name__]
            one["required"] = [key for key in one["required"] if key in base.__struct_fields__]
            one["examples"] = examples(base)
    return found


def _mark_derived(components: Json, structs: list[type[Struct]]) -> None:
    for struct in structs:
        with suppress(StopIteration):  # one that is made by its field has no columns of its own
            for name, source in field_sources(struct).items():
                if is_derived(source):
                    components[struct.__name__]["properties"][name] |= DERIVED


def _left(name: str) -> str:
    return f"{name}{_LEFT}"


def _with_any_keys(name: str, schema: Json, known: Mapping[str, Json]) -> Json:
    """The same object with only the keys that a request named, of which each is explained at the whole one."""
    return {
        "description": f"The fields of {name} that the request named.",
        "type": "object",
        "properties": {key: _bare(part, known) for key, part in schema["properties"].items()},
    }


def _bare(part: Any, known: Mapping[str, Json]) -> Any:
    """A property without words, whose objects have only some of their keys as well."""
    if isinstance(part, list):
        return [_bare(one, known) for one in part]
    if not isinstance(part, dict):
        return part
    bare = {
        key: _bare(value, known)
        for key, value in part.items()
        if key not in ("description", "examples", *DERIVED)
    }
    name = bare.get("$ref", "").rpartition("/")[2]
    return schema_reference(_left(name)) if name in known else bare


def _reports() -> Json:
    """What reports are sent as."""
    found: Json = {}
    for report in REPORTS.values():
        if report.example is not None:
            found |= struct_components([type(report.example)])
    return found


def _envelopes(resource: Resource, *, is_list: bool) -> Json:
    row = whole_struct(resource, is_list=is_list).__name__
    inner = (row, _left(row))
    return {
        name: _envelope(one, is_list=is_list)
        for name, one in zip(reply_names(resource, is_list=is_list), inner, strict=True)
    }


def _envelope(row: str, *, is_list: bool) -> Json:
    words = "One page of a list" if is_list else "One row"
    data = schema_reference(row)
    properties: Json = {"data": data}
    if is_list:
        properties["data"] = {"type": "array", "items": data, "maxItems": 100}
        properties["meta"] = schema_reference("Meta")
    return {
        "description": f"{words}, with only some fields." if row.endswith(_LEFT) else f"{words}.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }
