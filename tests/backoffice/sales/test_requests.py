"""`/admin/cancellations`: what waits for staff, and their answer (billing.md 8)."""

from collections.abc import Iterator
from typing import Any

import pytest

from commerce.billing.changes.cancellations.actions import request_cancellation
from commerce.billing.models import CancellationRequest
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def admin() -> Iterator[HttpsTestClient]:
    with clock.freeze_time(make.AT):  # services are due a month from then
        yield staff_browser(make_staff("admin"))


def rows(web: HttpsTestClient, path: str) -> list[Any]:
    return list(web.get(path).context["cl"].result_list)


def ask_for_end() -> CancellationRequest:
    return request_cancellation(
        service=make.make_service(),
        kind="immediate",
        reason="Too dear",
        ctx=CTX,
    )


def test_cancellations_that_wait_are_listed_and_answered(admin: HttpsTestClient) -> None:
    first, second = ask_for_end(), ask_for_end()
    assert rows(admin, "/admin/cancellations") == [second, first]
    at = f"/admin/cancellations/{first.pk}/approve"  # its account goes, so it takes a password
    assert send(admin, at, note="As you wish", own_password="").status_code == 422
    send(admin, at, note="As you wish", own_password=make.PASSWORD)
    assert send(admin, f"/admin/cancellations/{second.pk}/reject", note="").status_code == 422
    send(admin, f"/admin/cancellations/{second.pk}/reject", note="Your contract runs on")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.note) == ("done", "As you wish")
    assert (second.status, second.note) == ("rejected", "Your contract runs on")
    assert first.service.status == "cancelled"
    assert rows(admin, "/admin/cancellations") == []
    assert rows(admin, "/admin/cancellations?status=") == [second, first]
    assert rows(admin, "/admin/cancellations?status=rejected") == [second]
    assert admin.post(f"/admin/cancellations/{second.pk}/approve", {}).status_code == 409


def test_billing_sees_requests_and_answers_none() -> None:
    asked = ask_for_end()
    bea = staff_browser(make_staff("billing"))
    assert bea.get(f"/admin/cancellations/{asked.pk}").context["shown_actions"] == []
    assert bea.post(f"/admin/cancellations/{asked.pk}/approve").status_code == 403
