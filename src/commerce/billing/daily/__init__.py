"""The daily run: what is due up to a day is done, once, whoever starts it and however often (billing.md 10)."""

from commerce.billing.daily.lock import Busy
from commerce.billing.daily.looking import run_when_due
from commerce.billing.daily.past import (
    FIGURES,
    figures,
    past_runs,
    runs_as_text,
    tell_of_missing_run,
)
from commerce.billing.daily.preview import preview
from commerce.billing.daily.report import Report, StepReport
from commerce.billing.daily.runner import run
from commerce.billing.daily.step import Act, AnyStep, Day, Step, instant

__all__ = [
    "FIGURES",
    "Act",
    "AnyStep",
    "Busy",
    "Day",
    "Report",
    "Step",
    "StepReport",
    "figures",
    "instant",
    "past_runs",
    "preview",
    "run",
    "run_when_due",
    "runs_as_text",
    "tell_of_missing_run",
]
