"""Background jobs for reading (services-and-provisioning.md 5): their fields; no client has any."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.presentation.records import AUDIT, STAFF, RecordField, RecordFields, RecordInstant


def _subject(job: Job) -> str:
    return f"{job.subject_kind}:{job.subject_id}"


def _next_try(job: Job) -> datetime | None:
    return job.next_try_at if job.status == JobStatus.WAITING else None


JOB_FIELDS = RecordFields(
    Job,
    (
        RecordField("id", STAFF),
        RecordField("action", STAFF, _("Job")),
        RecordField("subject", STAFF, _("About"), source=_subject, reads="subject_kind subject_id"),
        RecordField("status", AUDIT),
        RecordField("tries", STAFF, _("Tries")),
        RecordInstant("created_at", STAFF, _("Created")),
        RecordInstant("next_try_at", STAFF, _("Next try"), source=_next_try),
        RecordInstant("ended_at", STAFF, _("Ended")),
        RecordField("run_ms", STAFF, _("Run time (ms)")),
        RecordField("error", STAFF, _("Details"), ends="erasure retention"),
        RecordField("cause", STAFF, _("Cause"), source="idempotency_key", ends="erasure retention"),
        RecordField("request_id", STAFF, _("Request")),
        RecordField("lost_workers", STAFF, source="lost_runs"),
        RecordField("data", STAFF, source="args", ends="erasure retention"),
    ),
    apart="one_at_a_time priority asks_remote remote is_to_do remote_place waiting_since claim lease_until",
)
