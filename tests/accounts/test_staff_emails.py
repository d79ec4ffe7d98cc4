"""Staff hear of work that waits for them, and not once for each piece of it."""

from datetime import timedelta

import pytest

from commerce.accounts.models import Staff
from commerce.accounts.recipients import send_staff_email
from commerce.accounts.staff_mail.actions import set_staff_mail_choices, staff_mail_choices
from commerce.hosting.provisioning import request_creation
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from tests.make import make_client, make_service
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all, mails_to
from tests.make.people import AT
from tests.make.staff import as_staff, make_staff

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_staff_are_told_once_an_hour_for_each_kind_of_work() -> None:
    set_setting(key="company.email", value="staff@example.net", ctx=Context(AT, SYSTEM))
    for number, at in enumerate((AT, AT, AT + HOUR)):
        enqueue(("thing", number), "thing.unknown", "test", at)
        run_all_jobs(at, failing=True)
    assert Job.objects.filter(status="parked").count() == 3
    told = OutgoingMail.objects.filter(event="job_parked").order_by("pk")
    assert [mail.recipient for mail in told] == ["staff@example.net"] * 2
    assert "(thing.unknown)" in told[0].values["what"]


@pytest.mark.parametrize(
    ("sender", "to"), [("billing@example.net", ["billing@example.net"]), ("", [""])]
)
def test_what_staff_would_hear_goes_somewhere_without_an_address_of_the_company(
    sender: str, to: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """With nothing set, nobody heard that the run had failed, and no log said so."""
    set_setting(key="mail.from_address", value=sender, ctx=Context(AT, SYSTEM))
    for _ in range(2):
        send_staff_email(
            event="run_failed",
            idempotency_key="2026-04-08 renew",
            page="runs",
            values={"step": "renew", "count": 2},
            at=AT,
        )
    assert [mail.recipient for mail in OutgoingMail.objects.all()] == to
    lines = [one.getMessage() for one in caplog.records]
    said = "Nobody is mailed of run_failed (2026-04-08 renew): set company.email."
    assert lines == ([] if sender else [said])


COMPANY = "company@example.net"


def _dispute(key: str = "1") -> dict[str, OutgoingMail]:
    made = send_staff_email(
        event="dispute_opened",
        idempotency_key=key,
        page="disputes/1",
        values={"amount": "€1", "invoice_number": "INV-1", "reason": "", "due_by": ""},
        at=AT,
    )
    return {mail.recipient: mail for mail in made}


def _choose(staff: Staff, event: str, delivery: str) -> None:
    ctx = Context(AT, as_staff(staff))
    set_staff_mail_choices(staff=staff, choices={event: delivery}, ctx=ctx)


@pytest.fixture
def company() -> None:
    set_setting(key="company.email", value=COMPANY, ctx=Context(AT, SYSTEM))


@pytest.mark.usefixtures("company")
def test_active_staff_with_the_permission_are_told_each_in_their_language() -> None:
    set_setting(key="locale.enabled", value="en,de", ctx=Context(AT, SYSTEM))
    bea = make_staff("billing", "bea@example.net")
    bea.user.locale = "de"
    bea.user.save(update_fields=["locale"])
    make_staff("admin", "ada@example.net")
    make_staff("support", "sam@example.net")  # lacks it
    make_staff("billing", "gone@example.net", is_active=False)
    told = _dispute()
    assert told.keys() == {"bea@example.net", "ada@example.net"}
    assert (told["bea@example.net"].locale, told["ada@example.net"].locale) == ("de", "en")
    deliver_all(AT)
    [german] = mails_to("bea@example.net")
    assert "/admin/disputes/1" in german.body
    assert "/admin/profile/notifications" in german.body
    assert "Zahlungen zuordnen" in german.body  # the permission, in words
    [english] = mails_to("ada@example.net")
    assert "because you have this permission: Assign payments" in english.body
    html = str(english.alternatives[0][0])  # type: ignore[attr-defined]
    assert "because you have this permission" in html
    assert "/admin/profile/notifications" in html


@pytest.mark.usefixtures("company")
def test_the_company_gets_what_nobody_else_would() -> None:
    bea = make_staff("billing", "bea@example.net")
    assert _dispute("1").keys() == {"bea@example.net"}
    _choose(bea, "dispute_opened", "off")
    (mail,) = _dispute("2").values()
    assert mail.recipient == COMPANY
    assert "nobody on your staff" in mail.values["why"]
    _choose(bea, "dispute_opened", "digest")
    (mail,) = _dispute("3").values()
    assert (mail.recipient, mail.status) == ("bea@example.net", "digest")
    deliver_all(AT)
    mail.refresh_from_db()
    assert mail.status == "digest"


def test_nobody_chooses_what_they_may_not_hear() -> None:
    sam = make_staff("support", "sam@example.net")
    assert staff_mail_choices(sam).keys() == {"daily_digest"}
    for event, delivery in (("dispute_opened", "off"), ("daily_digest", "digest")):
        with pytest.raises(BusinessError):
            _choose(sam, event, delivery)


@pytest.mark.usefixtures("company")
def test_one_task_for_a_client_is_a_mail_with_its_details() -> None:
    options = [{"name": "Backup", "value": "daily"}]
    for name in ("Weber", "Meyer"):
        service = make_service(make_client(company=name), "pending", options=options)
        request_creation(service=service, idempotency_key="test", ctx=Context(AT, SYSTEM))
    run_all_jobs(AT, failing=True)
    _weber, meyer = OutgoingMail.objects.filter(event="task_to_do").order_by("pk")
    assert meyer.values["single"] == f"set up {service.label} for Meyer"
    assert "Backup: daily" in meyer.values["details"]


@pytest.mark.usefixtures("company")
def test_work_by_hand_is_a_to_do_in_plain_words_and_no_failure() -> None:
    """It was "Task failed: service.create, service 268, job 1235", and named neither client nor options."""
    client = make_client(company="Weber Media GmbH")
    services = [make_service(client, "pending") for _ in range(2)]
    for service in services:
        request_creation(service=service, idempotency_key="test", ctx=Context(AT, SYSTEM))
    run_all_jobs(AT, failing=True)
    assert not OutgoingMail.objects.filter(event="job_parked").exists()
    assert OutgoingMail.objects.get(event="task_to_do").values["count"] == 2
    deliver_all(AT)
    assert mails_to(COMPANY) == []  # it waits for more of them
    deliver_all(AT + timedelta(minutes=1))
    [message] = mails_to(COMPANY)
    assert message.subject == "To do for Weber Media GmbH: 2 tasks"
    assert "/admin/jobs?status=parked" in message.body
    assert all(f"• set up {one.label} for Weber Media GmbH" in message.body for one in services)
    job = Job.objects.get(subject_id=services[0].pk, action="service.create")
    assert job.is_to_do
    retry_job(job=job, ctx=Context(AT, SYSTEM))
    job.refresh_from_db()
    assert not job.is_to_do
