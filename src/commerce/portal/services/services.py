"""`/client/services`: what the client has, and one of them (portal.md 3 and 4)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from commerce.billing.changes.plan_changes.offers import plan_change_blocked_reason
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import CancellationRequest, Invoice
from commerce.billing.tax.shown_amounts import ShownAmounts, amounts_shown_to
from commerce.hosting.actions.editing import rename_service
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES, RUNNING_SERVICE_STATUSES, ServiceStatus
from commerce.kit import clock
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import form_view
from commerce.portal.base.listing import ListColumn, ListDefinition
from commerce.portal.base.middleware.requests import content_security_policy
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.planned_prices import planned_price_change
from commerce.portal.base.search import SearchColumns
from commerce.portal.billing import payments
from commerce.portal.billing.invoices import open_invoices
from commerce.portal.billing.next_payments import next_payment_of_service
from commerce.portal.billing.open_plan_changes import open_plan_changes
from commerce.portal.services.account_page import account_context, panel_hosts
from commerce.presentation.labels import CYCLE_LABELS, status_labels
from commerce.site_settings.current import business_date

SERVICE_COLUMNS = SearchColumns(
    texts=("label", "product__name", "domain", "username"),
    days=("next_due_date",),
    amounts=("amount",),
    choices={"billing_cycle": CYCLE_LABELS, "status": status_labels("service")},
)
SERVICE_LIST = ListDefinition(
    kind="service",
    statuses=(
        ServiceStatus.ACTIVE,
        ServiceStatus.SUSPENDED,
        ServiceStatus.PENDING,
        ServiceStatus.CANCELLED,
        ServiceStatus.TERMINATED,
    ),
    current=LIVE_SERVICE_STATUSES,
    columns=(
        ListColumn(_lazy("Service"), "label", is_text=True),
        ListColumn(_lazy("Domain"), "domain", is_text=True),
        ListColumn(_lazy("Price"), "price", order=("currency_id", "amount"), is_amount=True),
        ListColumn(_lazy("Renews"), "renews", order=("next_due_date",)),
        ListColumn(_lazy("Status")),
    ),
    search_words=_lazy("Search services"),
    search_filter=SERVICE_COLUMNS.search_filter,
)


@require_safe
@client_page("services.view")
def services(request: ClientRequest) -> HttpResponse:
    """Services, newest first; those that have ended stand apart. A row links what is open to pay for it."""
    rows = Service.objects.for_client(request.acting.client).newest_first()
    shown = rows.select_related("product", "order_unit__item__order__invoice")
    listing = SERVICE_LIST.page_for(request, shown)
    today = business_date(clock.now())
    prices = amounts_shown_to(request.acting.client, today)
    kinds = {item.pk: item.product.effective_tax_kind for item in listing.items}
    context = {
        "listing": listing,
        "prices": {item.pk: prices.amount(kinds[item.pk], item.amount) for item in listing.items},
        "tax_note": prices.common_note(list(kinds.values())),
        "open_invoices": open_invoices(request, services=listing.items),
        "may_order": request.acting.may_change("orders.place"),
        "today": today,
    }
    return render(request, "portal/services/services.html", context, status=listing.http_status)


@require_safe
@client_page("services.view")
def service(request: ClientRequest, pk: int) -> HttpResponse:
    """One service: what it is, what it costs, where it runs, and how it stands in plain words."""
    rows = Service.objects.for_client(request.acting.client).select_related(
        "product__group",
        "server",
        "account_info",
        "account_password",
        "order_unit__item__order__invoice",
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        return other_client_404(request, Service.objects.for_client, pk, "services.view")
    unit, today = getattr(found, "order_unit", None), business_date(clock.now())
    due = open_invoices(request, services=[found]).get(found.pk)
    context: dict[str, Any] = {
        "service": found,
        "order": unit.item.order if unit else None,
        "invoices": _invoices(request, found),
        "open_invoice": due,
        "today": today,
        "may_change": request.acting.may_change("services.manage"),
        "may_upgrade": request.acting.may_spend("services.manage"),
        "is_live": found.status in LIVE_SERVICE_STATUSES,
        "is_running": found.status in RUNNING_SERVICE_STATUSES,
    }
    shown = amounts_shown_to(request.acting.client, today)
    context |= _price(found, shown)
    if context["is_running"]:
        context |= _price_change(request, found, shown)
        context |= _under_way(request, found)
    if context["is_live"]:
        change = context.get("price_change")
        context |= account_context(request, found)
        context |= next_payment_of_service(request, found, due, shown, change)
        if due is not None:
            can_be_paid = not due.is_stopped and not payments.no_payment_method_reason(request, due)
            context["may_pay_open"] = can_be_paid
    response = render(request, "portal/services/service.html", context)
    if context.get("may_sign_in") or context.get("may_open_console"):
        response["Content-Security-Policy"] = content_security_policy(*panel_hosts(found))
    return response


def _price(service: Service, shown: ShownAmounts) -> dict[str, Any]:
    """What each period costs as this client is shown it, and the parts, which add up to it."""
    kind, price_parts = service.product.effective_tax_kind, service.price_parts
    priced = [one for one in service.options if one.get("amount")]
    named = [(service.product.name, price_parts.get("base", 0))]
    named += [(one["name"], one["amount"]) for one in priced]
    if discount := price_parts.get("group_discount"):
        named.append((_("Discount"), -discount))
    if discount := price_parts.get("promo_discount"):
        words = _("Promo code %(code)s") % {"code": price_parts.get("promo_code", "")}
        named.append((words, -discount))
    nets = [amount for _name, amount in named]
    add_up = "base" in price_parts and sum(nets) == service.amount
    amounts = shown.parts(kind, nets) if add_up else [shown.amount(kind, one) for one in nets]
    of_options = iter(amounts[1:])
    return {
        "price": shown.amount(kind, service.amount),
        "tax_note": shown.note(kind) if service.amount else "",
        "price_parts": list(zip((name for name, _net in named), amounts, strict=True))
        if add_up and len(named) > 1
        else [],
        "options": [(one, next(of_options) if one.get("amount") else 0) for one in service.options],
    }


def _price_change(request: ClientRequest, service: Service, shown: ShownAmounts) -> dict[str, Any]:
    change = planned_price_change(request, service)
    if change is None:
        return {}
    kind = service.product.effective_tax_kind
    return {"price_change": change, "new_price": shown.amount(kind, change.amount)}


def _under_way(request: ClientRequest, service: Service) -> dict[str, Any]:
    """What was asked for and is not done yet, what is overdue, and why the plan cannot be changed."""
    client = request.acting.client
    asked = CancellationRequest.objects.for_client(client).open().filter(service=service)
    found: dict[str, Any] = {
        "open": next(iter(open_plan_changes(request, service)), None),
        "asked": asked.first(),
    }
    if request.acting.may("invoices.view"):
        late = Invoice.objects.for_client(client).filter(
            subjects__service=service, status=InvoiceStatus.OVERDUE
        )
        found["overdue"] = list(late.distinct().order_by("due_date", "pk"))
        found["may_pay"] = found["overdue"] and not payments.no_payment_method_reason(
            request, found["overdue"][0]
        )
    if request.acting.may_change("services.manage"):
        found["why_no_change"] = plan_change_blocked_reason(service, member_context(request))
    return found


def _invoices(request: ClientRequest, service: Service) -> list[Invoice]:
    """The latest invoices with a line of this service; drafts do not exist for clients."""
    if not request.acting.may("invoices.view"):
        return []
    rows = Invoice.objects.for_client(request.acting.client).filter(subjects__service=service)
    return list(rows.exclude(status=InvoiceStatus.DRAFT).newest_first()[:12])


service_rename = form_view(
    rename_service,
    Service.objects.for_client,
    "portal:service",
    "portal/services/service_rename.html",
)
"""`/client/services/{id}/rename`: another name for a service that has not ended."""
