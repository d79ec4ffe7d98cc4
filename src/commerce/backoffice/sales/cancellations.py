"""`/admin/cancellations`: services that clients ask to end."""

from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import (
    columns_of,
)
from commerce.backoffice.sales.pending import pending_filter
from commerce.billing.models import CancellationRequest
from commerce.billing.records import CANCELLATION_FIELDS
from commerce.hosting.models import Service
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.presentation.labels import status_labels
from commerce.record_acts.sales import CANCELLATION_ACTS

COLUMNS = columns_of(CANCELLATION_FIELDS, "service client kind reason status created_at")


class CancellationRequestAdmin(RecordAdmin):
    """Requests to end a service; those that wait for staff, unless the filter says otherwise."""

    model = CancellationRequest
    described_by = CANCELLATION_FIELDS
    slug = "cancellations"
    label = _lazy("Cancellations")
    view_permission = StaffPermission.SERVICES_VIEW
    menu = MenuGroup.SERVICES
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
    record_actions = tuple(map(act_button, CANCELLATION_ACTS))
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
