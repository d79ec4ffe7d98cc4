"""What a GET of staff writes into the audit log has an end: refusals and files (backoffice.md 6 and 7).

That no other page writes any is seen by `test_walk.py`.
"""

import pytest
from django.template.response import SimpleTemplateResponse

from commerce.accounts.models import Staff
from commerce.audit.models import AuditEntry
from commerce.backoffice.lists import export
from commerce.portal.base.limits import refusals
from tests.backoffice.base.test_walk import PARTS, WALKED, _path
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views write into the log, and templates nothing."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


def noted() -> int:
    """All but the files of lists that anyone may have: those are noted each time."""
    return AuditEntry.objects.exclude(action="list.exported").count()


@pytest.mark.usefixtures("_undrawn")
def test_the_same_refusal_is_one_entry_and_there_are_not_many() -> None:
    make_staff()
    web = staff_browser(make_staff("support", permissions=[]))
    paths = [_path(name, PARTS.get(name, "1")) for name in WALKED]
    for path in paths:
        web.get(path)
    refused = AuditEntry.objects.filter(action="staff.refused")
    assert 1 < refused.count() <= refusals.REFUSALS_AN_HOUR
    before = noted()
    for path in paths:
        web.get(path)
    assert noted() == before


@pytest.mark.parametrize("path", ["/admin/clients.csv", "/admin/tlds/price-list"])
def test_a_staff_person_takes_sixty_files_a_minute(path: str) -> None:
    grace, sam = (staff_browser(make_staff(email=f"{one}@example.com")) for one in ("grace", "sam"))
    for _ in range(export.EXPORTS_A_MINUTE):
        assert grace.get(path).status_code == 200
    refused = grace.get(path)
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert sam.get(path).status_code == 200
    exported = AuditEntry.objects.filter(action="list.exported")
    assert exported.count() == export.EXPORTS_A_MINUTE + 1
    assert Staff.objects.count() == 2
