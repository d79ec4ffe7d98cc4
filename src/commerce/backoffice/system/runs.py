"""Daily runs: their steps and errors, and what the next one would do (billing.md 10)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, staff_context
from commerce.backoffice.base.context import staff_page
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.dashboard.nights import NightSentence, night_sentences
from commerce.backoffice.lists.columns import Column, badge_column, day_column, instant_column
from commerce.backoffice.reports.tables import record_url
from commerce.backoffice.system.mail_words import STEP_LABELS
from commerce.billing.models import CreditNote, Invoice
from commerce.daily_steps import COUNTED_RECORDS, DAILY_STEPS
from commerce.presentation.amounts import format_money
from commerce.presentation.audit_actions import action_label
from commerce.presentation.formats import format_day
from commerce.runs.dry_run import NO_NUMBER_YET, preview_run
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.runs.report import RunReport
from commerce.runs.rules import RunStepStatus
from commerce.runs.step import RunDay, run_start
from commerce.site_settings.current import business_date

PREVIEW_SECONDS = 20
"""How long a page looks ahead; the command line has no limit."""


def step_labels() -> Mapping[str, Text]:
    """The states of a step in words."""
    return {
        RunStepStatus.RUNNING: pgettext_lazy("step", "Running"),
        RunStepStatus.DONE: pgettext_lazy("step", "Done"),
        RunStepStatus.FAILED: pgettext_lazy("step", "Failed"),
    }


_TONES: dict[Any, str] = {RunStepStatus.DONE: "success", RunStepStatus.FAILED: "danger"}


def _counts(step: DailyRunStep) -> str:
    return ", ".join(f"{name}: {times}" for name, times in sorted(step.counts.items()))


def step_label(name: str) -> Text:
    """What a step does; one of a former release is shown as it is stored."""
    return STEP_LABELS.get(name, name)


STEPS = Panel(
    title=_lazy("Steps"),
    permission=StaffPermission.RUNS_VIEW,
    columns=(
        Column(_lazy("Step"), lambda step: step_label(step.name)),
        badge_column(_lazy("Status"), "status", step_labels, _TONES),
        Column(_lazy("Results"), _counts),
        Column(_lazy("Errors"), lambda step: len(step.errors) or ""),
        Column(_lazy("Tries"), "tries"),
        instant_column(_lazy("Next try"), "retry_at"),
        instant_column(_lazy("Ended"), "ended_at"),
    ),
    rows=lambda run: run.steps.order_by("pk"),
    limit=100,
)


class RunAdmin(RecordAdmin):
    """`/admin/runs`."""

    model = DailyRun
    slug = "runs"
    label = _lazy("Daily runs")
    view_permission = StaffPermission.RUNS_VIEW
    menu = MenuGroup.HOME
    ordering = ("-id",)
    change_list_template = "backoffice/system/runs.html"
    record_template = "backoffice/system/run.html"
    list_display = (
        day_column(_lazy("Day"), "date"),
        instant_column(_lazy("Started"), "started_at"),
        instant_column(_lazy("Ended"), "ended_at"),
        Column(_lazy("Started by"), "started_by"),
        Column(_lazy("Only step"), lambda run: step_label(run.only_step)),
        Column(_lazy("Unfinished steps"), lambda run: run.unfinished_steps or ""),
    )
    record_fieldsets = (
        (
            _lazy("Run"),
            (
                day_column(_lazy("Day"), "date"),
                instant_column(_lazy("Started"), "started_at"),
                instant_column(_lazy("Ended"), "ended_at"),
                Column(_lazy("Started by"), "started_by"),
                Column(_lazy("Only step"), lambda run: step_label(run.only_step)),
            ),
        ),
    )
    panels = (STEPS,)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[DailyRun]":
        unfinished = Count("steps", filter=~Q(steps__status=RunStepStatus.DONE))
        return DailyRun.objects.annotate(unfinished_steps=unfinished)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        shown = {"may_preview": may(request, StaffPermission.RUNS_VIEW)}
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    def record_title(self, record: DailyRun) -> str:
        return _("Daily run of %(day)s") % {"day": format_day(record.date)}

    def record_context(self, request: HttpRequest, record: DailyRun) -> dict[str, Any]:
        failed = [step for step in record.steps.order_by("pk") if step.errors]
        return {
            "failed_steps": [{"name": step_label(one.name), "errors": one.errors} for one in failed]
        }


class PreviewForm(StaffForm):
    """Up to which day, and one step or all."""

    day = forms.DateField(
        label=_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    step = forms.ChoiceField(label=_lazy("Step"), required=False)

    def prepare(self) -> None:
        names = [(step.name, step_label(step.name)) for step in DAILY_STEPS]
        self.fields["step"].choices = [("", _lazy("All steps")), *names]  # type: ignore[attr-defined]


def dry_run_page(request: HttpRequest) -> HttpResponseBase:
    """`/admin/runs/dry-run`: what the daily run would do, without doing it; ``?day=`` fills in the day."""
    ctx = staff_context(request)
    today = business_date(ctx.at)
    report = None
    first = {"day": request.GET.get("day") or today}
    form = PreviewForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_bound and form.is_valid():
        day: date = form.cleaned_data["day"]
        at = ctx.at if day <= today else run_start(day)
        report = preview_run(
            DAILY_STEPS,
            day=RunDay(day, at, ctx.actor),
            numbered=(Invoice, CreditNote),
            counted=COUNTED_RECORDS,
            only_step=form.cleaned_data["step"],
            seconds=PREVIEW_SECONDS,
        )
    context = {
        "title": _("Dry run"),
        "form": form,
        "report": report,
        "sentences": _sentences(request, report) if report else [],
        "shown_steps": _shown_steps(report) if report else [],
        "acts": [_shown_act(request, act) for act in report.acts] if report else [],
    }
    return staff_page(
        request, "backoffice/system/dry_run.html", context, 422 if form.errors else 200
    )


def _sentences(request: HttpRequest, report: RunReport) -> list[NightSentence]:
    return list(
        night_sentences(
            report.counts,
            report.amounts,
            report.date,
            is_past=False,
            sees_money=may(request, StaffPermission.REPORTS_MONEY),
        )
    )


def _shown_act(request: HttpRequest, act: Mapping[str, Any]) -> dict[str, Any]:
    """One act in words, with its amount for who may open invoices, and the pages of its client and record."""
    amount = act.get("amount") if may(request, StaffPermission.INVOICES_VIEW) else None
    sees_client = may(request, StaffPermission.CLIENTS_VIEW)
    return {
        "client": act["client_name"],
        "client_url": record_url(Client, act["client"]) if sees_client else "",
        "action": action_label(act["action"]),
        "name": _("No number yet") if act["name"] == NO_NUMBER_YET else act["name"],
        "detail": format_money(*amount) if amount else act["detail"],
    }


def _shown_steps(report: RunReport) -> list[dict[str, Any]]:
    return [
        {
            "name": step_label(step.name),
            "done": ", ".join(f"{name}: {times}" for name, times in sorted(step.counts.items())),
            "errors": step.errors,
        }
        for step in report.steps
        if step.counts or step.errors
    ]
