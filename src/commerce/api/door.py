"""A request's whole way through the client API, in one screen.

The server → this handler (chosen in ``config/wsgi.py``: no sessions, cookies, CSRF or middleware) → transport → route
→ method → token → its networks → limit → account and scope → parameters → row → bytes. One statement reads the token
and the rows together; what it found is judged in that order.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from commerce.api import errors, pages, replies
from commerce.api.describe import PUBLIC
from commerce.api.errors import Headers, Problem
from commerce.api.replies import Reply
from commerce.api.routes import Resource
from commerce.api.v1.urls import RESOURCES
from commerce.audit import outage
from commerce.kit import ids, journal

log = logging.getLogger(__name__)

_DETAIL = re.compile(r"(/api/v1/[a-z]+)/([0-9]+)\Z")


class Request:
    """A request as the door sees it, and what becomes known of it on its way."""

    __slots__ = ("address", "environ", "limit", "path", "secure", "token_id")

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.path: str = environ["PATH_INFO"]
        self.secure = environ["wsgi.url_scheme"] == "https"
        self.address: str = environ["REMOTE_ADDR"]
        self.limit: Headers = []
        self.token_id: int | None = None


class Door:
    """The WSGI handler of everything below ``/api``."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {one.path: one for one in RESOURCES}
        self.access = journal.Access(
            settings.COMMERCE_DATA_DIR / "log", "access", keep_days=settings.COMMERCE_LOG_DAYS
        )

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began = time.perf_counter()
        request_id = ids.request_id(environ.get("HTTP_X_REQUEST_ID"))
        mark = journal.request_id.set(request_id)
        request = Request(environ)
        try:
            reply = self.answer(request)
        except Problem as problem:
            reply = replies.of_problem(problem, request.limit)
        except Exception as error:  # noqa: BLE001 - told in full
            reply = replies.of_problem(_failed(error), request.limit)
        headers = [
            *reply.headers,
            ("X-Request-Id", request_id),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if request.secure:
            headers.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
        if reply.status != 304:
            headers.append(("Content-Length", str(len(reply.body))))
        self._note(request, request_id, reply.status, began)
        journal.request_id.reset(mark)
        start_response(replies.STATUS_LINES[reply.status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]

    def answer(self, request: Request) -> Reply:
        """The reply to a request, or a ``Problem``; the checks in the order of client-api.md 2."""
        if not request.secure:
            raise errors.https_required()
        public = PUBLIC.get(request.path)
        resource, row_id = (None, None) if public else self.route(request.path)
        if request.environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            raise errors.method_not_allowed()
        if public is not None:
            return public(request.environ)
        assert resource is not None
        return pages.serve(request, resource, row_id)

    def route(self, path: str) -> tuple[Resource, str | None]:
        """The resource of a path, and the id in it if it is one row's; raises ``Problem`` 404 for any other path."""
        resource = self.resources.get(path)
        if resource is not None:
            return resource, None
        detail = _DETAIL.match(path)
        resource = self.resources.get(detail[1]) if detail else None
        if detail is None or resource is None or resource.listed is None:
            raise errors.not_found()
        return resource, detail[2]

    def _note(self, request: Request, request_id: str, status: int, began: float) -> None:
        self.access.note(
            request_id=request_id,
            address=request.address,
            method=request.environ["REQUEST_METHOD"],
            path=request.path,
            status=status,
            began=began,
            token_id=request.token_id,
        )


def _failed(error: Exception) -> Problem:
    """What a caller hears when it was not his doing: 503 while the database cannot serve, else 500."""
    kind = outage.outage(error)
    if kind is None:
        log.error("The API crashed.", exc_info=error)
        return errors.crashed()
    outage.note(log, kind, error)
    return errors.unavailable(outage.RETRY_AFTER)
