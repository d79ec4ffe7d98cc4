"""The components of the description: JSON Schema of the structs that serve, as msgspec writes it, made exact."""

from collections.abc import Container, Iterable
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from commerce.api.core.errors import Error, InvalidData
from commerce.api.read.fields import examples, type_layers
from commerce.api.read.resource import ApiResource
from commerce.api.read.serve import Meta

type Json = dict[str, Any]

_REF = "#/components/schemas/{name}"
_CLOSED = (Error, InvalidData, Meta)
"""What never gains a key (client-api.md 1). All else may, within v1."""
_INSTANT = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"


def schema_reference(name: str) -> Json:
    """A reference to a component."""
    return {"$ref": _REF.format(name=name)}


def row_component_name(resource: ApiResource) -> str:
    """The component that one row is sent as."""
    return f"{resource.row_struct.__name__}Reply"


def list_component_name(resource: ApiResource) -> str:
    """The component that a page of rows is sent as."""
    assert resource.list_struct is not None
    return f"{resource.list_struct.__name__}List"


def schema_components(resources: tuple[ApiResource, ...]) -> Json:
    """All components by name: what is inside of ``data``, the envelopes, errors."""
    shown = [
        struct
        for one in resources
        for struct in (one.row_struct, one.list_struct)
        if struct is not None
    ]
    found = struct_components([*shown, Meta, Error, InvalidData], closed=_CLOSED)
    for struct in shown:
        found[struct.__name__]["examples"] = examples(struct)
    for resource in resources:
        found |= _envelopes(resource)
    return dict(sorted(found.items()))


def struct_components(
    structs: Iterable[type[msgspec.Struct]], *, closed: Container[type[msgspec.Struct]] = ()
) -> Json:
    """The schemas of these structs and of those that their fields hold; those ``closed`` never gain a key."""
    return {
        one.__name__: _component(one, is_closed=one in closed) for one in structs_within([*structs])
    }


def structs_within(structs: list[type[msgspec.Struct]]) -> list[type[msgspec.Struct]]:
    """The structs and those that their fields hold, each once."""
    found: dict[type[msgspec.Struct], None] = {}
    while structs:
        struct = structs.pop(0)
        found[struct] = None
        for hint in get_type_hints(struct, include_extras=True).values():
            innermost = list(type_layers(hint))[-1]
            parts = [one for one in (innermost, *get_args(innermost)) if isinstance(one, type)]
            structs += [one for one in parts if issubclass(one, msgspec.Struct)]
    return list(found)


def _component(struct: type[msgspec.Struct], *, is_closed: bool) -> Json:
    _, parts = msgspec.json.schema_components([struct], ref_template=_REF)
    schema: Json = parts[struct.__name__]
    del schema["title"]
    hints = get_type_hints(struct, include_extras=True)
    schema["properties"] = {
        name: _field(part, hints[name]) for name, part in schema["properties"].items()
    }
    if is_closed:
        schema["additionalProperties"] = False
    return schema


def _envelopes(resource: ApiResource) -> Json:
    one = schema_reference(resource.row_struct.__name__)
    found = {
        row_component_name(resource): {
            "description": "One row.",
            "type": "object",
            "properties": {"data": one},
            "required": ["data"],
        }
    }
    if resource.list_struct is not None:
        rows = {
            "type": "array",
            "items": schema_reference(resource.list_struct.__name__),
            "maxItems": 100,
        }
        found[list_component_name(resource)] = {
            "description": "One page of a list, newest first.",
            "type": "object",
            "properties": {"data": rows, "meta": schema_reference("Meta")},
            "required": ["data", "meta"],
        }
    return found


def _field(schema: Json, hint: Any) -> Json:
    """One property: what is said of it outermost counts, null is a type, choices keep the contract's order."""
    schema = _flat(schema)
    kind = list(type_layers(hint))
    said = [one for layer in kind if get_origin(layer) is Annotated for one in layer.__metadata__]
    for name in ("description", "examples"):
        values = [value for one in said if (value := getattr(one, name)) is not None]
        schema.pop(name, None)
        if values:
            schema[name] = values[0]
    if get_origin(kind[-1]) is Literal:
        choices, is_null = list(get_args(kind[-1])), "null" in schema.get("type", ())
        schema |= {
            "type": ["string", "null"] if is_null else "string",
            "enum": [*choices, None] if is_null else choices,
        }
    if "integer" in schema.get("type", ()):
        schema["format"] = "int64"
    if schema.get("format") == "date-time":
        schema["pattern"] = _INSTANT
    first = ("description", "type", "format")
    return {name: schema[name] for name in first if name in schema} | schema


def _flat(schema: Json) -> Json:
    """Alternatives of plain types as one schema: ``["string", "null"]``. A decimal is sent as a number."""
    if "anyOf" not in schema:
        return dict(schema)
    outer = {name: value for name, value in schema.items() if name != "anyOf"}
    if len(schema["anyOf"]) > 1 and any("$ref" in one for one in schema["anyOf"]):
        return dict(schema)
    if len(schema["anyOf"]) == 1:  # another struct, which msgspec puts so beside what is said of it
        return outer | dict(schema["anyOf"][0])
    options = [
        {"type": "number"} if one.get("format") == "decimal" else one for one in schema["anyOf"]
    ]
    types = [one.get("type", "string") for one in options]  # msgspec says no type beside choices
    if "number" in types:
        types.remove("integer")
    rest = {name: value for one in options for name, value in one.items() if name != "type"}
    return {"type": types[0] if len(types) == 1 else types} | rest | outer
