"""`commerce plan-change`: what waits, what it costs today, on account, and taken back."""

import json
from datetime import date

import pytest
from click.testing import CliRunner, Result

from commerce.billing.models import Invoice, PlanChange
from commerce.cli.root import commerce
from commerce.hosting.models import Service
from commerce.kit import clock
from tests.make.people import AT
from tests.make.plan_changes import ask, bought, plan, rate_from, wish
from tests.make.records import make_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def change() -> PlanChange:
    """From 30.00 to 60.00 with 20 % tax, on the first day: 36.00 are asked for."""
    rate_from(date(2020, 1, 1), 20_000)
    group = make_group()
    small, large = plan(group, 3000), plan(group, 6000)
    [service] = bought(wish(small))
    return ask(service, large)


def run(*words: object) -> Result:
    with clock.freeze_time(AT):
        return CliRunner().invoke(commerce, ["plan-change", *map(str, words)])


def done(*words: object) -> str:
    ran = run(*words)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_they_are_listed_and_shown_with_figures_of_today(change: PlanChange) -> None:
    [row] = json.loads(done("list", "--json"))
    assert (row["id"], row["status"], row["difference"]) == (change.pk, "awaiting_payment", 3600)
    assert json.loads(done("list", "--json", "--state", "applied")) == []
    assert len(json.loads(done("list", "--json", "--client", change.client_id))) == 1
    assert change.reference is not None
    for name in (change.pk, change.reference.lower()):
        shown = json.loads(done("show", name, "--json"))
        assert (shown["to_pay"], shown["problem"], shown["invoice"]) == (3600, "", None)
        assert [one["amount"] for one in shown["today"]] == [7200, -3600, 3600]
    assert "not found" in run("show", 99).output


def test_on_account_asks_and_says_what_is_due_when(change: PlanChange) -> None:
    asked = run("on-account", change.pk)
    assert asked.exit_code == 1
    assert "€36.00 becomes due on Apr 22, 2026" in asked.output
    dearer = run("on-account", change.pk, "--expect", "35.00")
    assert (dearer.exit_code, "Prices have changed" in dearer.output) == (1, True)
    said = done("on-account", change.pk, "--note", "Trusted", "--expect", "36.00")
    invoice = Invoice.objects.get(kind="plan_change")
    assert f"Invoice {invoice.number} over €36.00 is due on Apr 22, 2026" in said
    change.refresh_from_db()
    assert (change.status, change.note) == ("applied", "Trusted")
    shown = json.loads(done("show", change.pk, "--json"))
    assert [one["total"] for one in shown["credit_notes"]] == [3600]
    assert "today" not in shown
    again = run("on-account", change.pk, "--yes")
    assert (again.exit_code, "has already ended" in again.output) == (1, True)


def test_it_is_taken_back_with_a_reason(change: PlanChange) -> None:
    assert run("withdraw", change.pk).exit_code == 2
    assert "withdrawn" in done("withdraw", change.pk, "--reason", "wrong", "--yes")
    change.refresh_from_db()
    assert change.status == "withdrawn"
    assert Service.objects.get().product_id != change.product_id
