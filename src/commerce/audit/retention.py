"""The end of audit entries: nothing else ever takes one away (backoffice.md 7)."""

from datetime import datetime

from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry
from commerce.db import triggers
from commerce.kit.context import Context

_AT_ONCE = 10_000


def delete_old_audit_entries(*, before: datetime, ctx: Context) -> int:
    """Delete entries made before that instant, and leave one that says how many; returns their number.

    In bites, each a transaction of its own, so that nobody waits.
    """
    removed, old = 0, AuditEntry.objects.filter(at__lt=min(before, ctx.at)).order_by("at", "id")
    while pks := list(old.values_list("pk", flat=True)[:_AT_ONCE]):
        with triggers.allow_retention():
            AuditEntry.objects.filter(pk__in=pks).delete()
            write_audit_entry(
                ctx=ctx,
                action="audit.cleaned",
                record=("audit", None),
                after={"count": len(pks), "before": before.isoformat()},
                staff_only=True,
            )
        removed += len(pks)
    return removed
