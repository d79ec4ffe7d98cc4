"""Retention of stored events and of the events of clients: nothing else but erasure deletes one."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from commerce.db.triggers import allow_retention
from commerce.events.models import ClientEvent, StoredEvent

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


def delete_old_client_events(*, before: datetime) -> int:
    """The same for what programs of clients were told; the newest of each client stays, and says where it stands."""
    later = ClientEvent.objects.for_client(OuterRef("client_id")).filter(
        sequence__gt=OuterRef("sequence")
    )
    removed, old = 0, ClientEvent.objects.filter(Exists(later), at__lt=before)
    while pks := list(old.order_by("at", "id").values_list("pk", flat=True)[:_AT_ONCE]):
        removed += ClientEvent.objects.filter(pk__in=pks).delete()[0]
    return removed
