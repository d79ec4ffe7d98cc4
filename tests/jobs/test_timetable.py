"""What the timetable does beside the daily run."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from commerce.jobs.models import Job, ScheduleState
from commerce.jobs.schedule import (
    claim_schedule_turn,
    end_schedule_turn,
    schedule_metrics,
    schedule_rows,
)
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.models import Attempt, TransferNotice
from commerce.site_settings.actions import set_setting
from commerce.timetable import PERIODIC_WORK
from tests import make
from tests.make.payments import declare_transfer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run(name: str, *, days: int) -> None:
    (entry,) = [one for one in PERIODIC_WORK if one.name == name]
    entry.run(make.AT + days * DAY)


def test_names_are_told_apart() -> None:
    assert len({entry.name for entry in PERIODIC_WORK}) == len(PERIODIC_WORK)


def test_attempts_end_with_their_time() -> None:
    invoice = make.make_invoice()
    attempt = Attempt.objects.create(
        client=invoice.client,
        invoice=invoice,
        gateway="manual",
        status="open",
        amount=1,
        currency_id="EUR",
        idempotency_key="k",
        created_at=make.AT,
        expires_at=make.AT + DAY,
    )
    for days, state in ((0, "open"), (1, "expired")):
        run("attempts", days=days)
        attempt.refresh_from_db()
        assert attempt.status == state


def test_declarations_of_which_nothing_was_heard_lapse() -> None:
    declare_transfer(make.make_invoice())
    for days, state in ((1, "open"), (10, "lapsed")):
        run("transfer-notices", days=days)
        assert TransferNotice.objects.get().status == state


def test_mails_are_kept_for_a_year() -> None:
    OutgoingMail.objects.create(
        event="welcome", idempotency_key="1", status="skipped", recipient="", created_at=make.AT
    )
    for days, count in ((364, 1), (366, 0)):
        run("old-mails", days=days)
        assert OutgoingMail.objects.count() == count


def test_ended_work_is_kept_for_the_days_of_the_setting() -> None:
    Job.objects.create(
        subject_kind="thing",
        subject_id=1,
        action="thing.do",
        idempotency_key="order 1",
        status="succeeded",
        created_at=make.AT,
        ended_at=make.AT,
    )
    run("clean-jobs", days=364)
    assert Job.objects.exists()
    set_setting(key="retention.provisioning_days", value="30", ctx=Context(make.AT, SYSTEM))
    run("clean-jobs", days=31)
    assert not Job.objects.exists()


def test_sessions_that_expired_are_forgotten() -> None:
    now = clock.now()
    for key, expires in (("old", now - DAY), ("new", now + DAY)):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    run("sessions", days=0)
    assert [one.session_key for one in Session.objects.all()] == ["new"]


def state_due_in(days: int) -> ScheduleState:
    ScheduleState.objects.update_or_create(name="daily", defaults={"next_at": make.AT + days * DAY})
    return ScheduleState.objects.get(name="daily")


def ahead() -> dict[str, int]:
    found = schedule_metrics(PERIODIC_WORK, at=make.AT)
    return {of["entry"]: value for name, of, value in found if name == "timetable_clock_was_ahead"}


def test_the_timetable_survives_a_clock_that_was_ahead(caplog: pytest.LogCaptureFixture) -> None:
    """The worker had run with a clock a year ahead: nothing of the timetable would have run for a year."""
    every = timedelta(minutes=5)
    state_due_in(days=365)
    assert ahead() == {"daily": 1}
    assert claim_schedule_turn(name="daily", every=every, at=make.AT)
    assert "A clock was ahead: the timetable's daily" in caplog.text
    assert ahead() == {"daily": 0}
    end_schedule_turn(name="daily", at=make.AT)
    assert not claim_schedule_turn(name="daily", every=every, at=make.AT + timedelta(minutes=4))
    assert claim_schedule_turn(name="daily", every=every, at=make.AT + every)


def test_a_lease_of_a_clock_that_was_ahead_is_over() -> None:
    assert claim_schedule_turn(name="daily", every=DAY, at=make.AT + 365 * DAY)
    assert claim_schedule_turn(name="daily", every=DAY, at=make.AT)
    assert not claim_schedule_turn(name="daily", every=DAY, at=make.AT + timedelta(seconds=1))


def test_two_machines_whose_clocks_differ_by_seconds_take_turns_once() -> None:
    every = timedelta(minutes=1)
    assert claim_schedule_turn(name="daily", every=every, at=make.AT + timedelta(seconds=20))
    end_schedule_turn(name="daily", at=make.AT)
    assert not claim_schedule_turn(name="daily", every=every, at=make.AT)


def test_a_reader_sees_when_each_entry_ran_and_will() -> None:
    first, second = PERIODIC_WORK[:2]
    claim_schedule_turn(name=first.name, every=first.every, at=make.AT)
    ran, never = schedule_rows((first, second), at=make.AT)
    assert (ran.is_running, ran.next_at, ran.ran_at) == (True, make.AT + first.every, None)
    assert (never.is_running, never.next_at, never.ran_at) == (False, None, None)
    end_schedule_turn(name=first.name, at=make.AT, error="OSError: no")
    [ran] = schedule_rows((first,), at=make.AT)
    assert (ran.is_running, ran.ran_at, ran.error) == (False, make.AT, "OSError: no")
