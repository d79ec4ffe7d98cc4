"""What an address may ask of a list: its filters and the links to it, and no column that it does not show (X15, T7)."""

import pytest

from commerce.backoffice.lists import changelist, paging
from commerce.billing.models import Invoice
from commerce.payments.models import Payment
from tests import make
from tests.make.staff import staff_browser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "query",
    [
        "clients?api_rate=5",
        "clients?api_rate__gte=5",
        "clients?tax_exempt_reason__startswith=C",
        "clients?first_name__regex=^J",
        "clients?status__regex=^a",
        "clients?memberships__user__password__startswith=a",
        "clients?pk__in=1",
        "members?user__last_login_ip__startswith=10",
        "api-tokens?token_hash__startswith=a",
        "client-tokens?maker_id=1",
        "mails?encrypted_values__contains=a",
        "gateway-events?body__contains=a",
        "orders?items__auth_code__startswith=a",
        "audit?before__contains=a",
    ],
)
def test_a_column_that_a_list_does_not_compare_is_not_found_out(query: str) -> None:
    make.make_client()
    web = staff_browser()
    assert web.get(f"/admin/{query}").status_code == 400
    path, _, asked = query.partition("?")
    assert web.get(f"/admin/{path}.csv?{asked}").status_code == 400


def test_filters_and_links_find_what_they_say() -> None:
    paid, owed = make.make_invoice(status="paid"), make.make_invoice()
    [payment] = Payment.objects.all()
    web, day = staff_browser(), make.AT.date()
    for query, found in {
        "invoices?status=paid": [paid],
        "invoices?status__in=unpaid,overdue": [owed],
        f"invoices?client__id__exact={owed.client_id}": [owed],
        f"invoices?issue_date__gte={day}&issue_date__lt={day}": [],
        f"invoices?issue_date_from={day}&issue_date_to={day}&currency=EUR": [owed, paid],
        "invoices?number__isnull=False&tax_groups__category=S": [owed, paid],
        f"payments?booked_at__isnull=False&received_on__gte={day}": [payment],
        f"payments?transaction_id={payment.transaction_id}": [payment],
    }.items():
        page = web.get(f"/admin/{query}")
        assert page.status_code == 200, query
        assert list(page.context["cl"].result_list) == found, query


def test_an_old_address_with_words_that_mean_nothing_shows_the_list() -> None:
    make.make_invoice()
    answer = staff_browser().get("/admin/invoices?color=red", follow=True)
    assert answer.redirect_chain == [("/admin/invoices?e=1", 302)]
    assert list(answer.context["cl"].result_list) == list(Invoice.objects.all())


def test_an_address_says_how_many_rows_a_page_has_up_to_200(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paging, "PAGE_SIZES", (3, 6))
    monkeypatch.setattr(changelist, "PAGE_SIZES", (3, 6))
    for _ in range(4):
        make.make_client(owner=None)
    web = staff_browser()
    for asked, rows in {"": 3, "1": 1, "4": 4, "700": 4, "0": 1, "-3": 3, "٤": 3, "x": 3}.items():
        page = web.get("/admin/clients", {"per_page": asked} if asked else {})
        assert len(page.context["cl"].result_list) == rows, asked
    [usual, all_rows] = web.get("/admin/clients?per_page=6&p=1").context["cl"].page_sizes
    assert usual == (3, "?per_page=3", False)
    assert all_rows == (6, "?per_page=6", True)
    second = web.get("/admin/clients?per_page=1&p=2&o=company").context["cl"]
    assert (second.previous_query, second.next_query) == (
        "?o=company&p=1&per_page=1",
        "?o=company&p=3&per_page=1",
    )
