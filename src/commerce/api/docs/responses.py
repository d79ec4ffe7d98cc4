"""What each operation can answer: every status with headers, schema and examples made by the code that serves."""

from typing import Any

import msgspec

from commerce.api.core import errors
from commerce.api.core.errors import ApiProblem
from commerce.api.docs.headers import LIMIT_HEADERS, header_references
from commerce.api.docs.schemas import list_component_name, row_component_name, schema_reference
from commerce.api.read import query_params
from commerce.api.read.fields import examples
from commerce.api.read.resource import ApiResource
from commerce.db.outages import RETRY_AFTER_SECONDS

type Json = dict[str, Any]

_EXAMPLE_TOTAL = 52


def _refusal(
    description: str, headers: Json, problems: dict[str, ApiProblem], schema: str = "Error"
) -> Json:
    shown = {
        name: {"summary": str(problem), "value": msgspec.json.decode(problem.body)}
        for name, problem in problems.items()
    }
    content = {"application/json": {"schema": schema_reference(schema), "examples": shown}}
    return {"description": description, "headers": headers, "content": content}


def _problem(query: str) -> ApiProblem:
    """What a list answers to a query that is not right."""
    try:
        query_params.parse_list_query(query, ("active",))
    except ApiProblem as problem:
        return problem
    raise AssertionError(f"{query} is right")


_LIMITED = ("CacheOfErrors", *LIMIT_HEADERS, "Content-Length")


def _of_parameters() -> dict[str, Json]:
    return {
        "BadRequest": _refusal(
            "A parameter is not of its type, or is given twice. Of several, the first in the order page, per_page, "
            "status, updated_since is named.",
            header_references(*_LIMITED),
            {
                "integer": _problem("page=abc"),
                "twice": _problem("status=active&status=active"),
                "instant": _problem("updated_since=2026-04-08"),
            },
        ),
        "InvalidData": _refusal(
            "A parameter is of its type but not allowed; all offending ones are named.",
            header_references(*_LIMITED),
            {
                "status": _problem("status=gone"),
                "per_page": _problem("per_page=101"),
                "several": _problem("page=0&per_page=0"),
            },
            schema="InvalidData",
        ),
    }


def _refusals() -> dict[str, Json]:
    return _of_parameters() | {
        "Unauthenticated": _refusal(
            "The token is missing, malformed, unknown, expired or revoked: the same body for all.",
            header_references("WWW-Authenticate", "CacheOfErrors", "Content-Length"),
            {"unauthenticated": errors.unauthenticated(token_sent=True)},
        ),
        "NotFound": _refusal(
            "There is no such row, or it belongs to another client: the same body for both.",
            header_references(*_LIMITED),
            {"not_found": errors.not_found()},
        ),
        "MethodNotAllowed": _refusal(
            "A method other than GET and HEAD was used on this path.",
            header_references("Allow", "CacheOfErrors", "Content-Length"),
            {"method": errors.method_not_allowed()},
        ),
        "TooManyRequests": _refusal(
            "The token's requests of this window are used up, or too many refused tokens came from this network "
            "address (then without the headers of the limit).",
            header_references("Retry-After", *_LIMITED),
            {"too_many": errors.too_many_requests(37)},
        ),
        "ServerError": _refusal(
            "The server failed. Tell its operator the X-Request-Id.",
            header_references(*_LIMITED),
            {"crashed": errors.server_error()},
        ),
        "Unavailable": _refusal(
            "The database cannot serve now: it is away, locked or full. Ask again after Retry-After seconds.",
            header_references("Retry-After", *_LIMITED),
            {"unavailable": errors.unavailable(RETRY_AFTER_SECONDS)},
        ),
    }


def shared_responses() -> Json:
    """The responses that several operations share, each also as HEAD gets it: without its body."""
    found = _refusals()
    found["NotModified"] = {
        "description": "The copy that the caller has is still right. It costs nothing of the limit.",
        "headers": header_references("ETag", "CacheOfOne", "VaryOfOne", *LIMIT_HEADERS),
    }
    found |= {f"{name}Head": without_body(one) for name, one in found.items() if "content" in one}
    return dict(sorted(found.items()))


def without_body(response: Json) -> Json:
    """A response as HEAD gets it."""
    return {name: value for name, value in response.items() if name != "content"}


def _forbidden(resource: ApiResource) -> Json:
    return _refusal(
        "Plain HTTP, a caller outside of the token's networks, a closed account, or a missing scope.",
        header_references(
            "WWW-Authenticate-Scope", "CacheOfErrors", *LIMIT_HEADERS, "Content-Length"
        ),
        {
            "scope": errors.missing_scope(resource.scope),
            "address": errors.address_not_allowed(),
            "closed": errors.account_closed(),
            "https": errors.https_required(),
        },
    )


def operation_responses(resource: ApiResource, *, is_list: bool, has_id: bool, head: bool) -> Json:
    """All responses of one operation, by status."""
    names = {"304": "NotModified", "401": "Unauthenticated", "405": "MethodNotAllowed"}
    names |= {"429": "TooManyRequests", "500": "ServerError", "503": "Unavailable"}
    if is_list:
        names |= {"400": "BadRequest", "422": "InvalidData"}
    if has_id:
        names |= {"404": "NotFound"}
    end = "Head" if head else ""
    found: Json = {
        status: {"$ref": f"#/components/responses/{name}{end if status != '304' else ''}"}
        for status, name in names.items()
    }
    found["200"] = _page(resource) if is_list else _row(resource)
    found["403"] = _forbidden(resource)
    if head:
        found |= {status: without_body(found[status]) for status in ("200", "403")}
    return dict(sorted(found.items()))


def _ok(resource: ApiResource) -> tuple[str, ...]:
    ending = ("Deprecation", "Sunset") if resource.deprecation else ()
    kept = ("ETag", "CacheOfOne", "VaryOfOne")
    return (*kept, *LIMIT_HEADERS, *ending, "Content-Encoding", "Content-Length")


def _row(resource: ApiResource) -> Json:
    example = examples(resource.row_struct)[0]
    ending = ("LinkOfEnding",) if resource.deprecation else ()
    content = {
        "schema": schema_reference(row_component_name(resource)),
        "example": {"data": example},
    }
    return {
        "description": "The row.",
        "headers": header_references("Last-Modified", *ending, *_ok(resource)),
        "content": {"application/json": content},
    }


def _page(resource: ApiResource) -> Json:
    assert resource.list_struct is not None
    rows = examples(resource.list_struct)
    last = -(-_EXAMPLE_TOTAL // len(rows))
    meta = {
        "current_page": 2,
        "last_page": last,
        "per_page": len(rows),
        "total": _EXAMPLE_TOTAL,
    }
    content = {
        "schema": schema_reference(list_component_name(resource)),
        "example": {"data": rows, "meta": meta},
    }
    return {
        "description": "One page of rows, newest first; empty beyond the last.",
        "headers": header_references("Link", *_ok(resource)),
        "content": {"application/json": content},
    }


def description_responses(*, head: bool) -> Json:
    """The responses of the description itself, which is public."""
    caching = ("ETag", "CacheOfAll", "VaryOfAll")
    found: Json = {
        "200": {
            "description": "This description.",
            "headers": header_references(*caching, "Content-Encoding", "Content-Length"),
            "content": {"application/json": {"schema": DESCRIPTION_SCHEMA}},
        },
        "304": {
            "description": "The copy that the caller has is still right.",
            "headers": header_references(*caching),
        },
        "403": _refusal(
            "Plain HTTP.",
            header_references("CacheOfErrors", "Content-Length"),
            {"https": errors.https_required()},
        ),
    }
    if head:
        found |= {status: without_body(found[status]) for status in ("200", "403")}
    end = "Head" if head else ""
    for status, name in (("405", "MethodNotAllowed"), ("500", "ServerError")):
        found[status] = {"$ref": f"#/components/responses/{name}{end}"}
    return found


DESCRIPTION_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "openapi": {"type": "string", "pattern": r"^3\.1\.[0-9]+$"},
        "info": {"type": "object"},
        "servers": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"url": {"type": "string"}},
                "required": ["url"],
            },
        },
        "paths": {"type": "object"},
        "components": {"type": "object"},
    },
    "required": ["openapi", "info", "servers", "paths", "components"],
    "examples": [{"openapi": "3.1.1", "info": {}, "servers": [], "paths": {}, "components": {}}],
}
