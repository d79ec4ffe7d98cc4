"""The proof as a command and as a step of the run: read only, one picture, told once."""

import json
import threading
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner
from django.db import connection

from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.cli.system.prove import prove as command
from commerce.daily_steps import DAILY_STEPS
from commerce.db.reads import one_snapshot
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.proof.check import CheckFindings, ProofCheck, ProofTime
from commerce.proof.checks.all_checks import CHECKS
from commerce.proof.runner import choose_checks, run_proof
from commerce.runs.dry_run import preview_run
from commerce.runs.models import DailyRunStep
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay, SingleStep
from commerce.site_settings.actions import set_setting
from tests.make.people import AT, make_client
from tests.make.proof import check_named, proof_violations
from tests.make.records import make_invoice
from tests.proof.planting import plant

NIGHT = RunDay(date(2026, 4, 9), datetime(2026, 4, 9, 0, 5, tzinfo=UTC))
LATER = datetime(2026, 6, 12, 0, 5, tzinfo=UTC)
PROVE = [step for step in DAILY_STEPS if step.name == "prove"]


def spoil(count: int = 1) -> list[Invoice]:
    """Invoices of which less is due than is left to pay."""
    invoices = [make_invoice() for _ in range(count)]
    for invoice in invoices:
        Invoice.objects.filter(pk=invoice.pk).update(amount_due=700)
    return invoices


def test_each_check_has_a_name_of_its_own_and_a_sentence() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    for check in CHECKS:
        assert check.statement[0].isupper(), check.name
        assert check.statement.endswith("."), check.name


def test_every_check_of_the_night_is_there() -> None:
    night = "M5 M8 M9 M10 M11 M12 M14 M15 S4 S5 S6 U13".split()
    assert set(night) <= {check.number for check in CHECKS}


def test_checks_are_chosen_by_number_or_name() -> None:
    assert [check.name for check in choose_checks("m8")] == ["M8", "M8-credit"]
    assert [check.name for check in choose_checks("M8-credit")] == ["M8-credit"]
    with pytest.raises(BusinessError, match="Check nothing not found"):
        choose_checks("nothing")


def test_the_proof_is_the_last_step_of_the_day() -> None:
    assert isinstance(DAILY_STEPS[-1], SingleStep)
    assert DAILY_STEPS[-1].name == "prove"


@pytest.mark.django_db
def test_offences_name_the_record_and_its_figures_and_are_counted_beyond_20() -> None:
    invoices = spoil(23)
    [verdict] = run_proof(at=AT, checks=[check_named("M8")])
    assert (verdict.count, len(verdict.violations)) == (23, 20)
    first = verdict.violations[0]
    assert first.record == ("invoice", invoices[0].pk)
    assert first.text == (
        f"Invoice {invoices[0].number}: total 1200, settled 0, but 700 due (EUR)."
    )


@pytest.mark.django_db
def test_the_command_lists_faults_and_ends_with_1() -> None:
    spoil(22)
    done = CliRunner().invoke(command, [])
    assert done.exit_code == 1
    assert "M8: The amount due" in done.stdout
    assert "  and 2 more\n" in done.stdout
    assert f"1 of {len(CHECKS)} checks failed" in done.stdout


@pytest.mark.django_db
def test_the_command_says_that_all_holds_and_what_waits() -> None:
    make_invoice()
    done = CliRunner().invoke(command, [])
    assert done.exit_code == 0
    assert f"All {len(CHECKS)} checks hold; to look at: M15-unmade 1." in done.stdout


@pytest.mark.django_db
def test_the_command_for_a_program_and_for_one_check() -> None:
    spoil()
    done = CliRunner().invoke(command, ["--check", "M8-credit", "--json"])
    assert done.exit_code == 0
    [told] = json.loads(done.stdout)["checks"]
    assert (told["check"], told["holds"], told["offences"]) == ("M8-credit", True, [])
    assert CliRunner().invoke(command, ["--check", "M8"]).exit_code == 1


@pytest.mark.django_db
def test_the_list_of_checks_makes_none() -> None:
    spoil()
    done = CliRunner().invoke(command, ["--checks"])
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == len(CHECKS) + 1


@pytest.mark.django_db
def test_work_that_waits_for_staff_is_told_and_fails_nothing() -> None:
    Job.objects.create(
        subject_kind="service",
        subject_id=7,
        action="service.create",
        idempotency_key="order 1",
        status="parked",
        created_at=AT,
    )
    [verdict] = run_proof(at=AT, checks=[check_named("U10-parked")])
    assert (verdict.holds, verdict.count) == (True, 1)


@pytest.mark.django_db
def test_the_step_fails_says_which_and_tells_staff_once_a_day() -> None:  # O3
    set_setting(key="company.email", value="staff@example.net", ctx=Context(AT, SYSTEM))
    [invoice] = spoil()
    for _ in range(2):
        report = run_daily(PROVE, day=NIGHT, started_by="test")
    assert report.failed
    assert "checks failed" in report.as_text()
    step = DailyRunStep.objects.latest("pk")
    assert step.status == "failed"
    assert [(e["kind"], e["id"]) for e in step.errors] == [("M8", invoice.pk)]
    [mail] = OutgoingMail.objects.filter(event="proof_failed")
    assert mail.recipient == "staff@example.net"
    assert (mail.values["step"], mail.values["count"]) == ("M8", 1)
    assert not OutgoingMail.objects.filter(event="run_failed").exists()
    invoice.refresh_from_db()
    assert invoice.amount_due == 700  # nothing was repaired


@pytest.mark.django_db
def test_a_dry_run_only_says_that_it_would_prove() -> None:
    spoil()
    report = preview_run(PROVE, day=NIGHT)
    assert not report.failed
    assert "would check the books" in report.as_text()
    assert not OutgoingMail.objects.filter(event="proof_failed").exists()


@pytest.mark.django_db
def test_what_a_run_of_a_later_day_did_is_judged_by_its_day() -> None:
    """As in a test installation whose days run ahead of the clock."""
    late = make_invoice(at=AT)
    report = run_daily(
        DAILY_STEPS, day=RunDay(LATER.date(), LATER), started_by="test", only_step="overdue"
    )
    assert not report.failed
    late.refresh_from_db()
    assert late.status == "overdue"
    assert not proof_violations(AT)
    plant(f"UPDATE billing_invoice SET due_date = '{LATER.date()}' WHERE id = {late.pk}")
    assert "S8-overdue" in proof_violations(AT), "but not before that day is over"


@pytest.mark.django_db
def test_a_run_of_an_earlier_day_does_not_set_the_proof_back() -> None:
    late = make_invoice(at=AT)
    run_daily(PROVE, day=NIGHT, started_by="test")
    mark_overdue(invoice=late, ctx=Context(LATER, SYSTEM))
    assert not proof_violations(LATER)
    assert "S8-overdue" in proof_violations(AT)


@pytest.mark.django_db
def test_a_step_that_holds_says_so() -> None:
    make_client()
    report = run_daily(PROVE, day=NIGHT, started_by="test")
    assert not report.failed
    assert f"all {len(CHECKS)} checks hold" in report.as_text()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a database in memory is one picture")
@pytest.mark.django_db(transaction=True)
def test_business_that_goes_on_meanwhile_gives_no_false_alarm() -> None:
    """All checks see the picture of the first: what another session commits between two of them is not in it."""
    make_invoice()
    between: list[int] = []

    def business() -> None:
        make_invoice()
        connection.close()

    def look(check: ProofCheck, asked: ProofTime, most: int) -> CheckFindings:
        return CheckFindings(Invoice.objects.count())

    def meanwhile(check: ProofCheck) -> None:
        if check.name == "second":
            other = threading.Thread(target=business)
            other.start()
            other.join(20)
            between.append(1)

    twice = [
        ProofCheck("first", "", look, is_notice=True),
        ProofCheck("second", "", look, is_notice=True),
    ]
    verdicts = run_proof(at=clock.now(), checks=twice, progress=meanwhile)
    assert between
    assert [verdict.count for verdict in verdicts] == [1, 1]
    assert Invoice.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_check_that_raises_leaves_the_connection_as_it_was() -> None:
    with pytest.raises(ZeroDivisionError), one_snapshot():
        raise ZeroDivisionError
    make_invoice()
    assert Invoice.objects.count() == 1
