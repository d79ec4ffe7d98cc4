"""Roles in pages: what each comes to, and who is changed when it is edited."""

import re
from typing import Any

import pytest

from commerce.accounts.models import Staff, StaffRole
from commerce.accounts.staff_rules import PRESETS, ShippedRole
from tests.make.browser import HttpsTestClient
from tests.make.people import PASSWORD
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


def form_of(page: str) -> dict[str, Any]:
    hidden = re.findall(r'<input type="hidden" name="(form_\w+|previewed)" value="([^"]*)"', page)
    return {**dict(hidden), "own_password": PASSWORD}


def opened(web: HttpsTestClient, path: str) -> str:
    answer = web.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_of_a_role_has_its_menu_and_buttons() -> None:
    make_staff("support", "sam@example.com", permissions=["clients.view", "audit.view"])
    page = opened(staff_browser(), "/admin/roles/support")
    menu = page[page.index("Menu and buttons") :]
    assert "<td>Services</td>" in menu
    assert "Resume" in menu
    assert "<td>Audit log</td>" not in menu
    assert "sam@example.com" in page
    assert "Terminate" not in menu


def test_a_role_is_edited_once_its_outcome_was_shown() -> None:
    sam = make_staff("support", "sam@example.com")
    web, path = staff_browser(), "/admin/roles/support/edit"
    page = opened(web, path)
    assert re.search(r'value="services.help"[^>]* checked[ >]', page)
    assert not re.search(r'value="services.manage"[^>]* checked[ >]', page)
    kept = PRESETS[ShippedRole.SUPPORT] - {"orders.view"}
    wanted = sorted(one for one in kept if not one.startswith("tickets."))  # which are not offered
    told = web.post(path, {**form_of(page), "name": "", "permissions": wanted})
    page = told.content.decode()
    assert told.status_code == 422
    assert "(sam@example.com) loses “See orders”." in page
    sent = {**form_of(page), "name": ""}
    sure = {"confirmed": "staff_role.changes_people"}
    other = [one for one in wanted if one != "domains.view"]
    told = web.post(path, {**sent, **sure, "permissions": other})  # not what was shown
    assert told.status_code == 422
    assert "loses “See orders”, “See domains”." in told.content.decode()
    assert web.post(path, {**sent, **sure, "permissions": wanted}).status_code == 303
    assert Staff.objects.get(pk=sam.pk).all_permissions == kept


def test_a_role_is_made_as_a_copy_and_what_is_new_is_said() -> None:
    web = staff_browser()
    page = opened(web, "/admin/roles/new")
    made = web.post("/admin/roles/new", {**form_of(page), "name": "Night", "copy_of": "support"})
    assert made["Location"] == "/admin/roles/night"
    StaffRole.objects.filter(key="night").update(reviewed_permissions=["clients.view"])
    page = opened(web, "/admin/roles/night")
    assert "New in this installation since the role was last edited: See clients" not in page
    assert "New in this installation since the role was last edited: Create clients" in page


def test_a_page_of_staff_marks_what_is_besides_the_role_and_what_was_taken() -> None:
    kept = PRESETS[ShippedRole.SUPPORT] - {"clients.notes"} | {"audit.view"}
    sam = make_staff("support", permissions=kept)
    page = re.sub(r"\s+", " ", opened(staff_browser(), f"/admin/staff/{sam.pk}"))
    assert "<dt>Extra permissions</dt><dd>See the audit log</dd>" in page
    assert "<dt>Removed from the role</dt><dd>Write notes and tags</dd>" in page


def test_only_roles_that_one_could_have_are_offered() -> None:
    boss = make_staff(
        "billing", permissions=[*PRESETS[ShippedRole.BILLING], "staff.manage", "staff.view"]
    )
    StaffRole.objects.create(key="small", name="Small", permissions=["clients.view"])
    page = opened(staff_browser(boss), "/admin/staff/new")
    assert re.findall(r'<option value="(\w+)"', page) == ["billing", "small"]
    assert "it has permissions you don" in opened(staff_browser(boss), "/admin/roles/support")
