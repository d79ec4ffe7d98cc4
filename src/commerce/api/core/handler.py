"""A request's whole way through the client API, in one screen.

The server → this handler (chosen in ``config/wsgi.py``: no sessions, cookies, CSRF or middleware) → transport → route
→ method → token → its networks → limit → account and scope → parameters → row → bytes. One statement reads the token
and the rows together; what it found is judged in that order.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings

from commerce.api.core import errors, replies
from commerce.api.core.errors import ApiProblem
from commerce.api.core.replies import ApiReply
from commerce.api.core.request import ApiRequest
from commerce.api.read import serve
from commerce.api.read.resource import ApiResource
from commerce.api.v1 import resources as v1
from commerce.api.v2 import problems
from commerce.api.v2.reading import serve as serve_v2
from commerce.api.v2.reading.files import FileRoute, ReportRoute, serve_file
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources import all_resources as v2
from commerce.api.v2.resources.files import FILES, REPORTS, file_in_place
from commerce.api.v2.writing import serve as writes
from commerce.api.v2.writing.all_writes import WRITES
from commerce.api.v2.writing.routes import WriteRoute
from commerce.db import outages
from commerce.kit import ids, json_log

log = logging.getLogger(__name__)

_ROW = re.compile(r"(/api/v1/[a-z]+)/([0-9]+)\Z")
_ROW_V2 = re.compile(r"(/api/v2/[a-z-]+)/([0-9a-z.-]+)(?:/([a-z-]+))?\Z")
_V2, _STAFF = "/api/v2/", "/api/staff/"
_READS = ("GET", "HEAD")

type AnyResource = ApiResource | Resource | FileRoute | ReportRoute
"""A route of version 1 or of version 2, the file of a row, or a report."""


class ApiHandler:
    """The WSGI handler of everything below ``/api``; ``staff`` answers what is below ``/api/staff/``."""

    def __init__(self, staff: Callable[[ApiRequest, str], ApiReply]) -> None:
        self.staff = staff
        self.resources: dict[str, ApiResource | Resource] = {
            one.path: one for one in (*v1.RESOURCES, *v2.RESOURCES)
        }
        self.access = json_log.AccessLog(
            settings.COMMERCE_DATA_DIR / "log", "access", keep_days=settings.COMMERCE_LOG_DAYS
        )

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began = time.perf_counter()
        request_id = ids.valid_request_id(environ.get("HTTP_X_REQUEST_ID"))
        mark = json_log.current_request_id.set(request_id)
        request = ApiRequest(environ)
        try:
            reply = self.answer(request, request_id)
        except ApiProblem as problem:
            reply = _refused(request, problem, request_id)
        except Exception as error:  # noqa: BLE001 - told in full
            reply = _refused(request, _failed(error), request_id)
        headers = [
            *reply.headers,
            ("X-Request-Id", request_id),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if request.secure:
            headers.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
        if reply.status not in (204, 304):
            headers.append(("Content-Length", str(len(reply.body))))
        self._log(request, request_id, reply.status, began)
        json_log.current_request_id.reset(mark)
        start_response(replies.STATUS_LINES[reply.status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]

    def answer(self, request: ApiRequest, request_id: str) -> ApiReply:
        """The reply to a request; raises ``ApiProblem``. The checks in the order of client-api.md 2."""
        if not request.secure:
            raise errors.https_required()
        if request.path.startswith(_STAFF):
            return self.staff(request, request_id)
        method = request.environ["REQUEST_METHOD"]
        public = _public_path(request.path)
        if public is not None:
            if method not in ("GET", "HEAD"):
                raise errors.method_not_allowed()
            return public(request.environ)
        resource, row_id, writes_here = self.route(request.path)
        if method in writes_here:
            return writes.serve_write(request, writes_here[method], row_id, request_id)
        if resource is None or method not in _READS:
            reads = () if resource is None else _READS
            raise errors.method_not_allowed(", ".join([*reads, *writes_here]))
        return _read(request, resource, row_id)

    def route(self, path: str) -> tuple[AnyResource | None, str | None, Mapping[str, WriteRoute]]:
        """What is read at a path, if anything, the id in it if it is of one row, and what may be written there by
        method; raises ``ApiProblem`` 404 for any other path.
        """
        resource = self.resources.get(path)
        if resource is not None or path in WRITES:
            return resource, None, WRITES.get(path, {})
        if path in REPORTS:
            return REPORTS[path], None, {}
        found = (_ROW_V2 if path.startswith(_V2) else _ROW).match(path)
        if found is None:
            raise errors.not_found()
        base, row_id, *verbs = found.groups()
        path = "/".join([base, "{id}", *filter(None, verbs)])
        if path in FILES and row_id.isdecimal():
            return FILES[path], row_id, {}
        resource = self.resources.get(path if any(verbs) else base)
        if resource is not None and resource.list_struct is None and not any(verbs):
            resource = None
        listed = self.resources.get(base)
        has_keys = isinstance(listed, Resource) and bool(listed.key_column)
        written = WRITES.get(path, {})
        if (resource is None and not written) or not (has_keys or row_id.isdecimal()):
            raise errors.not_found()
        return resource, row_id, written

    def _log(self, request: ApiRequest, request_id: str, status: int, began: float) -> None:
        self.access.log_request(
            request_id=request_id,
            address=request.address,
            method=request.environ["REQUEST_METHOD"],
            path=request.path,
            status=status,
            began=began,
            token_id=request.token_id,
        )


def _public_path(path: str) -> Callable[[dict[str, Any]], ApiReply] | None:
    """What answers without a token; descriptions and their pages take 3 MiB of a worker, which loads them once they are
    asked for.
    """
    if not path.startswith("/api/docs") and not path.endswith("/openapi.json"):
        return None
    from commerce.api.docs.public import public_path

    return public_path(path)


def _read(request: ApiRequest, resource: AnyResource, row_id: str | None) -> ApiReply:
    """What a resource says, as rows or as a file."""
    if isinstance(resource, FileRoute | ReportRoute):
        return serve_file(request, resource, row_id)
    if isinstance(resource, Resource):
        file = file_in_place(resource.path, request.environ.get("HTTP_ACCEPT", ""))
        if row_id is not None and file is not None:
            return serve_file(request, file, row_id)
        return serve_v2.serve_resource(request, resource, row_id)
    return serve.serve_resource(request, resource, row_id)


def _refused(request: ApiRequest, problem: ApiProblem, request_id: str) -> ApiReply:
    """A problem in the words of the version that was asked. What is left of a token is told to none that has ended."""
    limits = [] if problem.status == 401 else request.limit_headers
    if request.path.startswith((_V2, _STAFF)):
        return problems.problem_reply(problem, request_id, limits)
    return replies.problem_reply(problem, limits)


def _failed(error: Exception) -> ApiProblem:
    """What a caller hears when it was not their doing: 503 while the database cannot serve, else 500."""
    kind = outages.outage_kind(error)
    if kind is None:
        log.error("The API crashed.", exc_info=error)
        return errors.server_error()
    outages.log_outage(log, kind, error)
    return errors.unavailable(outages.RETRY_AFTER_SECONDS)
