"""Version 2 as OpenAPI 3.1, made from the objects that serve it (client-api-v2.md 10)."""

import re
from typing import Any

from commerce.api.docs.description import (
    EXAMPLE_HOST,
    ITSELF_TAG,
    TOKEN_SCHEME,
    describe_server,
    without_unused,
)
from commerce.api.docs.headers import HEADER_COMPONENTS
from commerce.api.v2.docs import responses
from commerce.api.v2.docs.changes import (
    WRITE_PARAMETERS,
    answers_apart,
    body_name,
    noun,
    request_body,
)
from commerce.api.v2.docs.parameters import (
    PARAMETER_COMPONENTS,
    id_parameter,
    report_parameters,
    shaping_parameters,
    shared_parameter,
    taken_parameters,
)
from commerce.api.v2.docs.schemas import schema_components
from commerce.api.v2.reading.files import FileRoute, ReportRoute
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.api.v2.resources.event_feed import EVENTS
from commerce.api.v2.resources.files import FILES, REPORTS
from commerce.api.v2.writing.all_writes import WRITES
from commerce.api.v2.writing.changes import ResourceChange
from commerce.api.v2.writing.posts import ActPost
from commerce.api.v2.writing.routes import StructWrite, WriteRoute

type Json = dict[str, Any]

DESCRIPTION_PATH = "/api/v2/openapi.json"
EFFECT = "x-effect"
"""Says of each operation what it does: it reads, changes, spends or destroys."""

_WINDOWS = '(, "writes";{}=[0-9]+;{}=[0-9]+)?$'


def _header(name: str, **schema: Any) -> Json:
    """A header of version 1 whose values are others here."""
    known: Json = HEADER_COMPONENTS[name]
    return known | {"schema": {"type": "string"} | schema}


HEADERS: Json = HEADER_COMPONENTS | {
    "Allow": _header("Allow", pattern="^[A-Z]+(, [A-Z]+)*$"),
    "RateLimit": _header(
        "RateLimit", pattern='^"default";r=[0-9]+;t=[0-9]+' + _WINDOWS.format("r", "t")
    ),
    "RateLimit-Policy": _header(
        "RateLimit-Policy", pattern='^"default";q=[0-9]+;w=[0-9]+' + _WINDOWS.format("q", "w")
    ),
}
"""As in version 1, but for the methods, and for the second window, of writes."""

_ABOUT = """\
One client account of a hosting company by program: its profile, services, invoices, payments, orders, domains and DNS
zones are read, and most of what a member does in the client portal is done: order, pay, renew, change plans, cancel,
manage domains and zones.

* **Authentication**: send `Authorization: Bearer <token>`. Tokens are made in the client portal under
  Profile → API tokens, each with the scopes that it needs. They are the same for versions 1 and 2.
* **Shape**: one row is `{"data": {…}}`, a list is `{"data": […], "meta": {…}}`. What is absent is `null`. With `fields`
  a reply has only those fields; `include` embeds related objects.
* **Strict**: a query parameter that is unknown, given twice or not valid is 400, so a typo is never without effect.
* **Money** is an integer in the currency's smallest unit: `500` is 5.00 USD, and 500 JPY. Instants are RFC 3339 in UTC
  with whole seconds, dates are `YYYY-MM-DD`.
* **Lists**: `limit` and `cursor`. Follow `next_cursor` of `meta`, or the `Link` header, until `has_more` is false.
* **Versions of rows**: a row has a `version`, which rises when one of its stored fields changes, and its `ETag`
  begins with it. Fields marked `x-derived` follow from the day or from other records, and may change while it stays.
  Rows without a version, such as payments and products, have an `ETag` of all that they say.
* **Problems** are `application/problem+json` (RFC 9457). Decide by `code`; `type` is a page that says what to do.
* **Limit**: 60 requests in 60 seconds for each token, unless the company set another. A 304 costs nothing.
* **Effect**: `x-effect` says of each operation what it does: `read`, `change`, `spend` or `destroy`.
* **Changes**: within version 2 things are only added. Ignore keys that you do not know.
"""


def describe_api(server: str) -> Json:
    """The whole description; ``server`` is the installation's address, or that of the committed copy."""
    address = server.format(installation=EXAMPLE_HOST)
    return without_unused(
        {
            "openapi": "3.1.1",
            "info": {
                "title": "Commerce client API",
                "version": "v2",
                "summary": "Use a client account of a hosting company by program.",
                "description": _ABOUT,
                "contact": {"name": "The company that runs this installation", "url": address},
                "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            },
            "externalDocs": {
                "description": "This description as a page, on which each request can be tried.",
                "url": f"{address}/api/docs/v2",
            },
            "servers": [describe_server(server)],
            "security": [{"token": []}],
            "tags": [*map(_tag, (*RESOURCES, EVENTS)), ITSELF_TAG],
            "paths": _paths(),
            "components": {
                "securitySchemes": {"token": TOKEN_SCHEME},
                "parameters": PARAMETER_COMPONENTS,
                "headers": HEADERS,
                "responses": responses.shared_responses(),
                "schemas": schema_components((*RESOURCES, *answers_apart())),
            },
        }
    )


def tag_name(resource: Resource) -> str:
    """The name of a resource as a heading."""
    return resource.name[0].upper() + resource.name[1:]


def row_words(resource: Resource) -> str:
    """One row of a resource in words."""
    if resource.list_struct is None:
        return resource.name
    one = re.sub("ies$", "y", resource.name)
    return one.removesuffix("s")


def _tag(resource: Resource) -> Json:
    shown = resource.list_struct or resource.row_struct
    return {
        "name": tag_name(resource),
        "description": (shown.__doc__ or "").partition("\n")[0],
    }


def _paths() -> Json:
    found: Json = {}
    for resource in RESOURCES:
        has_list = resource.list_struct is not None
        found[resource.path] = _path(resource, is_list=has_list, has_id=resource.is_below_row)
        if has_list:
            found[f"{resource.path}/{{id}}"] = _path(resource, is_list=False, has_id=True)
        for path, file in FILES.items():
            if file.resource is resource:
                found[path] = _file_path(file)
    found |= {path: _report_path(report) for path, report in REPORTS.items()}
    for path, by_method in WRITES.items():
        described = found.setdefault(path, {"parameters": _path_parameters(path)})
        for method, route in by_method.items():
            described[method.lower()] = _write(route)
    found[DESCRIPTION_PATH] = {
        "parameters": [shared_parameter("X-Request-Id")],
        "get": _itself(head=False),
        "head": _itself(head=True),
    }
    return found


def _path_parameters(path: str) -> list[Json]:
    found = [id_parameter(_resource_of(path))] if "{id}" in path else []
    return [*found, shared_parameter("X-Request-Id")]


def _resource_of(path: str) -> Resource:
    """The resource whose row a path names."""
    base = path.partition("/{id}")[0]
    return next(one for one in RESOURCES if one.path == base)


def _path(resource: Resource, *, is_list: bool, has_id: bool) -> Json:
    shape = {"is_list": is_list, "has_id": has_id}
    shared = taken_parameters(resource, **shape)
    own: list[Json] = []
    if is_list and resource.path in WRITES:  # what selects rows is not for what makes one there
        own, shared = shared[:-1], shared[-1:]
    found: Json = {
        "parameters": shared,
        "get": _operation(resource, head=False, **shape),
        "head": _operation(resource, head=True, **shape),
    }
    for name in ("get", "head"):
        found[name]["parameters"] = own + found[name]["parameters"]
    return found


def _write(route: WriteRoute) -> Json:
    scopes = list(route.scopes)
    named = " and ".join(f"`{one}`" for one in scopes)
    needed = f"Needs the scope{'s' * (len(scopes) > 1)} {named}." if scopes else "Needs no scope."
    name, summary, answered = _words_of(route)
    key = WRITE_PARAMETERS["Idempotency-Key"] | ({"required": True} if route.needs_key else {})
    version = WRITE_PARAMETERS["If-Match"] | ({"required": True} if route.needs_version else {})
    # The shape of the answer stands at the path where that is what is read there.
    read_at = (route.shown.path, f"{route.shown.path}/{{id}}")
    is_read_there = route.path in read_at and route.shown in RESOURCES
    shaping = [] if is_read_there else shaping_parameters(route.shown, is_list=False)
    described: Json = {
        "operationId": name,
        "summary": summary,
        "description": f"{needed} {answered}",
        "tags": [tag_of(route)],
        EFFECT: route.effect,
        "security": [{"token": scopes}],
        "parameters": [
            *(*shaping, shared_parameter("dry_run"), version),
            *([] if route.effect == "read" else [key]),
        ],
    }
    body = request_body(route)
    if body is not None:
        described["requestBody"] = body
    described["responses"] = responses.write_responses(route)
    return described


def _needed(scopes: list[str]) -> str:
    if not scopes:
        return "Needs no scope."
    return f"Needs the scope{'s' if len(scopes) > 1 else ''} {' and '.join(f'`{one}`' for one in scopes)}."


def tag_of(route: WriteRoute) -> str:
    """The group in which a write is listed: of the record that it is about, or of what it makes."""
    if "{id}" in route.path:
        return tag_name(_resource_of(route.path))
    return tag_name(route.shown)


def _words_of(route: WriteRoute) -> tuple[str, str, str]:
    """The name of a write, its title, and what is answered."""
    if isinstance(route, ResourceChange):
        one = row_words(route.resource)
        title = f"Change {'an' if one[0] in 'aeiou' else 'a'} {one}"
        return f"update{noun(route.resource)}", title, "All of the body is done, or nothing of it."
    if isinstance(route, ActPost):
        answered = (
            "Answers 202 with an operation, whose status says what became of it."
            if route.carrier
            else "Answers with the row as it is then."
        )
        if route.more_scope:
            answered += (
                " What ends at once needs `services:destroy` too, also where the period is over."
            )
        verb = route.verb if route.method == "POST" else f"take back its {route.verb}"
        name = f"{route.method.lower()}{body_name(route)}"
        return name, f"{noun(route.resource)}: {verb}", answered
    assert isinstance(route, StructWrite)
    parts = [part for part in route.path.split("/")[3:] if part != "{id}"]
    name = "".join(part.title().replace("-", "") for part in parts)
    return f"{route.method.lower()}{name}", route.summary, route.about


def _operation(resource: Resource, *, is_list: bool, has_id: bool, head: bool) -> Json:
    if is_list:
        plural = resource.name.title().replace(" ", "")
        verb, name, summary = "list", plural, f"List {resource.name}"
    else:
        row = row_words(resource)
        article = "the" if resource.list_struct is None else "an" if row[0] in "aeiou" else "a"
        verb, name, summary = "get", noun(resource), f"Read {article} {row}"
    scope = f"Needs the scope `{resource.scope}`." if resource.scope else "Needs no scope."
    return {
        "operationId": f"{'head' if head else verb}{name}",
        "summary": f"Headers of: {summary}" if head else summary,
        "description": f"The headers of the same GET, without its body. {scope}" if head else scope,
        "tags": [tag_name(resource)],
        EFFECT: "read",
        "security": [{"token": [resource.scope] if resource.scope else []}],
        "parameters": [shared_parameter("If-None-Match")],
        "responses": responses.operation_responses(
            resource, is_list=is_list, has_id=has_id, head=head
        ),
    }


def _file_path(file: FileRoute) -> Json:
    return {
        "parameters": [id_parameter(file.resource), shared_parameter("X-Request-Id")],
        "get": _file(file, head=False),
        "head": _file(file, head=True),
    }


def _file(file: FileRoute, *, head: bool) -> Json:
    words = row_words(file.resource)
    kind = file.verb.upper() if file.verb in ("pdf", "ubl") else file.verb.replace("-", " ")
    summary = f"Download the {kind} of {'an' if words[0] in 'aeiou' else 'a'} {words}"
    name = f"{noun(file.resource)}{file.verb.title().replace('-', '')}"
    answers = responses.file_responses(file, head=head)
    return _download(name, summary, file.about, file.resource, answers, head=head)


def _download(
    name: str, summary: str, about: str, resource: Resource, answers: Json, *, head: bool
) -> Json:
    scope = f"Needs the scope `{resource.scope}`."
    headers = "The headers of the same GET, without its body."
    return {
        "operationId": f"{'head' if head else 'get'}{name}",
        "summary": f"Headers of: {summary}" if head else summary,
        "description": f"{headers if head else about} {scope}",
        "tags": [tag_name(resource)],
        EFFECT: "read",
        "security": [{"token": [resource.scope]}],
        "parameters": [shared_parameter("If-None-Match")],
        "responses": answers,
    }


def _report_path(report: ReportRoute) -> Json:
    return {
        "parameters": [*report_parameters(report), shared_parameter("X-Request-Id")],
        "get": _report(report, head=False),
        "head": _report(report, head=True),
    }


def _report(report: ReportRoute, *, head: bool) -> Json:
    answers = responses.report_responses(report, head=head)
    return _download(report.name, report.summary, report.about, report.resource, answers, head=head)


def _itself(*, head: bool) -> Json:
    return {
        "operationId": "headDescription" if head else "getDescription",
        "summary": "Headers of: Read this description" if head else "Read this description",
        "description": "Needs no token and is not limited.",
        "tags": [ITSELF_TAG["name"]],
        EFFECT: "read",
        "security": [],
        "parameters": [shared_parameter("If-None-Match")],
        "responses": responses.description_responses(head=head),
    }
