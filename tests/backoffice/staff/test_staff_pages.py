"""Staff are managed in pages; what the helper of all actions does is shown on them."""

import re
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection

from commerce.accounts.models import Staff, StaffFormKey
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from tests.make.browser import HttpsTestClient, hidden_field
from tests.make.people import PASSWORD
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


QUERIES = 12


def form_of(web: HttpsTestClient, path: str) -> dict[str, Any]:
    page = web.get(path).content.decode()
    found = dict(re.findall(r'<input type="hidden" name="(form_\w+)" value="([^"]*)"', page))
    return {**found, "own_password": PASSWORD}


def test_the_list_shows_all_staff_with_few_queries(django_assert_num_queries: Any) -> None:
    web = staff_browser()
    for number in range(4):
        make_staff("support", f"sam{number}@example.com")
    page = web.get("/admin/staff").content.decode()
    assert page.count("@example.com</a>") >= 4
    with django_assert_num_queries(QUERIES):
        web.get("/admin/staff")
    for number in range(10, 16):
        make_staff("support", f"sam{number}@example.com")
    with django_assert_num_queries(QUERIES):
        web.get("/admin/staff")


def test_a_new_person_is_added_and_found() -> None:
    web = staff_browser(make_staff())
    values = {"email": "bea@example.com", "first_name": "Bea", "last_name": "B", "role": "billing"}
    answer = web.post("/admin/staff/new", form_of(web, "/admin/staff/new") | values)
    assert (answer.status_code, answer["Location"]) == (303, "/admin/staff")
    bea = Staff.objects.get(user__email="bea@example.com")
    record = web.get(f"/admin/staff/{bea.pk}").content.decode()
    assert "Bea B" in record
    assert f"/admin/staff/{bea.pk}/deactivate" in record


def test_a_form_that_is_sent_twice_counts_once() -> None:
    web, sam = staff_browser(), make_staff("support")
    path = f"/admin/staff/{sam.pk}/deactivate"
    form = form_of(web, path)
    assert [web.post(path, form).status_code for _ in range(2)] == [303, 303]
    assert AuditEntry.objects.filter(action="staff.deactivated").count() == 1
    assert "already submitted" in web.get(f"/admin/staff/{sam.pk}").content.decode()


def test_a_form_that_deletes_its_record_can_be_sent_twice() -> None:
    web, sam = staff_browser(), make_staff("support")
    path = f"/admin/staff/{sam.pk}/delete"
    form = form_of(web, path)
    answers = [web.post(path, form) for _ in range(2)]
    assert [one["Location"] for one in answers] == ["/admin/staff"] * 2


def test_the_second_of_two_who_edit_a_record_is_told_and_loses_nothing() -> None:
    grace, mary = staff_browser(), staff_browser()
    sam = make_staff("support", permissions=["products.view"])
    path = f"/admin/staff/{sam.pk}/permissions"
    first, second = form_of(grace, path), form_of(mary, path)
    assert grace.post(path, first | {"extra_permissions": ["servers.view"]}).status_code == 303
    told = mary.post(path, second | {"extra_permissions": ["products.view", "clients.edit"]})
    page = told.content.decode()
    assert told.status_code == 409
    assert "changed after you opened this form" in page
    assert re.search(r'value="clients.edit"[^>]*checked', page)  # what they ticked stays
    sam.refresh_from_db()
    assert sam.extra_permissions == ["servers.view"]
    again = {name: hidden_field(page, name) for name in ("form_key", "form_version")}
    again |= {"own_password": PASSWORD, "extra_permissions": ["products.view", "clients.edit"]}
    assert mary.post(path, again).status_code == 303
    sam.refresh_from_db()
    assert sam.extra_permissions == ["clients.edit", "products.view"]


def test_what_allows_nothing_yet_is_not_offered_and_stays() -> None:
    """There are no tickets: their permissions come with the role."""
    web = staff_browser()
    sam = make_staff("support", permissions=["clients.view", "tickets.delete"])
    assert "icket" not in web.get(f"/admin/staff/{sam.pk}").content.decode()
    path = f"/admin/staff/{sam.pk}/permissions"
    assert "tickets" not in web.get(path).content.decode()
    web.post(path, form_of(web, path) | {"extra_permissions": ["servers.view"]})
    sam.refresh_from_db()
    assert sam.extra_permissions == ["tickets.delete", "servers.view"]
    assert "tickets.view" in sam.removed_permissions


def test_a_wrong_password_changes_nothing() -> None:
    web, sam = staff_browser(), make_staff("support")
    path = f"/admin/staff/{sam.pk}/deactivate"
    answer = web.post(path, form_of(web, path) | {"own_password": "wrong"})
    assert answer.status_code == 422
    assert "Incorrect password" in answer.content.decode()
    sam.refresh_from_db()
    assert sam.is_active


def test_what_cannot_be_done_is_shown_with_its_reason_and_refused() -> None:
    web, sam = staff_browser(), make_staff("support")
    page = web.get(f"/admin/staff/{sam.pk}").content.decode()
    assert f'href="/admin/staff/{sam.pk}/reactivate"' not in page
    assert "This person is already active." in page
    assert web.post(f"/admin/staff/{sam.pk}/reactivate", {}).status_code == 409


def test_the_list_as_a_file_is_audited_and_holds_no_formula() -> None:
    staff = make_staff()
    sam = make_staff("support")
    sam.user.first_name = "=1+1"
    sam.user.save()
    answer = staff_browser(staff).get(f"/admin/staff.csv?role={sam.role_id}")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0].startswith("\ufeffEmail,Name,Role,")
    assert len(lines) == 2
    assert "'=1+1 Example" in lines[1]
    entry = AuditEntry.objects.get(action="list.exported")
    assert entry.after == {"rows": 1, "query": f"role={sam.role_id}"}


def test_a_person_who_may_only_look_sees_no_buttons() -> None:
    sam = make_staff("support")
    page = staff_browser(make_staff("admin")).get(f"/admin/staff/{sam.pk}").content.decode()
    assert "/deactivate" not in page


@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs row locks")
@pytest.mark.django_db(transaction=True)
def test_a_form_that_arrives_twice_at_once_counts_once() -> None:
    grace, sam = make_staff(), make_staff("support")
    path = f"/admin/staff/{sam.pk}/deactivate"
    form = form_of(staff_browser(grace), path)
    browsers = [staff_browser(grace) for _ in range(2)]
    threads = [Thread(target=_send, args=(one, path, form)) for one in browsers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert AuditEntry.objects.filter(action="staff.deactivated").count() == 1


def _send(web: HttpsTestClient, path: str, form: dict[str, Any]) -> None:
    try:
        web.post(path, form)
    finally:
        connection.close()


def test_a_form_gives_nobody_more_than_its_sender_has() -> None:
    """X16, past what the page offers."""
    manager = make_staff("support", permissions=["staff.view", "staff.manage", "clients.view"])
    web, sam = staff_browser(manager), make_staff("support", permissions=[])
    path = f"/admin/staff/{sam.pk}/permissions"
    sent = form_of(web, path) | {"extra_permissions": ["clients.view", "invoices.refund"]}
    assert web.post(path, sent).status_code == 422
    path = f"/admin/staff/{sam.pk}/role"
    assert web.post(path, form_of(web, path) | {"role": "super_admin"}).status_code == 422
    path = f"/admin/staff/{manager.pk}/permissions"
    assert web.post(path, {"extra_permissions": ["clients.view"]}).status_code == 409
    assert {one.pk: one.all_permissions for one in Staff.objects.all()} == {
        sam.pk: set(),
        manager.pk: {"staff.view", "staff.manage", "clients.view"},
    }


def test_the_admin_of_django_keeps_no_log_of_its_own() -> None:
    web, sam = staff_browser(), make_staff("support")
    path = f"/admin/staff/{sam.pk}/deactivate"
    assert web.post(path, form_of(web, path)).status_code == 303
    assert not LogEntry.objects.exists()


def test_keys_of_forms_are_kept_for_two_days() -> None:
    web, sam = staff_browser(), make_staff("support")
    StaffFormKey.objects.create(key="old", at=clock.now() - timedelta(days=3))
    StaffFormKey.objects.create(key="new", at=clock.now() - timedelta(days=1))
    path = f"/admin/staff/{sam.pk}/deactivate"
    web.post(path, form_of(web, path))
    keys = set(StaffFormKey.objects.values_list("key", flat=True))
    assert "old" not in keys
    assert "new" in keys


def test_the_search_finds_staff_for_those_who_may_see_them() -> None:
    make_staff("support", "sam@example.com")
    page = staff_browser(make_staff("admin")).get("/admin/search?q=sam@").content.decode()
    assert "sam@example.com" in page.partition("<main")[2]
    page = staff_browser(make_staff("billing")).get("/admin/search?q=sam@").content.decode()
    assert "sam@example.com" not in page
    assert "Nothing found" in page
