"""Lists of the staff area are sorted by each column that the database orders, as far as that is cheap."""

import pytest
from django.http import HttpRequest

from commerce.backoffice.lists import changelist, paging
from commerce.backoffice.lists.order import column_order
from commerce.backoffice.site import staff_site
from commerce.billing.models import Invoice
from tests import make
from tests.make.staff import staff_browser

pytestmark = pytest.mark.django_db


def test_each_column_that_sorts_can_be_asked_of_the_database() -> None:
    for admin in staff_site.record_admins:
        names = [column.name for column in admin.list_display]
        assert len(set(names)) == len(names), admin.slug
        if admin.slug in ("machine-accounts", "api-tokens", "bulk-actions"):
            continue  # their rows depend on who asks
        rows = admin.get_queryset(HttpRequest())
        sorts = [one for one in admin.list_display if column_order(one, rows)]
        assert sorts, admin.slug
        for column in sorts:
            order = column_order(column, rows)
            assert order is not None
            for is_descending in (False, True):
                list(rows.order_by(*order.fields(is_descending=is_descending))[:2])


def test_heads_sort_both_ways_by_id_among_equals_and_say_how() -> None:
    zoe = make.make_client(company="", first_name="Zoe", last_name="Young")
    adam = make.make_client(company="adam & co")
    mid = make.make_client(company="Middle")
    rows = [make.make_invoice(client=one) for one in (zoe, adam, mid)]
    web = staff_browser()
    page = web.get("/admin/invoices?o=client&status=unpaid")
    assert list(page.context["cl"].result_list) == [rows[1], rows[2], rows[0]]
    html = page.content.decode()
    assert html.count("aria-sort=") == 1
    assert 'aria-sort="ascending"><a class="sort" href="?o=-client&amp;status=unpaid"' in html
    for query, found in {"o=total": rows, "o=-total": rows[::-1], "o=nothing": rows[::-1]}.items():
        page = web.get(f"/admin/invoices?{query}")
        assert list(page.context["cl"].result_list) == found, query
        assert page.context["cl"].rows_of_page == found, query


def test_a_list_longer_than_what_is_counted_sorts_by_indexes_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [make.make_invoice() for _number in range(3)]
    for module in (paging, changelist):
        monkeypatch.setattr(module, "COUNTED_ROWS", 2)
    page = staff_browser().get("/admin/invoices?o=total")
    assert (
        list(page.context["cl"].result_list) == rows[::-1] == list(Invoice.objects.order_by("-pk"))
    )
    html = page.content.decode()
    assert "be sorted by this column" in html
    assert 'class="sort" href="?o=issue_date"' in html
    assert 'class="sort" href="?o=total"' not in html
