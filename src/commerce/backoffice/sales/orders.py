"""`/admin/orders`: what clients ordered, and what staff decide about it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.columns import (
    Column,
    MoneyColumn,
    choice_column,
    columns_of,
    instant_column,
    status_column,
)
from commerce.backoffice.base.filters import status_filter
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import Panel, RecordAdmin
from commerce.backoffice.sales.new_order import CHOOSE_CLIENT
from commerce.backoffice.sales.order_actions import ORDER_ACTIONS
from commerce.backoffice.sales.searching import records_found
from commerce.billing.models import Invoice
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.hosting.records import SERVICE_FIELDS
from commerce.orders.models import Order, OrderItem
from commerce.presentation.labels import CYCLE_LABELS

CLIENT = Column(_lazy("Client"), "client__name")
STATUS = status_column("order")
TOTAL = MoneyColumn(_lazy("Total"), "total", "currency_id")
DATE = instant_column(_lazy("Date"), "created_at", order="pk")


def _hold(order: Order) -> str:
    if not order.on_hold:
        return ""
    return _("On hold: %(reason)s") % {"reason": order.hold_reason or "–"}


def _options(item: OrderItem) -> str:
    return ", ".join(f"{one['name']}: {one['value']}" for one in item.options)


ITEMS = Panel(
    title=_lazy("Items"),
    permission=StaffPermission.ORDERS_VIEW,
    columns=(
        Column(_lazy("Product"), "product_name"),
        Column(_lazy("Domain"), "domain"),
        Column(_lazy("Options"), _options),
        Column(_lazy("Quantity"), "qty"),
        choice_column(_lazy("Billing cycle"), "billing_cycle", lambda: CYCLE_LABELS),
        MoneyColumn(_lazy("Unit price"), "unit_amount", "order__currency_id"),
        MoneyColumn(_lazy("List price"), "list_amount", "order__currency_id"),
        MoneyColumn(_lazy("Setup fee"), "setup_fee", "order__currency_id"),
        Column(_lazy("Reason for the price"), "price_reason"),
    ),
    rows=lambda order: order.items.order_by("position"),
    limit=50,
)
SERVICES = Panel(
    title=_lazy("Services"),
    permission=StaffPermission.SERVICES_VIEW,
    columns=columns_of(SERVICE_FIELDS, "label", "domain", "status", "amount"),
    rows=lambda order: Service.objects.filter(order_unit__item__order=order).order_by("pk"),
    limit=100,
)
DOMAINS = Panel(
    title=_lazy("Domains"),
    permission=StaffPermission.DOMAINS_VIEW,
    columns=(Column(_lazy("Domain"), "domain_name"), status_column("domain")),
    rows=lambda order: Domain.objects.filter(order_unit__item__order=order).order_by("pk"),
    limit=100,
)
INVOICE = Panel(
    title=_lazy("Invoice"),
    permission=StaffPermission.INVOICES_VIEW,
    columns=(
        Column(_lazy("Invoice"), "number"),
        status_column("invoice"),
        MoneyColumn(_lazy("Total"), "total", "currency_id"),
        MoneyColumn(_lazy("Amount due"), "amount_due", "currency_id"),
    ),
    rows=lambda order: Invoice.objects.filter(order=order).order_by("pk"),
)
CLIENT_OF_ORDER = clients_panel(
    _lazy("Client"), lambda order: Client.objects.filter(pk=order.client_id).order_by("pk")
)


class OrderAdmin(RecordAdmin):
    """Orders, newest first; an order never changes but in its state."""

    model = Order
    slug = "orders"
    label = _lazy("Orders")
    view_permission = StaffPermission.ORDERS_VIEW
    menu = MenuGroup.SALES
    icon = "shopping_cart"
    found_by_search = True
    ordering = ("-pk",)
    search_fields = ("pk",)  # so that there is a search; what it finds is below
    search_help_text = _lazy("Search by order number or client")
    list_filter = (
        status_filter("order"),
        ("client", AutocompleteSelectFilter),
        ("created_at", RangeDateTimeFilter),
    )
    linked_lookups = ("invoice__status",)
    list_display = (
        Column(_lazy("Order"), "number"),
        DATE,
        CLIENT,
        STATUS,
        Column(_lazy("On hold"), lambda order: _("Yes") if order.on_hold else ""),
        TOTAL,
    )
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                STATUS,
                Column(_lazy("On hold"), _hold),
                DATE,
                Column(_lazy("Placed by"), "placed_by__email"),
                Column(_lazy("From address"), "address"),
                instant_column(_lazy("First active"), "activated_at"),
                Column(_lazy("Notes"), "notes"),
            ),
        ),
        (
            _lazy("Amounts"),
            (
                MoneyColumn(_lazy("Subtotal"), "subtotal", "currency_id"),
                MoneyColumn(_lazy("Discount"), "discount", "currency_id"),
                Column(_lazy("Promo code"), "promo_code"),
                MoneyColumn(_lazy("Tax"), "tax_amount", "currency_id"),
                TOTAL,
            ),
        ),
    )
    list_actions = (CHOOSE_CLIENT,)
    record_actions = ORDER_ACTIONS
    panels = (CLIENT_OF_ORDER, ITEMS, SERVICES, DOMAINS, INVOICE)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Order]":
        return Order.objects.select_related("client", "invoice", "placed_by")

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """``ORD-0042`` finds order 42."""
        number = search_term.strip().upper().removeprefix("ORD-")
        return records_found(request, queryset, search_term, number=number), False
