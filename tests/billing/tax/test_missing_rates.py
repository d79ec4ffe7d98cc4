"""No invoice lacks its tax in the currency of the books unnoticed (billing.md 9)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from commerce.billing.documents.queries import content_of
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import Invoice
from commerce.billing.tax.accounting import RateGap, rate_gaps
from commerce.billing.tax.actions import add_tax_rule
from commerce.billing.tax.steps import look_for_tax_gaps
from commerce.catalog.actions.currencies import set_exchange_rate
from commerce.catalog.models import Currency
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from commerce.timetable import PERIODIC_WORK
from tests.doubles.ecb import FakeEcb, reference_rates, serve_ecb
from tests.make import AT, make_client, make_invoice

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
TODAY = AT.date()
OFFICE = "office@harbour.example"


@pytest.fixture(autouse=True)
def _books_in_dollars() -> None:
    """Rates are counted in dollars, and so are the books; clients pay in euro."""
    set_setting(key="company.email", value=OFFICE, ctx=CTX)
    set_setting(key="company.country", value="DE", ctx=CTX)


def rate_the_euro(on: date, rate: str = "1.1", at: datetime = AT) -> None:
    euro = Currency.objects.get(pk="EUR")
    set_exchange_rate(currency=euro, rate=Decimal(rate), on=on, ctx=Context(at, SYSTEM))


def mails() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(event="exchange_rate_missing").order_by("pk"))


def said_by_the_run(day: date) -> str:
    report = StepReport("tax-rules", "")
    at = AT + (day - TODAY)
    look_for_tax_gaps(RunDay(day, at), report)
    return report.outcome


def gaps(on: date = TODAY) -> list[tuple[str, str, date | None, str, int]]:
    return [_told(gap) for gap in rate_gaps(on)]


def _told(gap: RateGap) -> tuple[str, str, date | None, str, int]:
    rate = gap.rate
    return rate.currency, rate.books, rate.rate.day, rate.to_set, gap.documents


def test_an_invoice_without_a_rate_was_issued_silently() -> None:
    """It is issued all the same, says which currency its tax lacks, and staff hear of it once a day."""
    for _ in range(2):
        invoice = make_invoice()
        assert invoice.tax_amount > 0
        assert (invoice.accounting_tax, invoice.missing_tax_currency) == ({}, "USD")
        assert content_of(invoice).accounting is None
    [mail] = mails()
    assert (mail.recipient, mail.values["rate_date"]) == (OFFICE, "")
    assert mail.values["task_url"].endswith("/admin/currencies/EUR")
    make_invoice(at=AT + timedelta(days=1))
    assert len(mails()) == 2


def test_a_rate_was_used_however_old_it_was() -> None:
    rate_the_euro(TODAY - timedelta(days=7))
    stated = make_invoice()
    assert stated.accounting_tax["date"] == "2026-04-01"
    assert stated.missing_tax_currency == ""
    assert mails() == []
    late = make_invoice(at=AT + timedelta(days=1))
    assert (late.accounting_tax, late.missing_tax_currency) == ({}, "USD")
    [mail] = mails()
    assert mail.values["rate_date"] != ""
    set_setting(key="tax.rate_days", value="8", ctx=CTX)
    assert make_invoice(at=AT + timedelta(days=1)).accounting_tax["amount"] > 0


def test_an_issued_invoice_keeps_what_it_lacks_when_the_rate_comes() -> None:
    invoice = make_invoice()
    rate_the_euro(TODAY)
    invoice.refresh_from_db()
    assert (invoice.accounting_tax, invoice.missing_tax_currency) == ({}, "USD")
    for change in ({"missing_tax_currency": ""}, {"accounting_tax": {"currency": "USD"}}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Invoice.objects.filter(pk=invoice.pk).update(**change)
    note = void_invoice(invoice=invoice, reason="mistake", ctx=CTX)
    assert note.accounting_tax == {}  # it takes back what the invoice says, no more
    assert make_invoice().accounting_tax["rate"] == "1.1"


def test_invoices_in_the_books_currency_and_without_tax_lack_nothing() -> None:
    set_setting(key="tax.accounting_currency", value="EUR", ctx=CTX)
    assert make_invoice().missing_tax_currency == ""
    assert make_invoice(currency_code="USD").missing_tax_currency == "EUR"
    set_setting(key="tax.accounting_currency", value="USD", ctx=CTX)
    assert make_invoice(lines=[]).missing_tax_currency == "USD"
    assert len(mails()) == 2


def test_gaps_name_the_pair_its_age_and_how_many_documents_lack_it() -> None:
    assert gaps() == []  # nobody owes tax in euro
    rate_the_euro(TODAY - timedelta(days=30))
    invoice = make_invoice()
    make_invoice()
    void_invoice(invoice=invoice, reason="mistake", ctx=CTX)
    day = TODAY - timedelta(days=30)
    assert gaps() == [("EUR", "USD", day, "EUR", 3)]
    rate_the_euro(TODAY)
    assert gaps() == []
    later = TODAY + timedelta(days=8)
    assert gaps(later) == [("EUR", "USD", TODAY, "EUR", 0)]  # the three are of the time before
    assert gaps(TODAY + timedelta(days=100)) == []  # nobody has paid in euro for long


def test_a_gap_shows_before_the_first_invoice() -> None:
    """A client pays in euro from a country with a rate: the next invoice will need one."""
    make_client(country="DE", currency_code="EUR")
    assert gaps() == []
    add_tax_rule(country="DE", rate=19_000, category="S", valid_from=date(2026, 1, 1), ctx=CTX)
    assert gaps() == [("EUR", "USD", None, "EUR", 0)]
    set_setting(key="tax.enabled", value="off", ctx=CTX)
    assert gaps() == []


def test_the_rate_to_be_set_may_be_that_of_the_books() -> None:
    """Books in euro while rates are counted in dollars: an invoice in dollars lacks the rate of the euro."""
    set_setting(key="tax.accounting_currency", value="EUR", ctx=CTX)
    make_invoice(currency_code="USD")
    assert gaps() == [("USD", "EUR", None, "EUR", 1)]
    [mail] = mails()
    assert mail.values["task_url"].endswith("/admin/currencies/EUR")


def test_the_run_tells_once_of_a_rate_that_became_too_old() -> None:
    rate_the_euro(TODAY)
    make_invoice()
    add_tax_rule(country="GB", rate=20_000, category="S", valid_from=date(2026, 1, 1), ctx=CTX)
    make_client(country="GB", currency_code="EUR")
    assert "exchange rate" not in said_by_the_run(TODAY + timedelta(days=7))
    assert mails() == []
    for days in (8, 9, 10):
        outcome = said_by_the_run(TODAY + timedelta(days=days))
        assert "no current exchange rate from EUR to USD" in outcome
    assert len(mails()) == 1
    make_invoice(at=AT + timedelta(days=10))  # this one is a mail of its day
    assert len(mails()) == 2


def test_the_run_and_an_invoice_of_one_day_tell_once() -> None:
    make_invoice()
    assert "EUR to USD" in said_by_the_run(TODAY)
    assert len(mails()) == 1


def run_entry(name: str, at: datetime) -> None:
    [entry] = [entry for entry in PERIODIC_WORK if entry.name == name]
    entry.run(at)


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEcb]:
    set_setting(key="tax.rate_source", value="ecb", ctx=CTX)
    with serve_ecb(monkeypatch) as stand:
        yield stand


def test_a_bank_that_stays_silent_is_told_once_when_its_rate_is_too_old(bank: FakeEcb) -> None:
    """Over Easter the rate of Thursday counts; after a week without an answer nothing is guessed."""
    bank.says(reference_rates("2026-04-08"))
    run_entry("exchange-rates", AT)
    assert make_invoice(at=AT + timedelta(days=5)).accounting_tax["rate"] == "1.0815"
    bank.says(b"<html>maintenance</html>", status=503)
    for days in range(6, 12):
        run_entry("exchange-rates", AT + timedelta(days=days))
        said_by_the_run(TODAY + timedelta(days=days))
    assert len(mails()) == 1
    assert make_invoice(at=AT + timedelta(days=11)).missing_tax_currency == "USD"
