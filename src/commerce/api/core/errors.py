"""Every refusal of the API: status, message, headers. Raised anywhere on a request's way, answered in one place."""

from collections.abc import Mapping
from typing import Annotated

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


class ApiProblem(Exception):
    """A reply that is not the one asked for: ``status``, its JSON body, and headers of its own."""

    def __init__(
        self, status: int, body: Error | InvalidData, headers: HeaderList | None = None
    ) -> None:
        super().__init__(body.message)
        self.status = status
        self.body = msgspec.json.encode(body)
        self.headers = [*(headers or []), ("Cache-Control", "no-store")]


_REALM = 'Bearer realm="commerce"'


def https_required() -> ApiProblem:
    return ApiProblem(403, Error("HTTPS is required."))


def not_found() -> ApiProblem:
    """The same for an unknown route, a missing row and another client's row, byte for byte."""
    return ApiProblem(404, Error("Not found."))


def method_not_allowed() -> ApiProblem:
    return ApiProblem(405, Error("Method not allowed."), [("Allow", "GET, HEAD")])


def unauthenticated(*, token_sent: bool) -> ApiProblem:
    """401, the same body for every cause; the challenge says only whether a token was sent (RFC 6750)."""
    challenge = f'{_REALM}, error="invalid_token"' if token_sent else _REALM
    return ApiProblem(401, Error("Unauthenticated."), [("WWW-Authenticate", challenge)])


def address_not_allowed() -> ApiProblem:
    return ApiProblem(403, Error("This token is not valid from your address."))


def account_closed() -> ApiProblem:
    return ApiProblem(403, Error("This account is closed."))


def missing_scope(scope: str) -> ApiProblem:
    challenge = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
    return ApiProblem(
        403, Error(f"This token lacks the scope {scope}."), [("WWW-Authenticate", challenge)]
    )


def too_many_requests(seconds: int) -> ApiProblem:
    return ApiProblem(429, Error("Too Many Requests."), [("Retry-After", str(seconds))])


def bad_request(message: str) -> ApiProblem:
    return ApiProblem(400, Error(message))


def invalid_data(errors: Mapping[str, str]) -> ApiProblem:
    body = InvalidData("The given data was invalid.", {k: [v] for k, v in errors.items()})
    return ApiProblem(422, body)


def unavailable(seconds: int) -> ApiProblem:
    """503: the database cannot serve now, and the caller did nothing wrong."""
    return ApiProblem(503, Error("Service unavailable."), [("Retry-After", str(seconds))])


def server_error() -> ApiProblem:
    """500; the traceback is in the application log under the request id, never here."""
    return ApiProblem(500, Error("Server error."))
