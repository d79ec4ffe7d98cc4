"""Every refusal of the API: status, message, headers. Raised anywhere on a request's way, answered in one place."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

type HeaderList = list[tuple[str, str]]


class Error(msgspec.Struct, frozen=True):
    """The body of every error."""

    message: Annotated[str, msgspec.Meta(description="What is wrong, in one sentence.")]


class InvalidData(msgspec.Struct, frozen=True):
    """The body of a 422: which parameters are not allowed, and why."""

    message: Annotated[str, msgspec.Meta(description="What is wrong, in one sentence.")]
    errors: Annotated[
        dict[str, list[str]],
        msgspec.Meta(description="Each offending parameter with what is wrong with it."),
    ]


class ProblemPart(NamedTuple):
    """What is wrong with one parameter or header of a request, or with one place of its body (a JSON pointer)."""

    kind: Literal["parameter", "header", "pointer"]
    place: str
    code: str
    detail: str


class ApiProblem(Exception):
    """A reply that is not the one asked for: ``status``, its JSON body as version 1 sends it, and headers of its own.

    Version 2 tells ``code``, ``parts`` and ``members`` of its own (``api/v2/problems.py``).
    """

    def __init__(
        self,
        status: int,
        body: Error | InvalidData,
        headers: HeaderList | None = None,
        *,
        code: str,
        parts: Sequence[ProblemPart] = (),
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(body.message)
        self.status, self.code, self.parts = status, code, parts
        self.members = dict(members or {})
        self.body = msgspec.json.encode(body)
        self.headers = [*(headers or []), ("Cache-Control", "no-store")]


_REALM = 'Bearer realm="commerce"'


def https_required() -> ApiProblem:
    return ApiProblem(403, Error("HTTPS is required."), code="request.https_required")


def not_found() -> ApiProblem:
    """The same for an unknown route, a missing row and another client's row, byte for byte."""
    return ApiProblem(404, Error("Not found."), code="request.not_found")


def method_not_allowed(allowed: str = "GET, HEAD") -> ApiProblem:
    body = Error("Method not allowed.")
    return ApiProblem(405, body, [("Allow", allowed)], code="request.method_not_allowed")


def unauthenticated(*, token_sent: bool) -> ApiProblem:
    """401, the same body for every cause; the challenge says only whether a token was sent (RFC 6750)."""
    challenge = f'{_REALM}, error="invalid_token"' if token_sent else _REALM
    body = Error("Unauthenticated.")
    return ApiProblem(401, body, [("WWW-Authenticate", challenge)], code="token.not_valid")


def address_not_allowed() -> ApiProblem:
    body = Error("This token is not valid from your address.")
    return ApiProblem(403, body, code="token.address_not_allowed")


def account_closed() -> ApiProblem:
    return ApiProblem(403, Error("This account is closed."), code="account.closed")


def missing_scope(scope: str) -> ApiProblem:
    challenge = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
    body = Error(f"This token lacks the scope {scope}.")
    return ApiProblem(403, body, [("WWW-Authenticate", challenge)], code="token.scope_missing")


def bound_token() -> ApiProblem:
    body = Error("This token is for some services, domains or zones only, and this is about more.")
    return ApiProblem(403, body, code="token.bound")


def too_many_requests(seconds: int) -> ApiProblem:
    headers = [("Retry-After", str(seconds))]
    return ApiProblem(429, Error("Too Many Requests."), headers, code="rate_limit.exceeded")


def bad_request(message: str) -> ApiProblem:
    return ApiProblem(400, Error(message), code="request.not_valid")


def invalid_data(errors: Mapping[str, str]) -> ApiProblem:
    body = InvalidData("The given data was invalid.", {k: [v] for k, v in errors.items()})
    return ApiProblem(422, body, code="request.not_valid")


def unavailable(seconds: int) -> ApiProblem:
    """503: the database cannot serve now, and the caller did nothing wrong."""
    headers = [("Retry-After", str(seconds))]
    return ApiProblem(503, Error("Service unavailable."), headers, code="server.unavailable")


def server_error() -> ApiProblem:
    """500; the traceback is in the application log under the request id, never here."""
    return ApiProblem(500, Error("Server error."), code="server.error")
