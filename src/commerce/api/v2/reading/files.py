"""Serving the file of a record: judged in the order of rows, sent as it is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from commerce.api.core import errors
from commerce.api.core.auth import ApiCaller
from commerce.api.core.errors import ApiProblem, Error
from commerce.api.core.replies import ApiReply, etag_matches
from commerce.api.core.request import ApiRequest
from commerce.api.read import admission
from commerce.api.read.resource import caller_statement
from commerce.api.v2.reading.params import parse_file_query
from commerce.api.v2.reading.resource import Resource

NOT_READY_SECONDS = 5
"""After how long a file that is being made is worth asking for again."""


class RecordFile(NamedTuple):
    """A file that was made once: its name, the hash of its bytes, and how they are read."""

    name: str
    sha256: str
    content: Callable[[], bytes]


class FileNotReady(Exception):
    """The file is still being made."""


@dataclass(frozen=True, eq=False)
class FileRoute:
    """``GET <resource>/{id}/<verb>``. ``find`` gives the file of a client's record, None if there is none, and raises
    ``FileNotReady``.
    """

    resource: Resource
    verb: str
    content_type: str
    about: str
    find: Callable[[int, int], RecordFile | None]


def serve_file(request: ApiRequest, route: FileRoute, row_id: str) -> ApiReply:
    """The reply to a request for a file, or the first ``ApiProblem`` in the contract's order."""
    token_hash = admission.token_hash(request)
    none_match = admission.read_validators(request).none_match
    caller = admission.recognize(request, caller_statement().run({"hash": token_hash}).caller)
    trouble = _trouble(request, caller, route)
    # To make a file is work, which is for those who have requests left.
    admission.admit(request, caller, free=trouble is None)
    if trouble is not None:
        raise trouble
    found, missing = None, errors.not_found()
    try:
        found = route.find(caller.client_id, admission.row_number(row_id))
    except FileNotReady:
        missing = file_not_ready()
    etag = f'"{found.sha256[:32]}"' if found else ""
    fresh = found is not None and none_match is not None and _is_fresh(none_match, etag)
    admission.admit(request, caller, free=fresh)
    if found is None:
        raise missing
    kept = [("ETag", etag), *admission.CACHING, *request.limit_headers]
    if fresh:
        return ApiReply(304, kept)
    said = [
        ("Content-Type", route.content_type),
        ("Content-Disposition", f'attachment; filename="{found.name}"'),
    ]
    return ApiReply(200, [*said, *kept], found.content())


def file_not_ready() -> ApiProblem:
    """The answer while a file is being made."""
    text = "The document is being made. Try again in a few seconds."
    return ApiProblem(
        404,
        Error(text),
        [("Retry-After", str(NOT_READY_SECONDS))],
        code="document.not_ready",
    )


def _trouble(request: ApiRequest, caller: ApiCaller, route: FileRoute) -> ApiProblem | None:
    """Why this caller may not have it, if so: the account, the scope, then parameters, of which there are none."""
    problem = admission.refusal(caller, [route.resource.scope])
    if problem is None:
        try:
            parse_file_query(request.environ.get("QUERY_STRING", ""), route.resource)
        except ApiProblem as wrong:
            return wrong
    return problem


def _is_fresh(none_match: str, etag: str) -> bool:
    return none_match.strip() == "*" or etag_matches(none_match, etag)
