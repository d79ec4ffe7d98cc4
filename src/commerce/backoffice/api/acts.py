"""Doing: an act of the staff area by program, with the same rule, version and audit entry, once for each key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Model

from commerce.accounts.actions.api_writes.idempotency import (
    claim_idempotency_key,
    hash_key,
    store_reply,
)
from commerce.accounts.actions.staff_forms import claim_form_key, release_form_key
from commerce.accounts.actions.staff_people.api_tokens import record_staff_token_write
from commerce.accounts.models import Client
from commerce.api.core.errors import ApiProblem, Error, HeaderList, ProblemPart
from commerce.api.core.replies import ApiReply
from commerce.api.core.request import ApiRequest
from commerce.api.v2.writing.bodies import canonical_hash, pointer, read_body
from commerce.api.v2.writing.serve import idempotency_key
from commerce.backoffice.api.caller import StaffCaller, permission_problem
from commerce.backoffice.api.kinds import Json, KindAct, RecordKind, kind_of_model
from commerce.backoffice.api.lists import (
    StaffQuery,
    check_fields,
    etag_of,
    find_row,
    json_reply,
    read_query,
    refused,
)
from commerce.backoffice.api.members import CONFIRM, read_members
from commerce.backoffice.api.operations import begun_since, going_on, newest_job, without_ids
from commerce.backoffice.api.spending import check_spending, spending_before
from commerce.backoffice.base.access import are_enough
from commerce.db.acts import run_act
from commerce.db.fast_paths import prepared_statements
from commerce.db.locks import lock_name
from commerce.kit.acts.shown import ShownOnce
from commerce.kit.errors import BusinessError, NeedsConfirmation, PermissionDenied, StateConflict
from commerce.kit.request_cache import cached_for_request


@dataclass(frozen=True, slots=True)
class ActCall:
    """A request for an act, once all that the request alone tells is read."""

    caller: StaffCaller
    kind: RecordKind
    act: KindAct
    key: str | None
    """The id in the path; None for an act without a record."""
    query: StaffQuery
    body: Json
    path: str
    key_hash: str
    body_hash: str
    if_match: str | None


@prepared_statements()
def serve_act(
    request: ApiRequest, caller: StaffCaller, kind: RecordKind, act: KindAct, key: str | None
) -> ApiReply:
    """The reply to a POST, which is kept with what came of it."""
    query = read_query(request, ["fields", "dry_run"])
    try:
        return _answer(request, caller, query, kind, act, key)
    except ApiProblem as problem:
        if query.is_dry_run:
            raise
        record_staff_token_write(
            token=caller.token,
            path=request.path,
            status=problem.status,
            code=problem.code,
            at=caller.ctx.at,
        )
        raise


def _answer(
    request: ApiRequest,
    caller: StaffCaller,
    query: StaffQuery,
    kind: RecordKind,
    act: KindAct,
    key: str | None,
) -> ApiReply:
    check_fields(query, kind)
    if act.is_never_by_token:
        raise _refusal(403, BusinessError("staff_token.never"))
    caller.check_may(act.needed)
    sent_key = idempotency_key(request, is_needed=not query.is_dry_run)
    body = read_body(request, may_be_empty=True)
    does_once = bool(sent_key) and not query.is_dry_run
    token = caller.token.pk
    call = ActCall(
        caller=caller,
        kind=kind,
        act=act,
        key=key,
        query=query,
        body=body,
        path=request.path,
        key_hash=hash_key("staff", token, request.path, sent_key) if does_once else "",
        body_hash=canonical_hash(body, query.given.get("fields", "")),
        if_match=request.environ.get("HTTP_IF_MATCH"),
    )
    return _done(call)


def _refusal(status: int, error: BusinessError) -> ApiProblem:
    return refused(status, error.code, error.staff_text)


class _OnlyTried(Exception):
    """Ends the transaction of a dry run."""

    def __init__(self, reply: ApiReply) -> None:
        super().__init__()
        self.reply = reply


def _done(call: ActCall) -> ApiReply:
    """What came of it, or of trying it."""
    try:
        if earlier := _earlier(call):
            return earlier
        record = find_row(call.caller, call.kind, call.key) if call.key is not None else None
        values = _values(call, record)
        asked = call.act.act.ask(record, values, call.caller.ctx)
        if not call.act.act.is_atomic:
            return _done_in_steps(call, record, values | asked)
        return run_act(lambda: _in_one_transaction(call, values | asked), is_atomic=True)
    except _OnlyTried as tried:
        headers = [one for one in tried.reply.headers if one[0] not in ("ETag", "Location")]
        return tried.reply._replace(headers=[*headers, ("Dry-Run", "true")])
    except PermissionDenied as error:
        raise permission_problem(error.right) from error
    except NeedsConfirmation as error:
        text = error.staff_text
        part = ProblemPart("pointer", pointer(CONFIRM), error.answer, text)
        raise ApiProblem(409, Error(text), code="needs_confirmation", parts=[part]) from error
    except StateConflict as error:
        wait: HeaderList = [("Retry-After", "1")] if error.code == "idempotency.in_progress" else []
        raise ApiProblem(409, Error(error.staff_text), wait, code=error.code) from error
    except BusinessError as error:
        place = pointer(error.field) if error.field else ""
        part = ProblemPart("pointer", place, error.code, error.staff_text)
        raise ApiProblem(422, Error(error.staff_text), code=error.code, parts=[part]) from error


def _values(call: ActCall, record: Any) -> dict[str, Any]:
    """The values of the body, once the caller may do it with this record."""
    act = call.act.act
    caller = call.caller
    if record is not None:
        needed = call.act.action.needed(record)
        if not are_enough(caller.staff.all_permissions, needed):
            caller.check_may(needed)
        _check_version(call, record)
    if act.blocked and (reason := act.blocked(record, caller.ctx)):
        raise reason
    values = read_members(act, call.body, record, caller.ctx.at)
    asks = act.asks_password
    if (asks(record, values) if callable(asks) else asks) and act.key not in caller.token.acts:
        raise _refusal(403, BusinessError("staff_token.act_not_given", act=act.key))
    return values


def _check_version(call: ActCall, record: Any) -> None:
    """Raise ``ApiProblem`` 412 unless the record is as the caller read it."""
    if call.if_match is None or call.if_match.strip() == "*":
        return
    version = etag_of(record, b"").partition("-")[0]
    if version not in (one.strip().partition("-")[0] for one in call.if_match.split(",")):
        text = "It has changed since you read it."
        part = ProblemPart("header", "If-Match", "changed", text)
        raise ApiProblem(412, Error(text), code="precondition.failed", parts=[part])


def _earlier(call: ActCall) -> ApiReply | None:
    """The answer that was given to this key before."""
    if not call.key_hash:
        return None
    with transaction.atomic():
        return _claimed(call)


def _claimed(call: ActCall) -> ApiReply | None:
    earlier = claim_idempotency_key(key_hash=call.key_hash, body_hash=call.body_hash)
    if earlier is None:
        return None
    told = [(name, value) for name, value in earlier.headers]
    return ApiReply(earlier.status, [*told, ("Idempotent-Replayed", "true")], bytes(earlier.body))


def _in_one_transaction(call: ActCall, values: Mapping[str, Any]) -> ApiReply:
    """The key first, then the writes of the token, the record as forms of the staff area hold it, and the act."""
    if call.key_hash and (earlier := _claimed(call)):
        return earlier
    spending, newest = spending_before(call.caller), newest_job()
    record = None
    if call.key is not None:
        lock_name(f"staff form {call.kind.admin.names} {call.key}")
        record = find_row(call.caller, call.kind, call.key)
        _check_version(call, record)
    with cached_for_request():
        result = call.act.act.call(record, values, call.caller.ctx)
    spent = check_spending(call.caller, spending)
    reply = _reply(call, record, result, newest)
    if call.query.is_dry_run:
        raise _OnlyTried(_without_secret(reply))
    _store(call, reply, record, spent)
    return reply


def _done_in_steps(call: ActCall, record: Any, values: Mapping[str, Any]) -> ApiReply:
    """What calls a remote system, outside of transactions: its key is claimed before, and free again if it fails."""
    act, ctx = call.act.act, call.caller.ctx
    if call.query.is_dry_run:
        told = {"data": None, "meta": {"message": "Possible now."}, "not_checked": ["effect"]}
        raise _OnlyTried(json_reply(told))
    spending, newest = spending_before(call.caller), newest_job()
    if not claim_form_key(key=call.key_hash, ctx=ctx):
        raise StateConflict("idempotency.in_progress")
    try:
        result = act.call(record, values, ctx)
    except BaseException:
        release_form_key(key=call.key_hash)
        raise
    with transaction.atomic():
        reply = _reply(call, record, result, newest)
        _store(call, reply, record, check_spending(call.caller, spending, is_over=True))
    return reply


def _store(call: ActCall, reply: ApiReply, record: Any, spent: int) -> None:
    """Keep what was answered: for the same key, without a secret, and for the page of the token."""
    ctx = call.caller.ctx
    record_staff_token_write(
        token=call.caller.token, path=call.path, status=reply.status, amount=spent, at=ctx.at
    )
    kept = _without_secret(reply)
    store_reply(
        client_id=_client_of(record),
        key_hash=call.key_hash,
        body_hash=call.body_hash,
        status=kept.status,
        headers=kept.headers,
        body=kept.body,
        ctx=ctx,
    )


def _client_of(record: Any) -> int | None:
    """Whose data an answer has: it goes with theirs."""
    if isinstance(record, Client):
        return record.pk
    client_id = getattr(record, "client_id", None)
    return client_id if isinstance(client_id, int) else None


def _without_secret(reply: ApiReply) -> ApiReply:
    told = msgspec.json.decode(reply.body)
    if "secret" not in told["meta"]:
        return reply
    told["meta"]["secret"] = None
    return reply._replace(body=msgspec.json.encode(told))


def _reply(call: ActCall, record: Any, result: Any, newest: int) -> ApiReply:
    """The record as it is then, or what was made, and the words that a page of the staff area would say; 202 if jobs
    behind the ``newest`` go on with it.
    """
    meta: Json = {"message": call.act.act.done_text(result, record, staff=True)}
    if isinstance(result, ShownOnce):
        meta["secret"], result = result.secret, result.made
    made = kind_of_model(call.caller.site, type(result)) if isinstance(result, Model) else None
    if made is not None and (record is None or type(result) is not type(record)):
        meta["made"] = {"kind": made.name, "id": result.pk}
    shown = result if record is None else record
    kind = made if record is None else call.kind
    status = 201 if record is None and made is not None else 200
    where: HeaderList = []
    if status == 201 and made is not None:
        where = [("Location", f"{settings.COMMERCE_URL}/api/staff/v1/{made.name}/{result.pk}")]
    if operations := begun_since(call.caller, newest):
        status, where = 202, going_on(operations)
        meta["operations"] = without_ids(operations) if call.query.is_dry_run else operations
    reply = json_reply({"data": _shown_now(call, kind, shown), "meta": meta}, status)
    return reply._replace(headers=[*reply.headers, *where])


def _shown_now(call: ActCall, kind: RecordKind | None, row: Any) -> Json | None:
    """A row as the caller may see it now; None if it is gone, or theirs not to see."""
    if kind is None or row is None or not kind.may_read(call.caller):
        return None
    found = kind.admin.record_queryset(call.caller.request).filter(pk=row.pk).first()
    names = call.query.names if kind is call.kind else frozenset[str]()
    return None if found is None else kind.shown(found, call.caller, names)
