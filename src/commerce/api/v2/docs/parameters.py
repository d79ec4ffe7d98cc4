"""What each operation takes: the parameters of all, and those of a resource from its filters, orders and fields."""

from typing import Any

from commerce.api.docs.description import PARAMETER_COMPONENTS as V1
from commerce.api.docs.headers import EXAMPLE_CURSOR
from commerce.api.read.fields import examples
from commerce.api.v2.docs.changes import WRITE_PARAMETERS
from commerce.api.v2.docs.schemas import included_names
from commerce.api.v2.reading.files import ReportRoute
from commerce.api.v2.reading.filters import DayFilter, Filter, InstantFilter
from commerce.api.v2.reading.params import DEFAULT_LIMIT, MAX_LIMIT
from commerce.api.v2.reading.resource import Resource

type Json = dict[str, Any]

PARAMETER_COMPONENTS: Json = {
    "limit": {
        "name": "limit",
        "in": "query",
        "description": "Rows on each page.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LIMIT,
            "default": DEFAULT_LIMIT,
        },
        "example": DEFAULT_LIMIT,
    },
    "cursor": {
        "name": "cursor",
        "in": "query",
        "description": "`next_cursor` of the page before, to read on from there. It belongs to the client, the list "
        "and its parameters, of which only `limit`, `fields` and `include` may change, and is valid for 7 days.",
        "schema": {"type": "string", "minLength": 1},
        "examples": {"next": {"summary": "As a page before gave it.", "value": EXAMPLE_CURSOR}},
    },
    "id": V1["id"],
    "If-None-Match": V1["If-None-Match"] | {"example": '"3-9a0364b9e99bb480dd25e1f0284c8555"'},
    "X-Request-Id": V1["X-Request-Id"],
    **WRITE_PARAMETERS,
}
_COMMAS: Json = {"style": "form", "explode": False}
"""Several values with commas between them."""


def taken_parameters(resource: Resource, *, is_list: bool, has_id: bool) -> list[Json]:
    """All parameters of a path, in the order of the page: the path's, the query's, headers."""
    found: list[Json] = []
    if has_id:
        found.append(id_parameter(resource))
    if is_list:
        found += [shared_parameter("limit"), shared_parameter("cursor"), _sort(resource)]
        found += [_filter(resource, name, one) for name, one in resource.filters.items()]
    found += shaping_parameters(resource, is_list=is_list)
    return [*found, shared_parameter("X-Request-Id")]


def report_parameters(report: ReportRoute) -> list[Json]:
    """What a report takes, such as days."""
    return [
        _query_parameter(name, one) | {"example": report.example_params[name]}
        for name, one in report.params.items()
    ]


def id_parameter(resource: Resource) -> Json:
    """The id in a path."""
    example = examples(resource.row_struct)[0]["id"]
    found: Json = PARAMETER_COMPONENTS["id"] | {"example": example}
    if resource.key_column:
        text = {"type": "string", "pattern": resource.key_pattern}
        found |= {"description": "Identifier of the row.", "schema": text}
    return found


def shared_parameter(name: str) -> Json:
    """A parameter that many operations take."""
    return {"$ref": f"#/components/parameters/{name}"}


def _sort(resource: Resource) -> Json:
    words = (
        "Order of the list; a minus means the latest first. In the order of `created_at` a walk skips and repeats "
        "nothing that was there when it began; by `updated_at` what changes in the meantime comes again."
    )
    return {
        "name": "sort",
        "in": "query",
        "description": words if resource.created_column else "Order of the list: by number.",
        "schema": {
            "type": "string",
            "enum": list(resource.sorts),
            "default": resource.default_sort,
        },
        "example": resource.default_sort,
    }


def _filter(resource: Resource, name: str, one: Filter) -> Json:
    return _query_parameter(name, one) | {"example": _example(resource, name, one)}


def _query_parameter(name: str, one: Filter) -> Json:
    schema = one.schema
    found: Json = {"name": name, "in": "query", "description": one.about, "schema": schema}
    if schema["type"] == "array":
        found |= _COMMAS | {"description": f"{one.about} Several values with commas."}
    elif schema["type"] == "object":
        found |= {"style": "deepObject", "explode": True}
    return found


def _example(resource: Resource, name: str, one: Filter) -> Any:
    """A value of a filter: that of the field of its name in the first example, or in a row that it holds."""
    if isinstance(one, InstantFilter):
        return "2026-04-01T00:00:00Z"
    if isinstance(one, DayFilter):
        return "2026-05-01"
    shown = examples(resource.row_struct)[0]
    if name == "ids":
        return [row["id"] for row in examples(resource.list_struct or resource.row_struct)]
    parts = [one for each in shown.values() if isinstance(each, list) for one in each]
    within = [one[name] for one in (shown, *parts) if isinstance(one, dict) and name in one]
    value = within[0] if within else shown["domain_name"].partition(".")[2]
    return [value] if one.schema["type"] == "array" else value


_FIRST_FIELDS: tuple[str, ...] = ("id", "version", "status", "name")


def few_fields(resource: Resource) -> list[str]:
    """An example of ``fields``."""
    known = [*resource.row_struct.__struct_fields__]
    told = [name for name in _FIRST_FIELDS if name in known]
    return told[:2] or known[:1]


def shaping_parameters(resource: Resource, *, is_list: bool) -> list[Json]:
    """``fields`` and, where something may be embedded, ``include``."""
    names = included_names(resource)
    fields = {
        "name": "fields",
        "in": "query",
        "description": "Only these fields of each object, in their usual order, with commas between them. `a.b` is the "
        "field `b` of the objects in `a`; of an object that is included, only together with `include`.",
        "schema": _several(sorted(resource.field_names(names, is_list=is_list))),
        "example": few_fields(resource),
    }
    if not names:
        return [fields | _COMMAS]
    scopes = [
        f"`{one}` needs `{kind.scope}` too."
        for one, kind in resource.includes.items()
        if kind.scope
    ]
    include = {
        "name": "include",
        "in": "query",
        "description": " ".join(["Related objects to embed, with commas between them.", *scopes]),
        "schema": _several(names),
        "example": [names[-1]],
    }
    return [fields | _COMMAS, include | _COMMAS]


def _several(names: Any) -> Json:
    return {"type": "array", "items": {"type": "string", "enum": list(names)}, "minItems": 1}
