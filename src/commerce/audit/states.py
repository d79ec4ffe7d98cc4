"""The one way a state column changes: compare-and-swap along a table, with its audit entry (invariants.md 3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from commerce.audit.actions import record
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved

type Transitions = Mapping[str, frozenset[str]]


def move(
    row: models.Model,
    to: str,
    *,
    allowed: Transitions,
    at: datetime,
    actor: Actor,
    client_id: int | None,
    reason: str = "",
    field: str = "status",
    silent: bool = False,
    known: str | None = None,
    **changes: Any,
) -> str:
    """Move ``row`` to ``to`` with ``changes`` beside it, and refresh it; returns the state that it left.

    Raises ``Moved`` when the table does not allow it from the stored state, or when another was first; nothing changed.
    ``silent`` writes no entry: for machinery whose rows are their own record. ``known`` is the stored state where the
    caller holds the row's lock, in his transaction: it saves looking it up, and the row has ``changes`` without reading
    them again.
    """
    manager = type(row)._default_manager
    noun = row._meta.model_name or ""
    with transaction.atomic(savepoint=known is None):
        old = known or manager.filter(pk=row.pk).values_list(field, flat=True).get()
        if to not in allowed.get(old, frozenset()):
            raise Moved(f"This {noun} is {old}; it cannot become {to}.")
        if not manager.filter(pk=row.pk, **{field: old}).update(**{field: to}, **changes):
            raise Moved(f"This {noun} was changed by somebody else just now.")
        if known is not None:
            for name, value in {field: to, **changes}.items():
                setattr(row, name, value)
        if not silent:
            record(
                at=at,
                actor=actor,
                action=f"{noun}.{to}",
                record=(noun, row.pk),
                name=str(row),
                client_id=client_id,
                before={field: old},
                after={field: to},
                reason=reason,
            )
    if known is None:
        row.refresh_from_db()
    return str(old)
