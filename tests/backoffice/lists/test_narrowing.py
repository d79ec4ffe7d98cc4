"""Lists of the staff area as a person has them: columns, chips of what narrows them, sums, and the same as a file."""

import csv
import io
from typing import Any

import pytest
from django.db.models import Count

from commerce.accounts.models import Staff
from commerce.accounts.staff_rules import ShippedRole
from commerce.backoffice.lists.columns import columns_of
from commerce.backoffice.lists.sums import column_sums
from commerce.billing.models import Invoice
from commerce.billing.records import INVOICE_FIELDS
from commerce.presentation.amounts import format_money
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db


def heads(page: Any) -> list[str]:
    return [str(head.label) for head in page.context["cl"].heads]


def lines(web: HttpsTestClient, query: str) -> list[list[str]]:
    body = b"".join(web.get(f"/admin/invoices.csv?{query}").streaming_content)
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def test_chosen_columns_are_kept_for_the_person_and_are_those_of_the_file() -> None:
    invoice = make.make_invoice()
    grace, sam = staff_browser(make_staff(email="grace@example.com")), staff_browser()
    usual = heads(grace.get("/admin/invoices"))
    sent = {
        "list": "invoices",
        "query": "o=-total&columns=kind",
        "column": ["total", "number", "odd"],
    }
    answer = grace.post("/admin/list-columns", sent)
    assert answer.headers["Location"] == "/admin/invoices?o=-total"
    page = grace.get("/admin/invoices")
    assert heads(page) == ["Total", "Number"]
    assert heads(sam.get("/admin/invoices")) == usual
    assert page.context["export_url"] == "/admin/invoices.csv?columns=total,number"
    found = lines(grace, "columns=total,number")
    assert found == [
        ["Total", "Currency", "Number"],
        [f"{invoice.total / 100:.2f}", "EUR", invoice.number],
    ]
    assert heads(grace.get("/admin/invoices?columns=payment_reference,nothing")) == [
        "Payment reference"
    ]
    grace.post("/admin/list-columns", {**sent, "usual": "yes"})
    assert heads(grace.get("/admin/invoices")) == usual
    assert not Staff.objects.exclude(list_columns={}).exists()


def test_columns_of_a_list_that_somebody_may_not_see_are_not_chosen() -> None:
    web = staff_browser(make_staff(key=ShippedRole.SUPPORT))
    for name in ("servers", "nothing", ""):
        assert web.post("/admin/list-columns", {"list": name, "column": "name"}).status_code == 404


def test_what_narrows_a_list_stands_above_it_and_goes_by_a_link() -> None:
    owed = make.make_invoice()
    day, web = owed.issue_date, staff_browser()
    query = (
        f"client__id__exact={owed.client_id}&currency=EUR&issue_date_from={day}&issue_date_to={day}"
        "&o=-total&status=unpaid&number__isnull=False&due_date_from="
    )
    page = web.get(f"/admin/invoices?{query}", follow=True)
    assert "due_date_from" not in page.request["QUERY_STRING"]
    chips = {str(one.label): (str(one.value), one.query) for one in page.context["cl"].chips}
    client = owed.client.company or owed.client.name
    assert chips["Client"][0] == client
    assert chips["Status"][0] == "Unpaid"
    assert chips["Currency"][0] == "EUR"
    assert chips["Number"][0] == "not empty"
    without = chips["Issued"][1]
    assert "issue_date" not in without
    assert "o=-total" in without
    assert "status=unpaid" in without
    pending = web.get("/admin/plan-changes").context["cl"].chips
    assert [(str(one.value), one.query) for one in pending] == [("Pending", "?status=")]
    assert list(web.get("/admin/plan-changes?status=").context["cl"].chips) == []


def test_amounts_are_summed_by_currency_for_who_may_see_sums() -> None:
    first = make.make_invoice()
    second = make.make_invoice(client=first.client)
    make.make_invoice(status="paid")
    page = staff_browser().get("/admin/invoices?status=unpaid")
    [total] = [sums for _one, sums, css in page.context["cl"].foot if sums and "is-sum" in css]
    assert total == [format_money(first.total + second.total, "EUR")]
    assert "Sum of all results" in text_of(page)
    columns, amount = columns_of(INVOICE_FIELDS, "total"), format_money(first.total, "EUR")
    counted = Invoice.objects.filter(pk=first.pk).annotate(lines_count=Count("lines"))
    assert column_sums(columns, counted) == {"total": [amount]}
    support = staff_browser(make_staff(key=ShippedRole.SUPPORT))
    assert support.get("/admin/invoices?status=unpaid").context["cl"].foot == []
