"""`/admin/reports`: who sees them, their figures with their lists, and their files (backoffice.md 6)."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client as Browser

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.backoffice.reports import past_days, receivables, sales
from commerce.backoffice.reports.definitions import REPORTS
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, DraftLine
from commerce.billing.models import CreditNote
from commerce.catalog.models import Currency
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.current import business_date
from tests import make
from tests.make.records import make_credit_note
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


def rows_of(web: Browser, path: str) -> list[list[str]]:
    """The lines of a CSV file."""
    response = web.get(path)
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_each_report_of_empty_books_is_a_page() -> None:
    web = staff_browser()
    listed = web.get("/admin/reports").content.decode()
    for name in REPORTS:
        assert web.get(f"/admin/reports/{name}").status_code == 200, name
        assert f"/admin/reports/{name}" in listed


def test_who_may_not_see_reports_sees_none() -> None:
    web = staff_browser(make_staff("billing", permissions=["invoices.view"]))
    for path in ("reports", "reports/mrr", "reports/mrr.csv"):
        assert web.get(f"/admin/{path}").status_code == 403
    assert web.get("/admin/dashboard").status_code == 200


def test_sums_of_the_business_take_a_permission_of_their_own() -> None:
    web = staff_browser(make_staff("support"))
    listed = web.get("/admin/reports").content.decode()
    assert "/admin/reports/renewals" in listed
    assert "/admin/reports/revenue" not in listed
    assert web.get("/admin/reports/renewals").status_code == 200
    for path in ("revenue", "mrr", "tax.csv", "ageing"):
        assert web.get(f"/admin/reports/{path}").status_code == 403


def test_an_unknown_report_and_table_is_none() -> None:
    web = staff_browser()
    assert web.get("/admin/reports/nonsense").status_code == 404
    assert web.get("/admin/reports/nonsense.csv").status_code == 404
    assert (
        web.get("/admin/reports/mrr?month=2026-13-01&sold=service&movement=new").status_code == 404
    )
    assert web.get("/admin/reports/mrr?month=2026-01-01&sold=x&movement=x").status_code == 404


def test_a_file_has_exact_amounts_with_their_currency_beside_them() -> None:
    today = business_date(clock.now())
    at = datetime.combine(today, datetime.min.time(), UTC)
    make.make_invoice(lines=[DraftLine("Work", 1234_56, make.VAT)], at=at)
    web = staff_browser()
    heads, row = rows_of(web, f"/admin/reports/tax.csv?first={today}&last={today}")
    assert heads[:2] == ["Country code", "Country"]
    assert heads[4:8] == ["Tax treatment", "Currency", "Invoices, net", "Invoices, tax"]
    assert row == [
        *("DE", "Germany", "S", "20", "Not recorded", "EUR", "1234.56", "246.91"),
        *("0.00", "0.00", "1234.56", "246.91"),
    ]
    response = web.get("/admin/reports/revenue.csv?table=invoiced")
    name = f'attachment; filename="invoiced-{clock.now():%Y-%m-%d}.csv"'
    assert response["Content-Disposition"] == name
    entry = AuditEntry.objects.filter(action="list.exported").latest("pk")
    assert (entry.record_name, entry.after["rows"]) == ("report invoiced", 12)


def test_a_name_is_no_formula() -> None:
    client = make.make_client(first_name="=1+1", last_name="x", company="+49 Hosting")
    make.make_invoice(client)
    heads, row = rows_of(
        staff_browser(), "/admin/reports/ageing.csv?table=ageing-by-client&currency=EUR"
    )
    assert heads[:3] == ["Client", "Company", "Currency"]
    assert row[:3] == ["'=1+1 x", "'+49 Hosting", "EUR"]


def test_a_period_runs_forwards() -> None:
    web = staff_browser()
    response = web.get("/admin/reports/tax?first=2026-02-02&last=2026-02-01")
    assert (response.status_code, "before the first day" in response.content.decode()) == (
        422,
        True,
    )
    assert web.get("/admin/reports/tax.csv?first=2026-02-02&last=2026-02-01").status_code == 422
    assert web.get("/admin/reports/tax?first=yesterday").status_code == 422


def test_a_period_is_chosen_by_its_name_and_goes_to_the_next_report() -> None:
    web = staff_browser()
    page = web.get("/admin/reports/tax?period=this_year&currency=EUR").content.decode()
    today = business_date(clock.now())
    assert f'name="first" value="{today.year}-01-01"' in page
    assert 'href="?period=this_year&amp;currency=EUR" aria-current="true"' in page
    assert 'href="/admin/reports?period=this_year&amp;currency=EUR"' in page
    listed = web.get("/admin/reports?period=this_year&currency=EUR").content.decode()
    assert 'href="/admin/reports/revenue?period=this_year&amp;currency=EUR"' in listed
    own = web.get("/admin/reports/tax?period=this_year&first=2026-01-05&last=2026-01-06")
    assert 'aria-current="true"' not in own.content.decode().partition("<main")[2]
    assert web.get("/admin/reports/tax?period=ever").status_code == 200


def test_amounts_are_those_of_the_books_of_each_document_or_of_one_currency() -> None:
    today = business_date(clock.now())
    at = datetime.combine(today, datetime.min.time(), UTC)
    Currency.objects.filter(code="USD").update(rate=Decimal("0.5"), is_default=False)
    Currency.objects.filter(code="EUR").update(is_default=True)
    for code, amount in (("EUR", 10_00), ("USD", 20_00)):
        lines = [DraftLine("Work", amount, make.VAT)]
        make.make_invoice(lines=lines, at=at, currency_code=code)
    web = staff_browser()

    def found(currency: str) -> list[tuple[str, str]]:
        days = f"first={today}&last={today}{currency}"
        return [(row[5], row[6]) for row in rows_of(web, f"/admin/reports/tax.csv?{days}")[1:]]

    assert found("") == [("EUR", "20.00")]
    assert found("&currency=own") == [("EUR", "10.00"), ("USD", "20.00")]
    assert found("&currency=USD") == [("USD", "20.00")]


def test_the_journal_is_what_an_accountant_takes() -> None:
    today = business_date(clock.now())
    at = datetime.combine(today, datetime.min.time(), UTC)
    row = make.make_invoice(lines=[DraftLine("Work", 10_00, make.VAT)], at=at)
    make.make_payment(row, at=at)
    web = staff_browser()
    path = f"first={today}&last={today}"
    heads, only = rows_of(web, f"/admin/reports/journal.csv?{path}")
    told = dict(zip(heads, only, strict=True))
    assert (told["Number"], told["Client ID"], told["Country code"]) == (
        row.number,
        str(row.client_id),
        "DE",
    )
    assert (told["Net"], told["Tax"], told["Gross"]) == ("10.00", "2.00", "12.00")
    assert (told["Paid on"], told["Payment method"]) == (str(today), "bank_transfer")
    assert row.number in web.get(f"/admin/reports/journal?{path}").content.decode()


def test_a_movement_of_mrr_lists_what_moved() -> None:
    at = clock.now()
    row = make.make_service(at=at, amount=12_00, label="Shop of Jane")
    month = business_date(at).replace(day=1)
    web = staff_browser()
    page = web.get("/admin/reports/mrr").content.decode()
    link = f"/admin/reports/mrr?month={month}&amp;sold=service&amp;movement=new&amp;currency=EUR"
    assert link in page
    moved = web.get(link.replace("&amp;", "&")).content.decode()
    assert row.label in moved
    assert "€12.00" in moved or "12.00" in moved


def test_a_chart_has_its_values_as_a_table() -> None:
    today = business_date(clock.now())
    at = datetime.combine(today, datetime.min.time(), UTC)
    make.make_payment(make.make_invoice(at=at), at=at)
    page = staff_browser().get("/admin/reports/revenue?currency=EUR").content.decode()
    assert '<canvas role="img" aria-label="Revenue by month, EUR"' in page
    assert '"values": ["0.00", "0.00"' in page
    assert '"12.00"]' in page
    assert "<style" not in page
    assert "style=" not in page


def links_of(web: Browser, path: str, table: str) -> list[str]:
    """Where the figures of a table of a report lead, each once."""
    page = web.get(path).content.decode()
    part = page.partition(f'table={table}"')[2].partition("</section>")[0]
    return [unescape(one) for one in dict.fromkeys(re.findall(r'<td[^>]*><a href="([^"]+)"', part))]


def test_each_figure_of_the_tax_report_leads_to_its_documents() -> None:
    at = clock.now()
    lines = [DraftLine("Work", 10_00, make.VAT)]
    client = make.make_client(country="FR")
    sold = make.make_invoice(client, lines=lines, at=at, tax_evidence={"case": "eu_destination"})
    Client.objects.filter(pk=client.pk).update(country="IT")
    make_credit_note(invoice=sold, amount=6_00, at=at)
    others = [make.make_invoice(client, lines=lines, at=at), make.make_invoice(at=at)]
    web, path = staff_browser(), f"/admin/reports/tax?first={at:%Y-%m-%d}&last={at:%Y-%m-%d}"
    for table in ("tax", "one-stop-shop"):
        links = links_of(web, path, table)
        invoices = next(one for one in links if "/invoices?" in one and "eu_destination" in one)
        notes = next(one for one in links if "/credit-notes?" in one and "eu_destination" in one)
        assert str(sold) in (listed := web.get(invoices).content.decode())
        assert not [other for other in others if str(other) in listed]
        assert str(CreditNote.objects.get()) in web.get(notes).content.decode()


def test_a_product_that_sold_leads_to_the_invoices_that_sold_it() -> None:
    at = clock.now()
    order = make.make_order(at=at)
    make.make_payment(order.invoice, at=at)
    other = make.make_order(at=at)
    assert order.invoice is not None
    web, path = staff_browser(), "/admin/reports/top-products"
    _product, invoices = links_of(web, path, "top-products")
    listed = web.get(invoices).content.decode()
    assert (str(order.invoice) in listed, str(other.invoice) in listed) == (True, False)


def test_a_page_shows_the_largest_and_its_file_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receivables, "MAX_CLIENTS", 1)
    monkeypatch.setattr(sales, "MAX_ROWS", 1)
    monkeypatch.setattr(past_days, "MAX_CLIENTS", 1)
    at = clock.now()
    for number in (1, 2, 3):
        client = make.make_client(last_name=f"Client{number}")
        make.make_invoice(client, lines=[DraftLine("Work", number * 10_00, make.VAT)], at=at)
        add_credit(
            client=client,
            currency_code="EUR",
            amount=number,
            note="Gift",
            idempotency_key=str(number),
            ctx=Context(at, SYSTEM),
        )
        make.make_service(client, at=at)
    due = Service.objects.values_list("next_due_date", flat=True).first()
    assert due is not None
    Service.objects.update(next_due_date=due - timedelta(days=5))
    web = staff_browser()
    for report, table in (
        ("ageing", "ageing-by-client"),
        ("credit", "credit-balances"),
        ("renewals", "renewing-services"),
        ("receivables", "receivables"),
        ("credit-balances", "credit-balances"),
    ):
        asked = f"currency=EUR&day={at:%Y-%m-%d}"
        page = web.get(f"/admin/reports/{report}?{asked}").content.decode()
        assert sum(f"Client{number}" in page for number in (1, 2, 3)) == 1, report
        assert "The CSV file has all of them." in page
        _heads, *rows = rows_of(web, f"/admin/reports/{report}.csv?table={table}&{asked}")
        assert len(rows) == 3, report


def test_a_file_names_months_and_quarters_as_programs_do() -> None:
    at = clock.now()
    make.make_service(at=at)
    tax = {"tax_evidence": {"case": "eu_destination"}}
    make.make_payment(make.make_invoice(at=at, **tax), at=at)
    web = staff_browser()
    for path in ("revenue", "revenue.csv?table=invoiced", "mrr", "churn"):
        name, _sign, query = path.partition(".csv")
        _heads, *rows = rows_of(web, f"/admin/reports/{name}.csv{query}")
        assert rows[0][0] == f"{business_date(at):%Y-%m}"
    _heads, row = rows_of(
        web, f"/admin/reports/tax.csv?table=one-stop-shop&first={at:%Y-%m-%d}&last={at:%Y-%m-%d}"
    )
    assert row[0] == f"{at:%Y}-Q{(at.month + 2) // 3}"


def test_what_was_owed_and_had_on_a_past_day_is_a_page_and_a_file() -> None:
    at = clock.now() - timedelta(days=60)
    client = make.make_client(company="Maple Works")
    lines = [DraftLine("Work", 1234_50, OUTSIDE_SCOPE)]
    invoice = make.make_invoice(client, lines=lines, at=at)
    add_credit(client=client, currency_code="EUR", amount=5_00, note="", ctx=Context(at, SYSTEM))
    make.make_payment(invoice, at=clock.now())
    web, day = staff_browser(), business_date(at)
    page = web.get(f"/admin/reports/receivables?day={day}").content.decode()
    assert "€1,234.50" in page
    assert "Maple Works" in page
    heads, row = rows_of(web, f"/admin/reports/receivables.csv?table=receivables&day={day}")
    assert heads == ["Day", "Client", "Company", "Currency", "Amount due", "Overdue"]
    assert row == [str(day), client.name, "Maple Works", "EUR", "1234.50", "0.00"]
    each = f"/admin/reports/receivables?day={day}&client={client.pk}&currency=EUR"
    assert each in [unescape(one) for one in re.findall(r'href="([^"]+)"', page)]
    assert str(invoice) in web.get(each).content.decode()

    page = web.get(f"/admin/reports/credit-balances?day={day}").content.decode()
    _client, movements = links_of(
        web, f"/admin/reports/credit-balances?day={day}", "credit-balances"
    )
    assert "€5.00" in page
    assert web.get(movements).status_code == 200
    total = rows_of(web, f"/admin/reports/credit-balances.csv?day={day}")
    assert total[1:] == [["EUR", "1", "5.00"]]


def test_a_past_day_without_balances_says_so_and_a_day_to_come_is_refused() -> None:
    web, today = staff_browser(), business_date(clock.now())
    assert "The CSV file has" not in web.get("/admin/reports/receivables").content.decode()
    assert "No client owed anything" in web.get("/admin/reports/receivables").content.decode()
    assert "No client had credit" in web.get("/admin/reports/credit-balances").content.decode()
    for name in ("receivables", "credit-balances"):
        assert web.get(f"/admin/reports/{name}?day={today}").status_code == 200
        refused = web.get(f"/admin/reports/{name}?day={today + timedelta(days=1)}")
        assert (refused.status_code, "in the future" in refused.content.decode()) == (422, True)


def test_what_is_no_client_of_ours_is_not_found() -> None:
    web = staff_browser()
    for client in ("x", "999"):
        path = f"/admin/reports/receivables?client={client}&currency=EUR"
        assert web.get(path).status_code == 404
