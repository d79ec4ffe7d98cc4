"""Invoices that staff write: a draft keeps what was typed, and its tax is that of its issue (billing.md 2, 3 and 5)."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import Client
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.manual import change_manual_draft, draft_manual_invoice
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, DraftLine, LineTax
from commerce.billing.models import Invoice, InvoiceLine
from commerce.billing.tax.actions import add_tax_rule, mark_vat_number_valid
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.actions import set_setting
from tests import make

pytestmark = pytest.mark.django_db
NOTICE = "couldn't be validated, so tax applies"
CTX = Context(make.AT, SYSTEM)


def prefer(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=CTX)


@pytest.fixture(autouse=True)
def rates() -> None:
    """A German company; Germany 19 %, France 20 %, Sweden 25 %."""
    prefer("company.country", "DE")
    for country, rate in (("DE", 19_000), ("FR", 20_000), ("SE", 25_000)):
        since = date(2020, 1, 1)
        add_tax_rule(country=country, rate=rate, category="S", valid_from=since, ctx=CTX)


@pytest.fixture
def inclusive() -> None:
    prefer("tax.prices_include_tax", "on")


def typed(amount: int = 10_000, quantity_milli: int = 1000, kind: str = "other") -> DraftLine:
    return DraftLine("Work", amount, OUTSIDE_SCOPE, quantity_milli, kind="manual", tax_kind=kind)


def draft(client: Client, *lines: DraftLine, **over: Any) -> Invoice:
    values = {"currency_code": "EUR", "lines": lines or [typed()], "ctx": CTX} | over
    return draft_manual_invoice(client=client, **values)


def moved(client: Client, country: str) -> None:
    change_client(client=client, country=country, ctx=CTX)


def swede() -> Client:
    return make.make_client(country="SE", tax_id="SE556677889901", company="Lindqvist")


def test_a_client_who_moved_since_the_draft_pays_the_tax_of_where_he_lives() -> None:
    """A draft of the same day kept the German tax on an invoice to France."""
    client = make.make_client(country="DE")
    made = draft(client)
    assert made.tax_amount == 1900
    moved(client, "FR")
    issue_invoice(vat_refresh=None, invoice=made, ctx=CTX)
    assert (made.buyer["country"], made.tax_amount) == ("FR", 2000)
    assert made.tax_evidence["billing_country"] == "FR"


def test_a_number_that_staff_vouched_for_since_the_draft_counts() -> None:
    """A draft of the same day kept its tax; a later one lost it and still said that tax is charged."""
    client = swede()
    same_day, next_day = draft(client, notes="Thank you"), draft(client, notes="Thank you")
    mark_vat_number_valid(client=client, evidence="Extract of the register", ctx=CTX)
    for made, days in ((same_day, 0), (next_day, 1)):
        issue_invoice(
            vat_refresh=None, invoice=made, ctx=Context(make.AT + timedelta(days=days), SYSTEM)
        )
        assert (made.tax_amount, made.tax_groups.get().category) == (0, "AE")
        assert made.notes == "Thank you"


def test_an_unchecked_number_is_said_on_the_invoice_once() -> None:
    made = draft(swede(), notes="Thank you")
    assert made.notes == "Thank you"
    issue_invoice(vat_refresh=None, invoice=made, ctx=CTX)
    assert (made.tax_amount, made.notes.count(NOTICE)) == (2500, 1)
    assert made.notes.startswith("Thank you\n\n")


@pytest.mark.usefixtures("inclusive")
@pytest.mark.parametrize(
    ("first", "then", "drafted", "issued"),
    [("DE", "US", 11_900, 10_000), ("US", "DE", 10_000, 11_900), ("DE", "FR", 11_900, 11_900)],
)
def test_a_price_with_tax_is_the_typed_one_wherever_the_client_moves(
    *, first: str, then: str, drafted: int, issued: int
) -> None:
    """The typed price was made anew from net and tax: 119.00 typed for Germany stayed 119.00 in the USA, and 100.00
    for the USA stayed 100.00 in Germany.
    """
    client = make.make_client(country=first)
    made = draft(client, typed(11_900))
    assert made.total == drafted
    moved(client, then)
    issue_invoice(vat_refresh=None, invoice=made, ctx=Context(make.AT + timedelta(days=1), SYSTEM))
    assert made.total == issued


@pytest.mark.usefixtures("inclusive")
def test_three_times_ten_costs_the_same_in_draft_and_invoice() -> None:
    """25.21 in the draft, 25.20 issued: the rounded net unit had taken the place of the typed one."""
    made = draft(make.make_client(country="US"), typed(1000, 3000))
    assert made.total == 2521
    issue_invoice(vat_refresh=None, invoice=made, ctx=Context(make.AT + timedelta(days=1), SYSTEM))
    assert (made.total, made.lines.get().stated_unit_amount) == (2521, 1000)


def test_a_line_without_tax_stays_one_beside_taxed_ones_and_alone() -> None:
    """It was typed without a tax; what it is called depends on what else there is."""
    client = make.make_client(country="DE")
    made = draft(client, typed(), typed(300, kind=""))
    assert [row.tax_category for row in made.lines.order_by("position")] == ["S", "E"]
    moved(client, "US")
    issue_invoice(vat_refresh=None, invoice=made, ctx=CTX)
    assert {row.tax_category for row in made.lines.all()} <= {"G", "E"}
    moved(client, "DE")
    alone = draft(client, typed(300, kind=""))
    issue_invoice(vat_refresh=None, invoice=alone, ctx=CTX)
    assert (alone.tax_groups.get().category, alone.total) == ("O", 300)


def test_a_draft_is_changed_and_keeps_what_is_not_said() -> None:
    made = draft(make.make_client(country="DE"), notes="Thank you")
    change_manual_draft(invoice=made, lines=[typed(5000), typed(200)], ctx=CTX)
    assert (made.total, made.notes, made.lines.count()) == (6188, "Thank you", 2)
    change_manual_draft(invoice=made, notes="", due_date=date(2026, 6, 1), ctx=CTX)
    assert (made.total, made.notes, made.due_date) == (6188, "", date(2026, 6, 1))
    issue_invoice(vat_refresh=None, invoice=made, ctx=CTX)
    assert (made.total, made.due_date) == (6188, date(2026, 6, 1))
    with pytest.raises(StateConflict):
        change_manual_draft(invoice=made, lines=[typed()], ctx=CTX)


def test_a_due_date_that_passed_while_the_draft_lay_is_refused() -> None:
    made = draft(make.make_client(country="DE"), due_date=date(2026, 4, 9))
    with pytest.raises(BusinessError):
        issue_invoice(
            vat_refresh=None, invoice=made, ctx=Context(make.AT + timedelta(days=2), SYSTEM)
        )
    issue_invoice(
        vat_refresh=None,
        invoice=made,
        due_date=date(2026, 5, 1),
        ctx=Context(make.AT + timedelta(days=2), SYSTEM),
    )
    assert made.due_date == date(2026, 5, 1)


def test_only_what_was_written_by_hand_is_changed_by_hand() -> None:
    with pytest.raises(BusinessError):
        change_manual_draft(invoice=make.make_draft(kind="renewal"), notes="x", ctx=CTX)


def test_a_description_that_is_too_long_is_refused() -> None:
    """Its end was cut off without a word."""
    long = DraftLine("x" * 501, 100, OUTSIDE_SCOPE, kind="manual", tax_kind="other")
    client = make.make_client(country="DE")
    with pytest.raises(BusinessError, match="500 characters"):
        draft(client, long)
    made = draft(client)
    with pytest.raises(BusinessError, match="500 characters"):
        change_manual_draft(invoice=made, lines=[long], ctx=CTX)
    assert InvoiceLine.objects.get().description == "Work"


def test_all_notes_of_a_group_are_kept_however_long() -> None:
    lines = [DraftLine("x", 100, LineTax("E", 0, "", letter * 200)) for letter in "ab"]
    note = make.make_invoice(lines=lines).tax_groups.get().note
    assert note == f"{'a' * 200}; {'b' * 200}"


def test_a_line_that_was_given_a_tax_keeps_it_beside_one_that_is_taxed_by_its_kind() -> None:
    """As an invoice that came from elsewhere has it: nobody typed what kind of product it is."""
    given = LineTax("S", 5_000, "Reduced", "As agreed")
    client = make.make_client(country="DE")
    made = make.make_draft(client, [typed(), DraftLine("Books", 1000, given, kind="manual")])
    issue_invoice(vat_refresh=None, invoice=made, ctx=CTX)
    groups = made.tax_groups.order_by("rate_milli")
    assert [(row.rate_milli, row.tax, row.name, row.note) for row in groups] == [
        (5_000, 50, "Reduced", "As agreed"),
        (19_000, 1900, groups[1].name, groups[1].note),
    ]


def test_a_description_of_500_characters_is_taken() -> None:
    line = DraftLine("x" * 500, 100, OUTSIDE_SCOPE, kind="manual", tax_kind="other")
    made = draft(make.make_client(country="DE"), line)
    assert made.lines.get().description == "x" * 500


def test_an_invoice_without_any_kind_of_product_is_issued_as_it_was_drafted() -> None:
    client = make.make_client(country="DE")
    made = make.make_draft(client, [DraftLine("Books", 1000, make.VAT)])
    issue_invoice(vat_refresh=None, invoice=made, ctx=CTX)
    assert (made.total, made.tax_groups.get().name, made.notes) == (1200, "VAT", "")
