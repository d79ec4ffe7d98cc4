"""How a PATCH is described: its body from the acts that it does, its parameters, its refusals."""

from typing import Any

from commerce.accounts.actions.api_writes.metadata import (
    MAX_KEY_LENGTH,
    MAX_PAIRS,
    MAX_REFERENCE_LENGTH,
    MAX_VALUE_LENGTH,
)
from commerce.api.docs.headers import LIMIT_HEADERS
from commerce.api.docs.schemas import schema_reference, struct_components, structs_within
from commerce.api.read.fields import examples
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.api.v2.writing.all_writes import WRITES
from commerce.api.v2.writing.changes import ResourceChange
from commerce.api.v2.writing.posts import ActPost
from commerce.api.v2.writing.routes import StructWrite, WriteRoute
from commerce.kit.acts.act import act_of

type Json = dict[str, Any]

WRITE_PARAMETERS: Json = {
    "dry_run": {
        "name": "dry_run",
        "in": "query",
        "description": "`true` makes all checks and shows what the answer would be, and changes nothing.",
        "schema": {"type": "boolean", "default": False},
        "example": True,
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` of the row as you read it. If its version is another by now, nothing changes: 412.",
        "schema": {"type": "string"},
        "example": '"3-9a0364b9e99bb480dd25e1f0284c8555"',
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A text of your own for this one change, such as a UUID. The same request with the same key "
        "is done once, and gets the first answer again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "example": "5f0f3c1e-8a0d-4a55-9a6e-2f4f0a3d9c11",
    },
}
POST_REPLY_HEADERS = (
    *("Location", "Retry-AfterOfOperation", "CacheOfWrites"),
    *(*LIMIT_HEADERS, "Idempotent-Replayed", "Dry-Run"),
)
REPLY_HEADERS = ("ETagOfChange", "CacheOfWrites", *LIMIT_HEADERS, "Idempotent-Replayed", "Dry-Run")
"""What comes with the answer to a change, besides what every body has."""


def body_name(route: WriteRoute) -> str:
    """The component that a write is sent as."""
    if isinstance(route, ResourceChange):
        return f"{noun(route.resource)}Change"
    if isinstance(route, ActPost):
        return f"{noun(route.resource)}{route.verb.title().replace('-', '')}"
    assert isinstance(route, StructWrite) and route.body is not None  # noqa: PT018
    return route.body.__name__


def noun(resource: Resource) -> str:
    """One row of a resource."""
    return resource.row_struct.__name__.removesuffix("Detail")


def written() -> list[WriteRoute]:
    """All writes, in the order of their paths."""
    return [one for by_method in WRITES.values() for one in by_method.values()]


def answers_apart() -> list[Resource]:
    """The shapes of answers that are no rows, each once."""
    return [*dict.fromkeys(one.shown for one in written() if one.shown not in RESOURCES)]


def body_schemas() -> Json:
    """The bodies by name."""
    found: Json = {}
    for one in written():
        if isinstance(one, ResourceChange):
            found[body_name(one)] = _body(one)
        elif isinstance(one, ActPost):
            if one.method == "POST":
                found[body_name(one)] = _act_body(one)
        elif isinstance(one, StructWrite) and one.body is not None:
            found |= struct_components([one.body], closed=[*structs_within([one.body])])
    return found


def request_body(route: WriteRoute) -> Json | None:
    """What a write takes, with an example; None if it takes nothing."""
    if isinstance(route, ResourceChange):
        shown = examples(route.resource.row_struct)[0]
        example: Any = {name: shown[name] for name in route.member_names if name != "items"}
        if route.has_items:
            example["items"] = [{"position": 1, "reference": "shop-line-1"}]
    elif isinstance(route, ActPost):
        if route.method == "DELETE":
            return None
        inputs = act_of(route.action).parameters
        schemas = {name: inputs[one].input.json_schema() for one, name in route.members.items()}
        example = {
            name: one["enum"][-1] if "enum" in one else _POSTED[one["type"]]
            for name, one in schemas.items()
        }
    else:
        assert isinstance(route, StructWrite)
        if route.body is None:
            return None
        example = route.example
    content = {"schema": schema_reference(body_name(route)), "example": example}
    return {"required": not route.may_be_empty, "content": {"application/json": content}}


_POSTED = {"boolean": True, "string": "…", "integer": 1}
"""Examples of what is posted, by type."""


def _body(route: ResourceChange) -> Json:
    struct = route.resource.row_struct
    shown = struct_components([struct])[struct.__name__]["properties"]
    properties: Json = {}
    for name, (action, parameter) in route.members.items():
        said = {key: shown[name][key] for key in ("description", "examples") if key in shown[name]}
        properties[name] = said | act_of(action).parameters[parameter].input.json_schema()
    if route.has_items:
        properties["items"] = _items()
    return {
        "description": f"What is to change of {noun(route.resource)}; what a body leaves out stays.",
        "type": "object",
        "properties": properties | _words(),
        "additionalProperties": False,
    }


def _act_body(post: ActPost) -> Json:
    inputs = act_of(post.action).parameters
    return {
        "description": f"What `{post.verb}` takes.",
        "type": "object",
        "properties": {
            name: {"description": str(inputs[parameter].input.label)}
            | inputs[parameter].input.json_schema()
            for parameter, name in post.members.items()
        },
        "required": post.required,
        "additionalProperties": False,
    }


def _items() -> Json:
    position = {"description": "Which one, from 1.", "type": "integer", "minimum": 1}
    return {
        "description": "What is to change of its positions; those that are not named stay.",
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"position": position} | _words(),
            "required": ["position"],
            "additionalProperties": False,
        },
    }


def _words() -> Json:
    value = {"type": ["string", "null"], "minLength": 1}
    return {
        "reference": {
            "description": "A text of your own; null takes it away.",
            **value,
            "maxLength": MAX_REFERENCE_LENGTH,
        },
        "metadata": {
            "description": "Pairs of your own: each key that is named is set, null takes it away, and the others "
            f"stay. A row has up to {MAX_PAIRS}.",
            "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": MAX_KEY_LENGTH},
            "additionalProperties": value | {"maxLength": MAX_VALUE_LENGTH},
        },
    }


CHANGE_REFUSALS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "BadChange": ((), ("unknown", "repeated", "field", "body", "key")),
    "BadPost": ((), ("unknown", "repeated", "field", "body", "key", "key_missing")),
    "ChangeForbidden": (
        ("WWW-Authenticate-Scope",),
        ("scope", "bound", "address", "closed", "suspended", "https"),
    ),
    "Conflict": (("Retry-AfterOfRunning",), ("running",)),
    "InvalidBody": ((), ("member", "key_reused")),
    "SpendConflict": (
        ("Retry-AfterOfRunning",),
        ("running", "price", "quote_expired", "quote_ended", "confirm"),
    ),
    "SpendForbidden": (
        ("WWW-Authenticate-Scope",),
        ("scope", "bound", "spending", "address", "closed", "suspended", "https"),
    ),
    "TooLarge": ((), ("too_large",)),
    "WriteUnavailable": (("Retry-After",), ("unavailable", "dry_run_timeout")),
    "VersionMissing": ((), ("version_missing",)),
    "VersionMismatch": ((), ("changed",)),
    "WrongMediaType": ((), ("media_type",)),
}
"""The refusals that only changes have: headers besides those of the limit, and names of examples."""
CHANGE_STATUSES = {
    "400": "BadChange",
    "401": "Unauthenticated",
    "403": "ChangeForbidden",
    "404": "NotFound",
    "405": "MethodNotAllowed",
    "409": "Conflict",
    "412": "VersionMismatch",
    "413": "TooLarge",
    "415": "WrongMediaType",
    "422": "InvalidBody",
    "429": "TooManyRequests",
    "500": "ServerError",
    "503": "WriteUnavailable",
}
"""The refusals of a change, by status."""
POST_STATUSES = {"400": "BadPost"}
"""Those of a POST that are others."""
SPEND_STATUSES = {"403": "SpendForbidden", "409": "SpendConflict"}
"""Those of what spends that are others."""
