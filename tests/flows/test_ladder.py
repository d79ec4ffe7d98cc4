"""R11 and U11: each step of the ladder is one reminder and one mail, however often the run and the worker die."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from commerce.billing.models import Reminder
from commerce.daily_steps import DAILY_STEPS
from commerce.jobs.job_states import requeue_lost_jobs
from commerce.jobs.models import Job
from commerce.jobs.runner import run_job
from commerce.mail.models import OutgoingMail
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay, run_start
from tests import make
from tests.make.simulation import JOBS_LEFT_OUT

pytestmark = pytest.mark.django_db

DUE = date(2026, 4, 22)
STEPS = [step for step in DAILY_STEPS if step.name in ("overdue", "remind")]
ASKS = {-3: "invoice_reminder", **dict.fromkeys((1, 5, 10), "invoice_overdue")}


class SimulatedKill(BaseException):
    """The process is gone before its next statement."""


class KillAfter:
    """Dies once, before the n-th statement."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        self.left -= 1
        if not self.left:
            raise SimulatedKill
        return execute(*given)


def work(day: date, minutes: int) -> None:
    """The run, then the worker, which first takes over what a dead one had."""
    run_daily(STEPS, day=RunDay(day, run_start(day)), started_by="test")
    at = run_start(day) + timedelta(minutes=minutes)
    requeue_lost_jobs(at=at)
    while any(run_job(job, at=at) for job in Job.objects.due(at).exclude(action__in=JOBS_LEFT_OUT)):
        pass


def test_a_ladder_that_dies_each_day_is_one_reminder_and_one_mail_for_each_step() -> None:
    invoices = [make.make_invoice() for _ in range(3)]
    dice, died = random.Random(11), 0  # noqa: S311 - the same points each time
    for n in range(-4, 12):
        day = DUE + timedelta(days=n)
        for minutes in (0, 20, 40):
            try:
                with connection.execute_wrapper(KillAfter(dice.randint(1, 120))):
                    work(day, minutes)
            except SimulatedKill:
                died += 1
        work(day, 60)
        work(day, 80)
    assert died > 20
    wanted = Counter({(one.pk, step): 1 for one in invoices for step in ASKS})
    sent = Reminder.objects.filter(status="sent").values_list("invoice", "step")
    assert Counter(sent) == wanted
    mails = OutgoingMail.objects.filter(event__in=ASKS.values())
    assert Counter(mails.values_list("event", "idempotency_key")) == Counter(
        {(ASKS[step], f"{pk} {step}"): 1 for pk, step in wanted}
    )
