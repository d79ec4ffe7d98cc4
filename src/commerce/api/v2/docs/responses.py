"""What each operation can answer: every status with headers, schema and examples made by the code that serves."""

from typing import Any

import msgspec

from commerce.api.docs.headers import EXAMPLE_CURSOR, LIMIT_HEADERS, header_references
from commerce.api.docs.responses import DESCRIPTION_SCHEMA, without_body
from commerce.api.docs.schemas import schema_reference
from commerce.api.read.fields import examples, field_sources
from commerce.api.v2.docs.changes import (
    CHANGE_REFUSALS,
    CHANGE_STATUSES,
    POST_REPLY_HEADERS,
    POST_STATUSES,
    REPLY_HEADERS,
    SPEND_STATUSES,
)
from commerce.api.v2.docs.parameters import few_fields
from commerce.api.v2.docs.problem_examples import example_problems, problem_body
from commerce.api.v2.docs.schemas import included_names, reply_names, tried_names, whole_struct
from commerce.api.v2.problem_words import PROBLEMS
from commerce.api.v2.problems import PROBLEM_HEADER
from commerce.api.v2.reading.files import FileRoute, ReportRoute
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.writing.posts import ActPost
from commerce.api.v2.writing.routes import StructWrite, WriteRoute

type Json = dict[str, Any]

_LIMITED = ("CacheOfErrors", *LIMIT_HEADERS, "Content-Length")
_OPEN = ("CacheOfErrors", "Content-Length")
_QUERY = ("unknown", "value", "repeated", "field", "several")


def _refusal(headers: tuple[str, ...], *names: str) -> Json:
    """A refusal with the problems that it may be; what they mean is said of their codes."""
    problems = {name: example_problems()[name] for name in names}
    codes = dict.fromkeys(one.code for one in problems.values())
    shown = {
        name: {"summary": str(problem), "value": problem_body(problem)}
        for name, problem in problems.items()
    }
    content = {"schema": schema_reference("Problem"), "examples": shown}
    return {
        "description": " ".join(f"`{code}`: {PROBLEMS[code].meaning}" for code in codes),
        "headers": header_references(*headers),
        "content": {PROBLEM_HEADER[1]: content},
    }


def shared_responses() -> Json:
    """The responses that several operations share, each also as HEAD gets it: without its body."""
    challenged = ("WWW-Authenticate-Scope", *_LIMITED)
    found = {
        "BadFile": _refusal(_LIMITED, "unknown"),
        "BadReport": _refusal(_LIMITED, "unknown", "value", "repeated"),
        "BadList": _refusal(_LIMITED, *_QUERY, "cursor"),
        "BadRequest": _refusal(_LIMITED, "unknown", "repeated", "field"),
        "Forbidden": _refusal(challenged, "scope", "bound", "address", "closed", "https"),
        "HttpsRequired": _refusal(_OPEN, "https"),
        "MethodNotAllowed": _refusal(("Allow", *_OPEN), "method"),
        "FileNotFound": _refusal(("Retry-AfterOfFile", *_LIMITED), "not_found", "not_ready"),
        "NotFound": _refusal(_LIMITED, "not_found"),
        "EventsTooOld": _refusal(_LIMITED, "too_old"),
        "ServerError": _refusal(_LIMITED, "crashed"),
        "TooManyRequests": _refusal(("Retry-After", *_LIMITED), "too_many"),
        "Unauthenticated": _refusal(("WWW-Authenticate", *_OPEN), "token"),
        "Unavailable": _refusal(("Retry-After", *_LIMITED), "unavailable"),
    }
    found |= {f"{name}Head": without_body(one) for name, one in found.items()}
    for name, (headers, problems) in CHANGE_REFUSALS.items():
        found[name] = _refusal((*headers, *_LIMITED), *problems)
    for name, tag in (("NotModified", "ETagOfVersion"), ("ListNotModified", "ETag")):
        found[name] = {
            "description": "The copy that the caller has is still right. It costs nothing of the limit.",
            "headers": header_references(tag, "CacheOfOne", "VaryOfOne", *LIMIT_HEADERS),
        }
    return dict(sorted(found.items()))


def file_responses(file: FileRoute, *, head: bool) -> Json:
    """All responses of a file, by status."""
    names = {
        "400": "BadFile",
        "401": "Unauthenticated",
        "403": "Forbidden",
        "404": "FileNotFound",
        "405": "MethodNotAllowed",
        "429": "TooManyRequests",
        "500": "ServerError",
        "503": "Unavailable",
    }
    return _file(names, file.content_type, head=head)


def report_responses(report: ReportRoute, *, head: bool) -> Json:
    """All responses of a report, by status."""
    names = {
        "400": "BadReport",
        "401": "Unauthenticated",
        "403": "Forbidden",
        "405": "MethodNotAllowed",
        "429": "TooManyRequests",
        "500": "ServerError",
        "503": "Unavailable",
        **report.problems,
    }
    if report.example is None:
        return _file(names, report.content_type, head=head)
    found = _references(names, head=head)
    name = type(report.example).__name__
    value = msgspec.to_builtins(report.example)
    fine: Json = {
        "description": "What was reckoned.",
        "headers": header_references(
            *("ETag", "CacheOfOne", "VaryOfOne", *LIMIT_HEADERS),
            *("Content-Encoding", "Content-Length"),
        ),
        "content": {
            "application/json": {
                "schema": schema_reference(name),
                "examples": {"usual": {"summary": "An example.", "value": value}},
            }
        },
    }
    found["200"] = without_body(fine) if head else fine
    found["304"] = {"$ref": "#/components/responses/ListNotModified"}
    return dict(sorted(found.items()))


def _file(names: dict[str, str], content_type: str, *, head: bool) -> Json:
    found = _references(names, head=head)
    fine: Json = {
        "description": "The file.",
        "headers": header_references(
            *("Content-Disposition", "ETag", "CacheOfOne", "VaryOfOne"),
            *(*LIMIT_HEADERS, "Content-Length"),
        ),
        "content": {content_type: {"schema": {"type": "string", "format": "binary"}}},
    }
    found["200"] = without_body(fine) if head else fine
    found["304"] = {"$ref": "#/components/responses/ListNotModified"}
    return dict(sorted(found.items()))


def operation_responses(resource: Resource, *, is_list: bool, has_id: bool, head: bool) -> Json:
    """All responses of one operation, by status."""
    names = {
        "400": "BadList" if is_list else "BadRequest",
        "401": "Unauthenticated",
        "403": "Forbidden",
        "405": "MethodNotAllowed",
        "429": "TooManyRequests",
        "500": "ServerError",
        "503": "Unavailable",
    }
    if has_id:
        names["404"] = "NotFound"
    found = _references(names, head=head)
    fine = _fine(resource, is_list=is_list)
    found["200"] = without_body(fine) if head else fine
    found["304"] = {"$ref": f"#/components/responses/{_tag(resource, is_list=is_list)[1]}"}
    return dict(sorted(found.items()))


def write_responses(route: WriteRoute) -> Json:
    """All responses of a write, by status."""
    names = CHANGE_STATUSES | (POST_STATUSES if route.needs_key else {})
    if route.effect == "spend":
        names = names | SPEND_STATUSES
    if route.needs_version:
        names = names | {"428": "VersionMissing"}
    status = _status(route)
    if status == "204":
        fine: Json = {
            "description": "It is done; there is nothing to show.",
            "headers": header_references(
                "CacheOfWrites", *LIMIT_HEADERS, "Idempotent-Replayed", "Dry-Run"
            ),
        }
    else:
        fine = _fine(route.shown, is_list=False)
        schema = fine["content"]["application/json"]["schema"]
        schema["anyOf"] += [schema_reference(one) for one in tried_names(route)]
        headers: tuple[str, ...] = POST_REPLY_HEADERS
        if status in ("200", "201"):
            headers = (*(["Location"] if status == "201" else []), *REPLY_HEADERS)
        if not route.shown.path:  # it is no row, which could be read again
            headers = tuple(one for one in headers if one != "ETagOfChange")
        elif not route.shown.is_versioned:
            headers = tuple("ETagOfAnswer" if one == "ETagOfChange" else one for one in headers)
        fine["description"] = _DONE[status]
        fine["headers"] = header_references(*headers, "Content-Encoding", "Content-Length")
    found = _references(names, head=False) | {status: fine}
    if isinstance(route, StructWrite) and route.may_wait:
        found["202"] = _accepted()
    return dict(sorted(found.items()))


def _accepted() -> Json:
    """The operation that is answered in place of what was made, where something goes on."""
    found = _fine(OPERATIONS, is_list=False)
    found["description"] = _DONE["202"]
    names = (*POST_REPLY_HEADERS, "Content-Encoding", "Content-Length")
    found["headers"] = header_references(*names)
    return found


_DONE = {
    "200": "The row as it is now, or as it would be after a dry run.",
    "201": "What was made, or would be after a dry run.",
    "202": "Accepted: the operation, which says how it stands.",
}


def _status(route: WriteRoute) -> str:
    if isinstance(route, StructWrite):
        return str(route.status)
    return "202" if isinstance(route, ActPost) and route.carrier else "200"


def _references(names: dict[str, str], *, head: bool) -> Json:
    end = "Head" if head else ""
    return {
        status: {"$ref": f"#/components/responses/{name}{end}"} for status, name in names.items()
    }


def _tag(resource: Resource, *, is_list: bool) -> tuple[str, str]:
    """The form of the tag, and of the reply that it is still right."""
    if is_list or not resource.is_versioned:
        return "ETag", "ListNotModified"
    return "ETagOfVersion", "NotModified"


def _fine(resource: Resource, *, is_list: bool) -> Json:
    link = ("LinkOfNext",) if is_list else ()
    kept = (
        _tag(resource, is_list=is_list)[0],
        "CacheOfOne",
        "VaryOfOne",
        *LIMIT_HEADERS,
        "Content-Encoding",
        "Content-Length",
    )
    content = {
        "schema": {
            "anyOf": [schema_reference(one) for one in reply_names(resource, is_list=is_list)]
        },
        "examples": _examples(resource, is_list=is_list),
    }
    return {
        "description": "One page of rows; empty when nothing fits." if is_list else "The row.",
        "headers": header_references(*link, *kept),
        "content": {"application/json": content},
    }


def _examples(resource: Resource, *, is_list: bool) -> Json:
    """The reply as it is usually, with all that may be embedded, and with the fields of the parameter's example."""
    usual = examples(resource.struct(is_list=is_list, include=()))
    shown = {"usual": ("A reply to a request without parameters.", usual)}
    if included := included_names(resource):
        more = [row | _included(resource, is_list=is_list, at=at) for at, row in enumerate(usual)]
        shown["include"] = (f"With include={','.join(included)}.", more)
    names = few_fields(resource)
    few = [{name: row[name] for name in names} for row in usual]
    shown["fields"] = (f"With fields={','.join(names)}.", few)
    return {
        name: {"summary": words, "value": _sent(rows, is_list=is_list)}
        for name, (words, rows) in shown.items()
    }


def _included(resource: Resource, *, is_list: bool, at: int) -> Json:
    """What is embedded in an example: the story of its field, or of the one row that it is."""
    struct = whole_struct(resource, is_list=is_list)
    known = resource.struct(is_list=is_list, include=()).__struct_fields__
    found = {}
    for name in included_names(resource):
        if name in known:
            continue
        story = field_sources(struct)[name].story
        related = struct.__annotations__[name].__origin__
        found[name] = (story[at] if at < len(story) else []) if story else examples(related)[0]
    return found


def _sent(rows: list[Any], *, is_list: bool) -> Json:
    if not is_list:
        return {"data": rows[0]}
    return {
        "data": rows,
        "meta": {
            "next_cursor": EXAMPLE_CURSOR,
            "has_more": True,
            "position": 318,
            "shared_revision": 12,
        },
    }


def description_responses(*, head: bool) -> Json:
    """The responses of the description itself, which is public."""
    caching = ("ETag", "CacheOfAll", "VaryOfAll")
    fine: Json = {
        "description": "This description.",
        "headers": header_references(*caching, "Content-Encoding", "Content-Length"),
        "content": {"application/json": {"schema": DESCRIPTION_SCHEMA}},
    }
    names = {"403": "HttpsRequired", "405": "MethodNotAllowed", "500": "ServerError"}
    found = _references(names, head=head)
    found["200"] = without_body(fine) if head else fine
    found["304"] = {
        "description": "The copy that the caller has is still right.",
        "headers": header_references(*caching),
    }
    return dict(sorted(found.items()))
