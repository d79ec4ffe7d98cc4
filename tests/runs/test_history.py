"""Past runs are shown, counted for Prometheus, and missed (billing.md 10)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.jobs.schedule import claim_schedule_turn, end_schedule_turn
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.runs.history import format_runs, past_runs, run_metrics
from commerce.runs.models import DailyRun
from commerce.runs.runner import run_daily
from commerce.runs.step import RowStep, RunDay
from commerce.site_settings.actions import set_setting
from commerce.timetable import PERIODIC_WORK
from tests import make

pytestmark = pytest.mark.django_db
TODAY = RunDay(date(2030, 1, 31), datetime(2030, 1, 31, 0, 5, tzinfo=UTC))


def fails(pk: int, day: RunDay) -> dict[str, int]:
    raise ValueError("strange data")


def works(pk: int, day: RunDay) -> dict[str, int]:
    return {"rows": 1}


def clients(day: RunDay) -> Any:
    return Client.objects.all()


def ran(do: Any = works, *, only_step: str = "", started_by: str = 'the "timetable"') -> None:
    steps = [RowStep("renew", "", clients, do, "pk")]
    with clock.freeze_time(TODAY.at):
        run_daily(steps, day=TODAY, started_by=started_by, only_step=only_step)


def test_past_runs_are_shown_the_newest_first() -> None:
    client = make.make_client()
    ran()
    ran(fails, only_step="renew", started_by="Grace")
    [newest, oldest] = past_runs(20)
    assert (newest["started_by"], newest["only_step"], oldest["only_step"]) == (
        "Grace",
        "renew",
        "",
    )
    assert newest["steps"][0]["errors"][0]["id"] == client.pk
    assert oldest["steps"][0]["counts"] == {"rows": 1}
    text = format_runs([newest, oldest]).splitlines()
    assert text[0].startswith("2030-01-31  by Grace, only renew, 2030-01-31T00:05")
    assert "failed   1 errors, again at 2030-01-31T00:10:00+00:00" in text[1]
    assert f"renew {client.pk}: ValueError: strange data" in text[2]
    assert text[4].split() == ["renew", "done", "1", "rows"]
    assert past_runs(1) == [newest]
    assert format_runs([]) == "There was no run yet."


def told() -> dict[tuple[str, ...], int]:
    return {(name, *labels.values()): value for name, labels, value in run_metrics()}


def test_metrics_are_of_the_newest_day() -> None:
    assert told() == {}
    make.make_client()
    ran()
    found = told()
    assert found.keys() == {
        ("daily_last_finished_seconds",),
        ("daily_run", "2030-01-31", 'the "timetable"'),
        *((f"daily_step_{name}", "renew") for name in ("failed", "errors", "tries", "seconds")),
        ("daily_step_done", "renew", "rows"),
    }
    assert found["daily_last_finished_seconds",] == int(TODAY.at.timestamp())
    assert found["daily_step_done", "renew", "rows"] == 1
    assert found["daily_step_failed", "renew"] == 0
    ran(fails)
    assert (told()["daily_step_failed", "renew"], told()["daily_step_errors", "renew"]) == (1, 1)


def missed(at: datetime) -> int:
    (entry,) = [one for one in PERIODIC_WORK if one.name == "missing-run"]
    entry.run(at)
    return OutgoingMail.objects.filter(event="run_missing").count()


def test_no_finished_run_for_26_hours_is_told_once_a_day() -> None:
    set_setting(key="company.email", value="a@example.org", ctx=Context(make.AT, SYSTEM))
    ran()
    assert missed(TODAY.at + timedelta(hours=26)) == 0
    assert missed(TODAY.at + timedelta(hours=26, minutes=1)) == 1
    assert missed(TODAY.at + timedelta(hours=40)) == 1
    assert missed(TODAY.at + timedelta(hours=50)) == 2
    mail = OutgoingMail.objects.filter(event="run_missing").latest("pk")
    assert mail.values["count"] == 50


def test_runs_that_are_killed_each_day_are_no_finished_runs() -> None:
    set_setting(key="company.email", value="a@example.org", ctx=Context(make.AT, SYSTEM))
    for days in range(3):
        begun = TODAY.at + timedelta(days=days)
        DailyRun.objects.create(date=begun.date(), started_at=begun, started_by="timetable")
    assert missed(TODAY.at + timedelta(days=2, minutes=5)) == 1


def test_a_worker_that_has_come_and_runs_it_now_is_not_told_of() -> None:
    set_setting(key="company.email", value="a@example.org", ctx=Context(make.AT, SYSTEM))
    ran()
    at = TODAY.at + timedelta(days=9)
    assert claim_schedule_turn(name="daily", every=timedelta(minutes=5), at=at)
    assert missed(at) == 0
    end_schedule_turn(name="daily", at=at)
    assert missed(at) == 1


def test_an_installation_that_never_had_a_run_is_told_after_26_hours() -> None:
    set_setting(key="company.email", value="a@example.org", ctx=Context(make.AT, SYSTEM))
    assert missed(make.AT + timedelta(hours=25)) == 0
    assert missed(make.AT + timedelta(hours=27)) == 1
