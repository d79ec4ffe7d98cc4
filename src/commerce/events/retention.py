"""The end of stored events: nothing else ever takes one away."""

from datetime import datetime

from commerce.db.triggers import allow_retention
from commerce.events.models import StoredEvent

_AT_ONCE = 1000


def delete_old_events(*, before: datetime) -> int:
    """Delete events of before that instant; how many. One that a job may still need stays.

    In batches, each a transaction of its own, so that nobody waits.
    """
    removed, old = 0, StoredEvent.objects.older_than(before).without_unfinished_jobs()
    while pks := list(old.order_by("at", "id").values_list("pk", flat=True)[:_AT_ONCE]):
        with allow_retention():
            StoredEvent.objects.filter(pk__in=pks).delete()
        removed += len(pks)
    return removed
