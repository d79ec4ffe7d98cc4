"""Serving a write: who may, the key, the preconditions, the act, the answer (client-api-v2.md 3 and 4)."""

import re
from dataclasses import dataclass

import msgspec
from django.conf import settings
from django.utils import translation

from commerce.accounts.actions.api_writes.idempotency import (
    claim_idempotency_key,
    hash_key,
    store_reply,
)
from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import ApiToken
from commerce.accounts.rules import ClientStatus
from commerce.api.core import errors, limits, replies
from commerce.api.core.auth import ApiCaller
from commerce.api.core.errors import ApiProblem, Error, HeaderList, ProblemPart
from commerce.api.core.replies import JSON_HEADER, ApiReply
from commerce.api.core.request import ApiRequest
from commerce.api.read import admission
from commerce.api.read.resource import caller_statement
from commerce.api.v2.reading import serve
from commerce.api.v2.reading.params import ReadQuery, parse_write_query
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.writing.bodies import Body, canonical_hash, read_body
from commerce.api.v2.writing.changes import ResourceChange
from commerce.api.v2.writing.posts import ActPost
from commerce.db.locks import lock
from commerce.db.retry import retry_on_deadlock
from commerce.kit import clock
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict

_KEY = re.compile(r"[\x20-\x7e]{1,255}\Z")
_VERSION = re.compile(r'"([0-9]{1,18})-[0-9a-f]+"')
OPERATION_SECONDS = 2
"""After how long it pays to ask how an operation stands."""


type WriteRoute = ResourceChange | ActPost
"""What a write is sent to."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """A write, once all that can be read from the request alone is read. ``key_hash`` is empty without a key."""

    route: WriteRoute
    row_id: int
    query: ReadQuery
    body: Body
    key_hash: str
    body_hash: str
    if_match: str | None
    caller: ApiCaller
    token_hash: str
    ctx: Context


@translation.override("en")
def serve_write(request: ApiRequest, route: WriteRoute, row_id: str, request_id: str) -> ApiReply:
    """The reply to a write, or the first ``ApiProblem`` in the contract's order."""
    token_hash = admission.token_hash(request)
    found = caller_statement().run({"hash": token_hash})
    caller = admission.recognize(request, found.caller)
    admission.admit(request, caller, free=False)
    wait, request.limit_headers = limits.take_write(caller, request.limit_headers)
    if wait:
        raise errors.too_many_requests(wait)
    _allow(caller, route)
    shown = OPERATIONS if isinstance(route, ActPost) and route.carrier else route.resource
    query = parse_write_query(request.environ.get("QUERY_STRING", ""), shown)
    lacking = admission.refusal(caller, serve.scopes_of(shown, query))
    if lacking is not None:
        raise lacking
    key = _idempotency_key(request)
    method = request.environ["REQUEST_METHOD"]
    if not key and method == "POST" and not query.is_dry_run:
        text = "The header Idempotency-Key is missing."
        part = ProblemPart("header", "Idempotency-Key", "missing", text)
        raise ApiProblem(400, Error(text), code="idempotency.key_missing", parts=[part])
    body = read_body(request, may_be_empty=isinstance(route, ActPost) and not route.required)
    write = WriteRequest(
        route=route,
        row_id=admission.row_number(row_id),
        query=query,
        body=body,
        key_hash=hash_key(caller.client_id, method, request.path, key)
        if key and not query.is_dry_run
        else "",
        body_hash=canonical_hash(body, query.shaping),
        if_match=request.environ.get("HTTP_IF_MATCH"),
        caller=caller,
        token_hash=token_hash,
        ctx=Context(clock.now(), _actor(request, caller, request_id)),
    )
    reply = _done(write)
    accepts_gzip = admission.read_validators(request).gzip
    sent, coding = replies.compress_body(reply.body, accepts_gzip=accepts_gzip)
    headers = [JSON_HEADER, *reply.headers, ("Cache-Control", "no-store")]
    return ApiReply(reply.status, [*headers, *request.limit_headers, *coding], sent)


def _allow(caller: ApiCaller, route: WriteRoute) -> None:
    problem = admission.refusal(caller, [route.resource.scope, route.scope])
    if problem is not None:
        raise problem
    _check_active(caller.status)


def _check_active(status: str) -> None:
    if status != ClientStatus.ACTIVE:
        text = "This account is suspended: it can be read and not changed."
        raise ApiProblem(403, Error(text), code="account.suspended")


def _idempotency_key(request: ApiRequest) -> str:
    """The key as it is meant, bare or as a string of RFC 8941; empty without one."""
    sent: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if sent is None:
        return ""
    key = sent.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = re.sub(r'\\(["\\])', r"\1", key[1:-1])
    if _KEY.match(key) is None:
        text = "The Idempotency-Key must have 1 to 255 printable ASCII characters."
        part = ProblemPart("header", "Idempotency-Key", "not_valid", text)
        raise ApiProblem(400, Error(text), code="idempotency.key_not_valid", parts=[part])
    return key


def _actor(request: ApiRequest, caller: ApiCaller, request_id: str) -> Actor:
    tokens = ApiToken.objects.for_client(caller.client_id).filter(pk=caller.token_id)
    name = tokens.values_list("name", flat=True).first()
    return Actor("token", caller.token_id, name or "", request.address, request_id)


class _OnlyTried(Exception):
    """Ends the transaction of a dry run."""

    def __init__(self, reply: ApiReply) -> None:
        super().__init__()
        self.reply = reply


def _done(write: WriteRequest) -> ApiReply:
    """The answer, with an effect that is kept unless it was only tried."""
    try:
        return _in_one_transaction(write)
    except _OnlyTried as tried:
        # No tag, which another change may get, no address and no id: there is nothing of it.
        body = tried.reply.body
        if isinstance(write.route, ActPost) and write.route.carrier:
            told = msgspec.json.decode(body)
            told["data"] |= {"id": None} if "id" in told["data"] else {}
            body = msgspec.json.encode(told)
        return ApiReply(tried.reply.status, [("Dry-Run", "true")], body)
    except PermissionDenied as error:
        raise ApiProblem(403, Error(str(error)), code=error.code) from error
    except StateConflict as error:
        wait: HeaderList = [("Retry-After", "1")] if error.code == "idempotency.in_progress" else []
        raise ApiProblem(409, Error(str(error)), wait, code=error.code) from error
    except BusinessError as error:
        raise _not_accepted(error) from error


def _not_accepted(error: BusinessError) -> ApiProblem:
    text = str(error)
    place = f"/{error.field}" if error.field else ""
    part = ProblemPart("pointer", place, error.code, text)
    return ApiProblem(422, Error(text), code=error.code, parts=[part])


@retry_on_deadlock
def _in_one_transaction(write: WriteRequest) -> ApiReply:
    """The key first, in the order of locks; then the client, so that what was compared stays true."""
    if write.key_hash:
        earlier = claim_idempotency_key(key_hash=write.key_hash, body_hash=write.body_hash)
        if earlier is not None:
            told = [(name, value) for name, value in earlier.headers]
            return ApiReply(
                earlier.status, [*told, ("Idempotent-Replayed", "true")], bytes(earlier.body)
            )
    _check_active(lock_client(write.caller.client_id).status)
    found = write.route.rows(write.caller.client_id).filter(pk=write.row_id).first()
    if found is None:
        raise errors.not_found()
    record = lock(found)
    _compare(write.if_match, record.version)
    reply = _effect(write, record)
    if write.query.is_dry_run:
        raise _OnlyTried(reply)
    if write.key_hash:
        store_reply(
            client_id=write.caller.client_id,
            key_hash=write.key_hash,
            body_hash=write.body_hash,
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
            ctx=write.ctx,
        )
    return reply


def _effect(write: WriteRequest, record: object) -> ApiReply:
    """What is answered, once it is done."""
    route = write.route
    if isinstance(route, ResourceChange):
        route.apply(record, write.body, write.ctx)
        key = ""
    else:
        key = route.do(record, write.body, write.ctx, write.caller.has_scope)
    if not key:
        return serve.row_reply(route.resource, write.token_hash, write.row_id, write.query)
    reply = serve.row_reply(OPERATIONS, write.token_hash, key, write.query)
    address = f"{settings.COMMERCE_URL}{OPERATIONS.path}/{key}"
    headers = [("Location", address), ("Retry-After", str(OPERATION_SECONDS))]
    return ApiReply(202, headers, reply.body)


def _compare(if_match: str | None, version: int) -> None:
    """Raises ``ApiProblem`` 412 unless one of the tags is of this version."""
    if if_match is None or if_match.strip() == "*":
        return
    if str(version) not in _VERSION.findall(if_match):
        text = "It has changed since you read it."
        part = ProblemPart("header", "If-Match", "changed", text)
        raise ApiProblem(412, Error(text), code="precondition.failed", parts=[part])
