"""`/admin/cancellations`: services that clients ask to end."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.columns import (
    columns_of,
)
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import Panel, RecordAdmin
from commerce.backoffice.sales.pending import pending_filter
from commerce.backoffice.sales.plan_change_actions import ApprovalNoteForm, RejectionNoteForm
from commerce.billing.changes.cancellations.actions import (
    approve_cancellation,
    decide_cancellation_blocked_reason,
    reject_cancellation,
)
from commerce.billing.changes.cancellations.rules import CancellationKind
from commerce.billing.models import CancellationRequest
from commerce.billing.records import CANCELLATION_FIELDS
from commerce.hosting.models import Service
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.kit.context import Context
from commerce.presentation.labels import Text, status_labels

type Data = Mapping[str, Any]

KIND_INTROS: dict[str, Text] = {
    CancellationKind.IMMEDIATE: _lazy("The service ends now. Its account is deleted."),
    CancellationKind.END_OF_PERIOD: _lazy("The service ends with the paid period."),
}


def _ends_now(request: CancellationRequest, _data: Data) -> bool:
    """Whether the account goes with the approval, as by a termination."""
    return request.kind == CancellationKind.IMMEDIATE


def _approve(request: CancellationRequest, data: Data, ctx: Context) -> str:
    approve_cancellation(request=request, note=data["note"], ctx=ctx)
    return _("Cancellation approved.")


def _reject(request: CancellationRequest, data: Data, ctx: Context) -> str:
    reject_cancellation(request=request, note=data["note"], ctx=ctx)
    return _("Cancellation declined. The client is notified.")


COLUMNS = columns_of(CANCELLATION_FIELDS, "service client kind reason status created_at")


class CancellationRequestAdmin(RecordAdmin):
    """Requests to end a service; those that wait for staff, unless the filter says otherwise."""

    model = CancellationRequest
    described_by = CANCELLATION_FIELDS
    slug = "cancellations"
    label = _lazy("Cancellations")
    view_permission = StaffPermission.SERVICES_VIEW
    menu = MenuGroup.SALES
    icon = "cancel"
    ordering = ("-pk",)
    list_filter = (pending_filter(lambda: status_labels("cancellation")),)
    list_display = COLUMNS
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                *COLUMNS,
                *columns_of(CANCELLATION_FIELDS, "requested_by note ended_at"),
            ),
        ),
    )
    record_actions = (
        RecordAction(
            name="approve",
            label=_lazy("Approve"),
            permission=StaffPermission.SERVICES_MANAGE,
            form=ApprovalNoteForm,
            intro=lambda request: KIND_INTROS[request.kind],
            run=_approve,
            asks_password_if=_ends_now,
            password_hint=_lazy("Only needed to end the service now."),
            blocked=decide_cancellation_blocked_reason,
        ),
        RecordAction(
            name="reject",
            label=_lazy("Decline"),
            permission=StaffPermission.SERVICES_MANAGE,
            form=RejectionNoteForm,
            intro=lambda _request: _lazy("The service continues."),
            run=_reject,
            is_danger=True,
            blocked=decide_cancellation_blocked_reason,
        ),
    )
    panels = (
        Panel(
            title=_lazy("Service"),
            permission=StaffPermission.SERVICES_VIEW,
            columns=columns_of(SERVICE_FIELDS, "label status"),
            rows=lambda request: Service.objects.filter(pk=request.service_id).order_by("pk"),
        ),
    )

    def record_title(self, record: CancellationRequest) -> str:
        return record.service.label
