"""`/admin/orders`: found, looked at, decided (catalog-and-orders.md 8)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.audit.models import AuditEntry
from commerce.orders.models import Order
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bea() -> HttpsTestClient:
    return staff_browser(make_staff("billing", "bea@example.com"))


def found(web: HttpsTestClient, query: str) -> list[Order]:
    return list(web.get(f"/admin/orders?{query}").context["cl"].result_list)


def test_orders_are_found_by_number_client_status_and_payment(bea: HttpsTestClient) -> None:
    client = make.make_client(company="Acme", first_name="Nora")
    mine = make.make_order(client)
    other = make.make_order(make.make_client(company="Other"), "active")
    assert found(bea, "") == [other, mine]
    for query in (
        *(f"q={mine.number}", f"q={mine.pk}", "q=acme", "q=nora+smith", "status=pending"),
        *(f"client__id__exact={client.pk}", "invoice__status=unpaid"),
    ):
        assert found(bea, query) == [mine], query
    assert found(bea, "q=nora+other") == []


def test_a_full_page_of_orders_takes_as_many_queries_as_one_order(bea: HttpsTestClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            bea.get("/admin/orders")
        return len(seen)

    make.make_order()
    bea.get("/admin/orders")
    of_one = queries()
    for _ in range(4):
        make.make_order()
    assert queries() == of_one


def test_the_record_shows_items_with_what_became_of_them(bea: HttpsTestClient) -> None:
    order = make.make_order(make.make_client(company="Acme"), "active")
    service = order.items.get().units.get().service
    text = text_of(bea.get(f"/admin/orders/{order.pk}"))
    for shown in (order.number, "Acme", order.items.get().product_name, service.label, "€6.00"):
        assert shown in text, shown


def buttons(page: Any) -> dict[str, str]:
    return {one.action.name: str(one.reason_against or "") for one in page.context["shown_actions"]}


def test_an_order_is_held_and_approved_unpaid_with_a_reason(bea: HttpsTestClient) -> None:
    order = make.make_order()
    at = f"/admin/orders/{order.pk}"
    send(bea, f"{at}/hold", reason="Call first")
    send(bea, f"{at}/notes", notes="Calls back on Monday")
    order.refresh_from_db()
    assert (order.on_hold, order.hold_reason) == (True, "Call first")
    assert order.notes == "Calls back on Monday"
    assert "Call first" in text_of(bea.get(at))
    assert send(bea, f"{at}/approve").status_code == 422  # it is unpaid: why?
    send(bea, f"{at}/approve", unpaid_because="Pays by check")
    order.refresh_from_db()
    assert (order.status, order.on_hold) == ("active", False)
    entry = AuditEntry.objects.get(action="order.activated_unpaid")
    assert (entry.actor_name, entry.reason) == ("bea@example.com", "Pays by check")
    assert buttons(bea.get(at))["approve"] != ""
    assert bea.post(f"{at}/approve", {}).status_code == 409


def test_a_suspected_order_stops_and_goes_on(bea: HttpsTestClient) -> None:
    order = make.make_order(status="active")
    at = f"/admin/orders/{order.pk}"
    assert buttons(bea.get(at))["release"] != ""
    send(bea, f"{at}/fraud", reason="Stolen card")
    order.refresh_from_db()
    assert order.status == "fraud"
    send(bea, f"{at}/release", reason="Spoke to them")
    order.refresh_from_db()
    assert order.status == "active"


@pytest.mark.parametrize("name", ["reject", "cancel"])
def test_an_order_ends_with_its_invoice(bea: HttpsTestClient, name: str) -> None:
    order = make.make_order()
    assert send(bea, f"/admin/orders/{order.pk}/{name}", reason="").status_code == 422
    send(bea, f"/admin/orders/{order.pk}/{name}", reason="Not ours", own_password="")
    order.refresh_from_db()
    assert order.invoice is not None
    assert (order.status, order.invoice.status) == ("cancelled", "cancelled")


@pytest.mark.parametrize("name", ["reject", "cancel"])
def test_an_order_whose_accounts_go_takes_a_password(bea: HttpsTestClient, name: str) -> None:
    order = make.make_order()
    at = f"/admin/orders/{order.pk}"
    send(bea, f"{at}/approve", unpaid_because="A partner")
    send(bea, f"{at}/fraud", reason="Stolen card")
    assert send(bea, f"{at}/{name}", reason="It was", own_password="").status_code == 422
    send(bea, f"{at}/{name}", reason="It was", own_password=make.PASSWORD)
    order.refresh_from_db()
    assert order.status == "cancelled"


def test_support_looks_and_decides_nothing() -> None:
    order = make.make_order()
    sam = staff_browser(make_staff("support"))
    assert sam.get(f"/admin/orders/{order.pk}").context["shown_actions"] == []
    assert sam.post(f"/admin/orders/{order.pk}/approve").status_code == 403
