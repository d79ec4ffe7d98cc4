"""Exchange rates in the staff area: confirmed, fetched, and missed by the dashboard and a report."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.catalog.actions.currencies import set_exchange_rate
from commerce.catalog.models import Currency
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import business_date
from tests import make
from tests.doubles.ecb import RATES, reference_rates, serve_ecb
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send

pytestmark = pytest.mark.django_db


def dashboard(*permissions: str) -> str:
    staff = make_staff("billing", permissions=permissions) if permissions else make_staff()
    return staff_browser(staff).get("/admin/dashboard").content.decode()


def rate_the_euro(days_ago: int) -> None:
    now = clock.now()
    day = business_date(now) - timedelta(days=days_ago)
    euro = Currency.objects.get(pk="EUR")
    set_exchange_rate(currency=euro, rate=Decimal("1.1"), on=day, ctx=Context(now, SYSTEM))


def test_the_dashboard_says_which_rate_is_missing_and_how_many_documents_lack_it() -> None:
    at = clock.now()
    assert "exchange rate" not in dashboard()
    make.make_invoice(at=at)
    void_invoice(invoice=make.make_invoice(at=at), reason="x", ctx=Context(at, SYSTEM))
    shown = dashboard()
    assert "No exchange rate from EUR to USD" in shown
    assert '"/admin/currencies/EUR"' in shown
    assert "3 documents in EUR issued without their tax in USD" in shown
    assert "/admin/reports/tax-without-rate?first=" in shown
    assert "exchange rate" not in dashboard("invoices.view", "reports.view")
    alone = dashboard("products.manage", "products.view")
    assert "No exchange rate from EUR to USD" in alone
    assert "tax-without-rate" not in alone


def test_the_dashboard_says_how_old_a_rate_is() -> None:
    rate_the_euro(12)
    make.make_invoice(at=clock.now())
    shown = dashboard()
    assert "The exchange rate from EUR to USD is 12 days old" in shown
    assert "1 document in EUR issued without its tax in USD" in shown
    rate_the_euro(7)
    assert "exchange rate" not in dashboard()


def test_a_report_lists_what_was_issued_without_a_rate_for_a_file() -> None:
    at = datetime.combine(business_date(clock.now()), datetime.min.time(), UTC)
    client = make.make_client(company="Weber Media GmbH")
    invoice = make.make_invoice(client, at=at)
    note = void_invoice(invoice=invoice, reason="x", ctx=Context(at, SYSTEM))
    rate_the_euro(0)
    make.make_invoice(client, at=at)  # which has it
    path = f"/admin/reports/tax-without-rate.csv?first={at.date()}&last={at.date()}"
    web = staff_browser()
    assert web.get(path.replace(".csv", "")).status_code == 200
    text = b"".join(web.get(path).streaming_content).decode("utf-8-sig")
    _heads, *rows = csv.reader(io.StringIO(text, newline=""))
    day, net, tax = f"{at.date()}", invoice.subtotal, invoice.tax_amount
    assert rows == [
        [invoice.number, "Invoice", day, "Weber Media GmbH", "EUR", money(net), money(tax), "USD"],
        [
            *(note.number, "Credit note", day, "Weber Media GmbH", "EUR"),
            *(money(-net), money(-tax), "USD"),
        ],
    ]


def money(minor: int) -> str:
    return f"{Decimal(minor) / 100:.2f}"


def test_rates_are_fetched_and_a_jump_is_confirmed_on_pages(
    web: HttpsTestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, today = "/admin/currencies/fetch-rates", business_date(clock.now())
    assert web.post(path).status_code == 409  # rates are set by hand
    set_setting(key="tax.rate_source", value="ecb", ctx=Context(make.AT, SYSTEM))
    euro = Currency.objects.get(pk="EUR")
    assert web.post("/admin/currencies/EUR/confirm-rate").status_code == 409
    with serve_ecb(monkeypatch) as bank:
        bank.says(b"", status=500)
        assert send(web, path).status_code == 422
        bank.says(reference_rates(f"{today - timedelta(days=1)}"))
        send(web, path)
        bank.says(reference_rates(f"{today}", RATES | {"USD": "2"}))
        send(web, path)
    euro.refresh_from_db()
    assert (euro.rate, euro.held_rate) == ("1.0815", "2")
    assert "A published exchange rate of EUR to confirm" in dashboard()
    asked = web.get("/admin/currencies/EUR/confirm-rate").content.decode()
    assert "published 2 on" in asked
    assert "Your rate is 1.0815" in asked
    assert "European Central Bank" in web.get("/admin/currencies/EUR").content.decode()
    send(web, "/admin/currencies/EUR/confirm-rate")
    euro.refresh_from_db()
    assert (euro.rate, euro.held_rate) == ("2", "")
    assert staff_browser(make_staff("support")).post(path).status_code == 403
