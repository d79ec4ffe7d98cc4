"""`/admin/services`: what clients have, and what staff do with it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.pages import MenuGroup, Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import (
    Column,
    MoneyColumn,
    columns_of,
    day_column,
)
from commerce.backoffice.lists.filters import status_filter
from commerce.backoffice.sales.related_panels import (
    activity_panel,
    invoices_panel,
    jobs_panel,
    order_panel,
)
from commerce.backoffice.sales.searching import records_found
from commerce.backoffice.sales.service_actions import SERVICE_ACTIONS
from commerce.backoffice.sales.service_panel_actions import PANEL_ACTIONS
from commerce.backoffice.system.remotes import trouble_notices
from commerce.backoffice.system.server_calls import SERVICE_CALLS
from commerce.billing.models import (
    BilledPeriod,
    CancellationRequest,
    Invoice,
    PaidElsewhere,
    PlanChange,
)
from commerce.billing.records import BILLED_PERIOD_FIELDS, CANCELLATION_FIELDS, PLAN_CHANGE_FIELDS
from commerce.hosting.job_names import remote_name_of_server, service_job_subject
from commerce.hosting.models import AccountInfo, Service
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.orders.models import Order
from commerce.presentation.formats import format_instant


def _at_panel(service: Service) -> str:
    """What the panel last said of the account."""
    info = AccountInfo.objects.filter(service=service).first()
    if info is None:
        return ""
    details = [f"{name} {value}" for name, value in sorted(info.details.items())]
    when = format_instant(info.checked_at)
    return " · ".join(filter(None, [info.state, info.package, *details, when]))


PANELS = (
    clients_panel(
        _lazy("Client"),
        lambda service: Client.objects.filter(pk=service.client_id).order_by("pk"),
    ),
    order_panel(lambda service: Order.objects.filter(items__units__service=service).order_by("pk")),
    invoices_panel(
        lambda service: Invoice.objects.filter(subjects__service=service).distinct().order_by("-pk")
    ),
    Panel(
        title=_lazy("Billed periods"),
        permission=StaffPermission.SERVICES_VIEW,
        columns=columns_of(BILLED_PERIOD_FIELDS, "from to status"),
        rows=lambda service: BilledPeriod.objects.filter(service=service).order_by("-pk"),
    ),
    Panel(
        title=_lazy("Plan changes"),
        permission=StaffPermission.SERVICES_VIEW,
        columns=columns_of(PLAN_CHANGE_FIELDS, "product_name status requested_at"),
        rows=lambda service: (
            PlanChange.objects.filter(service=service).select_related("product").order_by("-pk")
        ),
    ),
    Panel(
        title=_lazy("Paid elsewhere"),
        permission=StaffPermission.SERVICES_VIEW,
        columns=(
            day_column(_lazy("From"), "period_start"),
            day_column(_lazy("Until"), "period_end"),
            MoneyColumn(_lazy("Amount"), "amount", "service__currency_id"),
            Column(_lazy("Reason"), "reason"),
            day_column(_lazy("Given back from"), "given_back_from"),
        ),
        rows=lambda service: (
            PaidElsewhere.objects.filter(service=service).select_related("service").order_by("-pk")
        ),
    ),
    Panel(
        title=_lazy("Cancellations"),
        permission=StaffPermission.SERVICES_VIEW,
        columns=columns_of(CANCELLATION_FIELDS, "kind status created_at"),
        rows=lambda service: CancellationRequest.objects.filter(service=service).order_by("-pk"),
    ),
    jobs_panel(service_job_subject),
    SERVICE_CALLS,
    activity_panel("service", StaffPermission.SERVICES_VIEW),
)


class ServiceAdmin(RecordAdmin):
    """Services, newest first."""

    model = Service
    described_by = SERVICE_FIELDS
    slug = "services"
    label = _lazy("Services")
    view_permission = StaffPermission.SERVICES_VIEW
    menu = MenuGroup.SERVICES
    found_by_search = True
    ordering = ("-pk",)
    search_fields = ("label", "domain", "username")
    search_help_text = _lazy("Search by name, domain, username, or client")
    list_filter = (
        status_filter("service"),
        ("client", AutocompleteSelectFilter),
        ("product", AutocompleteSelectFilter),
        ("server", AutocompleteSelectFilter),
        ("next_due_date", RangeDateFilter),
    )
    linked_lookups = ("currency",)
    list_display = columns_of(
        SERVICE_FIELDS, "label domain client status amount billing_cycle next_due_date"
    )
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                *columns_of(
                    SERVICE_FIELDS,
                    "status suspension_reason suspended_at suspended_until product_name",
                ),
                *columns_of(SERVICE_FIELDS, "options domain server username remote_id"),
                Column(_lazy("In the control panel"), _at_panel),
                *columns_of(SERVICE_FIELDS, "notes"),
            ),
        ),
        (
            _lazy("Billing"),
            columns_of(
                SERVICE_FIELDS,
                "amount billing_cycle next_due_date anchor_date ends_on activated_on cancelled_at terminated_at",
            ),
        ),
    )
    record_actions = (*SERVICE_ACTIONS, *PANEL_ACTIONS)
    panels = PANELS

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """By the beginning of their domain, by name or username, or by their clients."""
        text = search_term.strip()
        own = Q(domain__startswith=text.lower()) | Q(label=text) | Q(username=text)
        return records_found(request, queryset, text, number=text, own=own), False

    def record_notices(self, request: HttpRequest, record: Service) -> Iterable[Text]:
        return trouble_notices(
            request, remote_name_of_server(record.server.name) if record.server else ""
        )

    def record_title(self, record: Service) -> str:
        return f"{record.label} · {record.domain}" if record.domain else record.label
