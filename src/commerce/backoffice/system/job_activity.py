"""How background work goes, and the timetable (services-and-provisioning.md 5)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from commerce.backoffice.base.context import staff_page
from commerce.backoffice.system.remotes import duration_text
from commerce.jobs.operations.statistics import job_kinds
from commerce.jobs.rules import JobStatus
from commerce.jobs.schedule import schedule_rows
from commerce.kit import clock
from commerce.timetable import PERIODIC_WORK


def job_activity(request: HttpRequest) -> HttpResponseBase:
    """`/admin/jobs/activity`: throughput and run times by kind, and what runs when."""
    context = {
        "title": _("Job activity"),
        "kinds": list(_kinds()),
        "schedule": list(_schedule()),
    }
    return staff_page(request, "backoffice/system/job_activity.html", context)


def _kinds() -> Iterator[Mapping[str, Any]]:
    at = clock.now()
    for kind in job_kinds(at):
        since = kind.waiting_since
        query = urlencode({"status": JobStatus.PARKED, "action": kind.action})
        yield {
            "kind": kind,
            "spans": [kind.hour, kind.day],
            "waits": duration_text(since, at) if since else "",
            "parked_query": query,
        }


def _schedule() -> Iterator[Mapping[str, Any]]:
    at = clock.now()
    for row in schedule_rows(PERIODIC_WORK, at=at):
        yield {"row": row, "every": duration_text(at - row.every, at)}
