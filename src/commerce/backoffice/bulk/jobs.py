"""The job that carries on with a bulk action: it may be ended at any point, and begins where it was."""

import math

from commerce.accounts.bulk_actions.actions import CARRY_ON
from commerce.accounts.bulk_actions.rules import BulkStatus
from commerce.accounts.models import BulkAction
from commerce.jobs.handlers import JobRun, Obsolete, RetryLater, job_handler
from commerce.jobs.rules import JobPriority

LIMIT_SECONDS = 120


@job_handler(CARRY_ON, priority=JobPriority.BULK, can_be_dropped=False, limit_seconds=LIMIT_SECONDS)
def carry_on(run: JobRun) -> None:
    """Do what is next. It loads the staff area, which knows lists and acts, only when it runs."""
    from commerce.backoffice.bulk.engine import BulkRun
    from commerce.backoffice.site import staff_site

    bulk = BulkAction.objects.filter(pk=run.subject_id).first()
    if bulk is None:
        raise Obsolete("It was deleted.")
    bulk_run = BulkRun(bulk, staff_site)
    steps = {
        BulkStatus.CHECKING: bulk_run.check,
        BulkStatus.RUNNING: bulk_run.run,
        BulkStatus.UNDOING: bulk_run.undo,
    }
    step = steps.get(BulkStatus(bulk.status))
    if step and not step():
        raise RetryLater(0, "More records are left.", max_seconds=math.inf)
    if seconds := bulk_run.seconds_left(run.at):
        raise RetryLater(seconds, "It can still be undone.", max_seconds=math.inf)
    bulk_run.close()
