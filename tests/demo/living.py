"""A demo installation with a database of its own, in a process of its own: built on a day, and lived on from there.

python -m tests.demo.living build 2026-01-20
python -m tests.demo.living daily 2026-01-21 2026-01-22 …
"""

import sys
from datetime import UTC, date, datetime, time

from commerce.cli import ready
from commerce.cli.installation import apply_migrations


def build(day: date) -> None:
    """The demo as it is made at 8 o'clock."""
    apply_migrations()
    from commerce.demo import build as build_demo

    build_demo(at=datetime.combine(day, time(8), UTC))


def daily(days: list[date]) -> None:
    """The daily run of each of these days, and nothing else; then the proof."""
    from commerce import proof
    from commerce.billing.daily import Day, instant, run
    from commerce.kit import clock
    from commerce.timetable import DAILY

    for day in days:
        with clock.frozen(instant(day)):
            report = run(DAILY, day=Day(day, instant(day)), by="test")
        assert not report.failed, report.as_text()
    wrong = [one for one in proof.prove(at=instant(days[-1])) if not one.holds]
    assert not wrong, [offence.text for one in wrong for offence in one.offences]


def main() -> None:
    ready.django()
    days = [date.fromisoformat(text) for text in sys.argv[2:]]
    if sys.argv[1] == "build":
        build(days[0])
    else:
        daily(days)


if __name__ == "__main__":
    main()
