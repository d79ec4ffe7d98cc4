"""Which worker runs an entry of the timetable now."""

import logging
from datetime import datetime, timedelta

from django.db.models import Q

from commerce.jobs.models import Slot
from commerce.jobs.rules import CLOCKS_DIFFER

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)


def take_slot(*, name: str, every: timedelta, at: datetime) -> bool:
    """Whether this entry is due and ours: of two workers at once one is told so. A new entry is due at once.

    A clock that was ahead does not hold it up: a turn further away than the period counts as due, and a lease that ends
    later than one that begins now as over.
    """
    stored = Slot.objects.filter(pk=name).values_list("next_at", flat=True).first()
    if stored is None:
        Slot.objects.bulk_create([Slot(name=name, next_at=at)], ignore_conflicts=True)
    latest = at + timedelta(seconds=CLOCKS_DIFFER)
    free = Q(lease_until=None) | Q(lease_until__lt=at) | Q(lease_until__gt=latest + LEASE)
    due = Slot.objects.filter(free, Q(next_at__lte=at) | Q(next_at__gt=latest + every), pk=name)
    if due.update(next_at=at + every, lease_until=at + LEASE) != 1:
        return False
    if stored is not None and stored > latest + every:
        log.warning("A clock was ahead: the timetable's %s was to run at %s.", name, stored)
    return True


def end_slot(*, name: str, at: datetime, error: str = "") -> None:
    """The entry has been run, well or with an error; it may run again when it is due."""
    Slot.objects.filter(pk=name).update(lease_until=None, ran_at=at, error=error)
