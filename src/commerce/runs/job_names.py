"""Names of the work that steps of the daily run leave to all workers."""

from django.utils.translation import gettext_lazy as _

from commerce.jobs.models import Job
from commerce.jobs.words import JobWords, titled
from commerce.presentation.formats import format_day
from commerce.runs.models import DailyRunStep


def describe_range_job(job: Job) -> JobWords:
    """Which step a range is of."""
    step = DailyRunStep.objects.select_related("run").filter(pk=job.subject_id).first()
    if step is None:
        return JobWords(titled(None, job))
    of_step = {"day": format_day(step.run.date), "step": step.name}
    return JobWords(_("Daily run of %(day)s: %(step)s") % of_step)
