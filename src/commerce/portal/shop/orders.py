"""`/client/orders`: what the client ordered, and the status of each item (portal.md 3 and 4)."""

import re
from collections.abc import Iterable

from django.db.models import OuterRef, Q, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from commerce.accounts.models import RecordMetadata
from commerce.accounts.models.metadata import REFERENCE
from commerce.billing.invoices.actions.states import payable_only_blocked_reason
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import TaxGroup
from commerce.domains.rules import DomainStatus
from commerce.hosting.rules import ServiceStatus
from commerce.orders.actions.cancelling import cancel_own_order
from commerce.orders.models import Order, OrderItem
from commerce.orders.rules import OrderStatus
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import form_view
from commerce.portal.base.listing import ListColumn, ListDefinition
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.password_confirmation import ConfirmedForm
from commerce.portal.base.search import SearchColumns
from commerce.portal.billing.attempt_pages import MAX_RELOADS, look_again, looks_made
from commerce.presentation.labels import status_labels

ORDER_COLUMNS = SearchColumns(
    texts=(
        "items__product_name",
        "items__domain",
        "items__units__service__label",
        "promo_code",
        "invoice__number",
    ),
    days=("created_at__date",),
    amounts=("total",),
    choices={"status": status_labels("order")},
)
_NUMBER = re.compile(r"(?:ORD-)?0*([0-9]{1,15})\Z", re.IGNORECASE)


def order_search_filter(query: str) -> Q:
    """Orders whose number, item, date, total, promo code, status or invoice has the query."""
    found = ORDER_COLUMNS.search_filter(query)
    if number := _NUMBER.match(query):
        found |= Q(pk=int(number[1]))
    return found


ORDER_LIST = ListDefinition(
    kind="order",
    statuses=(OrderStatus.PENDING, OrderStatus.ACTIVE, OrderStatus.FRAUD, OrderStatus.CANCELLED),
    columns=(
        ListColumn(_lazy("Number"), "number", order=("id",)),
        ListColumn(_lazy("Placed"), "placed", order=("created_at",)),
        ListColumn(_lazy("Items")),
        ListColumn(_lazy("Total"), "total", order=("currency_id", "total"), is_amount=True),
        ListColumn(_lazy("Status")),
    ),
    search_words=_lazy("Search orders"),
    search_filter=order_search_filter,
    joins_many_rows=True,
)


@require_safe
@client_page("orders.view")
def orders(request: ClientRequest) -> HttpResponse:
    """All orders, newest first, by status and search."""
    rows = Order.objects.for_client(request.acting.client).newest_first()
    listing = ORDER_LIST.page_for(request, rows.select_related("invoice").prefetch_related("items"))
    context = {"listing": listing, "may_order": request.acting.may_change("orders.place")}
    return render(request, "portal/shop/orders.html", context, status=listing.http_status)


@require_safe
@client_page("orders.view")
def order(request: ClientRequest, pk: int) -> HttpResponse:
    """One order: items with the state of the service or domain made from each, sums, invoice."""
    rows = Order.objects.for_client(request.acting.client).select_related("invoice", "placed_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        return other_client_404(request, Order.objects.for_client, pk, "orders.view")
    units = "units__service", "units__domain"
    words = (
        RecordMetadata.objects.for_client(request.acting.client)
        .of("orderitem", OuterRef("pk"))
        .filter(key=REFERENCE)
    )
    items = list(
        found.items.annotate(reference=Subquery(words.values("value")))
        .order_by("position")
        .prefetch_related(*units)
    )
    is_underway = _is_underway(found, items)
    context = {
        "order": found,
        "items": items,
        "has_net_subtotal": sum(item.amount for item in items) != found.subtotal,
        "tax_groups": _tax_groups(found),
        "is_due": is_order_due(request, found),
        "next_step": _next_step(found) or (is_underway and _("We're setting up your order.")),
    }
    response = render(request, "portal/shop/order.html", context)
    if is_underway and looks_made(request) < MAX_RELOADS:
        look_again(request, response)
    return response


def _is_underway(order: Order, items: Iterable[OrderItem]) -> bool:
    """Whether something of it is being set up or registered; transfers take days."""
    units = [unit for item in items for unit in item.units.all()]
    return order.status == OrderStatus.ACTIVE and any(
        (unit.service is not None and unit.service.status == ServiceStatus.PENDING)
        or (unit.domain is not None and unit.domain.status == DomainStatus.PENDING)
        for unit in units
    )


def _tax_groups(order: Order) -> list[TaxGroup]:
    """The taxes of its invoice, by rate."""
    return list(order.invoice.tax_groups.order_by("pk")) if order.invoice is not None else []


def is_order_due(request: ClientRequest, order: Order) -> bool:
    """Whether this member can pay the order's invoice now."""
    invoice, ctx = order.invoice, member_context(request)
    return (
        invoice is not None
        and payable_only_blocked_reason(invoice, ctx) is None
        and request.acting.may("invoices.pay")
        and request.acting.impersonation is None
    )


def _next_step(order: Order) -> str:
    """What the client waits for, or nothing."""
    if order.status == OrderStatus.FRAUD:
        return _("We're reviewing your order. You don't have to do anything.")
    if order.status != OrderStatus.PENDING:
        return ""
    if order.invoice is not None and order.invoice.status in OPEN_INVOICE_STATUSES:
        return _("We'll start on your order as soon as we receive your payment.")
    return _("We're checking your order and will start on it once it's approved.")


order_cancel = form_view(
    cancel_own_order,
    Order.objects.for_client,
    "portal:order",
    "portal/shop/order_cancel.html",
    confirmed_by=ConfirmedForm,
)
