"""A demo installation with a database of its own, in a process of its own: built on a day, and lived on from there.

python -m tests.demo.own_process build Pacific/Midway 2028-03-01T10:30Z
python -m tests.demo.own_process daily 2028-03-01 2028-03-02 …
"""

import sys
from datetime import date, datetime, timedelta

from commerce.config import console


def build(zone: str, at: datetime) -> None:
    """The demo as it is made at an instant by a company in that zone."""
    from commerce.demo.build import build_demo
    from commerce.kit.context import SYSTEM, Context
    from commerce.site_settings.actions import set_setting

    before = Context(at - timedelta(days=1000), SYSTEM)
    set_setting(key="billing.time_zone", value=zone, ctx=before)
    build_demo(at=at)


def daily(days: list[date]) -> None:
    """The daily run of each of these days, and nothing else; then the proof, which each night would take longer."""
    from commerce.daily_steps import DAILY_STEPS
    from commerce.kit import clock
    from commerce.proof.runner import run_proof
    from commerce.proof.steps import PROOF_STEP
    from commerce.runs.runner import run_daily
    from commerce.runs.step import RunDay, run_start

    # Stripe's stand-in, which is asked for its payments, runs beside a demo that is served.
    steps = [one for one in DAILY_STEPS if one.name not in ("compare-payments", PROOF_STEP)]
    for day in days:
        with clock.freeze_time(run_start(day)):
            report = run_daily(steps, day=RunDay(day, run_start(day)), started_by="test")
        assert not report.failed, report.as_text()
    wrong = [one for one in run_proof(at=run_start(days[-1])) if not one.holds]
    assert not wrong, [offence.text for one in wrong for offence in one.violations]


def main() -> None:
    console.load_django()
    if sys.argv[1] == "build":
        build(sys.argv[2], datetime.fromisoformat(sys.argv[3]))
    else:
        daily([date.fromisoformat(text) for text in sys.argv[2:]])


if __name__ == "__main__":
    main()
