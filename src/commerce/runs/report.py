"""What a run did or would do: counts of each step, errors, and for a dry run each single act."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, field
from datetime import date
from typing import Any


@dataclass(slots=True)
class StepReport:
    """One step: how many rows it looked at, what it did by name, what failed, and how long it took.

    ``outcome`` is what a step says that is one act and counts nothing.
    """

    name: str
    description: str
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[dict[str, Any]] = field(default_factory=list)
    milliseconds: int = 0
    stopped: str = ""
    outcome: str = ""

    def count(self, done: Mapping[str, int]) -> None:
        """Add what was done for one row."""
        self.counts.update({name: times for name, times in done.items() if times})

    @property
    def failed(self) -> bool:
        """Whether something is left that staff must look at."""
        return bool(self.errors or self.stopped)

    def as_json(self) -> dict[str, Any]:
        """For ``--json`` and for the row of the step."""
        return {
            "step": self.name,
            "rows": self.rows,
            "counts": dict(self.counts),
            "errors": self.errors,
            "said": self.outcome,
            "stopped": self.stopped,
            "milliseconds": self.milliseconds,
        }


@dataclass(frozen=True, slots=True)
class RunAmount:
    """How many records a run made of one kind, in one state and currency, and of what sum in minor units."""

    name: str
    state: str
    currency: str
    count: int
    amount: int

    def as_row(self) -> list[str | int]:
        """As it is stored; ``RunAmount(*row)`` reads it."""
        return list(astuple(self))


def add_amounts(amounts: Iterable[RunAmount]) -> list[RunAmount]:
    """One for each name, state and currency."""
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in amounts:
        row = sums[one.name, one.state, one.currency]
        row[0] += one.count
        row[1] += one.amount
    return [RunAmount(*key, *row) for key, row in sorted(sums.items())]


@dataclass(slots=True)
class RunReport:
    """A whole run; ``acts`` are those of a dry run, in the order in which they would happen."""

    date: date
    dry: bool = False
    steps: list[StepReport] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    amounts: list[RunAmount] = field(default_factory=list)
    clients_left: int = 0
    """Clients whom a dry run did not come to in the time that it had."""

    @property
    def counts(self) -> dict[str, int]:
        """What the steps counted, by "step name"."""
        return {
            f"{step.name} {what}": times
            for step in self.steps
            for what, times in step.counts.items()
        }

    @property
    def failed(self) -> bool:
        """Whether a step had errors."""
        return any(step.failed for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        found: dict[str, Any] = {"date": self.date.isoformat(), "dry_run": self.dry}
        found["steps"] = [step.as_json() for step in self.steps]
        if self.dry:
            found["acts"] = self.acts
            found["amounts"] = [asdict(one) for one in self.amounts]
        return found

    def as_text(self) -> str:
        """For people: a line for each step, its errors below it, and the acts of a dry run, client by client."""
        lines = [f"Daily run of {self.date}" + (", dry: nothing was changed" if self.dry else "")]
        for step in self.steps:
            done = ", ".join(f"{times} {name}" for name, times in sorted(step.counts.items()))
            took = f"  {step.milliseconds // 1000} s" if step.milliseconds >= 1000 else ""
            lines.append(f"  {step.name:<14} {done or step.outcome or 'nothing due'}{took}")
            lines += [f"      {e['kind']} {e['id']}: {e['error']}" for e in step.errors[:20]]
            if len(step.errors) > 20:
                lines.append(f"      and {len(step.errors) - 20} more errors")
            if step.stopped:
                lines.append(f"      {step.stopped}")
        client = None
        for act in self.acts:
            if act["client"] != client:
                client = act["client"]
                lines.append(f"Client {client}, {act['client_name']}")
            lines.append(f"  {act['action']:<24} {act['name']}  {act['detail']}".rstrip())
        return "\n".join(lines)
