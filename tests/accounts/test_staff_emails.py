"""Staff hear of work that waits for them, and not once for each piece of it."""

from datetime import timedelta

import pytest

from commerce.jobs.actions import queue
from commerce.jobs.models import Job
from commerce.kit.actor import SYSTEM
from commerce.mail.models import OutgoingMail
from commerce.preferences.actions import set_preference
from tests.make.jobs import run_all
from tests.make.people import AT

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_staff_are_told_once_an_hour_for_each_kind_of_work() -> None:
    set_preference(key="company.email", value="staff@example.net", at=AT, actor=SYSTEM)
    for number, at in enumerate((AT, AT, AT + HOUR)):
        queue(("thing", number), "thing.unknown", "test", at)
        run_all(at, failing=True)
    assert Job.objects.filter(status="parked").count() == 3
    told = OutgoingMail.objects.filter(event="task_parked").order_by("pk")
    assert [mail.recipient for mail in told] == ["staff@example.net"] * 2
    assert "thing.unknown, thing 0" in told[0].values["what"]
