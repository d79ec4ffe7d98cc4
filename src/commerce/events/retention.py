"""Retention of stored events and of the events of clients: nothing else but erasure deletes one."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from commerce.db.retention import delete_in_bites
from commerce.db.triggers import allow_retention
from commerce.events.models import ClientEvent, StoredEvent


def delete_old_events(*, before: datetime) -> int:
    """Delete events of before that instant; how many. One that a job may still need stays."""
    old = StoredEvent.objects.older_than(before).without_unfinished_jobs().order_by("at", "id")
    return delete_in_bites(old, transaction_of_bite=allow_retention)


def delete_old_client_events(*, before: datetime) -> int:
    """The same for what programs of clients were told; the newest of each client stays, and says where it stands."""
    later = ClientEvent.objects.for_client(OuterRef("client_id")).filter(
        sequence__gt=OuterRef("sequence")
    )
    old = ClientEvent.objects.filter(Exists(later), at__lt=before)
    return delete_in_bites(old.order_by("at", "id"))
