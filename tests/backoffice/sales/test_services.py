"""`/admin/services`: found, looked at, and what staff do with one (services-and-provisioning.md 1)."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.hosting.models import Service
from commerce.kit import clock
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import open_form, send, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace() -> Iterator[HttpsTestClient]:
    with clock.freeze_time(make.AT):  # services are due a month from then
        yield staff_browser(make_staff(email="grace@example.com"))


def found(web: HttpsTestClient, query: str) -> list[Service]:
    return list(web.get(f"/admin/services?{query}").context["cl"].result_list)


def test_services_are_found_by_text_client_status_product_and_due_span(
    grace: HttpsTestClient,
) -> None:
    client = make.make_client(company="Acme")
    mine = make.make_service(client, domain="acme.example")
    other = make.make_service(make.make_client(company="Other"), "suspended")
    assert found(grace, "") == [other, mine]
    due = mine.next_due_date
    Service.objects.filter(pk=other.pk).update(next_due_date=date(2027, 1, 1))
    for query in (
        *("q=acme", "q=acme.example", "status=active"),
        *(f"client__id__exact={client.pk}", f"product__id__exact={mine.product_id}"),
        f"next_due_date_from={due}&next_due_date_to={due}",
    ):
        assert found(grace, query) == [mine], query


def test_a_full_page_of_services_takes_as_many_queries_as_one(grace: HttpsTestClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            grace.get("/admin/services")
        return len(seen)

    make.make_service()
    grace.get("/admin/services")
    of_one = queries()
    for _ in range(4):
        make.make_service()
    assert queries() == of_one


def test_a_service_is_suspended_and_resumed(grace: HttpsTestClient) -> None:
    service = make.make_service()
    at = f"/admin/services/{service.pk}"
    send(grace, f"{at}/suspend", suspension_reason="abuse", reason="Spam")
    service.refresh_from_db()
    assert (service.status, service.suspension_reason) == ("suspended", "abuse")
    assert "Violation of our terms" in text_of(grace.get(at))
    assert grace.post(f"{at}/suspend", {"suspension_reason": "abuse"}).status_code == 409
    send(grace, f"{at}/resume", reason="Cleaned")
    service.refresh_from_db()
    assert service.status == "active"


def test_price_cycle_and_due_date_are_edited_with_a_reason(grace: HttpsTestClient) -> None:
    service = make.make_service()
    at = f"/admin/services/{service.pk}/edit"
    opened = open_form(grace, at)
    assert (opened["amount"], opened["billing_cycle"]) == ("5.00", "monthly")
    assert send(grace, at, amount="4.505", reason="Agreed").context["form"].errors["amount"]
    assert send(grace, at, amount="4.50").context["form"].errors["reason"]
    send(grace, at, amount="4.50", next_due_date="2026-07-01", reason="Agreed")
    service.refresh_from_db()
    assert (service.amount, service.next_due_date) == (450, date(2026, 7, 1))
    assert send(grace, at, reason="Again").status_code == 422  # nothing is new


def test_name_notes_and_account_are_set(grace: HttpsTestClient) -> None:
    service, server = make.make_service(), make.make_server()
    at = f"/admin/services/{service.pk}"
    send(grace, f"{at}/rename", label="Our shop")
    send(grace, f"{at}/notes", notes="Moves soon")
    send(grace, f"{at}/set-account", server=server.name, username="shop", reason="Moved")
    service.refresh_from_db()
    assert (service.label, service.notes) == ("Our shop", "Moves soon")
    assert (service.server, service.username) == (server, "shop")


def test_a_service_ends_later_after_all_not_or_now(grace: HttpsTestClient) -> None:
    service = make.make_service()
    at = f"/admin/services/{service.pk}"
    send(grace, f"{at}/cancel", kind="end_of_period", reason="Asked by phone")
    service.refresh_from_db()
    assert service.ends_on == service.next_due_date
    send(grace, f"{at}/keep", reason="Changed their mind")
    service.refresh_from_db()
    assert service.ends_on is None
    assert send(grace, f"{at}/terminate", reason="Abuse", own_password="x").status_code == 422
    send(grace, f"{at}/terminate", reason="Abuse", own_password=make.PASSWORD)
    service.refresh_from_db()
    assert service.status == "terminated"
    again = send(grace, f"{at}/override", to="active", reason="Restored")
    assert again.context["form"].errors["next_due_date"]
    send(grace, f"{at}/override", to="active", reason="Restored", next_due_date="2026-07-01")
    service.refresh_from_db()
    assert (service.status, service.next_due_date) == ("active", date(2026, 7, 1))


def test_an_account_that_goes_at_once_takes_a_password(grace: HttpsTestClient) -> None:
    """As by a termination; an end that can still be withdrawn takes none."""
    service = make.make_service()
    at = f"/admin/services/{service.pk}/cancel"
    for typed in ("", "wrong"):
        answer = send(grace, at, kind="immediate", reason="Abuse", own_password=typed)
        assert answer.context["form"].errors["own_password"]
    service.refresh_from_db()
    assert service.status == "active"
    send(grace, at, kind="immediate", reason="Abuse", own_password=make.PASSWORD)
    service.refresh_from_db()
    assert service.status in ("cancelled", "terminated")


def test_only_who_may_override_sets_a_status_by_hand() -> None:
    service = make.make_service()
    admin = staff_browser(make_staff("admin"))
    names = {
        one.action.name
        for one in admin.get(f"/admin/services/{service.pk}").context["shown_actions"]
    }
    assert "terminate" in names
    assert "override" not in names
    assert admin.post(f"/admin/services/{service.pk}/override").status_code == 403
