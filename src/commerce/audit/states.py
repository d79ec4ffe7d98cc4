"""The one way a state column changes: compare-and-swap along a table, with its audit entry (invariants.md 3)."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from django.db import models, transaction

from commerce.audit.actions import write_audit_entry
from commerce.audit.kinds import record_kind
from commerce.db.fast_paths import get_by_pk, refresh_row, update_if
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict

type AllowedMoves[State: StrEnum] = Mapping[State, frozenset[State]]


def move[State: StrEnum](
    row: models.Model,
    to: State,
    *,
    allowed: AllowedMoves[State],
    ctx: Context,
    client_id: int | None,
    reason: str = "",
    field: str = "status",
    without_audit: bool = False,
    stored_state: str | None = None,
    details: Callable[[], Mapping[str, Any]] | None = None,
    **changes: Any,
) -> State:
    """Move ``row`` to ``to`` with ``changes`` beside it, and refresh it; returns the state that it left.

    Raises ``StateConflict`` when the table does not allow it from the stored state, or when another was first; nothing
    changed. ``without_audit`` writes no entry: for machinery whose rows are their own record. ``stored_state`` is the
    stored state where the caller alone can change the row, by its lock or the run's: it saves looking it up, and the
    row has ``changes`` without reading them again. ``details`` gives what else the entry says, and is asked once the
    row is changed.
    """
    noun = record_kind(row)
    with transaction.atomic(savepoint=stored_state is None):
        old = type(to)(stored_state or getattr(get_by_pk(type(row), row.pk), field))
        if to not in allowed.get(old, frozenset()):
            raise StateConflict("move.not_allowed", state=old, to=to)
        if not update_if(row, {field: to, **changes}, stored={field: old}):
            raise StateConflict("move.another_was_first")
        if stored_state is not None:
            for name, value in {field: to, **changes}.items():
                setattr(row, name, value)
        if not without_audit:
            write_audit_entry(
                ctx=ctx,
                action=f"{noun}.{to}",
                record=(noun, row.pk),
                name=str(row),
                client_id=client_id,
                before={field: old},
                after={field: to, **(details() if details else {})},
                reason=reason,
            )
    if stored_state is None:
        refresh_row(row)
    return old
