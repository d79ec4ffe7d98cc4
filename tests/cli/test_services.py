"""The commands about services: what clients ask of them, and what staff do with them."""

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.billing.changes.cancellations.actions import request_cancellation
from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.models import PaidElsewhere, PlanChange
from commerce.cli.root import commerce
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def run(verb: str, *words: object, group: str = "service") -> Result:
    with clock.freeze_time(RENEWED_AT):
        return CliRunner().invoke(commerce, [group, verb, *map(str, words)])


def done(verb: str, *words: object, group: str = "service") -> str:
    ran = run(verb, *words, group=group)
    assert ran.exit_code == 0, ran.output
    return ran.output


def refused(verb: str, *words: object) -> str:
    ran = run(verb, *words)
    assert ran.exit_code == 1, ran.output
    return ran.output


def ask(service: Service, kind: str = "immediate") -> None:
    request_cancellation(service=service, kind=kind, reason="Too dear", ctx=CTX)


def ask_for_more(service: Service, plan: str = "Large") -> None:
    set_setting(key="plan_changes.require_approval", value="on", ctx=CTX)
    prices = [("EUR", "monthly", 900)]
    large = make.make_product(name=plan, group=service.product.group, prices=prices)
    [offer] = plan_offers(service, RENEWED_AT.date())
    actions.request_plan_change(
        vat_refresh=None,
        service=service,
        product_id=large.pk,
        billing_cycle="monthly",
        expected=offer.totals,
        ctx=Context(RENEWED_AT, SYSTEM),
    )


def listed(*words: object) -> list[int]:
    return [row["id"] for row in json.loads(done("list", "--json", *words))]


def shown(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done("show", service.pk, "--json"))
    return found


def test_list_shows_whose_and_in_which_state() -> None:
    one, other = make.make_service(), make.make_service(status="suspended")
    assert done("list").count("\n") == 3
    assert listed("--client", one.client_id) == [one.pk]
    assert listed("--status", "suspended") == [other.pk]
    assert listed("--asked") == []
    ask(one)
    assert listed("--asked") == [one.pk]


def test_show_says_what_is_asked_owed_and_where_it_is() -> None:
    invoice = make_renewal()
    service = Service.objects.get()
    ask(service)
    said = shown(service)
    assert (said["status"], said["amount"], said["billing_cycle"]) == ("active", 500, "monthly")
    assert said["cancellations"] == [
        {"kind": "immediate", "status": "pending", "reason": "Too dear"}
    ]
    assert said["open_periods"] == [
        {"invoice": invoice.number, "from": "2026-05-08", "to": "2026-06-08"}
    ]
    assert "immediate  pending  Too dear" in done("show", service.pk)
    done("suspend", service.pk, "--suspension-reason", "abuse")
    said = shown(service)
    assert (said["suspended_at"][:10], said["suspension_reason"]) == ("2026-05-01", "abuse")
    assert "Service 9999 not found" in refused("show", 9999)


def test_cancel_now_and_with_the_period_and_keep() -> None:
    now, later = make.make_service(), make.make_service()
    asked = ("--reason", "asked", "--yes")
    assert "Service canceled." in done("cancel", now.pk, "--kind", "immediate", *asked)
    said = done("cancel", later.pk, "--kind", "end_of_period", *asked)
    assert "ends with the paid period" in said
    assert "The service continues." in done("keep", later.pk, "--reason", "stays")


def test_requests_are_answered() -> None:
    yes, no = make.make_service(), make.make_service()
    for service in (yes, no):
        ask(service)
    assert "approved" in done("cancellation", "approve", yes.pk, "--yes")
    assert "declined" in done("cancellation", "reject", no.pk, "--note", "minimum term", "--yes")
    assert "has no open cancellation" in refused("cancellation", "approve", no.pk)
    yes.refresh_from_db()
    assert yes.status == "cancelled"


def test_plan_changes_are_answered() -> None:
    service = make.make_service()
    ask_for_more(service)
    [change] = shown(service)["plan_changes"]
    assert (change["product"], change["status"]) == ("large", "pending")
    first = PlanChange.objects.get()
    assert "declined" in done(
        "reject", first.reference, "--note", "no", "--yes", group="plan-change"
    )
    ask_for_more(make.make_service(), "Larger")
    second = PlanChange.objects.latest("pk")
    assert "asked to pay" in done("approve", second.pk, "--yes", group="plan-change")


def test_off_and_on() -> None:
    service = make.make_service()
    off = ("suspend", service.pk, "--suspension-reason")
    assert "is being suspended" in done(*off, "abuse", "--reason", "sends spam")
    assert shown(service)["suspension_reason"] == "abuse"
    assert "is being resumed" in done("resume", service.pk, "--reason", "cleaned")
    assert run(*off, "overdue").exit_code == 2


def test_a_dry_run_says_what_would_change_or_why_not_and_keeps_nothing() -> None:
    service = make.make_service()
    [entry] = json.loads(done("rename", service.pk, "--label", "Shop", "--dry-run", "--json"))
    assert (entry["action"], entry["record"]) == ("service.renamed", f"service:{service.pk}")
    assert any("Shop" in change for change in entry["changes"])
    service.refresh_from_db()
    assert service.label != "Shop"
    assert "isn't suspended" in refused("resume", service.pk, "--dry-run")
    assert json.loads(done("rename", service.pk, "--label", "Shop", "--json"))["label"] == "Shop"


def test_the_end_by_force_asks_for_a_decision_about_what_is_open() -> None:
    invoice = make_renewal()
    service = Service.objects.get()
    said = refused("terminate", service.pk, "--reason", "abuse", "--yes")
    assert f"{invoice.number} for the period starting 2026-05-08 is open" in said
    asked = refused("terminate", service.pk, "--reason", "abuse", "--open-period", "void")
    assert "Pass --yes to confirm" in asked
    said = done("terminate", service.pk, "--reason", "abuse", "--open-period", "void", "--yes")
    assert "is being terminated" in said
    invoice.refresh_from_db()
    assert invoice.status == "cancelled"


def test_terms_name_and_account() -> None:
    service, server = make.make_service(), make.make_server(name="web7")
    edit = ("edit", service.pk, "--reason", "agreed")
    terms = ("--billing-cycle", "quarterly", "--next-due-date", "2026-05-10")
    assert "Price and dates saved" in done(*edit, "--amount", "4.50", *terms)
    said = shown(service)
    assert (said["amount"], said["billing_cycle"]) == (450, "quarterly")
    assert "Nothing to change" in refused(*edit)
    assert "2 decimal places" in refused(*edit, "--amount", "4.505")
    assert "renamed to Shop" in done("rename", service.pk, "--label", "Shop")
    account = ("--server", "web7", "--username", "acme", "--remote-id", "17", "--reason", "moved")
    assert "Account saved" in done("set-account", service.pk, *account)
    other = make.make_service()
    assert "Another service already uses this account" in refused("set-account", other.pk, *account)
    assert "Available servers: web7" in refused(
        "set-account", other.pk, "--server", "web8", "--reason", "moved"
    )
    service.refresh_from_db()
    assert (service.server, service.username, service.remote_id) == (server, "acme", "17")


def test_the_way_back_of_what_has_ended() -> None:
    service = make.make_service(status="terminated")
    back = ("override", service.pk, "--to", "active", "--reason", "account restored", "--yes")
    assert "Enter the next due date" in refused(*back)
    done(*back, "--next-due-date", "2026-06-01")
    assert shown(service)["next_due_date"] == "2026-06-01"
    off = ("override", service.pk, "--to", "suspended", "--reason", "at the panel", "--yes")
    done(*off, "--suspension-reason", "abuse")
    service.refresh_from_db()
    assert (service.status, service.suspension_reason) == ("suspended", "abuse")


def test_what_was_paid_elsewhere_is_stated() -> None:
    service = make.make_service()
    words = ("--amount", "12.50", "--first-day", "2026-05-08", "--last-day", "2026-06-07")
    done("paid-elsewhere", service.pk, *words, "--reason", "old host")
    row = PaidElsewhere.objects.get()
    assert (row.amount, row.period_start, row.period_end, row.reason) == (
        *(1250, date(2026, 5, 8), date(2026, 6, 8), "old host"),
    )
