"""A demo installation with a database of its own, in a process of its own: built on a day, and lived on from there.

python -m tests.demo.own_process build 2026-01-20 python -m tests.demo.own_process daily 2026-01-21 2026-01-22 …
"""

import sys
from datetime import UTC, date, datetime, time

from commerce.config import console


def build(day: date) -> None:
    """The demo as it is made at 8 o'clock."""
    from commerce.cli.system.database import apply_migrations
    from commerce.demo.build import build_demo

    apply_migrations()
    build_demo(at=datetime.combine(day, time(8), UTC))


def daily(days: list[date]) -> None:
    """The daily run of each of these days, and nothing else; then the proof."""
    from commerce.kit import clock
    from commerce.proof.runner import run_proof
    from commerce.runs.runner import run_daily
    from commerce.runs.step import RunDay, run_start
    from commerce.timetable import DAILY_STEPS

    # Stripe's stand-in, which is asked for its payments, runs beside a demo that is served.
    steps = [step for step in DAILY_STEPS if step.name != "compare-payments"]
    for day in days:
        with clock.freeze_time(run_start(day)):
            report = run_daily(steps, day=RunDay(day, run_start(day)), started_by="test")
        assert not report.failed, report.as_text()
    wrong = [one for one in run_proof(at=run_start(days[-1])) if not one.holds]
    assert not wrong, [offence.text for one in wrong for offence in one.violations]


def main() -> None:
    console.load_django()
    days = [date.fromisoformat(text) for text in sys.argv[2:]]
    if sys.argv[1] == "build":
        build(days[0])
    else:
        daily(days)


if __name__ == "__main__":
    main()
