"""An act for many records: chosen and checked, started by its person, done by a job, and for some minutes undone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.accounts.bulk_actions.rules import (
    BULK_MOVES,
    DRAFT_KEPT_FOR,
    MAX_RECORDS,
    REPORT_KEPT_FOR,
    UNDO_TIME,
    BulkOutcome,
    BulkStatus,
)
from commerce.accounts.models import BulkAction, BulkItem, Staff
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.fast_paths import insert_rows
from commerce.db.locks import lock
from commerce.jobs.queue import enqueue
from commerce.kit.acts.act import act_named
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict

CARRY_ON = "bulk_action.carry_on"
"""The job that checks, does or undoes what is next."""


@transaction.atomic
def choose_records(
    *,
    staff: Staff,
    list_name: str,
    query: str,
    act_key: str,
    records: Sequence[tuple[int, int | None]],
    ctx: Context,
) -> BulkAction:
    """What an act is to be done to: keys of records with those of their clients. Nothing is done yet.

    Raises ``BusinessError`` for none, or more than ``MAX_RECORDS``.
    """
    if not records:
        raise BusinessError("bulk_action.nothing_chosen")
    if len(records) > MAX_RECORDS:
        raise BusinessError("bulk_action.too_many", maximum=MAX_RECORDS)
    bulk = BulkAction.objects.create(
        staff=staff,
        list_name=list_name,
        query=query,
        act=act_key,
        address=ctx.actor.address,
        created_at=ctx.at,
        expires_at=ctx.at + DRAFT_KEPT_FOR,
    )
    insert_rows(
        *(BulkItem(bulk_action=bulk, record_id=pk, client_id=client) for pk, client in records)
    )
    return bulk


def move_bulk_action(*, bulk: BulkAction, to: BulkStatus, ctx: Context, **changes: Any) -> None:
    """Move it along its table. Raises ``StateConflict`` when another was first."""
    move(bulk, to, allowed=BULK_MOVES, ctx=ctx, client_id=None, without_audit=True, **changes)


def queue_bulk_action(bulk: BulkAction, step: str, at: datetime) -> None:
    """Have a job carry on with it."""
    enqueue(("bulkaction", bulk.pk), CARRY_ON, step, at)


def start_blocked_reason(bulk: BulkAction, ctx: Context) -> StateConflict | None:
    """Why a bulk action cannot be started, which its person alone does: it is done with their permissions."""
    if not _is_own(bulk, ctx):
        return StateConflict("bulk_action.not_own", is_moot=True)
    if bulk.status == BulkStatus.CHECKING:
        return StateConflict("bulk_action.not_checked")
    if bulk.status != BulkStatus.READY:
        return StateConflict("bulk_action.already_started", is_moot=True)
    if not bulk.items.with_outcome(BulkOutcome.READY).exists():
        return StateConflict("bulk_action.nothing_possible")
    return None


@transaction.atomic
def start_bulk_action(*, bulk: BulkAction, values: Mapping[str, str], ctx: Context) -> None:
    """Have it done, with these values, to all that are ready. Raises ``StateConflict``."""
    row = lock(bulk)
    if reason := start_blocked_reason(row, ctx):
        raise reason
    BulkAction.objects.filter(pk=bulk.pk).update(values=dict(values))
    expires = ctx.at + REPORT_KEPT_FOR
    move_bulk_action(
        bulk=bulk, to=BulkStatus.RUNNING, ctx=ctx, started_at=ctx.at, expires_at=expires
    )
    queue_bulk_action(bulk, "start", ctx.at)
    _record(bulk, "started", ctx)


def _is_own(bulk: BulkAction, ctx: Context) -> bool:
    return ctx.actor.kind == "staff" and ctx.actor.id == bulk.staff_id


def stop_blocked_reason(bulk: BulkAction, ctx: Context) -> StateConflict | None:
    """Why there is nothing to stop."""
    is_running = bulk.status == BulkStatus.RUNNING
    return None if is_running else StateConflict("bulk_action.not_running", is_moot=True)


@transaction.atomic
def stop_bulk_action(*, bulk: BulkAction, ctx: Context) -> None:
    """Leave out all to which it was not done yet. Raises ``StateConflict``."""
    if reason := stop_blocked_reason(lock(bulk), ctx):
        raise reason
    error = StateConflict("bulk_action.stopped")
    bulk.items.with_outcome(BulkOutcome.READY).update(
        outcome=BulkOutcome.LEFT_OUT, code=error.code, text=error.staff_text
    )
    _record(bulk, "stopped", ctx)


def undo_blocked_reason(bulk: BulkAction, ctx: Context) -> StateConflict | None:
    """Why it cannot be undone, which its person alone does."""
    if not _is_own(bulk, ctx):
        return StateConflict("bulk_action.not_own", is_moot=True)
    if bulk.status == BulkStatus.CAN_BE_UNDONE and bulk.undo_until and ctx.at < bulk.undo_until:
        return None
    return StateConflict("bulk_action.cannot_be_undone", is_moot=True)


@transaction.atomic
def undo_bulk_action(*, bulk: BulkAction, ctx: Context) -> None:
    """Have it taken back. Raises ``StateConflict`` when its time is over."""
    if reason := undo_blocked_reason(lock(bulk), ctx):
        raise reason
    move_bulk_action(bulk=bulk, to=BulkStatus.UNDOING, ctx=ctx)
    queue_bulk_action(bulk, "undo", ctx.at)
    _record(bulk, "undone", ctx)


def end_run(*, bulk: BulkAction, at: datetime) -> None:
    """It was done to all: for some minutes it can be undone, if its act knows how."""
    ctx = Context(at, SYSTEM)
    if act_named(bulk.act).undo is None:
        move_bulk_action(bulk=bulk, to=BulkStatus.DONE, ctx=ctx, ended_at=at)
    else:
        until = at + UNDO_TIME
        to = BulkStatus.CAN_BE_UNDONE
        move_bulk_action(bulk=bulk, to=to, ctx=ctx, ended_at=at, undo_until=until)


def expire_bulk_actions(*, at: datetime) -> int:
    """Delete drafts that nobody started and reports whose time is over; how many."""
    ended = (BulkStatus.CHECKING, BulkStatus.READY, BulkStatus.DONE, BulkStatus.UNDONE)
    old = BulkAction.objects.filter(expires_at__lte=at, status__in=ended)
    return old.delete()[1].get("accounts.BulkAction", 0)


def _record(bulk: BulkAction, verb: str, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"bulk_action.{verb}",
        record=("bulk_action", bulk.pk),
        name=str(bulk),
        after={
            "act": bulk.act,
            "query": bulk.query,
            "records": bulk.items.exclude(outcome=BulkOutcome.LEFT_OUT).count(),
        },
    )
