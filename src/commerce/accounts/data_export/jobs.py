"""The job that puts a client's data together."""

from datetime import datetime
from functools import partial

from commerce.accounts.data_export.actions import (
    MAKE_DATA_EXPORT,
    fail_data_export,
    finish_data_export,
)
from commerce.accounts.data_export.archive import client_data_archive
from commerce.accounts.data_export.rules import ExportStatus
from commerce.accounts.models import DataExport
from commerce.jobs.handlers import JobEffect, JobRun, Obsolete, job_handler
from commerce.jobs.models import Job
from commerce.jobs.rules import JobPriority
from commerce.kit.context import Actor


def _export_of(subject_id: int) -> DataExport:
    return DataExport.objects.select_related("client").defer("content").get(pk=subject_id)


def _dropped(run: JobRun, actor: Actor) -> None:
    del actor
    fail_data_export(export=_export_of(run.subject_id), error="", at=run.at)


def fail_export_of_parked_job(job: Job, at: datetime) -> None:
    """Its job has stopped trying: the export failed, and nobody waits for it for ever."""
    fail_data_export(export=_export_of(job.subject_id), error=job.error, at=at)


@job_handler(MAKE_DATA_EXPORT, priority=JobPriority.BULK, on_drop=_dropped)
def make_data_export(run: JobRun) -> JobEffect:
    """Put it together, outside of any transaction; the file is kept with the end of the job."""
    export = _export_of(run.subject_id)
    if export.status != ExportStatus.REQUESTED:
        raise Obsolete(f"The export is {export.status}.")
    content = client_data_archive(export.client_id)
    return partial(finish_data_export, export=export, content=content, at=run.at)
