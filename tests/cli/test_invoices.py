"""`commerce invoice …` and `commerce credit …`: what staff do to bills and balances, and what they are told."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.billing.models import CreditEntry, Invoice, LineShare
from commerce.cli.root import commerce
from tests import make
from tests.make.renewals import make_renewal

pytestmark = pytest.mark.django_db


def run(*words: object) -> Result:
    return CliRunner().invoke(commerce, [str(word) for word in words])


def said(*words: object) -> Any:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_an_invoice_is_written_looked_at_and_issued() -> None:
    client = make.make_client()
    lines = ("--line", "Moving a site = by night=2.5x80.00", "--line", "Discount=-50")
    row = said("invoice", "draft", client.pk, *lines)
    assert (row["status"], row["kind"], row["total"]) == ("draft", "manual", 15_000)
    assert row["currency_code"] == "EUR"
    shown = said("invoice", "show", row["id"])
    assert [line["text"] for line in shown["lines"]] == ["Moving a site = by night", "Discount"]
    assert [line["net"] for line in shown["lines"]] == [20_000, -5000]
    issued = said("invoice", "issue", f"draft {row['id']}", "--due-date", "2100-01-01")
    assert (issued["status"], issued["due_date"]) == ("unpaid", "2100-01-01")
    listed = said("invoice", "list", "--client", client.pk, "--state", "unpaid")
    assert [one["number"] for one in listed] == [issued["number"]]
    text = run("invoice", "show", issued["number"]).stdout
    assert "Moving a site" in text
    assert "150.00 EUR" in text


def test_a_draft_is_deleted() -> None:
    draft = make.make_draft()
    assert run("invoice", "delete", draft.pk, "--yes").exit_code == 0
    assert not Invoice.objects.exists()


def test_a_draft_is_changed_line_by_line_notes_and_due_date() -> None:
    client = make.make_client()
    row = said("invoice", "draft", client.pk, "--line", "Work=7", "--due", "2100-01-01")
    assert row["due_date"] == "2100-01-01"
    lines = ("--line", "Work=8@hosting", "--line", "Stamps=2x0.80@none")
    changed = said("invoice", "change", row["id"], *lines, "--notes", "Thank you")
    assert (changed["total"], changed["due_date"]) == (960, "2100-01-01")
    shown = said("invoice", "show", row["id"])
    assert [line["tax_kind"] for line in shown["lines"]] == ["hosting", "none"]
    assert shown["notes"] == "Thank you"
    nothing = run("invoice", "change", row["id"])
    assert (nothing.exit_code, "Specify what to change" in nothing.output) == (1, True)
    issued = said("invoice", "issue", row["id"])
    assert issued["due_date"] == "2100-01-01"


def test_issued_at_once() -> None:
    client = make.make_client()
    row = said("invoice", "draft", client.pk, "--line", "Work=7", "--issue")
    assert (row["status"], row["total"]) == ("unpaid", 700)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Work", "isn't a valid line"),
        ("=5", "isn't a valid line"),
        ("Work=0x5", "isn't a valid line"),
        ("Work=ax5", "isn't a valid quantity"),
        ("Work=5.001", "2 decimal places"),
        ("Work=5@service", "hosting, domain, other, none"),
        ("W" * 501 + "=5", "500 characters"),
    ],
)
def test_a_line_that_is_none_is_said(line: str, told: str) -> None:
    refused = run("invoice", "draft", make.make_client().pk, "--line", line)
    assert (refused.exit_code, told in refused.output) == (1, True)
    assert not Invoice.objects.exists()


def test_a_void_asks_what_becomes_of_open_periods() -> None:
    invoice = make_renewal()
    service = invoice.billed_periods.get().service
    assert service is not None
    void = ("invoice", "void", invoice.number, "--reason", "mistake")
    refused = run(*void)
    assert refused.exit_code == 1
    assert f"--decide service:{service.pk}=bill_again|waive|end" in refused.output
    assert (
        "Use service:7=bill_again, service:7=waive, or service:7=end"
        in run(*void, "--decide", f"service:{service.pk}=forget").output
    )
    note = said(*void, "--decide", f"service:{service.pk}=waive")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.billed_periods.get().status) == ("cancelled", "waived")
    assert note["number"] == invoice.credit_notes.get().number


def test_parts_are_credited_by_amount_and_by_line() -> None:
    invoice = make.make_invoice()
    credit = ("invoice", "credit", invoice.number, "--reason", "slow", "--yes")
    assert said(*credit, "--amount", "2.00")["total"] == 200
    invoice.refresh_from_db()
    assert invoice.amount_due == invoice.total - 200
    assert "either" in run(*credit, "--amount", "1", "--line", "1").output
    assert "isn't a valid line" in run(*credit, "--line", "x").output
    said(*credit, "--line", "1=1.00")
    said(*credit)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("cancelled", 0)
    assert len(said("invoice", "show", invoice.number)["credit_notes"]) == 3


def test_a_credit_note_is_shown_before_it_is_issued() -> None:
    invoice = make.make_invoice()
    credit = ("invoice", "credit", invoice.number, "--reason", "slow", "--line", "1=1.00")
    shown = said(*credit, "--dry-run")
    assert (shown["total"], shown["lowers_due"], shown["becomes_credit"]) == (120, 120, 0)
    [line] = shown["lines"]
    assert (line["line"], line["net"], line["tax"], line["goes_along"]) == (1, 100, 20, False)
    asked = run(*credit)
    assert (asked.exit_code, "Credit 1.20 EUR of invoice" in asked.output) == (1, True)
    assert not invoice.credit_notes.exists()


def test_a_line_names_a_service_and_its_days() -> None:
    service = make.make_service()
    line = f"Hosting June=30.00@hosting#{service.pk}:2026-06-01..2026-06-30"
    row = said("invoice", "draft", service.client_id, "--line", line)
    share = LineShare.objects.get(line__invoice=row["id"])
    assert (share.service_id, str(share.period_start), str(share.period_end)) == (
        *(service.pk, "2026-06-01", "2026-07-01"),
    )
    foreign = make.make_client()
    refused = run("invoice", "draft", foreign.pk, "--line", line)
    assert "isn't one of this client" in refused.output
    for wrong in ("x", f"{service.pk}:2026-06-01", f"{service.pk}:2026-06-02..2026-06-01"):
        bad = run("invoice", "draft", service.client_id, "--line", f"Hosting=1#{wrong}")
        assert "isn't a service with days" in bad.output


def test_an_invoice_is_spared_and_not_any_more() -> None:
    invoice = make.make_invoice()
    until = ("--until", "2100-01-01", "--reason", "asked")
    assert run("invoice", "hold", invoice.number, *until).exit_code == 0
    assert said("invoice", "show", invoice.number)["dunning_hold_until"] == "2100-01-01"
    assert run("invoice", "lift-hold", invoice.number).exit_code == 0
    assert said("invoice", "show", invoice.number)["dunning_hold_until"] is None


def test_credit_is_given_once_taken_and_paid_out() -> None:
    client = make.make_client()
    give = ("credit", "add", client.pk, "20.00", "--note", "sorry")
    assert said(*give)["balance"] == 2000
    again = run(*give)
    assert "Already done" in again.stderr
    assert said(*give, "--key", "another")["balance"] == 4000
    assert said("credit", "remove", client.pk, "5", "--note", "slip")["balance"] == 3500
    paid = ("credit", "payout", client.pk, "10", "--reference", "SEPA 7")
    assert said(*paid)["balance"] == 2500
    again = run(*paid)
    assert (again.exit_code, "Already done" in again.stderr) == (0, True)
    other = run("credit", "payout", client.pk, "11", "--reference", "SEPA 7")
    assert (other.exit_code, "already used" in other.stderr) == (1, True)
    refused = run("credit", "remove", client.pk, "25.01", "--note", "more")
    assert refused.exit_code == 1
    rows = said("credit", "show", client.pk)
    assert [row["reason"] for row in rows] == ["payout", "staff_remove", "staff_add", "staff_add"]
    assert CreditEntry.objects.count() == 4


def test_credit_pays_an_invoice() -> None:
    invoice = make.make_invoice()
    assert run("credit", "apply", invoice.number).exit_code == 1
    run("credit", "add", invoice.client_id, "5.00", "--note", "sorry")
    first = run("credit", "apply", invoice.number, "--amount", "2.00")
    assert "Applied 2.00 EUR" in first.stderr
    run("credit", "apply", invoice.number)
    invoice.refresh_from_db()
    assert invoice.credit_applied == 500


def test_what_is_not_there_is_said() -> None:
    assert "Invoice INV-9 not found" in run("invoice", "show", "INV-9").output
    assert "No invoices" in run("invoice", "list").stderr
    assert "No credit entries" in run("credit", "show", make.make_client().pk).stderr
