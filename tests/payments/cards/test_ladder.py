"""The days of tries on a saved card, counted a second time from the spec over random journeys (payments.md 7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.payments.rules import (
    autopay_days,
    autopay_try_due,
    first_autopay_day,
    next_autopay_day,
)

ISSUED = date(2026, 2, 21)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Journey:
    """An invoice, what staff set, and on which days after issue the daily run came and the card could be charged."""

    due_in: int
    lead: int
    retries: Sequence[int]
    runs: Sequence[bool]
    usable: Sequence[bool]


JOURNEYS = st.builds(
    Journey,
    due_in=st.integers(0, 40),
    lead=st.integers(0, 30),
    retries=st.lists(st.integers(1, 15), max_size=5),
    runs=st.lists(st.booleans(), min_size=70, max_size=70),
    usable=st.lists(st.sampled_from([True, True, True, False]), min_size=70, max_size=70),
)


def played(journey: Journey) -> Iterator[tuple[int, int]]:
    """Day after issue and number of each try, as the code makes them; all of them are declined."""
    made: list[tuple[int, int]] = []
    for n in range(70):
        if not (journey.runs[n] and journey.usable[n]):
            continue
        planned = first_autopay_day(
            issued_on=ISSUED, due=ISSUED + journey.due_in * DAY, lead_days=journey.lead
        )
        first = ISSUED + made[0][0] * DAY if made else None
        days = autopay_days(planned=planned, first_made_on=first, retry_days=journey.retries)
        last = made[-1][1] if made else 0
        number = autopay_try_due(days=days, tries_made=last, day=ISSUED + n * DAY)
        told = next_autopay_day(days=days, tries_made=last, day=ISSUED + n * DAY)
        assert (number is not None) == (told == ISSUED + n * DAY)
        if number is not None:
            made.append((n, number))
            yield n, number


def counted(journey: Journey) -> Iterator[tuple[int, int]]:
    """The same in whole numbers of days, a rung at a time."""
    wait = max(journey.due_in - journey.lead, 1)
    on = [n for n in range(70) if journey.runs[n] and journey.usable[n]]
    start = next((n for n in on if n >= wait), None)
    if start is None:
        return
    yield start, 1
    rungs = [start + after for after in sorted(set(journey.retries))]
    for n in on:
        reached = [rung for rung in rungs if rung <= n]
        if n > start and reached:
            yield (
                n,
                2 + [start + after for after in sorted(set(journey.retries))].index(reached[-1]),
            )
            rungs = [rung for rung in rungs if rung > n]


@given(JOURNEYS)
def test_each_try_is_made_on_its_day_and_once(journey: Journey) -> None:
    made = list(played(journey))
    assert made == list(counted(journey))
    numbers = [number for _day, number in made]
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= 1 + len(set(journey.retries))


@pytest.mark.parametrize(
    ("issued", "due", "first"),
    [
        (date(2026, 2, 21), date(2026, 3, 14), date(2026, 2, 28)),  # README 6
        (date(2026, 3, 1), date(2026, 3, 15), date(2026, 3, 2)),  # never before the day after issue
        (date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 2)),
    ],
)
def test_the_first_day_is_that_of_the_spec(issued: date, due: date, first: date) -> None:
    assert first_autopay_day(issued_on=issued, due=due, lead_days=14) == first


def test_with_the_settings_of_the_spec_the_tries_are_on_five_days() -> None:
    run_each_day = Journey(14, 14, (1, 3, 5, 7), [True] * 70, [True] * 70)
    assert list(played(run_each_day)) == [(1, 1), (2, 2), (4, 3), (6, 4), (8, 5)]
    assert next_autopay_day(days=[ISSUED], tries_made=1, day=ISSUED) is None
