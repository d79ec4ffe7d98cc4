"""What can be done with the records of a list, on a page of the staff area."""

import pytest

from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.people import AT
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db

SERVICES = "/admin/services/what-can-be-done"


def test_a_list_leads_to_what_can_be_done_with_its_records() -> None:
    web = staff_browser()
    assert f'href="{SERVICES}"' in web.get("/admin/services").text
    page = web.get(SERVICES)
    rows = {row.action.name: row for row in page.context["rows"]}
    suspend, rename = rows["suspend"], rows["rename"]
    assert [*suspend.permissions] == [*rename.permissions] == ["services.manage"]
    assert ([*suspend.rights], [*rename.rights]) == ([], ["services.manage"])
    assert [*suspend.reasons] == ["service.has_ended", "service.not_active"]
    assert {"service.suspended", "service.kept_suspended"} <= suspend.entries.keys()
    assert [*rename.entries] == ["service.renamed"]
    assert "Members: Change and cancel services, open control panels" in page.text


def test_it_is_written_in_the_readers_language() -> None:
    set_setting(key="locale.enabled", value="en, de", ctx=Context(AT, SYSTEM))
    staff = make_staff()
    staff.user.locale = "de"
    staff.user.save()
    assert "Dieser Dienst ist beendet." in staff_browser(staff).get(SERVICES).text


def test_a_list_without_actions_has_no_such_page() -> None:
    web = staff_browser()
    assert "what-can-be-done" not in web.get("/admin/runs").text
    assert web.get("/admin/runs/what-can-be-done").status_code == 404
