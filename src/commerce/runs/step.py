"""What a step of the daily run is: how its due rows are found, and what is done with one of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import F, Model, QuerySet

from commerce.kit.context import SYSTEM, Actor
from commerce.runs.report import StepReport
from commerce.site_settings import current


@dataclass(frozen=True, slots=True)
class RunDay:
    """``date``: up to which things count as due; ``at``: the instant of the run, which what is written carries."""

    date: date
    at: datetime
    actor: Actor = SYSTEM

    @property
    def midnight(self) -> datetime:
        """When its date begins in UTC."""
        return datetime.combine(self.date, time(), UTC)


def run_start(day: date) -> datetime:
    """When the run of a day starts: ``billing.run_time`` in the business zone."""
    at = time.fromisoformat(current.get_setting("billing.run_time"))
    return datetime.combine(day, at, current.business_zone())


type StepCounts = Mapping[str, int]
"""How often each thing was done for one row: ``{"invoices": 1}``; empty if it turned out not to be due."""


@dataclass(frozen=True, slots=True)
class RowStep:
    """One step. ``do`` handles one row in a transaction of its own, and must be safe to repeat.

    ``client`` is the lookup from a found row to its client, by which the dry run goes; empty for rows of no client.
    A step that ``uses_network`` keeps its own transactions, and a dry run only counts what it would ask.
    ``do_together`` handles several rows in one transaction; those that it does not count, and all of them where it
    fails, are handled one by one.
    """

    name: str
    description: str
    find: Callable[[RunDay], "QuerySet[Any]"]
    do: Callable[[int, RunDay], StepCounts]
    client: str = "client_id"
    uses_network: bool = False
    do_together: Callable[[Sequence[int], RunDay], Mapping[int, StepCounts]] | None = None


@dataclass(frozen=True, slots=True)
class SingleStep:
    """A step that is one act over everything, such as the proof, and has no rows of its own.

    ``do`` keeps its own transactions; it says in the report of the step what came of it, and what failed. A dry run
    does not do it, and says ``dry_run_text`` in its place.
    """

    name: str
    description: str
    do: Callable[[RunDay, StepReport], None]
    dry_run_text: str


type DailyStep = RowStep | SingleStep


@dataclass(frozen=True, slots=True)
class CountedRecords:
    """Records of one kind that a run makes: ``of_day`` finds those of a day, ``kind`` is theirs in the audit log."""

    name: str
    kind: str
    model: type[Model]
    of_day: Callable[[date], "QuerySet[Any]"]
    amount: str
    currency: str = "currency_id"
    state: str = "status"

    def rows(self, day: date, *, after: int = 0) -> Iterator[tuple[int, str, str, int]]:
        """Those with an id above ``after``: id, state, currency, amount in minor units."""
        found = self.of_day(day).filter(pk__gt=after).order_by("pk")
        yield from found.values_list("pk", self.state, self.currency, F(self.amount)).iterator()
