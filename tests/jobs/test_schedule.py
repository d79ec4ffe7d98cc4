"""services-and-provisioning.md 5: whose turn an entry of the timetable is, to the second, and what it tells."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.jobs.job_states import LEASE
from commerce.jobs.models import ScheduleState
from commerce.jobs.schedule import (
    ScheduleEntry,
    claim_schedule_turn,
    end_schedule_turn,
    entries_to_claim,
    is_entry_running,
    run_due_entries,
    schedule_metrics,
)
from tests.jobs.test_states_of_a_job import nothing
from tests.make.people import AT

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def test_a_turn_is_had_once_in_its_period_and_each_entry_has_its_own() -> None:
    assert claim_schedule_turn(name="a", every=HOUR, at=AT)
    assert is_entry_running("a", at=AT + LEASE)
    assert not is_entry_running("a", at=AT + LEASE + SECOND)
    assert not claim_schedule_turn(name="a", every=HOUR, at=AT)
    assert claim_schedule_turn(name="b", every=HOUR, at=AT)
    end_schedule_turn(name="a", at=AT + SECOND, error="x")
    assert not is_entry_running("a", at=AT)
    row, other = ScheduleState.objects.get(pk="a"), ScheduleState.objects.get(pk="b")
    assert (row.next_at, row.lease_until, row.ran_at, row.error) == (
        AT + HOUR,
        None,
        AT + SECOND,
        "x",
    )
    assert (other.ran_at, other.lease_until) == (None, AT + LEASE)
    for seconds, due in ((-1, False), (0, True)):
        assert claim_schedule_turn(name="a", every=HOUR, at=AT + HOUR + seconds * SECOND) == due


def test_a_failed_entry_says_so_and_the_next_one_runs(caplog: pytest.LogCaptureFixture) -> None:
    def fail(at: datetime) -> None:
        raise ValueError(f"password=hunter2 {'x' * 3000}")

    ran: list[datetime] = []
    entries = [ScheduleEntry("a", HOUR, fail), ScheduleEntry("b", HOUR, ran.append)]
    assert run_due_entries(entries, at=AT) == ["a", "b"]
    assert run_due_entries(entries, at=AT) == []
    failed, fine = ScheduleState.objects.get(pk="a"), ScheduleState.objects.get(pk="b")
    assert (len(failed.error), "hunter2" in failed.error, fine.error, ran) == (
        2000,
        False,
        "",
        [AT],
    )
    assert failed.ran_at is not None
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_an_idle_look_at_the_timetable_is_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    entries = [ScheduleEntry(name, HOUR, nothing) for name in ("new", "due", "later", "wild")]
    for name, next_at in (("due", AT), ("later", AT + SECOND), ("wild", AT + 2 * HOUR)):
        ScheduleState.objects.create(name=name, next_at=next_at)
    with django_assert_num_queries(1):
        assert [entry.name for entry in entries_to_claim(entries, at=AT)] == ["new", "due", "wild"]


def test_metrics_tell_when_each_entry_is_due_and_ran() -> None:
    entries = [ScheduleEntry(name, HOUR, nothing) for name in ("a", "b", "c")]
    claim_schedule_turn(name="a", every=HOUR, at=AT)
    end_schedule_turn(name="a", at=AT + SECOND)
    ScheduleState.objects.create(name="b", next_at=AT + HOUR + 61 * SECOND)
    found = list(schedule_metrics(entries, at=AT))
    at = int(AT.timestamp())
    assert found == [
        ("timetable_next_seconds", {"entry": "a"}, at + 3600),
        ("timetable_clock_was_ahead", {"entry": "a"}, 0),
        ("timetable_ran_seconds", {"entry": "a"}, at + 1),
        ("timetable_next_seconds", {"entry": "b"}, at + 3661),
        ("timetable_clock_was_ahead", {"entry": "b"}, 1),
    ]
    [*_, (_name, _labels, ahead)] = schedule_metrics(entries, at=AT + SECOND)
    assert ahead == 0
