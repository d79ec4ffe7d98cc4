"""The job that puts a client's data together."""

from functools import partial

from commerce.accounts.data_export.actions import MAKE_DATA_EXPORT, finish_data_export
from commerce.accounts.data_export.archive import client_data_archive
from commerce.accounts.data_export.rules import ExportStatus
from commerce.accounts.models import DataExport
from commerce.jobs.handlers import JobEffect, JobRun, Obsolete, job_handler
from commerce.jobs.rules import JobPriority


@job_handler(MAKE_DATA_EXPORT, priority=JobPriority.BULK)
def make_data_export(run: JobRun) -> JobEffect:
    """Put it together, outside of any transaction; the file is kept with the end of the job."""
    export = DataExport.objects.select_related("client").defer("content").get(pk=run.subject_id)
    if export.status != ExportStatus.REQUESTED:
        raise Obsolete(f"The export is {export.status}.")
    content = client_data_archive(export.client_id)
    return partial(finish_data_export, export=export, content=content, at=run.at)
