"""The billing tab of a client's page: one ledger for each currency, with what is owed after each row."""

import pytest

from commerce.billing.models import Invoice
from tests import make
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db


def test_each_row_has_what_is_owed_after_it_and_the_newest_comes_first() -> None:
    client = make.make_client()
    paid, owed = make.make_invoice(client, status="paid"), make.make_invoice(client)
    page = staff_browser(make_staff("billing")).get(f"/admin/clients/{client.pk}?tab=billing")
    [ledger] = page.context["ledgers"]
    assert {one.number for one in ledger.lines} == {paid.number, owed.number}
    by_owed = [one.owed for one in ledger.lines]
    assert by_owed[0] == page.context["figures"][0].values[0]  # what the strip says
    assert by_owed == ["€12.00", "€24.00", "€12.00"]
    assert all(one.url.startswith("/admin/invoices/") for one in ledger.lines)
    assert "Account in EUR" in text_of(page)


def test_an_invoice_offers_nothing_that_can_never_be() -> None:
    web = staff_browser(make_staff("admin"))
    for status, never in (
        ("unpaid", ("Delete draft", "Issue invoice", "Edit draft", "Resume reminders")),
        ("paid", ("Delete draft", "Issue invoice", "Apply credit", "Void invoice")),
    ):
        invoice = make.make_invoice(status=status)
        shown = web.get(f"/admin/invoices/{invoice.pk}").context["shown_actions"]
        labels = [str(one.action.label) for one in shown]
        assert not set(labels) & set(never)
        assert "Record payment" in labels
    assert Invoice.objects.count() == 2
