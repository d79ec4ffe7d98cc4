"""`/admin/orders`: what clients ordered, and what staff decide about it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import (
    Column,
    columns_of,
)
from commerce.backoffice.lists.filters import status_filter
from commerce.backoffice.sales.new_order import CHOOSE_CLIENT
from commerce.backoffice.sales.searching import records_found
from commerce.billing.models import Invoice
from commerce.billing.records import INVOICE_FIELDS
from commerce.domains.models import Domain
from commerce.domains.records.domains import DOMAIN_FIELDS
from commerce.hosting.models import Service
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.orders.models import Order
from commerce.orders.records import ORDER_FIELDS, ORDER_ITEM_FIELDS
from commerce.record_acts.sales import ORDER_ACTS


def _hold(order: Order) -> str:
    if not order.on_hold:
        return ""
    return _("On hold: %(reason)s") % {"reason": order.hold_reason or "–"}


ITEMS = Panel(
    title=_lazy("Items"),
    permission=StaffPermission.ORDERS_VIEW,
    columns=columns_of(
        ORDER_ITEM_FIELDS,
        "product domain options qty billing_cycle unit_amount list_amount setup_fee price_reason",
    ),
    rows=lambda order: order.items.order_by("position"),
    limit=50,
)
SERVICES = Panel(
    title=_lazy("Services"),
    permission=StaffPermission.SERVICES_VIEW,
    columns=columns_of(SERVICE_FIELDS, "label domain status amount"),
    rows=lambda order: Service.objects.filter(order_unit__item__order=order).order_by("pk"),
    limit=100,
)
DOMAINS = Panel(
    title=_lazy("Domains"),
    permission=StaffPermission.DOMAINS_VIEW,
    columns=columns_of(DOMAIN_FIELDS, "display_name status"),
    rows=lambda order: Domain.objects.filter(order_unit__item__order=order).order_by("pk"),
    limit=100,
)
INVOICE = Panel(
    title=_lazy("Invoice"),
    permission=StaffPermission.INVOICES_VIEW,
    columns=columns_of(INVOICE_FIELDS, "number status total amount_due"),
    rows=lambda order: Invoice.objects.filter(order=order).order_by("pk"),
)
CLIENT_OF_ORDER = clients_panel(
    _lazy("Client"), lambda order: Client.objects.filter(pk=order.client_id).order_by("pk")
)


class OrderAdmin(RecordAdmin):
    """Orders, newest first; an order never changes but in its state."""

    model = Order
    described_by = ORDER_FIELDS
    slug = "orders"
    label = _lazy("Orders")
    view_permission = StaffPermission.ORDERS_VIEW
    menu = MenuGroup.ORDERS
    found_by_search = True
    ordering = ("-pk",)
    search_fields = ("pk",)  # so that there is a search; what it finds is below
    search_help_text = _lazy("Search by order number or client")
    list_filter = (
        status_filter("order"),
        ("client", AutocompleteSelectFilter),
        ("created_at", RangeDateTimeFilter),
    )
    linked_lookups = ("invoice__status", "id")
    list_display = (
        *columns_of(ORDER_FIELDS, "number created_at client status"),
        Column(_lazy("On hold"), lambda order: _("Yes") if order.on_hold else ""),
        *columns_of(ORDER_FIELDS, "total"),
    )
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                *columns_of(ORDER_FIELDS, "status"),
                Column(_lazy("On hold"), _hold),
                *columns_of(ORDER_FIELDS, "created_at placed_by address activated_at notes"),
            ),
        ),
        (
            _lazy("Amounts"),
            columns_of(ORDER_FIELDS, "subtotal discount promo_code tax total"),
        ),
    )
    list_actions = (CHOOSE_CLIENT,)
    record_actions = tuple(map(act_button, ORDER_ACTS))
    panels = (CLIENT_OF_ORDER, ITEMS, SERVICES, DOMAINS, INVOICE)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """``ORD-0042`` finds order 42."""
        number = search_term.strip().upper().removeprefix("ORD-")
        return records_found(request, queryset, search_term, number=number), False
