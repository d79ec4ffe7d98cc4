"""A list of more rows than a person waits for is made into a file by a job (backoffice.md 3)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.accounts.list_exports.actions import expire_list_exports
from commerce.accounts.models import ListExport, Staff
from commerce.audit.models import AuditEntry
from commerce.backoffice.lists import export
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from tests.make.jobs import run_all_jobs
from tests.make.people import AT, make_client
from tests.make.staff import make_staff, staff_browser, take_permissions
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(export, "MAX_EXPORTED_ROWS", 2)
    for name in ("Acme", "Beta", "Gamma"):
        make_client(company=name)
    with clock.freeze_time(AT):
        yield


def asked(staff: Staff) -> str:
    web = staff_browser(staff)
    answer = web.get("/admin/clients.csv?o=1")
    assert answer.status_code == 303
    return text_of(web.get(answer["Location"]))


def test_its_person_gets_a_link_and_nobody_else_the_file() -> None:
    """It was refused: "Narrow the list with filters"."""
    staff = make_staff()
    assert "email you a link" in asked(staff)
    assert "still being prepared" in asked(staff)
    run_all_jobs(AT)
    made = ListExport.objects.get()
    (mail,) = OutgoingMail.objects.filter(event="list_export_ready")
    assert mail.recipient == staff.user.email
    entry = AuditEntry.objects.get(action="list.exported")
    assert entry.after == {"rows": 3, "query": "o=1"}
    path = f"/admin/exports/{made.pk}"
    text = staff_browser(staff).get(path).content.decode("utf-8-sig")
    assert text.count("\r\n") == 4
    assert all(name in text for name in ("Acme", "Beta", "Gamma"))
    assert staff_browser(make_staff(email="other@example.com")).get(path).status_code == 404
    with clock.freeze_time(AT + timedelta(days=7)):
        assert staff_browser(staff).get(path).status_code == 404
    assert expire_list_exports(at=AT + timedelta(days=7)) == 1


def test_a_list_that_somebody_may_not_see_any_more_is_made_for_nobody() -> None:
    staff = make_staff("billing")
    asked(staff)
    take_permissions(staff)
    run_all_jobs(AT, failing=True)
    assert ListExport.objects.get().content is None
    assert not OutgoingMail.objects.filter(event="list_export_ready").exists()
