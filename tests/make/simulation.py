"""Years of an installation in tests: the daily run, the worker and people who act; idle days are skipped."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import DateTimeField

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.models import BilledPeriod, Invoice, PlanChange
from commerce.daily_steps import DAILY_STEPS
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.jobs.runner import run_job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.request_cache import cached_for_request
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import CartLine
from commerce.orders.models import Order
from commerce.runs.finding import due_row_ids
from commerce.runs.report import RunReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RowStep, RunDay, run_start
from commerce.site_settings import current
from tests.make.plan_changes import pay_request
from tests.make.records import make_payment

type PersonScript = Callable[["Simulation"], Iterator[date]]
"""What one person does: acts at noon, and yields the day on which it acts next."""

JOBS_LEFT_OUT = ("documents.make", "mail.send")
"""Jobs that are left: they touch no books, and have tests of their own."""
DUE_JOBS = CompiledQuerySet(
    lambda: Job.objects.due(QueryParam("at", DateTimeField())).exclude(action__in=JOBS_LEFT_OUT)[
        :100
    ]
)
ROW_STEPS = tuple(step for step in DAILY_STEPS if isinstance(step, RowStep))
"""All that find rows. The proof is at the end of each story: every night it would take longer than the story."""
MADE_IN_A_RUN = (Client, Invoice, BilledPeriod)
"""What a step finds that an earlier one may have made."""
MANUAL_JOB_PREFIXES = ("service.", "domain.")


class Simulation:
    """An installation from ``today`` on."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.skips = 0

    @property
    def at(self) -> datetime:
        """Noon of today in the business zone."""
        return datetime.combine(self.today, time(12), current.business_zone())

    @property
    def say(self) -> dict[str, Any]:
        return {"ctx": Context(self.at, SYSTEM)}

    def live(self, *lives: PersonScript, until: date) -> None:
        """All these lives at once, from the morning of today to the evening of ``until``."""
        running = [(life, life(self)) for life in lives]
        wakes = dict.fromkeys(range(len(lives)), self.today)
        while True:
            for n in [n for n, day in wakes.items() if day <= self.today]:
                try:
                    wakes[n] = next(running[n][1])
                    assert wakes[n] > self.today, f"{running[n][0]} looks back"
                except StopIteration:
                    del wakes[n]
                self.work()
            if self.today == until:
                break
            self.sleep(min([*wakes.values(), until]))
        assert not wakes, [running[n][0] for n in wakes]

    def sleep(self, until: date) -> None:
        """To the next day on which a run finds something, at most ``until``; then its run and the worker."""
        first = self.today + timedelta(days=1)
        day = self._first_due(first, until)
        if day > first:
            self.skips += 1
            if self.skips % 10 == 1:
                self.prove_idle(day - timedelta(days=1))
        self.night(day)

    def prove_idle(self, day: date) -> None:
        """A day that would be skipped has nothing to do."""
        report = self.night(day)
        assert not any(step.rows or step.counts for step in report.steps), report.as_text()

    def night(self, day: date) -> RunReport:
        """The daily run of a day, then the worker."""
        self.today = day
        report = run_daily(steps_with_rows(), day=run_day(day), started_by="test")
        assert not report.failed, report.as_text()
        self.work(run_start(day))
        return report

    def work(self, at: datetime | None = None) -> None:
        """All that is due, and what becomes due by it; what staff must do stays as their to-do."""
        at = at or self.at
        while jobs := DUE_JOBS.instances(at=at):
            ran = sum(run_job(job, at=at) for job in jobs)
            assert ran, jobs
            for job in Job.objects.filter(pk__in=[job.pk for job in jobs]):
                ended = job.status in ("succeeded", "dropped")
                assert ended or job.action.startswith(MANUAL_JOB_PREFIXES), f"{job}: {job.error}"

    def order(self, client: Client, *wishes: CartLine, **over: Any) -> Order:
        """An order at the price of today."""
        values = {
            "placed_by": None,
            "shown_total": None,
            "idempotency_key": f"form {Order.objects.count()}",
        }
        return place_cart_lines(
            vat_refresh=None, cart_lines=wishes, client=client, **values | self.say | over
        )

    def pay(self, invoice: Invoice | None, amount: int | None = None) -> Invoice:
        """By bank: all that is due, unless ``amount`` says otherwise; then the worker."""
        assert invoice is not None
        invoice = Invoice.objects.get(pk=invoice.pk)
        over = {} if amount is None else {"amount": amount}
        make_payment(invoice, at=self.at, received_on=self.today, **over)
        self.work()
        invoice.refresh_from_db()
        return invoice

    def pay_change(self, change: PlanChange) -> None:
        """The request of a plan change, by bank: all that it asks for; then the worker."""
        pay_request(change, amount_to_pay(change), self.at)
        self.work()

    def done(self, action: str, subject: tuple[str, int], **typed: str) -> None:
        """Staff say that they did what no module does."""
        jobs = Job.objects.of(subject).filter(action=action, status=JobStatus.PARKED)
        finish_manually(job=jobs.get(), reason="done", answers=typed, **self.say)
        self.work()

    def _first_due(self, first: date, last: date) -> date:
        """The first day on which a step finds something, at most ``last``."""
        with cached_for_request():
            for step in steps_with_rows():
                last = _first_of(step, first, last)
        return last


def steps_with_rows() -> list[RowStep]:
    """``ROW_STEPS`` without those whose rows there are none of: half of a run's time is to ask for them."""
    found, sql = _found_rows(), " UNION ALL "
    tables = {f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {one})" for one in found.values()}
    with connection.cursor() as cursor:
        cursor.execute(sql.join(sorted(tables)))
        filled = {table for (table,) in cursor.fetchall()}
    return [step for step in ROW_STEPS if found.get(step.name) in {None, *filled}]


@cache
def _found_rows() -> dict[str, str]:
    """The tables of what no step makes, by the steps that look for it."""
    day = run_day(date(2026, 1, 1))
    models = {step.name: step.find(day).model for step in ROW_STEPS}
    models |= {"renew": Service, "renew-domains": Domain}
    return {
        name: model._meta.db_table for name, model in models.items() if model not in MADE_IN_A_RUN
    }


def _first_of(step: RowStep, first: date, last: date) -> date:
    """By halving: a step that finds nothing up to a day finds nothing up to an earlier one."""
    before = last - timedelta(days=1)
    if first > before or not step_finds(step, run_day(before)):
        return last
    last = before
    while first < last:
        middle = first + (last - first) // 2
        if step_finds(step, run_day(middle)):
            last = middle
        else:
            first = middle + timedelta(days=1)
    return last


def run_day(day: date) -> RunDay:
    """The run of a day, at its time."""
    return RunDay(day, run_start(day))


def step_finds(step: RowStep, day: RunDay) -> bool:
    """Whether a step finds something up to a day."""
    return next(due_row_ids(step, day), None) is not None
