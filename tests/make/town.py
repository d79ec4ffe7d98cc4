"""Years of an installation in tests: the daily run, the worker and people who act; idle days are skipped."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.daily import Day, Report, Step, instant, run
from commerce.billing.models import Invoice
from commerce.jobs.actions import finish_by_hand
from commerce.jobs.models import Job
from commerce.jobs.running import run_one
from commerce.kit.actor import SYSTEM
from commerce.orders.actions import place_quoted_order
from commerce.orders.models import Order
from commerce.orders.wishes import Wish
from commerce.preferences import current
from commerce.timetable import DAILY
from tests.make.trade import make_payment

type Life = Callable[["Town"], Iterator[date]]
"""What one person does: acts at noon, and yields the day on which it acts next."""

LATER = ("documents.make", "mail.send")
"""Jobs that are left: they touch no books, and have tests of their own."""
STEPS = tuple(step for step in DAILY if isinstance(step, Step))
"""All that find rows. The proof is at the end of each story: every night it would take longer than the story."""
BY_HAND = ("service.", "domain.")


class Town:
    """An installation from ``today`` on."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.skips = 0

    @property
    def at(self) -> datetime:
        """Noon of today in the business zone."""
        return datetime.combine(self.today, time(12), current.zone())

    @property
    def say(self) -> dict[str, Any]:
        return {"at": self.at, "actor": SYSTEM}

    def live(self, *lives: Life, until: date) -> None:
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

    def night(self, day: date) -> Report:
        """The daily run of a day, then the worker."""
        self.today = day
        report = run(STEPS, day=Day(day, instant(day)), by="test")
        assert not report.failed, report.as_text()
        self.work(instant(day))
        return report

    def work(self, at: datetime | None = None) -> None:
        """All that is due, and what becomes due by it; what staff must do stays as their to-do."""
        at = at or self.at
        while jobs := list(Job.objects.due(at).exclude(action__in=LATER)[:100]):
            ran = sum(run_one(job, at=at) for job in jobs)
            assert ran, jobs
            for job in Job.objects.filter(pk__in=[job.pk for job in jobs]):
                ended = job.status in ("succeeded", "dropped")
                assert ended or job.action.startswith(BY_HAND), f"{job}: {job.error}"

    def order(self, client: Client, *wishes: Wish, **over: Any) -> Order:
        """An order at the price of today."""
        values = {"placed_by": None, "shown_total": None, "key": f"form {Order.objects.count()}"}
        return place_quoted_order(wishes=wishes, client=client, **values | self.say | over)

    def pay(self, invoice: Invoice | None, amount: int | None = None) -> Invoice:
        """By bank: all that is due, unless ``amount`` says otherwise; then the worker."""
        assert invoice is not None
        invoice = Invoice.objects.get(pk=invoice.pk)
        over = {} if amount is None else {"amount": amount}
        make_payment(invoice, at=self.at, received_on=self.today, **over)
        self.work()
        invoice.refresh_from_db()
        return invoice

    def done(self, action: str, subject: tuple[str, int], **typed: str) -> None:
        """Staff say that they did what no module does."""
        jobs = Job.objects.of(subject).filter(action=action, status=Job.Status.PARKED)
        finish_by_hand(job=jobs.get(), reason="done", typed=typed, **self.say)
        self.work()

    def _first_due(self, first: date, last: date) -> date:
        """The first day on which a step finds something, at most ``last``."""
        with current.remembered():
            for step in STEPS:
                last = _first_of(step, first, last)
        return last


def _first_of(step: Step, first: date, last: date) -> date:
    """By halving: a step that finds nothing up to a day finds nothing up to an earlier one."""
    before = last - timedelta(days=1)
    if first > before or not finds(step, before):
        return last
    last = before
    while first < last:
        middle = first + (last - first) // 2
        if finds(step, middle):
            last = middle
        else:
            first = middle + timedelta(days=1)
    return last


def finds(step: Step, day: date) -> bool:
    """Whether a step finds something up to a day."""
    return step.find(Day(day, instant(day))).exists()
