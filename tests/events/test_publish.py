"""Events: rows in the transaction of their cause, and reactions that run from the row."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from msgspec import Struct

from commerce.db.fast_paths import insert_if_new
from commerce.events import publish as publishing
from commerce.events.models import StoredEvent
from commerce.events.publish import at_event_time, publish, register_reactions
from commerce.jobs import handlers
from commerce.jobs.handlers import PermanentFailure
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Actor, Context
from tests.make.jobs import run_all_jobs
from tests.make.people import AT

pytestmark = pytest.mark.django_db
NEXT_DAY = AT + timedelta(days=1)


class ThingHappened(Struct, frozen=True):
    thing_id: int
    how: str = "well"


@pytest.fixture(autouse=True)
def _own_reactions() -> Iterator[None]:
    """Handlers and reactions of a test end with it."""
    types, reactions = dict(handlers._types), dict(publishing._reactions)
    yield
    for stored, before in ((handlers._types, types), (publishing._reactions, reactions)):
        stored.clear()
        stored.update(before)


@pytest.fixture
def seen() -> list[tuple[str, Any, Context]]:
    """What the two reactions to the event were called with."""
    found: list[tuple[str, Any, Context]] = []

    @at_event_time
    def tell(event: ThingHappened, ctx: Context) -> None:
        found.append(("tell", event, ctx))

    def count(event: ThingHappened, ctx: Context) -> None:
        found.append(("count", event, ctx))

    register_reactions({ThingHappened: [count, tell]})
    return found


def test_an_event_to_which_nobody_listens_is_stored_and_makes_no_job() -> None:
    publish(ThingHappened(5, "bädly"), at=AT, client_id=3)
    row = StoredEvent.objects.get()
    assert (row.at, row.kind, row.subject_id, row.client_id) == (AT, "ThingHappened", 5, 3)
    assert row.data == {"thing_id": 5, "how": "bädly"}
    assert row.rebuild(ThingHappened) == ThingHappened(5, "bädly")
    assert not Job.objects.exists()


def test_a_row_is_stored_as_django_stores_it() -> None:
    publish(ThingHappened(5, 'ä "%s"'), at=AT, client_id=None)
    ours = StoredEvent.objects.values().get()
    values = {name: value for name, value in ours.items() if name not in ("id", "idempotency_key")}
    StoredEvent.objects.create(**values, idempotency_key="other")
    with connection.cursor() as cursor:
        cursor.execute("SELECT at, kind, subject_id, client_id, data FROM events_storedevent")
        one, other = cursor.fetchall()
    assert one == other


def test_an_event_is_stored_once_for_each_key(seen: list[Any]) -> None:
    for key, at in (("a", AT), ("a", NEXT_DAY), ("b", AT), ("b", AT)):
        publish(ThingHappened(5), at=at, client_id=None, idempotency_key=key)
    assert list(StoredEvent.objects.order_by("id").values_list("idempotency_key", "at")) == [
        ("a", AT),
        ("b", AT),
    ]
    assert Job.objects.count() == 4
    publish(ThingHappened(6), at=AT, client_id=None, idempotency_key="a")
    assert StoredEvent.objects.count() == 3


def test_without_a_key_the_instant_tells_one_occasion_from_the_next() -> None:
    for at in (AT, AT, NEXT_DAY):
        publish(ThingHappened(5), at=at, client_id=None)
    assert list(StoredEvent.objects.order_by("id").values_list("at", flat=True)) == [AT, NEXT_DAY]


def test_the_same_event_again_costs_one_statement(seen: list[Any]) -> None:
    with CaptureQueriesContext(connection) as first, transaction.atomic():
        publish(ThingHappened(5), at=AT, client_id=None)
    with CaptureQueriesContext(connection) as again, transaction.atomic():
        publish(ThingHappened(5), at=AT, client_id=None)
    inserts = [
        [query["sql"].split()[2].strip('"') for query in queries if "INSERT" in query["sql"]]
        for queries in (first, again)
    ]
    assert inserts == [["events_storedevent", "jobs_job"], ["events_storedevent"]]
    others = [query["sql"] for query in (*first, *again) if "INSERT" not in query["sql"]]
    assert all("SAVEPOINT" in sql for sql in others)


def test_a_row_that_exists_gets_no_key() -> None:
    publish(ThingHappened(5), at=AT, client_id=None, idempotency_key="a")
    row = StoredEvent(
        at=AT, kind="ThingHappened", subject_id=5, idempotency_key="a", data={"thing_id": 5}
    )
    assert (insert_if_new(row), row.pk, row._state.adding) == (False, None, True)
    row.idempotency_key = "b"
    assert insert_if_new(row)
    assert StoredEvent.objects.get(idempotency_key="b").pk == row.pk


def test_neither_event_nor_job_outlives_a_cause_that_is_rolled_back(seen: list[Any]) -> None:
    with transaction.atomic():
        publish(ThingHappened(5), at=AT, client_id=None)
        assert StoredEvent.objects.exists()
        assert Job.objects.exists()
        transaction.set_rollback(True)
    assert not StoredEvent.objects.exists()
    assert not Job.objects.exists()


def test_reactions_run_from_the_row_each_once(seen: list[tuple[str, Any, Context]]) -> None:
    publish(ThingHappened(5, "badly"), at=AT, client_id=None)
    row = StoredEvent.objects.get()
    assert [job.args for job in Job.objects.all()] == [{"event_id": row.pk}] * 2
    run_all_jobs(NEXT_DAY)
    run_all_jobs(NEXT_DAY)
    event = ThingHappened(5, "badly")
    assert seen == [
        ("count", event, Context(NEXT_DAY, SYSTEM)),
        ("tell", event, Context(AT, SYSTEM)),
    ]


def test_a_reaction_that_fails_stops_no_other() -> None:
    seen: list[tuple[ThingHappened, Actor]] = []

    def fail(event: ThingHappened, ctx: Context) -> None:
        raise PermanentFailure("no")

    def tell(event: ThingHappened, ctx: Context) -> None:
        seen.append((event, ctx.actor))

    register_reactions({ThingHappened: [fail, tell]})
    publish(ThingHappened(5), at=AT, client_id=None)
    run_all_jobs(AT, failing=True)
    assert seen == [(ThingHappened(5), SYSTEM)]
    assert Job.objects.get(action="ThingHappened: fail").status == "parked"


def test_a_job_whose_event_is_gone_parks_and_says_so(seen: list[Any]) -> None:
    publish(ThingHappened(5), at=AT, client_id=None)
    Job.objects.filter(action="ThingHappened: tell").update(args={"event_id": 0})
    run_all_jobs(AT, failing=True)
    job = Job.objects.get(action="ThingHappened: tell")
    assert (job.status, job.error) == ("parked", "The event of this job is no longer stored.")
    assert [name for name, _event, _ctx in seen] == ["count"]


@pytest.mark.parametrize("change", ["UPDATE events_storedevent SET kind = 'x'", "DELETE"])
def test_the_database_keeps_events_as_they_are(change: str) -> None:
    publish(ThingHappened(5), at=AT, client_id=None)
    sql = "DELETE FROM events_storedevent" if change == "DELETE" else change
    with (
        pytest.raises(DatabaseError, match="events are only added"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert StoredEvent.objects.get().kind == "ThingHappened"
