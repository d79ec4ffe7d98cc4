"""`commerce daily`: which day it runs, what it says, and with which exit code."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.billing.models import BilledPeriod, Invoice
from commerce.cli.root import commerce
from commerce.daily_steps import DAILY_STEPS
from commerce.hosting.actions.staff import edit_service
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.runs.models import DailyRun
from tests import make
from tests.make.renewals import RENEWED_AT

pytestmark = pytest.mark.django_db
YESTERDAY, TODAY, TOMORROW = (f"{RENEWED_AT.date() + timedelta(days=days)}" for days in (-1, 0, 1))


@pytest.fixture(autouse=True)
def now() -> Any:
    """The day on which a service of ``make_service`` is invoiced."""
    with clock.freeze_time(RENEWED_AT):
        yield


def daily(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(commerce, ["daily", *words])
    assert done.exit_code == code, done.output
    return done


def test_today_if_nothing_else_is_said() -> None:
    make.make_service()
    assert "renew          1 invoices" in daily().stdout
    run = DailyRun.objects.get()
    assert (str(run.date), run.only_step, run.started_by) == (
        TODAY,
        "",
        DailyRun.objects.get().started_by,
    )
    assert str(Invoice.objects.get().issue_date) == TODAY


def test_a_past_day_leaves_what_is_due_later_and_documents_carry_today() -> None:
    first, second = make.make_service(), make.make_service()
    assert first.next_due_date is not None
    edit_service(
        service=first,
        next_due_date=first.next_due_date - timedelta(days=1),
        reason="A day earlier.",
        ctx=Context(RENEWED_AT, SYSTEM),
    )
    daily("--on", YESTERDAY)
    assert BilledPeriod.objects.get().service_id == first.pk
    assert str(Invoice.objects.get().issue_date) == TODAY
    assert str(DailyRun.objects.get().date) == YESTERDAY
    daily()
    assert BilledPeriod.objects.filter(service_id=second.pk).exists()


def test_a_future_day_is_refused() -> None:
    make.make_service()
    refused = daily("--on", TOMORROW, code=1)
    assert "Running a future day requires --dry-run or COMMERCE_TEST_MODE=1." in refused.output
    assert not DailyRun.objects.exists()
    daily("--on", "tomorrow", code=2)


def test_a_future_day_is_today_in_test_mode(settings: Any) -> None:
    settings.COMMERCE_TEST_MODE = True
    make.make_service()
    daily("--on", TOMORROW)
    assert str(Invoice.objects.get().issue_date) == TOMORROW


def test_a_dry_run_may_look_ahead_and_changes_nothing() -> None:
    client = make.make_client(company="Acme Ltd")
    make.make_service(client)
    told = daily("--dry-run", "--on", TOMORROW).stdout
    assert "dry: nothing was changed" in told
    assert f"Client {client.pk}, Acme Ltd" in told
    assert "(no number yet)" in told
    assert "INV-0001" not in told
    assert not Invoice.objects.exists()
    assert not DailyRun.objects.exists()
    acts = json.loads(daily("--dry-run", "--json").stdout)["acts"]
    assert {act["client_name"] for act in acts} == {"Acme Ltd"}


def test_one_step() -> None:
    make.make_service()
    daily("--step", "overdue")
    assert not Invoice.objects.exists()
    assert DailyRun.objects.get().only_step == "overdue"
    assert "Step rob not found. Available steps: vat," in daily("--step", "rob", code=1).output


def test_a_step_with_errors_is_exit_code_1_and_named_in_json() -> None:
    service = make.make_service()
    Service.objects.filter(pk=service.pk).update(options=[{"amount": 1}])
    report = json.loads(daily("--json", code=1).stdout)
    assert report["date"] == TODAY
    [error] = [
        error for step in report["steps"] for error in step["errors"] if step["step"] == "renew"
    ]
    assert error["id"] == service.client_id
    runs = json.loads(daily("--runs", "--json").stdout)
    assert [step["status"] for step in runs[0]["steps"] if step["step"] == "renew"] == ["failed"]
    assert "renew          failed   1 errors" in daily("--runs").stdout


def test_what_is_only_shown() -> None:
    assert daily("--runs").stdout == "There was no run yet.\n"
    assert re.search(r"^renew +invoices services", daily("--steps").stdout, re.MULTILINE)
    steps = [row["step"] for row in json.loads(daily("--steps", "--json").stdout)]
    assert steps == [step.name for step in DAILY_STEPS]
    daily()
    told = CliRunner().invoke(commerce, ["metrics"]).stdout
    assert 'commerce_daily_step_failed{step="renew"} 0.0' in told
