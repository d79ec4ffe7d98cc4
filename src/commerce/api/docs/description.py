"""The description as OpenAPI 3.1, made from the objects that serve: routes, structs, parameters, refusals."""

from collections.abc import Iterator
from typing import Any

from commerce.api.docs import responses
from commerce.api.docs.headers import HEADER_COMPONENTS
from commerce.api.docs.schemas import schema_components
from commerce.api.read import query_params
from commerce.api.read.fields import examples
from commerce.api.read.resource import ApiResource
from commerce.api.v1.resources import RESOURCES

type Json = dict[str, Any]

DESCRIPTION_PATH = "/api/v1/openapi.json"
NEUTRAL_SERVER = "https://{installation}"
"""The address in the committed copy, which belongs to no installation: a template with a part to be filled in."""
EXAMPLE_HOST = "billing.example.com"

_ABOUT = """\
Reads one client account of a hosting company: its profile, services, invoices, orders and domains.

* **Authentication**: send `Authorization: Bearer <token>`. Tokens are made in the client portal under
  Profile → API tokens, each with the scopes that it needs.
* **Shape**: one row is `{"data": {…}}`, a list is `{"data": […], "meta": {…}}`, an error is `{"message": "…"}`, and of
  422 `errors` beside it. A documented key is never left out; what is absent is `null`.
* **Money** is an integer in the currency's smallest unit: `500` is 5.00 USD, and 500 JPY. Instants are RFC 3339 in UTC
  with whole seconds, dates are `YYYY-MM-DD`.
* **Pages**: `page` and `per_page`, newest first. The `Link` header has the addresses of the other pages.
* **Limit**: 60 requests in 60 seconds for each token, unless the company set another. Every authenticated reply says
  what is left; beyond it 429 with `Retry-After`.
* **Caching**: send the `ETag` back in `If-None-Match`. A 304 is cheap and costs nothing of the limit.
* **Versions**: within v1 things are only added. Ignore keys that you do not know.
"""

_REPEAT = "Sent back from an earlier reply: "
PARAMETER_COMPONENTS: Json = {
    "page": {
        "name": "page",
        "in": "query",
        "description": "Page of the list. One beyond the last is empty.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": query_params.MAX_PAGE,
            "default": 1,
        },
        "example": 1,
    },
    "per_page": {
        "name": "per_page",
        "in": "query",
        "description": "Rows on each page.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": query_params.MAX_PER_PAGE,
            "default": query_params.DEFAULT_PER_PAGE,
        },
        "example": 15,
    },
    "updated_since": {
        "name": "updated_since",
        "in": "query",
        "description": "Only rows that changed at or after this instant: RFC 3339 with an offset.",
        "schema": {"type": "string", "format": "date-time"},
        "example": "2026-04-01T00:00:00Z",
    },
    "id": {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "Identifier of the row, in digits without leading zeros.",
        "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": _REPEAT + "its `ETag`. If that is still right, the answer is 304.",
        "schema": {"type": "string"},
        "example": '"9a0364b9e99bb480dd25e1f0284c8555"',
    },
    "If-Modified-Since": {
        "name": "If-Modified-Since",
        "in": "header",
        "description": _REPEAT + "its `Last-Modified`. Ignored beside `If-None-Match`.",
        "schema": {"type": "string"},
        "example": "Wed, 08 Apr 2026 14:33:10 GMT",
    },
    "X-Request-Id": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "Your own id of this request, kept if it has 8 to 64 characters of `[A-Za-z0-9._-]`.",
        "schema": {"type": "string"},
        "example": "nightly-sync-000417",
    },
}


def describe_api(server: str) -> Json:
    """The whole description; ``server`` is the installation's address, or ``NEUTRAL_SERVER``."""
    address = server.format(installation=EXAMPLE_HOST)
    whole = {
        "openapi": "3.1.1",
        "info": {
            "title": "Commerce client API",
            "version": "v1",
            "summary": "Read a client account of a hosting company.",
            "description": _ABOUT,
            "contact": {"name": "The company that runs this installation", "url": address},
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "externalDocs": {
            "description": "This description as a page, on which each request can be tried.",
            "url": f"{address}/api/docs",
        },
        "servers": [describe_server(server)],
        "security": [{"token": []}],
        "tags": [*map(_tag, RESOURCES), ITSELF_TAG],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": TOKEN_SCHEME},
            "parameters": PARAMETER_COMPONENTS,
            "headers": HEADER_COMPONENTS,
            "responses": responses.shared_responses(),
            "schemas": schema_components(RESOURCES),
        },
    }
    return without_unused(whole)


def describe_server(address: str) -> Json:
    """The server of an installation's own address, or of ``NEUTRAL_SERVER``."""
    if address != NEUTRAL_SERVER:
        return {"url": address, "description": "This installation."}
    host = {"default": EXAMPLE_HOST, "description": "Host, and port if any, of the installation."}
    return {
        "url": address,
        "description": "An installation.",
        "variables": {"installation": host},
    }


def without_unused(whole: Json) -> Json:
    """The description without the components that nothing in it refers to, such as headers of routes that are to end
    while there are none."""
    components = {kind: dict(each) for kind, each in whole["components"].items()}
    while True:
        found = whole | {"components": components}
        used = set(_references(found))
        unused = [
            (kind, name)
            for kind, each in components.items()
            for name in each
            if kind != "securitySchemes" and f"#/components/{kind}/{name}" not in used
        ]
        if not unused:
            return found
        for kind, name in unused:
            del components[kind][name]


def _references(part: Any) -> Iterator[str]:
    for name, inner in part.items() if isinstance(part, dict) else enumerate(part):
        if name == "$ref":
            yield inner
        elif isinstance(inner, dict | list):
            yield from _references(inner)


TOKEN_SCHEME: Json = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "opt_live_… (40 characters and a checksum of 6)",
    "description": "A token of the client portal, under Profile → API tokens. It is accepted in this header only, over "
    "HTTPS only. The scope that an operation needs is named in its `security`.",
}
ITSELF_TAG: Json = {"name": "Description", "description": "What you are reading."}


def _tag(resource: ApiResource) -> Json:
    shown = resource.list_struct or resource.row_struct
    return {
        "name": tag_name(resource),
        "description": (shown.__doc__ or "").partition("\n")[0],
    }


def tag_name(resource: ApiResource) -> str:
    """What the operations of a resource stand under."""
    return resource.summary[0].upper() + resource.summary[1:]


def _paths() -> Json:
    found: Json = {}
    for resource in RESOURCES:
        if resource.list_struct is not None:
            found[resource.path] = _path(resource, is_list=True, has_id=False)
            found[f"{resource.path}/{{id}}"] = _path(resource, is_list=False, has_id=True)
        else:
            found[resource.path] = _path(resource, is_list=False, has_id=False)
    own = [{"$ref": f"#/components/parameters/{n}"} for n in ("If-None-Match", "X-Request-Id")]
    found[DESCRIPTION_PATH] = {
        "parameters": own,
        "get": _itself(head=False),
        "head": _itself(head=True),
    }
    return found


def _path(resource: ApiResource, *, is_list: bool, has_id: bool) -> Json:
    taken: list[Json] = []
    if has_id:
        example = examples(resource.row_struct)[0]
        taken.append(PARAMETER_COMPONENTS["id"] | {"example": example["id"]})
    if is_list:
        names = ["page", "per_page", "updated_since", "If-None-Match", "X-Request-Id"]
    else:
        names = ["If-None-Match", "If-Modified-Since", "X-Request-Id"]
    taken += [{"$ref": f"#/components/parameters/{name}"} for name in names]
    if is_list and resource.statuses:
        taken.insert(2, _status(resource))
    shape = {"is_list": is_list, "has_id": has_id}
    return {
        "parameters": taken,
        "get": describe_operation(resource, head=False, **shape),
        "head": describe_operation(resource, head=True, **shape),
    }


def _status(resource: ApiResource) -> Json:
    """The filter of a list, and which inside states each value finds besides its own."""
    also = [
        f"`{outside}` finds what is {' or '.join(others)} as well."
        for outside, inside in resource.statuses.items()
        if (others := [one for one in inside if one != outside])
    ]
    return {
        "name": "status",
        "in": "query",
        "description": " ".join(["Only rows of this status.", *also]),
        "schema": {"type": "string", "enum": list(resource.statuses)},
        "example": next(iter(resource.statuses)),
    }


def describe_operation(resource: ApiResource, *, is_list: bool, has_id: bool, head: bool) -> Json:
    """One method of one path of a resource."""
    words = _words(resource, is_list=is_list)
    name = "".join(part.title() for part in words[1].split())
    scope = f"Needs the scope `{resource.scope}`."
    found: Json = {
        "operationId": f"{'head' if head else words[0].lower()}{name}",
        "summary": f"Headers of: {words[2]}" if head else words[2],
        "description": f"The headers of the same GET, without its body. {scope}" if head else scope,
        "tags": [tag_name(resource)],
        "security": [{"token": [resource.scope]}],
        "responses": responses.operation_responses(
            resource, is_list=is_list, has_id=has_id, head=head
        ),
    }
    if resource.deprecation is not None:
        found["deprecated"] = True
    return found


def _words(resource: ApiResource, *, is_list: bool) -> tuple[str, str, str]:
    """Verb and noun of the operation's id, and its summary."""
    kind = resource.path.rpartition("/")[2]
    if is_list:
        return "List", kind, f"List {resource.summary}"
    if resource.list_struct is None:
        return "Get", kind, f"Read {resource.summary[0].lower()}{resource.summary[1:]}"
    one = resource.list_struct.__name__
    return "Get", one, f"Read {'an' if one[0] in 'AEIOU' else 'a'} {one.lower()}"


def _itself(*, head: bool) -> Json:
    return {
        "operationId": "headDescription" if head else "getDescription",
        "summary": "Headers of: Read this description" if head else "Read this description",
        "description": "Needs no token and is not limited.",
        "tags": [ITSELF_TAG["name"]],
        "security": [],
        "responses": responses.description_responses(head=head),
    }
