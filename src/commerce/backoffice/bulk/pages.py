"""`/admin/bulk-actions`: what was done to many records at once; started, watched, stopped and undone by its person."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from commerce.accounts.bulk_actions.actions import (
    start_blocked_reason,
    start_bulk_action,
    stop_blocked_reason,
    stop_bulk_action,
    undo_blocked_reason,
    undo_bulk_action,
)
from commerce.accounts.bulk_actions.rules import UNDER_WAY, BulkOutcome, BulkStatus
from commerce.accounts.models import BulkAction, BulkItem, Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, signed_in_staff
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.context import site_of
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import Access, MenuGroup, Page, PageRule, Room, Text
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.bulk.choosing import choose
from commerce.backoffice.lists.chosen import list_named
from commerce.backoffice.lists.columns import Column, badge_column, instant_column
from commerce.backoffice.lists.export import csv_response, note_export
from commerce.backoffice.lists.filters import choice_filter
from commerce.backoffice.lists.sums import column_sums
from commerce.kit.acts.act import Act, Parameter, act_named
from commerce.kit.acts.inputs import Flag
from commerce.kit.context import Context
from commerce.portal.base.acts.fields import act_field

SHOWN_ITEMS = 100
"""Records of one outcome that a page names; the file has them all."""

STATUS_LABELS: Mapping[str, Text] = {
    BulkStatus.CHECKING: pgettext_lazy("bulk action", "Checking"),
    BulkStatus.READY: pgettext_lazy("bulk action", "Not started"),
    BulkStatus.RUNNING: pgettext_lazy("bulk action", "In progress"),
    BulkStatus.CAN_BE_UNDONE: pgettext_lazy("bulk action", "Done, can be undone"),
    BulkStatus.DONE: pgettext_lazy("bulk action", "Done"),
    BulkStatus.UNDOING: pgettext_lazy("bulk action", "Being undone"),
    BulkStatus.UNDONE: pgettext_lazy("bulk action", "Undone"),
}
_TONES = {
    BulkStatus.RUNNING: "info",
    BulkStatus.UNDOING: "info",
    BulkStatus.DONE: "success",
    BulkStatus.CAN_BE_UNDONE: "success",
}
OUTCOME_LABELS: Mapping[str, Text] = {
    BulkOutcome.UNCHECKED: pgettext_lazy("bulk action", "Not checked yet"),
    BulkOutcome.READY: pgettext_lazy("bulk action", "To do"),
    BulkOutcome.DONE: pgettext_lazy("bulk action", "Done"),
    BulkOutcome.LEFT_OUT: pgettext_lazy("bulk action", "Left out"),
    BulkOutcome.FAILED: pgettext_lazy("bulk action", "Failed"),
    BulkOutcome.UNDONE: pgettext_lazy("bulk action", "Undone"),
    BulkOutcome.NOT_UNDONE: pgettext_lazy("bulk action", "Not undone"),
}


def _act_of(bulk: BulkAction) -> Act[Any]:
    return act_named(bulk.act)


class StartForm(StaffForm):
    """What the act asks, once for all records."""

    def prepare(self) -> None:
        for name, parameter in _act_of(self.record).parameters.items():
            if parameter.input.asked_if is None:
                self.fields[name] = _field(parameter)


def _field(parameter: Parameter) -> forms.Field:
    """The field of a parameter for records that may differ in it: a switch is set on or off, and never left alone."""
    one = replace(parameter.input, edits="", proposed=None)
    if parameter.input.edits and isinstance(one, Flag):
        return forms.TypedChoiceField(
            label=one.label,
            choices=[("yes", _("On")), ("no", _("Off"))],
            coerce=lambda text: text == "yes",
            widget=forms.RadioSelect,
        )
    return act_field(replace(parameter, input=one), None)


def _texts(act: Act[Any], cleaned: Mapping[str, Any]) -> dict[str, str]:
    """What the act is given, as it is kept."""
    return {
        name: one.input.to_text(cleaned[name], None)
        for name, one in act.parameters.items()
        if cleaned.get(name) is not None
    }


def _start(bulk: BulkAction, cleaned: Mapping[str, Any], ctx: Context) -> Done:
    start_bulk_action(bulk=bulk, values=_texts(_act_of(bulk), cleaned), ctx=ctx)
    return Done(_("The bulk action has started."))


def _stop(bulk: BulkAction, _cleaned: Mapping[str, Any], ctx: Context) -> str:
    stop_bulk_action(bulk=bulk, ctx=ctx)
    return _("The bulk action was stopped.")


def _undo(bulk: BulkAction, _cleaned: Mapping[str, Any], ctx: Context) -> str:
    undo_bulk_action(bulk=bulk, ctx=ctx)
    return _("The bulk action is being undone.")


def _what_happens(bulk: BulkAction, form: Any) -> dict[str, Any]:
    """What the page of the start shows before its form."""
    request = form.request
    return {
        **_report(bulk),
        "title": _act_of(bulk).label,
        "preview": _preview(bulk),
        "sums": _sums(bulk, request) if may(request, StaffPermission.REPORTS_MONEY) else [],
    }


def _sums(bulk: BulkAction, request: HttpRequest) -> list[tuple[Text, list[str]]]:
    """What the amounts of the list come to, of all that it would be done to."""
    admin = list_named(request, bulk.list_name)
    ready = bulk.items.with_outcome(BulkOutcome.READY).values("record_id")
    sums = column_sums(admin.list_display, admin.model._default_manager.filter(pk__in=ready))
    labels = {one.name: one.short_description for one in admin.list_display}
    return [(labels[name], amounts) for name, amounts in sums.items()]


def _preview(bulk: BulkAction) -> dict[str, Any]:
    act, ready = _act_of(bulk), bulk.items.with_outcome(BulkOutcome.READY)
    clients = ready.exclude(client_id=None).values("client_id").distinct().count()
    return {
        "clients": clients if act.record is not Client else 0,
        "intro": "" if callable(act.intro) else act.intro,
        "can_be_undone": act.undo is not None,
    }


def _report(bulk: BulkAction) -> dict[str, Any]:
    """How many there are of each outcome, and the first of them by their reasons."""
    counted = bulk.items.values("outcome").annotate(number=Count("pk")).order_by()
    numbers = {row["outcome"]: row["number"] for row in counted}
    return {
        "total": sum(numbers.values()),
        "numbers": numbers,
        "counts": [
            (label, numbers[outcome])
            for outcome, label in OUTCOME_LABELS.items()
            if outcome in numbers
        ],
        "reasons": _reasons(bulk),
        "settled": _settled(bulk, numbers),
        "is_under_way": bulk.status in UNDER_WAY,
        "export_url": reverse("admin:bulk_action_report", args=[bulk.pk]),
    }


def _settled(bulk: BulkAction, numbers: Mapping[str, int]) -> int:
    """To how many records the job has come."""
    waiting = {
        BulkStatus.CHECKING: BulkOutcome.UNCHECKED,
        BulkStatus.RUNNING: BulkOutcome.READY,
        BulkStatus.UNDOING: BulkOutcome.DONE,
    }.get(BulkStatus(bulk.status), BulkOutcome.UNCHECKED)
    return sum(numbers.values()) - numbers.get(waiting, 0)


def _reasons(bulk: BulkAction) -> list[tuple[str, int, list[str]]]:
    """Why it was not done, or not undone: the words, how many, and the first of their names."""
    troubled = bulk.items.with_outcome(
        BulkOutcome.LEFT_OUT, BulkOutcome.FAILED, BulkOutcome.NOT_UNDONE
    )
    rows = troubled.order_by("pk").values_list("text", "name", "record_id")
    names: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for text, name, pk in rows:
        counts[text] += 1
        if counts[text] <= SHOWN_ITEMS:
            names.setdefault(text, []).append(name or str(pk))
    return [(text, number, names[text]) for text, number in counts.most_common()]


class BulkActionAdmin(RecordAdmin):
    """One's own, the newest first; whoever reads the audit log sees them all."""

    model = BulkAction
    slug = "bulk-actions"
    label = _lazy("Bulk actions")
    view_permission = Access.ANY_STAFF
    menu = MenuGroup.SYSTEM
    ordering = ("-pk",)
    list_filter = (choice_filter("status", _lazy("Status"), lambda: STATUS_LABELS),)
    list_display = (
        Column(_lazy("Action"), lambda bulk: _act_of(bulk).label, name="action"),
        Column(_lazy("List"), "list_name"),
        Column(_lazy("Records"), lambda bulk: bulk.items.count(), name="records"),
        badge_column(_lazy("Status"), "status", lambda: STATUS_LABELS, _TONES),
        Column(_lazy("By"), "staff", order="pk"),
        instant_column(_lazy("Started"), "started_at"),
        instant_column(_lazy("Ended"), "ended_at"),
    )
    record_fieldsets: ClassVar = ((_lazy("Bulk action"), list_display),)
    record_template = "backoffice/bulk/record.html"
    record_actions = (
        RecordAction(
            name="start",
            label=_lazy("Start"),
            permission=Access.ANY_STAFF,
            run=_start,
            form=StartForm,
            blocked=start_blocked_reason,
            depends_on=lambda bulk: bulk.status,
            asks_password_if=lambda _bulk, _values: True,
            password_of=lambda bulk: _act_of(bulk).may_ask_again,
            template="backoffice/bulk/start.html",
            context=_what_happens,
        ),
        RecordAction(
            name="stop",
            label=_lazy("Stop"),
            permission=Access.ANY_STAFF,
            run=_stop,
            blocked=stop_blocked_reason,
            intro=lambda _bulk: _("What has been done stays. The rest is left out."),
            is_danger=True,
        ),
        RecordAction(
            name="undo",
            label=_lazy("Undo"),
            permission=Access.ANY_STAFF,
            run=_undo,
            blocked=undo_blocked_reason,
            intro=lambda _bulk: _(
                "Everything is undone, and the emails that are waiting aren't sent."
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows = super().get_queryset(request).select_related("staff__user")
        if may(request, StaffPermission.AUDIT_VIEW):
            return rows
        return rows.filter(staff=signed_in_staff(request))

    def record_title(self, record: BulkAction) -> str:
        admins = self.admin_site.record_admins
        label = next(one.label for one in admins if one.slug == record.list_name)
        return f"{_act_of(record).label}: {label}"

    def record_view(self, request: HttpRequest, object_id: Any) -> TemplateResponse:
        page = super().record_view(request, object_id)
        assert page.context_data is not None
        if page.context_data["is_under_way"]:
            page["Refresh"] = "3"
        return page

    def record_context(self, request: HttpRequest, record: BulkAction) -> dict[str, Any]:
        return _report(record)


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """`/admin/bulk-actions/ID.csv`: each record, and what became of it."""
    admin = next(one for one in site_of(request).record_admins if one.model is BulkAction)
    bulk = admin.find(request, pk)
    note_export(request, name="bulk-action", rows=bulk.items.count(), query=str(bulk.pk))
    heads = (_("ID"), _("Name"), _("Client ID"), _("Result"), _("Code"), _("Reason"))
    rows = (_line(item) for item in bulk.items.order_by("pk").iterator())
    return csv_response(f"bulk-action-{bulk.pk}", heads, rows)


def _line(item: BulkItem) -> tuple[Any, ...]:
    outcome = OUTCOME_LABELS[item.outcome]
    return item.record_id, item.name, item.client_id, outcome, item.code, item.text


_ANY = Access.ANY_STAFF

ROOM = Room(
    records=(BulkActionAdmin,),
    pages=(
        Page("bulk-actions/choose", choose, "bulk_action_choose", PageRule(_ANY, _ANY)),
        Page("bulk-actions/<int:pk>.csv", report, "bulk_action_report", PageRule(_ANY)),
    ),
)
