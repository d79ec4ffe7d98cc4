"""Each problem of version 2 as it is sent, made by the code that refuses where that needs no database."""

from functools import cache
from io import BytesIO
from typing import Any

import msgspec

from commerce.api.core import errors
from commerce.api.core.errors import ApiProblem, Error, ProblemPart
from commerce.api.core.request import ApiRequest
from commerce.api.read.fields import examples
from commerce.api.v2.problem_words import PROBLEMS
from commerce.api.v2.problems import PAGES, act_problem_words, problem_of
from commerce.api.v2.reading.cursors import cursor_problem
from commerce.api.v2.reading.files import file_not_ready
from commerce.api.v2.reading.params import parse_list_query
from commerce.api.v2.resources.event_feed import too_old_problem
from commerce.api.v2.resources.operations import OperationError
from commerce.api.v2.resources.quotes import Quote
from commerce.api.v2.resources.services import SERVICES
from commerce.api.v2.writing.bodies import MAX_BODY, member_problem, pointer, read_body
from commerce.api.v2.writing.serve import dry_run_timeout
from commerce.db.outages import RETRY_AFTER_SECONDS

_INSTALLATION = "https://billing.example.com"
_REQUEST_ID = "7f0e2c4d9ab14c5fb0c8a2f6d1e35a90"


def _of_query(query: str) -> ApiProblem:
    """What a list answers to a query that is not right."""
    try:
        parse_list_query(query, SERVICES)
    except ApiProblem as problem:
        return problem
    raise AssertionError(f"{query} is right")


def _of_body(body: bytes, kind: str = "application/json") -> ApiProblem:
    """What a write answers to a body that cannot be read."""
    environ = {
        "PATH_INFO": f"{SERVICES.path}/1042",
        "REMOTE_ADDR": "203.0.113.9",
        "CONTENT_TYPE": kind,
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(body),
    }
    try:
        read_body(ApiRequest(environ))
    except ApiProblem as problem:
        return problem
    raise AssertionError(f"{kind} is right")


def _of_writes() -> dict[str, ApiProblem]:
    """Refusals of writes. Tests compare those that are made here with what is served."""
    unknown = ProblemPart("pointer", pointer("nmae"), "unknown", "There is no member nmae here.")
    running = "A request with this key is still running. Try again shortly."
    return {
        "body": _of_body(b'{"name": '),
        "member": member_problem([unknown]),
        "media_type": _of_body(b"name=Shop", "application/x-www-form-urlencoded"),
        "too_large": _of_body(b" " * (MAX_BODY + 1)),
        "changed": _refused(
            412, "precondition.failed", "It has changed since you read it.", "If-Match", "changed"
        ),
        "running": ApiProblem(
            409, Error(running), [("Retry-After", "1")], code="idempotency.in_progress"
        ),
        "key_reused": _refused(
            422,
            "idempotency.key_reused",
            "This key was already used with another request.",
            code="idempotency.key_reused",
        ),
        "key": _refused(
            400,
            "idempotency.key_not_valid",
            "The Idempotency-Key must have 1 to 255 printable ASCII characters.",
            "Idempotency-Key",
        ),
        "key_missing": _refused(
            400,
            "idempotency.key_missing",
            "The header Idempotency-Key is missing.",
            "Idempotency-Key",
            "missing",
        ),
        "suspended": ApiProblem(
            403,
            Error("This account is suspended: it can be read and not changed."),
            code="account.suspended",
        ),
    }


def _of_guards() -> dict[str, ApiProblem]:
    """Refusals of what replaces, spends or has a consequence."""
    return {
        "version_missing": _refused(
            428,
            "precondition.missing",
            "The header If-Match is missing: it says which state you mean to replace.",
            "If-Match",
            "missing",
        ),
        "spending": ApiProblem(403, Error(_SPENDING), code="token.spending_limit"),
        "price": _price_problem(),
        "dry_run_timeout": dry_run_timeout(),
        "quote_expired": ApiProblem(409, Error(_EXPIRED), code="quote.expired"),
        "quote_ended": ApiProblem(409, Error(_ENDED), code="quote.ended"),
        "confirm": _refused(
            409, "needs_confirmation", _CONFIRM, code="plan_change.discount_ends", place="/confirm"
        ),
    }


_SPENDING = (
    "This would commit you to another €48.00. The token may spend €100.00 at once, and has €12.00 "
    "left of its 30 days."
)
_PRICE = "The price is now £23.52."
_EXPIRED = "This quote has expired. Ask for a new one."
_ENDED = "What was quoted is no longer on sale. Ask for a new quote."

_CONFIRM = "The discount of this service ends with the change."


def _price_problem() -> ApiProblem:
    """In words of its own: the sign of a currency stands in the database."""
    quoted = examples(Quote)[0]
    members = {"expected_total": quoted["due_today"], "quote": quoted}
    return ApiProblem(409, Error(_PRICE), code="price.changed", members=members)


def _refused(
    status: int,
    problem: str,
    text: str,
    header: str = "",
    code: str = "not_valid",
    place: str = "",
) -> ApiProblem:
    """A refusal for a header, or for a place in the body or all of it."""
    part = ProblemPart("header" if header else "pointer", header or place, code, text)
    return ApiProblem(status, Error(text), code=problem, parts=[part])


@cache
def example_problems() -> dict[str, ApiProblem]:
    """Examples by a name of their own; each code has one or more."""
    return {
        "unknown": _of_query("statsu=active"),
        "value": _of_query("status=gone"),
        "repeated": _of_query("limit=10&limit=20"),
        "field": _of_query("fields=id,nmae"),
        "several": _of_query("limit=0&sort=name"),
        "cursor": cursor_problem(),
        "token": errors.unauthenticated(token_sent=True),
        "scope": errors.missing_scope("services:read"),
        "bound": errors.bound_token(),
        "address": errors.address_not_allowed(),
        "closed": errors.account_closed(),
        "https": errors.https_required(),
        "not_found": errors.not_found(),
        "not_ready": file_not_ready(),
        "too_old": too_old_problem(212, 318),
        "method": errors.method_not_allowed(),
        "too_many": errors.too_many_requests(37),
        "crashed": errors.server_error(),
        "unavailable": errors.unavailable(RETRY_AFTER_SECONDS),
        **_of_writes(),
        **_of_guards(),
    }


def problems_of_code(code: str) -> list[ApiProblem]:
    """The examples of a code. One of an act comes with 409 if the state does not allow it, and with 422 otherwise."""
    if code not in PROBLEMS:
        return [ApiProblem(409, Error(act_problem_words(code).meaning), code=code)]
    return [one for one in example_problems().values() if one.code == code]


def problem_body(problem: ApiProblem) -> dict[str, Any]:
    """What is sent for a problem, with the address of an example's installation."""
    sent = problem_of(problem, _REQUEST_ID)
    sent = msgspec.structs.replace(sent, type=f"{_INSTALLATION}{PAGES}{problem.code}")
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(sent))
    return body


def operation_error(code: str) -> dict[str, Any]:
    """The error of an operation that failed for a code."""
    words = PROBLEMS[code]
    sent = OperationError(f"{_INSTALLATION}{PAGES}{code}", code, words.title, words.meaning)
    body: dict[str, Any] = msgspec.to_builtins(sent)
    return body
