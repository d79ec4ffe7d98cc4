"""Writing audit entries. There is no other way to make one; only erasure changes them, and retention deletes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from commerce.audit.models import AuditEntry
from commerce.db.fast_paths import insert_rows
from commerce.db.later_rows import write_rows
from commerce.kit.context import Context
from commerce.kit.json_log import current_request_id


def write_audit_entry(
    *,
    ctx: Context,
    action: str,
    record: tuple[str, int | None],
    name: str = "",
    client_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    staff_only: bool = False,
) -> None:
    """Write one entry; call it inside the transaction of the change, so that neither happens without the other.

    ``action`` is ``<record>.<verb>``; ``before`` and ``after`` hold only what changed, secrets as a marker.
    """
    entry = AuditEntry(
        at=ctx.at,
        actor_kind=ctx.actor.kind,
        actor_id=ctx.actor.id,
        actor_name=ctx.actor.name[:254],
        for_client_id=ctx.actor.for_client_id,
        address=ctx.actor.address,
        request_id=ctx.actor.request_id or current_request_id.get(),
        action=action,
        record_kind=record[0],
        record_id=record[1],
        record_name=name[:254],
        client_id=client_id,
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
        staff_only=staff_only,
    )
    write_rows(_insert, [entry])


def _insert(entries: Sequence[AuditEntry]) -> None:
    insert_rows(*entries)


@transaction.atomic
def record_export(*, name: str, rows: int, query: str, ctx: Context) -> None:
    """Somebody took a list out of the staff area as a file: which, how many rows, and by which filters."""
    write_audit_entry(
        ctx=ctx,
        action="list.exported",
        record=("list", None),
        name=name,
        after={"rows": rows, "query": query[:1000]},
        staff_only=True,
    )
