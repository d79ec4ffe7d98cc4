"""The description of the staff API (OpenAPI 3.1), made from what serves it: kinds, filters, acts and their inputs."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
from django.conf import settings

from commerce import __version__
from commerce.api.core.replies import JSON_HEADER
from commerce.api.docs.static_reply import StaticReply
from commerce.api.v2.problems import Problem
from commerce.api.v2.reading.params import DEFAULT_LIMIT, MAX_LIMIT
from commerce.backoffice.api.event_feed import EVENT_PARAMETERS, NEEDED_FOR_ANY, StaffFeed
from commerce.backoffice.api.filters import filters_of
from commerce.backoffice.api.kinds import KindAct, RecordKind, kinds_of
from commerce.backoffice.api.lists import MAX_IDS, sorts_of
from commerce.backoffice.api.members import body_schema
from commerce.backoffice.api.operations import StaffOperationReply
from commerce.backoffice.api.related import related_kinds
from commerce.backoffice.api.words import has_words
from commerce.backoffice.base.pages import Needed, permissions_of
from commerce.backoffice.base.site import StaffSite
from commerce.backoffice.reports.definitions import REPORTS
from commerce.events.client_event_types import CLIENT_EVENT_TYPES

type Json = dict[str, Any]

_ABOUT = "The staff area for programs: its lists, records and acts, as far as the token's person may see and do them."


@cache
def described(site: StaffSite) -> StaticReply:
    """The description of this installation, in bytes that are made once."""
    return StaticReply(msgspec.json.encode(describe(site, settings.COMMERCE_URL)), [JSON_HEADER])


def describe(site: StaffSite, server: str) -> Json:
    """The whole description."""
    _schemas, shared = msgspec.json.schema_components(
        [Problem, StaffFeed, StaffOperationReply], ref_template="#/components/schemas/{name}"
    )
    schemas: Json = {**shared, **{_name(one): _row_schema(one) for one in kinds_of(site).values()}}
    paths: Json = {}
    for kind in kinds_of(site).values():
        paths |= _paths_of(kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Staff API", "version": __version__, "description": _ABOUT},
        "servers": [{"url": f"{server}/api/staff/v1"}],
        "security": [{"token": []}],
        "tags": _tags(site),
        "paths": paths | _other_paths(site),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "opt_staff_…"}
            },
        },
    }


def _tags(site: StaffSite) -> list[Json]:
    """The parts of the page: a kind of records each, and what is of all kinds."""
    found = {kind.name: kind.label for kind in kinds_of(site).values()}
    found |= {"events": "Events", "search": "Search", "reports": "Reports"}
    found |= {"operations": "Operations"}
    return [{"name": name, "description": label} for name, label in found.items()]


def _name(kind: RecordKind) -> str:
    return "".join(part.capitalize() for part in kind.name.split("-"))


def _row_schema(kind: RecordKind) -> Json:
    fields = kind.fields.values()
    properties: Json = {one.name: {**one.schema, "title": one.label} for one in fields}
    if any(one.is_amount for one in fields):
        about = "The currency of the amounts, which are in its smallest unit."
        properties["currency_code"] = {"type": "string", "description": about}
    if related := related_kinds(kind):
        embedded = {
            name: {"anyOf": [_ref(other), {"type": "null"}]} for name, other in related.items()
        }
        properties["included"] = {"type": "object", "properties": embedded}
    return {"type": "object", "properties": properties}


def _reply(schema: Json) -> Json:
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _replies(schema: Json, *others: str) -> Json:
    """What is answered: the schema with 200 and ``others``, and problems."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    fine = {status: _reply(schema) for status in ("200", *others)}
    refusals = {"description": "Refused; `code` says why.", "content": content}
    return {**fine, "4XX": refusals, "5XX": refusals}


def _data(schema: Json, meta: Json | None = None) -> Json:
    properties = {"data": schema, **({"meta": meta} if meta else {})}
    return {"type": "object", "properties": properties, "required": [*properties]}


def _ref(kind: RecordKind) -> Json:
    return {"$ref": f"#/components/schemas/{_name(kind)}"}


def _operation(
    name: str, tag: str, summary: str, needed: Needed | None, replies: Json, **more: Any
) -> Json:
    permissions = [str(one) for one in permissions_of(needed)]
    joined = "` or `" if isinstance(needed, frozenset) else "`, `"
    text = f"Permission: `{joined.join(permissions)}`." if permissions else "Any staff."
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "description": text,
        "x-permissions": permissions,
        "responses": replies,
        **more,
    }


def _parameter(name: str, schema: Json, about: str, where: str = "query") -> Json:
    found: Json = {"name": name, "in": where, "schema": schema, "description": about}
    return found | ({"required": True} if where == "path" else {})


def _fields_parameter() -> Json:
    return _parameter("fields", {"type": "string"}, "Names of fields, with commas between them.")


def _include_parameters(kind: RecordKind) -> list[Json]:
    """Of kinds that name others: what of them is embedded."""
    names = [*related_kinds(kind)]
    schema = {"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1}
    about = "Related records to embed in `included`, with commas between them."
    one = _parameter("include", schema, about) | {"style": "form", "explode": False}
    return [one] if names else []


def _paths_of(kind: RecordKind) -> Json:
    name = kind.name.replace("-", "_")
    meta = {
        "type": "object",
        "properties": {
            "next_cursor": {"type": ["string", "null"]},
            "has_more": {"type": "boolean"},
        },
        "required": ["next_cursor", "has_more"],
    }
    rows = _data({"type": "array", "items": _ref(kind)}, meta)
    get = _operation(
        f"list_{name}",
        kind.name,
        f"List {kind.label.lower()}",
        kind.needed,
        _replies(rows),
        parameters=_list_parameters(kind),
    )
    paths: Json = {f"/{kind.name}": {"get": get}}
    if kind.admin.has_record_page:
        one = _operation(
            f"show_{name}",
            kind.name,
            f"Show one of {kind.label.lower()}",
            kind.needed,
            _replies(_data(_ref(kind))) | {"304": {"description": "Not changed."}},
            parameters=[_id_parameter(kind), _fields_parameter(), *_include_parameters(kind)],
        )
        paths[f"/{kind.name}/{{id}}"] = {"get": one}
    for act in kind.list_acts.values():
        paths[f"/{kind.name}/{act.name}"] = {"post": _act(kind, act)}
    for act in kind.record_acts.values():
        paths[f"/{kind.name}/{{id}}/{act.name}"] = {"post": _act(kind, act)}
    return paths


def _id_parameter(kind: RecordKind) -> Json:
    return _parameter("id", {"type": "string" if kind.has_text_key else "integer"}, "", "path")


def _limit_schema() -> Json:
    return {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}


def _list_parameters(kind: RecordKind) -> list[Json]:
    found = [
        _parameter("limit", _limit_schema(), "Rows of a page."),
        _parameter("cursor", {"type": "string"}, "`meta.next_cursor` of the page before."),
        _parameter(
            "sort",
            {"type": "string", "enum": sorts_of(kind), "default": "-id"},
            "The order; with a minus it falls.",
        ),
        _fields_parameter(),
        *_include_parameters(kind),
        _parameter("ids", {"type": "string"}, f"Up to {MAX_IDS} ids, with commas between them."),
    ]
    if kind.admin.search_fields:
        about = str(kind.admin.search_help_text or "Search.")
        found.append(_parameter("q", {"type": "string"}, about))
    for name, one in filters_of(kind.admin).items():
        found.append(_parameter(name, one.schema, one.about))
    return [*found, *([_pair_parameter()] if has_words(kind.admin.model) else [])]


def _pair_parameter() -> Json:
    schema = {
        "type": "object",
        "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 500},
        "minProperties": 1,
    }
    about = "Those with these pairs of the client: `metadata[customer]=c-118`."
    return _parameter("metadata", schema, about) | {"style": "deepObject", "explode": True}


_ACT_META: Json = {
    "type": "object",
    "properties": {
        "message": {"type": "string"},
        "secret": {"type": ["string", "null"]},
        "made": {
            "type": "object",
            "properties": {"kind": {"type": "string"}, "id": {"type": ["integer", "string"]}},
        },
        "operations": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/StaffOperation"},
            "description": "With 202: what it began and that takes time.",
        },
    },
    "required": ["message"],
}
"""What is said of an act that was done."""


def _act(kind: RecordKind, act: KindAct) -> Json:
    one = act.act
    data = {"anyOf": [{"type": "object"}, {"type": "null"}]}
    where = [] if act.of_list else [_id_parameter(kind)]
    found = _operation(
        f"{kind.name}_{act.name}".replace("-", "_"),
        kind.name,
        str(one.label),
        act.needed,
        _replies(_data(data, _ACT_META), *(["201"] if act.of_list else []), "202"),
        parameters=[
            *where,
            _fields_parameter(),
            _parameter("dry_run", {"type": "boolean"}, "`true`: it is only tried."),
            _parameter(
                "Idempotency-Key",
                {"type": "string", "maxLength": 255},
                "One key for each thing that is to happen once. Needed unless it is only tried.",
                "header",
            ),
            _parameter("If-Match", {"type": "string"}, "The `ETag` of the record.", "header"),
        ],
        requestBody={"content": {"application/json": {"schema": body_schema(one)}}},
    )
    found["description"] = " ".join([found["description"], *_act_words(act)])
    return found


def _act_words(act: KindAct) -> Iterable[str]:
    one = act.act
    if one.intro and not callable(one.intro):
        yield str(one.intro)
    if act.is_never_by_token:
        yield "No token can do this."
    elif one.asks_password:
        yield f"The token must be given `{one.key}` by name."


def _other_paths(site: StaffSite) -> Json:
    rows = _replies(_data({"type": "array", "items": {"type": "object"}}))
    looked_for = _parameter("q", {"type": "string"}, "What to look for.") | {"required": True}
    search = _operation(
        "search", "search", "Search all records", None, rows, parameters=[looked_for]
    )
    operation = _operation(
        "show_operation",
        "operations",
        "Show how an operation stands",
        None,
        _replies({"$ref": "#/components/schemas/StaffOperationReply"}),
        parameters=[_parameter("id", {"type": "integer"}, "", "path")],
    )
    operation["description"] += " It is shown to those who may read jobs, or what it is about."
    reports = _operation(
        "list_reports", "reports", "List reports", site.rules["reports"].read, rows
    )
    return {
        "/events": {"get": _events()},
        "/search": {"get": search},
        "/operations/{id}": {"get": operation},
        "/reports": {"get": reports},
        "/reports/{name}": {"get": _report(site)},
    }


def _events() -> Json:
    schemas: Json = {
        "limit": _limit_schema(),
        "types": {
            "type": "array",
            "items": {"type": "string", "enum": [*CLIENT_EVENT_TYPES]},
            "minItems": 1,
        },
        "client_id": {"type": "integer"},
    }
    found = _operation(
        "list_events",
        "events",
        "Follow what changes at all clients",
        NEEDED_FOR_ANY,
        _replies({"$ref": "#/components/schemas/StaffFeed"}),
        parameters=[
            _parameter(name, schemas.get(name, {"type": "string"}), about)
            | ({"style": "form", "explode": False} if name == "types" else {})
            for name, about in EVENT_PARAMETERS.items()
        ],
    )
    found["description"] += " An event is shown to those who may read its resource."
    return found


def _report(site: StaffSite) -> Json:
    replies = _replies(_data({"type": "object"}))
    replies["200"]["content"]["text/csv"] = {"schema": {"type": "string"}}
    text = {"type": "string"}
    return _operation(
        "show_report",
        "reports",
        "Make a report",
        site.rules["report"].read,
        replies,
        parameters=[
            _parameter("name", {"type": "string", "enum": [*REPORTS]}, "", "path"),
            _parameter("format", {"type": "string", "enum": ["json", "csv"]}, ""),
            _parameter("table", text, "One of its tables."),
            *(_parameter(one, text, "") for one in ("first", "last", "day", "currency")),
        ],
    )
