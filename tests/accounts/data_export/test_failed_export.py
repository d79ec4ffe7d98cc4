"""An export whose job stops trying has failed: it blocks no further one, and somebody hears of it (accounts.md 10)."""

from collections.abc import Iterator

import pytest

from commerce.accounts.data_export import jobs
from commerce.accounts.data_export.actions import MAKE_DATA_EXPORT, request_data_export
from commerce.accounts.models import Client, DataExport, User
from commerce.jobs.handlers import PermanentFailure
from commerce.jobs.manual import drop_job
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests.make.browser import make_browser
from tests.make.jobs import run_all_jobs
from tests.make.people import AT, make_client, make_user
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
ALICE = "alice@example.com"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.freeze_time(AT):
        yield


@pytest.fixture
def client() -> Client:
    return make_client(owner=make_user(ALICE), company="Acme")


def refuse(_client_id: int) -> bytes:
    raise PermanentFailure("The disk is full.")


def mails(event: str) -> list[str]:
    return sorted(OutgoingMail.objects.filter(event=event).values_list("recipient", flat=True))


def test_one_whose_job_parks_has_failed_and_is_told_and_counts_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page said "Being prepared" for ever, and each new request was refused."""
    boss = make_staff(email="boss@example.com")
    make_staff("billing", "bea@example.com")
    monkeypatch.setattr(jobs, "client_data_archive", refuse)
    for _ in range(4):
        request_data_export(client=client, ctx=CTX)
        run_all_jobs(AT, failing=True)
    assert set(DataExport.objects.values_list("status", flat=True)) == {"failed"}
    assert mails("data_export_failed") == [ALICE] * 4
    assert mails("data_export_failed_staff") == ["boss@example.com"] * 4
    assert not mails("job_parked")
    page = staff_browser(boss).get("/admin/dashboard")
    assert text_of(page).count("Data export for Acme failed") == 1
    monkeypatch.undo()
    request_data_export(client=client, ctx=CTX)
    run_all_jobs(AT)
    assert DataExport.objects.filter(status="ready").count() == 1


def test_one_whose_job_is_dropped_has_failed(client: Client) -> None:
    request_data_export(client=client, ctx=CTX)
    drop_job(job=Job.objects.get(action=MAKE_DATA_EXPORT), reason="too big", ctx=CTX)
    assert DataExport.objects.get().status == "failed"
    web = make_browser(User.objects.get(email=ALICE), acting=client)
    assert "request a new one" in text_of(web.get("/client/data"))
