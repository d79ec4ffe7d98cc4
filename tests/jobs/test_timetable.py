"""What the timetable does beside the daily run."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from commerce.jobs.actions import end_slot, take_slot
from commerce.jobs.models import Job, Slot
from commerce.jobs.scheduling import figures
from commerce.kit import clock
from commerce.kit.actor import SYSTEM
from commerce.mail.models import OutgoingMail
from commerce.payments.actions import declare_transfer
from commerce.payments.models import Attempt, BankDeclaration
from commerce.preferences.actions import set_preference
from commerce.timetable import ENTRIES
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run(name: str, *, days: int) -> None:
    (entry,) = [one for one in ENTRIES if one.name == name]
    entry.run(make.AT + days * DAY)


def test_names_are_told_apart() -> None:
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


def test_attempts_end_with_their_time() -> None:
    invoice = make.make_invoice()
    attempt = Attempt.objects.create(
        client=invoice.client,
        invoice=invoice,
        gateway="manual",
        status="open",
        amount=1,
        currency_id="EUR",
        key="k",
        created_at=make.AT,
        expires_at=make.AT + DAY,
    )
    for days, state in ((0, "open"), (1, "expired")):
        run("attempts", days=days)
        attempt.refresh_from_db()
        assert attempt.status == state


def test_declarations_of_which_nothing_was_heard_lapse() -> None:
    declare_transfer(invoice=make.make_invoice(), declared_by=None, at=make.AT, actor=SYSTEM)
    for days, state in ((1, "open"), (10, "lapsed")):
        run("declarations", days=days)
        assert BankDeclaration.objects.get().status == state


def test_mails_are_kept_for_a_year() -> None:
    OutgoingMail.objects.create(
        event="welcome", once="1", status="skipped", recipient="", created_at=make.AT
    )
    for days, count in ((364, 1), (366, 0)):
        run("old-mails", days=days)
        assert OutgoingMail.objects.count() == count


def test_ended_work_is_kept_for_the_days_of_the_setting() -> None:
    Job.objects.create(
        subject_kind="thing",
        subject_id=1,
        action="thing.do",
        cause="order 1",
        status="succeeded",
        woken_at=make.AT,
        made_at=make.AT,
        ended_at=make.AT,
    )
    run("clean-jobs", days=364)
    assert Job.objects.exists()
    set_preference(key="retention.provisioning_days", value="30", at=make.AT, actor=SYSTEM)
    run("clean-jobs", days=31)
    assert not Job.objects.exists()


def test_sessions_that_expired_are_forgotten() -> None:
    now = clock.now()
    for key, expires in (("old", now - DAY), ("new", now + DAY)):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    run("sessions", days=0)
    assert [one.session_key for one in Session.objects.all()] == ["new"]


def slot_at(days: int) -> Slot:
    Slot.objects.update_or_create(name="daily", defaults={"next_at": make.AT + days * DAY})
    return Slot.objects.get(name="daily")


def ahead() -> dict[str, int]:
    found = figures(ENTRIES, at=make.AT)
    return {of["entry"]: value for name, of, value in found if name == "timetable_clock_was_ahead"}


def test_the_timetable_survives_a_clock_that_was_ahead(caplog: pytest.LogCaptureFixture) -> None:
    """The worker had run with a clock a year ahead: nothing of the timetable would have run for a year."""
    every = timedelta(minutes=5)
    slot_at(days=365)
    assert ahead() == {"daily": 1}
    assert take_slot(name="daily", every=every, at=make.AT)
    assert "A clock was ahead: the timetable's daily" in caplog.text
    assert ahead() == {"daily": 0}
    end_slot(name="daily", at=make.AT)
    assert not take_slot(name="daily", every=every, at=make.AT + timedelta(minutes=4))
    assert take_slot(name="daily", every=every, at=make.AT + every)


def test_a_lease_of_a_clock_that_was_ahead_is_over() -> None:
    assert take_slot(name="daily", every=DAY, at=make.AT + 365 * DAY)
    assert take_slot(name="daily", every=DAY, at=make.AT)
    assert not take_slot(name="daily", every=DAY, at=make.AT + timedelta(seconds=1))


def test_two_machines_whose_clocks_differ_by_seconds_take_turns_once() -> None:
    every = timedelta(minutes=1)
    assert take_slot(name="daily", every=every, at=make.AT + timedelta(seconds=20))
    end_slot(name="daily", at=make.AT)
    assert not take_slot(name="daily", every=every, at=make.AT)
