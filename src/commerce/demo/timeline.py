"""When things happened in the demo: days counted back from the day of building, and events in the order of their days.

The same events come in the same order whatever that day is, so that ids and numbers are always the same: a test tries
every day of several years.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commerce.demo.simulated_days import SimulatedDays
from commerce.kit.periods import add_months

PERIOD_LANES = {"A": 4, "B": 14, "C": 24}
"""Days of a month on which billing periods start, as days before the day of building."""


@dataclass(frozen=True, slots=True)
class DemoCalendar:
    """Days of the simulated history, seen from ``today``."""

    today: date

    def day(self, lane: str, months: int, days: int = 0) -> date:
        """The start of a lane's period ``months`` from now (0 is the latest), and ``days`` from there.

        A lane never starts on 29 to 31, so that its months have the same day everywhere.
        """
        base = self.today - timedelta(days=PERIOD_LANES[lane])
        base = base.replace(day=min(base.day, 28))
        return add_months(base, months) + timedelta(days=days)

    def ago(self, days: int) -> date:
        """``days`` before today."""
        return self.today - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something that happened: its day, what kind of record it makes, its name, and how it is done at an instant."""

    day: date
    kind: str
    name: str
    act: Callable[[datetime], object]


@dataclass(slots=True)
class DemoTimeline:
    """All events of the demo."""

    calendar: DemoCalendar
    events: list[TimelineEvent] = field(default_factory=list)

    def add(self, day: date, kind: str, name: str, act: Callable[[datetime], object]) -> None:
        """Put an event on a day; those of one day happen in the order in which they were added."""
        self.events.append(TimelineEvent(day, kind, name, act))

    def in_order(self) -> list[TimelineEvent]:
        """The events by day; the sort keeps the order of those of one day."""
        return sorted(self.events, key=lambda event: event.day)

    def run(self, days: SimulatedDays, zone: str, progress: Callable[[str], object]) -> None:
        """Let everything happen: each event in the business hours of its day, after the daily runs until then.

        The work that follows is done at once. Tells each half year.
        """
        told, before = "", datetime.min.replace(tzinfo=UTC)
        for event in self.in_order():
            half = f"{event.day.year}, {'first' if event.day.month <= 6 else 'second'} half"
            if half != told:
                progress(f"history of {half}")
                told = half
            days.run_until(event.day)
            opening = datetime.combine(event.day, time(9, 30), ZoneInfo(zone)).astimezone(UTC)
            before = max(opening, before + timedelta(minutes=7))
            event.act(before)
            days.work(before)
