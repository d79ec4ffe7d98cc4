"""Stripe's requests as OpenAPI, from the types of its SDK, which Stripe generates from its own description."""

import builtins
import sys
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, ForwardRef, get_args, get_origin

from stripe import params
from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

PLAIN = {str: "string", int: "integer", bool: "boolean"}


def describe(calls: Iterable[str]) -> dict[str, Any]:
    """The description of calls such as ``POST /v1/refunds/{id}``: what each takes, and nothing of what it answers."""
    paths: dict[str, Any] = {}
    for call in calls:
        method, _, path = call.partition(" ")
        schema = schema_of_params(getattr(params, f"{name_of(method, path)}Params"))
        paths.setdefault(path, {})[method.lower()] = operation(method, path, schema)
    return {"openapi": "3.1.0", "info": {"title": "Stripe", "version": "1"}, "paths": paths}


def name_of(method: str, path: str) -> str:
    """``POST /v1/payment_intents/{id}/cancel`` is ``PaymentIntentCancel`` in the SDK."""
    _, _, noun, *rest = path.split("/")
    resource = "".join(word.capitalize() for word in noun.removesuffix("s").split("_"))
    if len(rest) == 2:
        return resource + rest[1].capitalize()
    if method == "POST":
        return resource + ("Update" if rest else "Create")
    return resource + ("Retrieve" if rest or noun in ("account", "balance") else "List")


def operation(method: str, path: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A call of OpenAPI: a form for ``POST``, a query for ``GET``."""
    parameters = [
        {"name": name, "in": "query", "style": "deepObject", "schema": value}
        for name, value in schema["properties"].items()
        if method == "GET"
    ]
    if "{id}" in path:
        named = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        parameters.append(named)
    form = {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    answer = {"application/json": {"schema": {"type": "object"}, "example": {"id": "x"}}}
    return {
        "parameters": parameters,
        "responses": {"200": {"description": "", "content": answer}},
        **({"requestBody": form} if method == "POST" else {}),
    }


def schema_of_params(taken: Any) -> dict[str, Any]:
    """What a call, or a part of it, takes; anything else is unknown to it."""
    names = vars(sys.modules[taken.__module__])
    own = {
        name: hint
        for name, hint in taken.__annotations__.items()
        if name not in RequestOptions.__annotations__
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(set(taken.__required_keys__) & set(own)),
        "properties": {name: schema_of(hint, names) for name, hint in own.items()},
    }


def schema_of(hint: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a type; ``names`` are those of the module in which it is written."""
    if isinstance(hint, ForwardRef):
        return schema_of(eval(hint.__forward_arg__, dict(names)), names)  # noqa: S307 - the SDK's
    if is_typeddict(hint):
        return schema_of_params(hint)
    args = get_args(hint)
    match get_origin(hint):
        case typing.NotRequired:
            schema = schema_of(args[0], names)
        case typing.Literal:
            schema = {"enum": list(args)}
        case typing.Union | types.UnionType:
            schema = {"anyOf": [schema_of(each, names) for each in args]}
        case builtins.list:
            schema = {"type": "array", "items": schema_of(args[0], names)}
        case builtins.dict:
            schema = {"type": "object", "additionalProperties": schema_of(args[1], names)}
        case _:
            schema = {"type": PLAIN[hint]} if hint in PLAIN else {}
    return schema
