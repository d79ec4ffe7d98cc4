"""The events of all clients, in an order in which whoever follows it misses none (staff-api.md, decision 164).

PostgreSQL gives out the numbers of rows before it knows which transaction commits first. So the order is that of
transactions, and ends below the oldest that is still running: no event can appear further up. SQLite lets one after the
other write, and the order is that of rows.
"""

from typing import NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, Func
from django.db.models.expressions import Combinable

from commerce.events.client_feed import LOOKED_AT
from commerce.events.models import ClientEvent, ClientEventQuerySet

_POSTGRESQL_END = """
    SELECT s.system_identifier || '-' || c.timeline_id, pg_snapshot_xmin(pg_current_snapshot())::text::bigint, 0
    FROM pg_control_system() s, pg_control_checkpoint() c
"""
_SQLITE_END = "SELECT 'sqlite', 0, coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s"


class FeedPlace(NamedTuple):
    """A place in the feed, behind an event or before its transaction.

    ``counter`` tells which numbers these are: a database that was restored elsewhere, or to an earlier instant, counts
    anew.
    """

    counter: str
    transaction_id: int
    row_id: int

    def is_behind(self, end: "FeedPlace") -> bool:
        """Whether the feed goes on from here up to that end, by the same numbers."""
        return self.counter == end.counter and self <= end


def feed_end() -> FeedPlace:
    """Up to where the feed is complete now."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_END)
        else:
            cursor.execute(_SQLITE_END, [ClientEvent._meta.db_table])
        return FeedPlace(*cursor.fetchone())


def feed_between(place: FeedPlace | None, end: FeedPlace) -> ClientEventQuerySet:
    """The events behind a place, or from the oldest on, up to an end that was asked for before; oldest first."""
    rows = ClientEvent.objects.all()
    if connection.vendor == "postgresql":
        rows = rows.filter(transaction_id__lt=end.transaction_id)
        if place is not None:
            rows = rows.filter(transaction_id__gte=place.transaction_id)
            rows = rows.exclude(transaction_id=place.transaction_id, id__lte=place.row_id)
        return rows.order_by("transaction_id", "id")
    rows = rows.filter(id__lte=end.row_id)
    return (rows if place is None else rows.filter(id__gt=place.row_id)).order_by("id")


class _OldestRunning(Func):
    """The oldest transaction that is running: events of those before it are complete."""

    template = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    output_field = BigIntegerField()


def unread_behind(transaction_id: Combinable, row_id: Combinable) -> ClientEventQuerySet:
    """Events that the feed has behind a place which columns of another row hold."""
    if connection.vendor != "postgresql":
        return ClientEvent.objects.filter(id__gt=row_id)
    rows = ClientEvent.objects.filter(transaction_id__gte=transaction_id)
    rows = rows.filter(transaction_id__lt=_OldestRunning())
    return rows.exclude(transaction_id=transaction_id, id__lte=row_id)


def looked_at(
    place: FeedPlace | None, end: FeedPlace
) -> tuple[ClientEventQuerySet, ClientEvent | None]:
    """The events behind a place that one reply looks at, however few of them it gives, and the last of them if there
    are more.
    """
    rows = feed_between(place, end)
    last = rows[LOOKED_AT - 1 : LOOKED_AT].first()
    if last is None:
        return rows, None
    if connection.vendor == "postgresql":
        rows = rows.filter(transaction_id__lte=last.transaction_id)
        rows = rows.exclude(transaction_id=last.transaction_id, id__gt=last.id)
    else:
        rows = rows.filter(id__lte=last.id)
    return rows, last


def place_behind(event: ClientEvent, end: FeedPlace) -> FeedPlace:
    """Where to go on after an event."""
    is_postgresql = connection.vendor == "postgresql"
    return FeedPlace(end.counter, event.transaction_id if is_postgresql else 0, event.id)
