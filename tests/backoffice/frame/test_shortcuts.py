"""Single keys in the staff area can be switched off, each person for themselves (WCAG 2.1.4)."""

import pytest

from commerce.audit.models import AuditEntry
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


def test_whoever_switches_them_off_gets_no_script_for_them() -> None:
    sam, other = make_staff("support"), make_staff("admin")
    web = staff_browser(sam)
    assert b"backoffice/keys" in web.get("/admin/clients").content
    for _again in (1, 2):
        assert web.post("/admin/profile/keys", {"keys": "off"}).status_code == 303
    page = web.get("/admin/clients").content
    assert b"backoffice/keys" not in page
    assert b'id="keys"' not in page
    assert b"backoffice/keys" in staff_browser(other).get("/admin/clients").content
    [entry] = AuditEntry.objects.filter(action="staff.shortcuts_chosen")
    assert (entry.actor_id, entry.after) == (sam.pk, {"keyboard_shortcuts": False})
    web.post("/admin/profile/keys", {"keys": "on"})
    assert b"backoffice/keys" in web.get("/admin/clients").content
