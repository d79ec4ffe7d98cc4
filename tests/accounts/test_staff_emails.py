"""Staff hear of work that waits for them, and not once for each piece of it."""

from datetime import timedelta

import pytest

from commerce.accounts.recipients import tell_staff
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from tests.make.jobs import run_all_jobs
from tests.make.people import AT

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
    assert "thing.unknown, thing 0" in told[0].values["what"]


@pytest.mark.parametrize(
    ("sender", "to"), [("billing@example.net", ["billing@example.net"]), ("", [""])]
)
def test_what_staff_would_hear_goes_somewhere_without_an_address_of_the_company(
    sender: str, to: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """With nothing set, nobody heard that the run had failed, and no log said so."""
    set_setting(key="mail.from_address", value=sender, ctx=Context(AT, SYSTEM))
    for _ in range(2):
        tell_staff(
            permission="settings.manage",
            event="run_failed",
            idempotency_key="2026-04-08 renew",
            values={"step": "renew", "count": 2},
            at=AT,
        )
    assert [mail.recipient for mail in OutgoingMail.objects.all()] == to
    lines = [one.getMessage() for one in caplog.records]
    said = "Nobody is mailed of run_failed (2026-04-08 renew): set company.email."
    assert lines == ([] if sender else [said])
