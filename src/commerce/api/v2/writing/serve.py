"""Serving a write: who may, the key, the preconditions, the act, the answer (client-api-v2.md 3 and 4)."""

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation

from commerce.accounts.actions.api_writes.idempotency import (
    claim_idempotency_key,
    hash_key,
    is_answered,
    store_reply,
)
from commerce.accounts.actions.api_writes.spending import SpendingLimitError
from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import ApiTokenBinding, Client
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
from commerce.api.v2.writing.bodies import canonical_hash, pointer, read_body
from commerce.api.v2.writing.outcomes import WriteNote, noted_write, total_committed
from commerce.api.v2.writing.routes import (
    WriteCall,
    WriteResult,
    WriteRoute,
    held_rows,
    rows_of_path,
)
from commerce.api.v2.writing.totals import PriceProblem, add_new_quote
from commerce.db.fast_paths import prepared_statements
from commerce.db.locks import lock_name
from commerce.db.outages import RETRY_AFTER_SECONDS
from commerce.db.retry import retry_on_deadlock
from commerce.db.statement_timeouts import TimeIsOverError, all_within
from commerce.kit import clock
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError, NeedsConfirmation, PermissionDenied, StateConflict
from commerce.kit.request_cache import cached_for_request

_KEY = re.compile(r"[\x20-\x7e]{1,255}\Z")
_VERSION = re.compile(r'(?<!W/)"([0-9]{1,18})-[0-9a-f]+"')
OPERATION_SECONDS = 2
"""After how long it pays to ask how an operation stands."""
DRY_RUN_SECONDS = 2
"""How long a dry run may hold its locks (client-api-v2.md 4)."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """A write, once all that can be read from the request alone is read. ``key_hash`` is empty without a key."""

    route: WriteRoute
    row_id: int
    query: ReadQuery
    body: Any
    key_hash: str
    body_hash: str
    if_match: str | None
    caller: ApiCaller
    token_hash: str
    ctx: Context
    note: WriteNote

    def call(self, record: Any, prepared: Any = None, client: Client | None = None) -> WriteCall:
        """What the route is given."""
        dry, key = self.query.is_dry_run, self.key_hash
        return WriteCall(record, self.body, self.caller, self.ctx, dry, prepared, key, client, [])


@translation.override("en")
@prepared_statements()
def serve_write(
    request: ApiRequest, route: WriteRoute, row_id: str | None, request_id: str
) -> ApiReply:
    """The reply to a write, or the first ``ApiProblem`` in the contract's order."""
    token_hash = admission.token_hash(request)
    found = caller_statement().run({"hash": token_hash})
    caller = admission.recognize(request, found.caller)
    admission.charge_limit(request, caller, free=False)
    wait, request.limit_headers = limits.take_write(caller, request.limit_headers)
    if wait:
        raise errors.too_many_requests(wait)
    with noted_write(request, caller) as note:
        reply = _answer(request, route, row_id, caller, request_id, note)
        note.answered = reply.status
    accepts_gzip = admission.read_validators(request).gzip
    sent, coding = replies.compress_body(reply.body, accepts_gzip=accepts_gzip)
    kind = [] if reply.status == 204 else [JSON_HEADER]
    headers = [*kind, *reply.headers, ("Cache-Control", "no-store")]
    return ApiReply(reply.status, [*headers, *request.limit_headers, *coding], sent)


def _answer(
    request: ApiRequest,
    route: WriteRoute,
    row_id: str | None,
    caller: ApiCaller,
    request_id: str,
    note: WriteNote,
) -> ApiReply:
    """What a caller is answered who may write now."""
    _allow(admission.refusal(caller, route.scopes, for_bound=route.bound is not None))
    _check_active(route, caller.status)
    query = parse_write_query(request.environ.get("QUERY_STRING", ""), route.shown)
    _allow(serve.refusal(caller, route.shown, query))
    note.is_dry_run = query.is_dry_run
    method = request.environ["REQUEST_METHOD"]
    key = idempotency_key(request, is_needed=route.needs_key and not query.is_dry_run)
    does_once = bool(key) and not query.is_dry_run and route.effect != "read"
    sent = read_body(request, may_be_empty=route.may_be_empty)
    body = route.read(sent)
    _allow(admission.refusal(caller, route.scopes_for(body), for_bound=route.bound is not None))
    own = [caller.token_id] if route.is_own or route.token_of else []
    write = WriteRequest(
        route=route,
        row_id=admission.row_number(row_id),
        query=query,
        body=body,
        key_hash=hash_key(caller.client_id, *own, method, request.path, key) if does_once else "",
        body_hash=canonical_hash(sent, query.shaping),
        if_match=_if_match(request, is_needed=route.needs_version),
        caller=caller,
        token_hash=admission.token_hash(request),
        ctx=Context(clock.now(), _actor(request, caller, request_id)),
        note=note,
    )
    return _done(write)


def _allow(refusal: ApiProblem | None) -> None:
    if refusal is not None:
        raise refusal


def _check_active(route: WriteRoute, status: str) -> None:
    """A suspended account can do little. A closed one is refused in the same words if it was closed meanwhile."""
    allowed = [ClientStatus.ACTIVE, *([ClientStatus.SUSPENDED] if route.while_suspended else [])]
    if status not in allowed:
        text = "This account is suspended: it can be read and not changed."
        raise ApiProblem(403, Error(text), code="account.suspended")


def idempotency_key(request: ApiRequest, *, is_needed: bool) -> str:
    """The key as it is meant, bare or as a string of RFC 8941; empty without one."""
    sent: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if sent is None:
        if is_needed:
            text = "The header Idempotency-Key is missing."
            part = ProblemPart("header", "Idempotency-Key", "missing", text)
            raise ApiProblem(400, Error(text), code="idempotency.key_missing", parts=[part])
        return ""
    key = sent.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = re.sub(r'\\(["\\])', r"\1", key[1:-1])
    if _KEY.match(key) is None:
        text = "The Idempotency-Key must have 1 to 255 printable ASCII characters."
        part = ProblemPart("header", "Idempotency-Key", "not_valid", text)
        raise ApiProblem(400, Error(text), code="idempotency.key_not_valid", parts=[part])
    return key


def _if_match(request: ApiRequest, *, is_needed: bool) -> str | None:
    sent: str | None = request.environ.get("HTTP_IF_MATCH")
    if sent is None and is_needed:
        text = "The header If-Match is missing: it says which state you mean to replace."
        part = ProblemPart("header", "If-Match", "missing", text)
        raise ApiProblem(428, Error(text), code="precondition.missing", parts=[part])
    return sent


def _actor(request: ApiRequest, caller: ApiCaller, request_id: str) -> Actor:
    return Actor("token", caller.token_id, caller.token_name, request.address, request_id)


class _OnlyTried(Exception):
    """Ends the transaction of a dry run."""

    def __init__(self, reply: ApiReply, not_checked: Sequence[str]) -> None:
        super().__init__()
        self.reply, self.not_checked = reply, not_checked


def _done(write: WriteRequest) -> ApiReply:
    """The answer, with an effect that is kept unless it was only tried."""
    try:
        with all_within(DRY_RUN_SECONDS) if write.query.is_dry_run else nullcontext():
            return _asked_and_done(write)
    except _OnlyTried as tried:
        return _tried_reply(write.route, tried.reply, tried.not_checked)
    except TimeIsOverError as slow:
        raise dry_run_timeout() from slow
    except PermissionDenied as error:
        raise ApiProblem(403, Error(str(error)), code=error.code) from error
    except SpendingLimitError as error:
        raise ApiProblem(403, Error(str(error)), code=error.code) from error
    except NeedsConfirmation as error:
        text = str(error)
        part = ProblemPart("pointer", pointer("confirm"), error.answer, text)
        raise ApiProblem(409, Error(text), code="needs_confirmation", parts=[part]) from error
    except StateConflict as error:
        wait: HeaderList = [("Retry-After", "1")] if error.code == "idempotency.in_progress" else []
        raise ApiProblem(409, Error(str(error)), wait, code=error.code) from error
    except BusinessError as error:
        raise _not_accepted(error) from error


def _asked_and_done(write: WriteRequest) -> ApiReply:
    """The act, after all that has to be asked of others before it."""
    prepared, ask = None, write.route.asks_first
    try:
        if ask and not write.query.is_dry_run and not is_answered(key_hash=write.key_hash):
            prepared = ask(write.call(_record(write)))
        return _in_one_transaction(write, prepared)
    except PriceProblem as changed:
        add_new_quote(changed, write.call(None), write.token_hash)
        raise


def dry_run_timeout() -> ApiProblem:
    """503: a dry run took too long, and was given up."""
    wait: HeaderList = [("Retry-After", str(RETRY_AFTER_SECONDS))]
    text = f"The dry run took longer than {DRY_RUN_SECONDS} seconds. Nothing was changed."
    return ApiProblem(503, Error(text), wait, code="dry_run.timeout")


def _tried_reply(route: WriteRoute, reply: ApiReply, not_checked: Sequence[str]) -> ApiReply:
    """What a dry run answers: no tag, which another change may get, no address, nothing that only the act settles."""
    body = reply.body
    if body and (route.unsettled or not_checked):
        told = msgspec.json.decode(body)
        for name in route.unsettled:
            _unsettle(told["data"], name.split("."))
        if not_checked:
            told["not_checked"] = list(not_checked)
        body = msgspec.json.encode(told)
    return ApiReply(reply.status, [("Dry-Run", "true")], body)


def _unsettle(shown: Any, steps: Sequence[str]) -> None:
    """Empty one field of an object, or of each in a list."""
    for one in shown if isinstance(shown, list) else [shown]:
        if not isinstance(one, dict) or steps[0] not in one:
            continue
        if len(steps) == 1:
            one[steps[0]] = None
        else:
            _unsettle(one[steps[0]], steps[1:])


def _not_accepted(error: BusinessError) -> ApiProblem:
    text = str(error)
    place = f"/{error.field}" if error.field else ""
    part = ProblemPart("pointer", place, error.code, text)
    return ApiProblem(422, Error(text), code=error.code, parts=[part])


@retry_on_deadlock
def _in_one_transaction(write: WriteRequest, prepared: Any) -> ApiReply:
    """The key first, in the order of locks; then what comes before the client, and the client, so that what was
    compared stays true.
    """
    if write.key_hash:
        _check_bound(write)
        earlier = claim_idempotency_key(key_hash=write.key_hash, body_hash=write.body_hash)
        if earlier is not None:
            told = [(name, value) for name, value in earlier.headers]
            return ApiReply(
                earlier.status, [*told, ("Idempotent-Replayed", "true")], bytes(earlier.body)
            )
    if write.route.name_lock:
        lock_name(write.route.name_lock)
    if write.route.locks_first:
        write.route.locks_first(write.call(None, prepared))
    client = lock_client(write.caller.client_id)
    _check_active(write.route, client.status)
    if client.access_revision != write.caller.access_revision:
        write = _still_allowed(write)
    with cached_for_request():  # settings are read once, under the locks
        call = write.call(_record(write, held=True), prepared, client)
        written = write.route.do(call)
    write.note.spent = total_committed(call.commitments)
    reply = _reply(write, written)
    if write.query.is_dry_run:
        raise _OnlyTried(reply, written.not_checked)
    if write.key_hash:
        store_reply(
            client_id=write.caller.client_id,
            key_hash=write.key_hash,
            body_hash=write.body_hash,
            status=reply.status,
            headers=reply.headers,
            body=_with_fields(reply.body, dict.fromkeys(written.shown_once, "secret_expired")),
            ctx=write.ctx,
        )
    return ApiReply(reply.status, reply.headers, _with_fields(reply.body, written.shown_once))


def _still_allowed(write: WriteRequest) -> WriteRequest:
    """The same with its token as it is now: it may have ended while others were asked, or the client was held. Raises
    ``ApiProblem`` 401 or 403.
    """
    found = caller_statement().run({"hash": write.token_hash}).caller
    if found is None or admission.is_over(found, write.ctx.at):
        raise errors.unauthenticated(token_sent=True)
    scopes = write.route.scopes_for(write.body)
    _allow(admission.refusal(found, scopes, for_bound=write.route.bound is not None))
    _allow(serve.refusal(found, write.route.shown, write.query))
    return replace(write, caller=found)


def _with_fields(body: bytes, fields: Mapping[str, object]) -> bytes:
    """A reply whose object has these, too, whatever ``fields`` asked for."""
    if not fields:
        return body
    told = msgspec.json.decode(body)
    told["data"] |= fields
    return msgspec.json.encode(told)


def _record(write: WriteRequest, *, held: bool = False) -> Any:
    """The record that the path names, if it names one, locked if ``held``, and of the version that is meant."""
    if write.route.rows is None:
        return None
    if held and not write.caller.is_bound:
        of_path = {"client": write.caller.client_id, "id": write.row_id}
        found = held_rows(write.route).instances(**of_path)
    else:
        rows = rows_of_path(write.route, write.caller.client_id, write.row_id)
        found = list(_of_token(write, rows.select_for_update(of=("self",)) if held else rows))
    token_of = write.route.token_of
    if not found or (token_of and token_of(found[0]) != write.caller.token_id):
        raise errors.not_found()
    record = found[0]
    write.note.record = (record._meta.model_name, record.pk)
    if hasattr(record, "version"):
        _compare(write.if_match, record.version)
    return record


def _of_token(write: WriteRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the rows that the token is for."""
    if not write.caller.is_bound:
        return rows
    assert write.route.bound is not None
    bindings = ApiTokenBinding.objects.for_client(write.caller.client_id)
    return write.route.bound(rows, bindings.filter(token_id=write.caller.token_id))


def _check_bound(write: WriteRequest) -> None:
    """Raises ``ApiProblem`` 404 for a record that the token is not for, before a key answers what another token was
    told of it; one that is gone has its answer.
    """
    if write.route.rows is None or not write.caller.is_bound:
        return
    rows = write.route.rows(write.caller.client_id).filter(pk=write.row_id)
    if rows.exists() and not _of_token(write, rows).exists():
        raise errors.not_found()


def _reply(write: WriteRequest, written: WriteResult) -> ApiReply:
    """What is answered, once it is done."""
    if written.made is not None:
        return ApiReply(written.status, [], serve.made_body(written.made, write.query))
    if written.shown is None:
        return ApiReply(written.status, [])
    query = write.query if written.shown is write.route.shown else ReadQuery()
    reply = serve.row_reply(written.shown, write.token_hash, written.row_id, query)
    if written.status == 200:
        return reply
    headers = [("Location", f"{settings.COMMERCE_URL}{written.shown.path}/{written.row_id}")]
    if written.status == 202:
        headers.append(("Retry-After", str(OPERATION_SECONDS)))
    else:
        headers += reply.headers
    return ApiReply(written.status, headers, reply.body)


def _compare(if_match: str | None, version: int) -> None:
    """Raises ``ApiProblem`` 412 unless one of the tags is of this version."""
    if if_match is None or if_match.strip() == "*":
        return
    if str(version) not in _VERSION.findall(if_match):
        text = "It has changed since you read it."
        part = ProblemPart("header", "If-Match", "changed", text)
        raise ApiProblem(412, Error(text), code="precondition.failed", parts=[part])
