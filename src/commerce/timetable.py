"""What happens when: the only list of periodic work. The worker looks at it every few seconds.

An entry asks what is due up to the instant that it is told, so a turn that was missed is made up for by the next one.
"""

from datetime import datetime, timedelta

from commerce.jobs.actions import clean_jobs, give_back_lost, wake_forgotten
from commerce.jobs.scheduling import Entry


def _lost(at: datetime) -> None:
    give_back_lost(at=at)


def _forgotten(at: datetime) -> None:
    wake_forgotten(at=at)


def _clean(at: datetime) -> None:
    clean_jobs(at=at)


ENTRIES = (
    Entry("lost-jobs", timedelta(minutes=1), _lost),
    Entry("forgotten-jobs", timedelta(minutes=1), _forgotten),
    Entry("clean-jobs", timedelta(hours=1), _clean),
)
