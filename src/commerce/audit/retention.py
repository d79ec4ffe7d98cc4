"""The end of audit entries: nothing else ever takes one away (backoffice.md 7)."""

from datetime import datetime

from commerce.audit import guards
from commerce.audit.actions import record
from commerce.audit.models import Entry
from commerce.kit.actor import Actor

_AT_ONCE = 10_000


def forget_old_entries(*, before: datetime, at: datetime, actor: Actor) -> int:
    """Delete entries made before that instant, and leave one that says how many; returns their number.

    In bites, each a transaction of its own, so that nobody waits.
    """
    removed, old = 0, Entry.objects.filter(at__lt=min(before, at)).order_by("at", "id")
    while pks := list(old.values_list("pk", flat=True)[:_AT_ONCE]):
        with guards.retention():
            Entry.objects.filter(pk__in=pks).delete()
            record(
                at=at,
                actor=actor,
                action="audit.cleaned",
                record=("audit", None),
                after={"count": len(pks), "before": before.isoformat()},
                staff_only=True,
            )
        removed += len(pks)
    return removed
