"""Background jobs: what waits for staff, and what they decide (services-and-provisioning.md 5)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.backoffice.base.access import may
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, badge_column, columns_of, instant_column
from commerce.backoffice.lists.entry_columns import entry_action, person_of
from commerce.backoffice.lists.filters import choice_filter
from commerce.backoffice.system.server_calls import JOB_CALLS, JOB_REMOTE_CALLS
from commerce.domains.models import Domain, DomainChange
from commerce.domains.order_data import order_data_of
from commerce.jobs.models import Job
from commerce.jobs.records import JOB_FIELDS
from commerce.jobs.rules import JobStatus
from commerce.jobs.words import words_of_job
from commerce.kit.acts.act import act_of
from commerce.record_acts.system import JOB_ACTS

_TO_DO = "to_do"
"""A parked job that a person does: nothing has failed."""


def _state_of(job: Job) -> str:
    return _TO_DO if job.status == JobStatus.PARKED and job.is_to_do else job.status


def job_labels() -> Mapping[str, Text]:
    """The states of a job in words."""
    return {
        JobStatus.PARKED: pgettext_lazy("job", "Needs attention"),
        JobStatus.QUEUED: pgettext_lazy("job", "Queued"),
        JobStatus.RUNNING: pgettext_lazy("job", "Running"),
        JobStatus.WAITING: pgettext_lazy("job", "Waiting to retry"),
        JobStatus.SUCCEEDED: pgettext_lazy("job", "Done"),
        JobStatus.DROPPED: pgettext_lazy("job", "Discarded"),
    }


def _badge_labels() -> Mapping[str, Text]:
    return {**job_labels(), _TO_DO: pgettext_lazy("job", "To do")}


_TONES: dict[Any, str] = {
    _TO_DO: "warning",
    JobStatus.PARKED: "danger",
    JobStatus.RUNNING: "info",
    JobStatus.WAITING: "warning",
    JobStatus.SUCCEEDED: "success",
}


def _log(record: Job) -> "QuerySet[AuditEntry]":
    entries = AuditEntry.objects.filter(record_kind="job", record_id=record.pk)
    return entries.order_by("-pk")


LOG = Panel(
    title=_lazy("Log"),
    permission=StaffPermission.SERVICES_VIEW,
    columns=(
        instant_column(_lazy("Time"), "at"),
        entry_action(_lazy("Event")),
        Column(_lazy("By"), person_of),
        Column(_lazy("Reason"), "reason"),
    ),
    rows=_log,
)


class JobAdmin(RecordAdmin):
    """`/admin/jobs`."""

    model = Job
    slug = "jobs"
    label = _lazy("Background jobs")
    view_permission = StaffPermission.SERVICES_VIEW
    menu = MenuGroup.SERVICES
    ordering = ("-id",)
    search_fields = ("id",)
    search_help_text = _lazy("Number of the job, or its subject, such as service:12")
    list_filter = (choice_filter("status", _lazy("Status"), job_labels),)
    status = badge_column(_lazy("Status"), _state_of, _badge_labels, _TONES)
    linked_lookups = ("action", "subject_kind")
    list_display = (
        *columns_of(JOB_FIELDS, "action subject"),
        status,
        *columns_of(JOB_FIELDS, "tries created_at"),
        Column(_lazy("Details"), lambda job: job.error[:120], export=lambda job: job.error),
    )
    record_fieldsets = (
        (
            _lazy("Job"),
            (
                *columns_of(JOB_FIELDS, "action"),
                status,
                *columns_of(
                    JOB_FIELDS,
                    "tries created_at next_try_at ended_at run_ms cause request_id error",
                ),
            ),
        ),
    )
    panels = (LOG, JOB_CALLS, JOB_REMOTE_CALLS)
    record_actions = tuple(act_button(one) for one in JOB_ACTS if act_of(one).record)
    list_actions = tuple(act_button(one) for one in JOB_ACTS if not act_of(one).record)
    change_list_template = "backoffice/system/jobs.html"
    record_template = "backoffice/system/job.html"

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Job]", search_term: str
    ) -> tuple["QuerySet[Job]", bool]:
        """A number, or a subject: what has an index."""
        kind, _colon, number = search_term.strip().replace(" ", ":").rpartition(":")
        if not search_term.strip():
            return queryset, False
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            return queryset.none(), False
        found = {"subject_kind": kind, "subject_id": number} if kind else {"pk": number}
        return queryset.filter(**found), False

    def record_title(self, record: Job) -> str:
        return _("Job %(id)s") % {"id": record.pk}

    def record_context(self, request: HttpRequest, record: Job) -> dict[str, Any]:
        words = words_of_job(record)
        return {
            "what": words.what,
            "needed": words.details if record.is_to_do else (),
            "subject": f"{record.subject_kind} {record.subject_id}",
            "subject_url": self._url_of_subject(request, record),
            "details": sorted(record.args.items()),
            "domain_data": _domain_data(record)
            if may(request, StaffPermission.DOMAINS_MANAGE)
            else {},
        }

    def _url_of_subject(self, request: HttpRequest, record: Job) -> str:
        for model in self.admin_site._registry:
            if model._meta.model_name == record.subject_kind:
                return self.url_of(request, model(pk=record.subject_id))
        return ""


def _domain_data(record: Job) -> dict[str, Mapping[str, Any]]:
    """What somebody needs who does work on a domain by hand: its holder, its registry's fields, what is wanted."""
    domain = None
    if record.subject_kind == "domain":
        domain = Domain.objects.filter(pk=record.subject_id).first()
    if domain is None:
        return {}
    change = DomainChange.objects.filter(pk=record.args.get("change"), domain=domain).first()
    found = {
        _("Registrant"): domain.contacts.get("registrant", {}),
        _("Registry fields"): dict(order_data_of(domain).extra_fields),
        _("Requested change"): change.wanted if change else {},
    }
    return {title: values for title, values in found.items() if values}
