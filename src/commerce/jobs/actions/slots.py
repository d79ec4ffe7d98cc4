"""Which worker runs an entry of the timetable now."""

from datetime import datetime, timedelta

from django.db.models import Q

from commerce.jobs.models import Slot

LEASE = timedelta(minutes=10)


def take_slot(*, name: str, every: timedelta, at: datetime) -> bool:
    """Whether this entry is due and ours: of two workers at once one is told so. A new entry is due at once."""
    if not Slot.objects.filter(pk=name).exists():
        Slot.objects.bulk_create([Slot(name=name, next_at=at)], ignore_conflicts=True)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=at)
    due = Slot.objects.filter(free, pk=name, next_at__lte=at)
    return due.update(next_at=at + every, lease_until=at + LEASE) == 1


def end_slot(*, name: str, at: datetime, error: str = "") -> None:
    """The entry has been run, well or with an error; it may run again when it is due."""
    Slot.objects.filter(pk=name).update(lease_until=None, ran_at=at, error=error)
