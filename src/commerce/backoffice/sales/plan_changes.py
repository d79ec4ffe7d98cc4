"""`/admin/plan-changes`: services that are to move to another plan."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.columns import (
    columns_of,
)
from commerce.backoffice.money.plan_change_payments import RECORD_PAYMENT
from commerce.backoffice.money.searching import FoundByClient, as_reference
from commerce.backoffice.sales.pending import pending_filter
from commerce.backoffice.sales.plan_change_actions import PLAN_CHANGE_ACTIONS
from commerce.backoffice.sales.related_panels import activity_panel, invoices_panel
from commerce.billing.models import CreditNote, Invoice, PlanChange
from commerce.billing.records import CREDIT_NOTE_FIELDS, PLAN_CHANGE_FIELDS
from commerce.hosting.models import Service
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.presentation.labels import status_labels

COLUMNS = columns_of(
    PLAN_CHANGE_FIELDS, "service client product_name billing_cycle amount status requested_at"
)


class PlanChangeAdmin(FoundByClient):
    """Plan changes; those that wait for staff, unless the filter says otherwise."""

    model = PlanChange
    described_by = PLAN_CHANGE_FIELDS
    slug = "plan-changes"
    label = _lazy("Plan changes")
    view_permission = StaffPermission.SERVICES_VIEW
    menu = MenuGroup.SERVICES
    ordering = ("-pk",)
    search_lookups: ClassVar = {"reference": as_reference}
    search_help_text = _lazy("Payment reference, client name, ID, or billing email")
    found_by_search = True
    list_filter = (pending_filter(lambda: status_labels("plan_change")),)
    list_display = COLUMNS
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                *COLUMNS,
                *columns_of(
                    PLAN_CHANGE_FIELDS,
                    "requested_by given_back charge difference reference last_day note ended_at",
                ),
            ),
        ),
    )
    record_actions = (RECORD_PAYMENT, *PLAN_CHANGE_ACTIONS)
    panels = (
        Panel(
            title=_lazy("Service"),
            permission=StaffPermission.SERVICES_VIEW,
            columns=columns_of(SERVICE_FIELDS, "label status"),
            rows=lambda change: Service.objects.filter(pk=change.service_id).order_by("pk"),
        ),
        invoices_panel(lambda change: Invoice.objects.filter(plan_change=change).order_by("pk")),
        Panel(
            title=_lazy("Credit notes"),
            permission=StaffPermission.INVOICES_VIEW,
            columns=columns_of(
                CREDIT_NOTE_FIELDS, "number invoice issue_date subtotal tax_amount total"
            ),
            rows=lambda change: (
                CreditNote.objects.filter(plan_change=change)
                .select_related("invoice")
                .order_by("pk")
            ),
        ),
        activity_panel("plan_change", StaffPermission.SERVICES_VIEW),
    )

    def record_title(self, record: PlanChange) -> str:
        return f"{record.service.label} → {record.new_plan}"
