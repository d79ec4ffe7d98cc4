"""Tokens of the staff API: who makes them, and what is left of them (staff-api.md)."""

from datetime import timedelta

import pytest

from commerce.accounts.models import StaffToken
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.kit import clock, json_log
from commerce.site_settings.actions import set_setting
from tests import make
from tests.backoffice.api.calls import get, post
from tests.make.api import call_api
from tests.make.one_of_each import CTX
from tests.make.staff import make_staff, make_staff_token, staff_browser, take_permissions
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db

NEW = "/admin/api-tokens/new"


def new_values(**over: object) -> dict[str, object]:
    values: dict[str, object] = {
        "name": "Help desk",
        "permissions": ["clients.view"],
        "expires_on": (clock.now() + timedelta(days=365)).date().isoformat(),
        "own_password": make.PASSWORD,
    }
    return values | over


def test_a_person_makes_one_that_is_shown_once() -> None:
    sam = make_staff("support")
    web = staff_browser(sam)
    page = send(web, NEW, **new_values(networks="203.0.113.0/24"))
    token = StaffToken.objects.get(staff=sam)
    plain = next(word for word in text_of(page).split() if word.startswith("opt_staff_"))
    assert get("clients", plain).status == 200
    assert plain not in json_log.redact(f"a token {plain}")
    assert call_api("/api/v2/account", plain).status == 401  # it opens nothing of clients
    assert plain not in text_of(web.get(f"/admin/api-tokens/{token.pk}"))
    entry = AuditEntry.objects.get(action="staff_token.created")
    assert (entry.actor_id, entry.after["permissions"]) == (sam.pk, ["clients.view"])


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"own_password": "wrong"}, "own_password"),
        ({"permissions": ["staff.manage"]}, "permissions"),
        ({"permissions": []}, "permissions"),
        ({"expires_on": (clock.now() + timedelta(days=367)).date().isoformat()}, "expires_on"),
        ({"networks": "here"}, "networks"),
        ({"acts": ["staff.new"]}, "acts"),
    ],
)
def test_what_it_cannot_be(over: dict[str, object], field: str) -> None:
    answer = send(staff_browser(make_staff("support")), NEW, **new_values(**over))
    assert answer.context["form"].errors[field]
    assert not StaffToken.objects.exists()


def test_it_takes_a_second_factor() -> None:
    set_setting(key="security.staff_2fa_required", value="off", ctx=CTX)
    sam = make_staff("support", with_factor=False)
    assert send(staff_browser(sam), NEW, **new_values()).status_code == 409
    assert not StaffToken.objects.exists()


def test_a_person_sees_and_ends_their_own() -> None:
    sam, grace = make_staff("support"), make_staff()
    token, plain = make_staff_token(grace)
    web = staff_browser(sam)
    assert web.get(f"/admin/api-tokens/{token.pk}").status_code == 404
    assert web.post(f"/admin/api-tokens/{token.pk}/revoke").status_code == 404
    send(staff_browser(grace), f"/admin/api-tokens/{token.pk}/revoke")
    assert get("clients", plain).status == 401


def test_it_never_has_more_than_its_person() -> None:
    sam = make_staff("support")
    _token, plain = make_staff_token(sam, permissions=["clients.view", "audit.view"])
    assert get("clients", plain).status == 200
    assert get("audit", plain).status == 403  # Sam may not
    assert get("services", plain).status == 403  # the token may not
    take_permissions(sam, all_but=[StaffPermission.SERVICES_VIEW])
    assert get("clients", plain).status == 403
    sam.is_active = False
    sam.save()
    assert get("clients", plain).status == 401


def test_it_ends_with_its_last_day_and_works_in_its_networks() -> None:
    sam = make_staff("support")
    yesterday = clock.now().date() - timedelta(days=1)
    _token, over = make_staff_token(sam, expires_on=yesterday)
    _token, near = make_staff_token(sam, name="near", networks=["198.51.100.0/24"])
    assert get("clients", over).status == 401
    refused = get("clients", near)
    assert (refused.status, refused.json["code"]) == (403, "token.address_not_allowed")
    inside = call_api("/api/staff/v1/clients", near, address="198.51.100.7")
    assert inside.status == 200


def test_it_opens_where_the_staff_area_does() -> None:
    _token, plain = make_staff_token(make_staff("support"))
    set_setting(key="security.staff_networks", value="198.51.100.0/24", ctx=CTX)
    assert get("clients", plain).status == 404
    assert get("openapi.json", None).status == 404


def test_its_page_has_what_it_wrote_and_was_answered() -> None:
    grace = make_staff()
    token, plain = make_staff_token(grace)
    service = make.make_service(make.make_client())
    post(f"services/{service.pk}/rename", plain, {"label": "Shop"})
    post(f"services/{service.pk}/rename", plain, {"name": "Shop"})
    written = [(one.status, one.code) for one in token.writes.order_by("pk")]
    assert written == [(200, ""), (422, "request.body_not_valid")]
    page = text_of(staff_browser(grace).get(f"/admin/api-tokens/{token.pk}"))
    assert f"/api/staff/v1/services/{service.pk}/rename" in page
    token.refresh_from_db()
    assert token.last_used_from == "203.0.113.9"
