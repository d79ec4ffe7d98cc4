"""`/admin/plan-changes`: services that are to move to another plan."""

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.columns import (
    Column,
    MoneyColumn,
    badge_column,
    choice_column,
    day_column,
    instant_column,
    status_column,
)
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import Panel
from commerce.backoffice.money.plan_change_payments import RECORD_PAYMENT
from commerce.backoffice.money.searching import FoundByClient, as_reference
from commerce.backoffice.sales.pending import pending_filter
from commerce.backoffice.sales.plan_change_actions import PLAN_CHANGE_ACTIONS
from commerce.backoffice.sales.related_panels import activity_panel, invoices_panel
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.models import CreditNote, Invoice, PlanChange
from commerce.hosting.models import Service
from commerce.presentation.labels import CYCLE_LABELS, Text

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


class PlanChangeAdmin(FoundByClient):
    """Plan changes; those that wait for staff, unless the filter says otherwise."""

    model = PlanChange
    slug = "plan-changes"
    label = _lazy("Plan changes")
    view_permission = StaffPermission.SERVICES_VIEW
    menu = MenuGroup.SALES
    icon = "swap_vert"
    ordering = ("-pk",)
    search_lookups: ClassVar = {"reference": as_reference}
    search_help_text = _lazy("Payment reference, client name, ID, or billing email")
    found_by_search = True
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
                MoneyColumn(_lazy("Difference, with tax"), "total", "service__currency_id"),
                Column(_lazy("Payment reference"), "reference"),
                day_column(_lazy("Last day to pay"), "last_day"),
                Column(_lazy("Note to the client"), "note"),
                instant_column(_lazy("Decided"), "ended_at"),
            ),
        ),
    )
    record_actions = (RECORD_PAYMENT, *PLAN_CHANGE_ACTIONS)
    panels = (
        Panel(
            title=_lazy("Service"),
            permission=StaffPermission.SERVICES_VIEW,
            columns=(Column(_lazy("Service"), "label"), status_column("service")),
            rows=lambda change: Service.objects.filter(pk=change.service_id).order_by("pk"),
        ),
        invoices_panel(lambda change: Invoice.objects.filter(plan_change=change).order_by("pk")),
        Panel(
            title=_lazy("Credit notes"),
            permission=StaffPermission.INVOICES_VIEW,
            columns=(
                Column(_lazy("Number"), "number"),
                Column(_lazy("Invoice"), "invoice__number"),
                day_column(_lazy("Issued"), "issue_date"),
                MoneyColumn(_lazy("Subtotal"), "subtotal", "currency_id"),
                MoneyColumn(_lazy("Tax"), "tax_amount", "currency_id"),
                MoneyColumn(_lazy("Total"), "total", "currency_id"),
            ),
            rows=lambda change: (
                CreditNote.objects.filter(plan_change=change)
                .select_related("invoice")
                .order_by("pk")
            ),
        ),
        activity_panel("planchange", StaffPermission.SERVICES_VIEW),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PlanChange]":
        return PlanChange.objects.select_related("service", "client", "product", "requested_by")

    def record_title(self, record: PlanChange) -> str:
        return f"{record.service.label} → {record.new_plan}"
