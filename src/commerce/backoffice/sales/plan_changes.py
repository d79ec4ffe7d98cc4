"""`/admin/plan-changes`: services that are to move to another plan."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.columns import (
    Column,
    MoneyColumn,
    badge_column,
    choice_column,
    instant_column,
)
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import Panel, RecordAdmin
from commerce.backoffice.base.status import status_column
from commerce.backoffice.sales.pending import pending_filter
from commerce.billing.changes.plan_changes.actions.requests import (
    approve_plan_change,
    reject_plan_change,
)
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.models import PlanChange
from commerce.billing.tax.actions import refresh_vat_check
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.portal.base.form_fields import MultilineField
from commerce.presentation.labels import CYCLE_LABELS, Text

type Data = Mapping[str, Any]

STATUS_WORDS: dict[str, Text] = {
    PlanChangeStatus.PENDING: pgettext_lazy("plan change", "Pending"),
    PlanChangeStatus.AWAITING_PAYMENT: _lazy("Awaiting payment"),
    PlanChangeStatus.APPLIED: pgettext_lazy("plan change", "Done"),
    PlanChangeStatus.REJECTED: pgettext_lazy("plan change", "Declined"),
    PlanChangeStatus.WITHDRAWN: pgettext_lazy("plan change", "Withdrawn"),
    PlanChangeStatus.LAPSED: pgettext_lazy("plan change", "Expired"),
}


def status_words() -> dict[str, Text]:
    return STATUS_WORDS


class ApprovalNoteForm(StaffForm):
    """What the client reads with a yes."""

    note = MultilineField(
        label=_lazy("Note to the client"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RejectionNoteForm(ApprovalNoteForm):
    """What the client reads with a no."""

    def prepare(self) -> None:
        self.fields["note"].required = True


def _approve(change: PlanChange, data: Data, ctx: Context) -> str:
    refresh_vat_check(client=change.client, ctx=ctx)
    approve_plan_change(change=change, note=data["note"], ctx=ctx)
    if change.status == PlanChangeStatus.LAPSED:
        return _("The plan change is no longer what was confirmed, so it expired.")
    if change.status == PlanChangeStatus.AWAITING_PAYMENT:
        return _("Plan change approved. The plan changes once it is paid.")
    return _("Plan change approved.")


def _reject(change: PlanChange, data: Data, ctx: Context) -> str:
    reject_plan_change(change=change, note=data["note"], ctx=ctx)
    return _("Plan change declined. The client is notified.")


def _is_decided(change: PlanChange) -> Text | None:
    waits = change.status == PlanChangeStatus.PENDING
    return None if waits else _lazy("Only pending plan changes.")


COLUMNS = (
    Column(_lazy("Service"), "service__label"),
    Column(_lazy("Client"), "client__name"),
    Column(_lazy("New plan"), "product__name"),
    choice_column(_lazy("Billing cycle"), "billing_cycle", lambda: CYCLE_LABELS),
    MoneyColumn(_lazy("New price"), "amount", "service__currency_id"),
    badge_column(
        _lazy("Status"), "status", status_words, {"pending": "warning", "awaiting_payment": "info"}
    ),
    instant_column(_lazy("Requested"), "created_at", order="pk"),
)


class PlanChangeAdmin(RecordAdmin):
    """Plan changes; those that wait for staff, unless the filter says otherwise."""

    model = PlanChange
    slug = "plan-changes"
    label = _lazy("Plan changes")
    view_permission = StaffPermission.SERVICES_VIEW
    menu = MenuGroup.SALES
    icon = "swap_vert"
    ordering = ("-pk",)
    list_filter = (pending_filter(status_words),)
    list_display = COLUMNS
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                *COLUMNS,
                Column(_lazy("Requested by"), "requested_by__email"),
                MoneyColumn(_lazy("Credit for unused time"), "credit", "service__currency_id"),
                MoneyColumn(_lazy("Charge for the new plan"), "charge", "service__currency_id"),
                MoneyColumn(_lazy("Due, with tax"), "total", "service__currency_id"),
                Column(_lazy("Note to the client"), "note"),
                instant_column(_lazy("Decided"), "ended_at"),
            ),
        ),
    )
    record_actions = (
        RecordAction(
            name="approve",
            label=_lazy("Approve"),
            permission=StaffPermission.SERVICES_MANAGE,
            form=ApprovalNoteForm,
            intro=lambda _change: _lazy(
                "The change continues at today's figures, unless they're higher than the client confirmed."
            ),
            run=_approve,
            is_atomic=False,
            unavailable=_is_decided,
        ),
        RecordAction(
            name="reject",
            label=_lazy("Decline"),
            permission=StaffPermission.SERVICES_MANAGE,
            form=RejectionNoteForm,
            run=_reject,
            is_danger=True,
            unavailable=_is_decided,
        ),
    )
    panels = (
        Panel(
            title=_lazy("Service"),
            permission=StaffPermission.SERVICES_VIEW,
            columns=(Column(_lazy("Service"), "label"), status_column("service")),
            rows=lambda change: Service.objects.filter(pk=change.service_id).order_by("pk"),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PlanChange]":
        return PlanChange.objects.select_related("service", "client", "product", "requested_by")

    def record_title(self, record: PlanChange) -> str:
        return f"{record.service.label} → {record.product.name}"
