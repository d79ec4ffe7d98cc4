"""Random worlds: a shop, and clients who act in it; after each act and each night the books are the model's, to the
unit.
"""

from collections import Counter
from datetime import timedelta

from commerce.catalog.models import Product
from commerce.daily_steps import DAILY_STEPS
from commerce.kit.request_cache import cached_for_request
from commerce.runs.runner import run_daily
from commerce.runs.step import RowStep, RunDay, run_start
from tests.model import acts_buying, acts_changes, acts_services, acts_staff
from tests.model import plan_model as pm
from tests.model.shops import BUYERS, Person
from tests.model.stage import Stage

STEPS = {"cancel", "renew", "overdue", "suspend", "expire-plan-changes"}
RUN = tuple(step for step in DAILY_STEPS if isinstance(step, RowStep) and step.name in STEPS)


def left_to_prove(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """What the proof found, but for what worlds make as rows: moved services."""
    return {name: texts for name, texts in found.items() if name != "M13-client"}


class World(Stage):
    """A shop from its first day on, and the model beside it."""

    def __init__(self, seed: int, *, busy: bool = False) -> None:
        super().__init__(seed)
        self.adopted = self.dice.choice([0, 0.2, 0.7])
        self.decided_a_day = self.dice.choice([0.08, 0.3, 0.6])
        self.staff_a_day = self.dice.choice([0.03, 0.1, 0.3])
        self.changes_a_day = self.dice.choice([0.05, 0.15, 0.3, 0.6])
        self.keeps_cycle = self.dice.choice([0.2, 0.8])
        if busy:
            self.decided_a_day, self.staff_a_day, self.changes_a_day = 0.6, 0.3, 0.3

    def live(self, days: int) -> Counter[str]:
        """Each day: the daily run, what people do, and the comparison after each; what the model alone does in a night
        is seen by the next one, at the end at the latest.
        """
        for _ in range(days):
            self.today += timedelta(days=1)
            self.seen["days"] += 1
            self.tell_taxes()
            with cached_for_request():
                self.night()
            for person in self.people:
                self._day(person)
        self.compare(*self.people)
        self.seen["documents"] += len(self.books.invoices) + len(self.books.notes)
        return self.seen

    def night(self) -> None:
        """The steps that bill, suspend and lapse."""
        self.last = "the daily run"
        day = RunDay(self.today, run_start(self.today))
        report = run_daily(RUN, day=day, started_by="test")
        assert not report.failed, report.as_text()
        waiting = [key for key, day in self.expected.items() if day == self.today]
        pm.run(self.books, self.today, waiting)
        if waiting or any(step.rows for step in report.steps):
            self.compare(*self.people)

    def _day(self, person: Person) -> None:
        dice = self.dice
        live = self.services_of(person, "active", "suspended")
        if (not live and dice.random() < 0.3) or (len(live) < 4 and dice.random() < 0.02):
            begin = acts_services.adopt if dice.random() < self.adopted else acts_buying.order
            begin(self, person)
            self.compare(person)
        acts_buying.activate(self, person)
        if dice.random() < 0.4 and acts_buying.pay(self, person):
            self.compare(person)
        if dice.random() < self.decided_a_day and acts_changes.decide(self, person):
            self.compare(person)
        while live and dice.random() < self.changes_a_day:
            if acts_changes.ask(self, person, dice.choice(live)):
                self.compare(person)
        if dice.random() < self.staff_a_day:
            acts_staff.act(self, person)
            self.compare(*self.people)
        if dice.random() < 0.01:
            self.become(person, dice.choice(BUYERS))
            self.tell_taxes()
        if dice.random() < 0.01:
            self.price(Product.objects.get(pk=dice.choice(list(self.plans))))
