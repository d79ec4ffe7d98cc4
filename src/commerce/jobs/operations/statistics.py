"""How background work goes: by kind what was done lately and how long it took, and what waits."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Min

from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES, JobStatus

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# The run time at a place of all, in order: no average hides the slow ones.
_DONE_SQL = """
WITH done AS (
  SELECT action, run_ms, row_number() OVER (PARTITION BY action ORDER BY run_ms) AS place,
         count(*) OVER (PARTITION BY action) AS number
  FROM jobs_job WHERE ended_at >= %s AND run_ms IS NOT NULL
)
SELECT action, max(number), min(CASE WHEN place * 2 >= number THEN run_ms END),
       min(CASE WHEN place * 20 >= number * 19 THEN run_ms END)
FROM done GROUP BY action
"""


@dataclass(frozen=True, slots=True)
class DoneLately:
    """What workers have done in a span: how many jobs, and the run time that half, and 95 of 100, did not exceed."""

    number: int = 0
    median_ms: int | None = None
    p95_ms: int | None = None


@dataclass(slots=True)
class JobKind:
    """One kind of job: what was done in the last hour and day, what waits and since when, and what failed."""

    action: str
    hour: DoneLately = field(default_factory=DoneLately)
    day: DoneLately = field(default_factory=DoneLately)
    waiting: int = 0
    waiting_since: datetime | None = None
    running: int = 0
    parked: int = 0


def job_kinds(at: datetime) -> list[JobKind]:
    """Each kind of which something was done in the last day, or is still to do, by name."""
    found: defaultdict[str, JobKind] = defaultdict(lambda: JobKind(""))
    for name, span in (("hour", HOUR), ("day", DAY)):
        with connection.cursor() as cursor:
            cursor.execute(_DONE_SQL, [at - span])
            for action, *figures in cursor.fetchall():
                setattr(found[action], name, DoneLately(*figures))
    for status in UNFINISHED_STATES:
        # One state at a time: each has an index of its own, which those that ended are not in.
        rows = Job.objects.filter(status=status).order_by().values_list("action")
        for action, number, since in rows.annotate(Count("pk"), Min("created_at")):
            kind = found[action]
            if status == JobStatus.PARKED:
                kind.parked = number
            elif status == JobStatus.RUNNING:
                kind.running = number
            else:
                kind.waiting += number
                kind.waiting_since = min(filter(None, (kind.waiting_since, since)))
    for action, kind in found.items():
        kind.action = action
    return [found[action] for action in sorted(found)]
