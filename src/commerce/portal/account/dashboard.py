"""`/client/dashboard`: how things stand, what is due, and what needs attention (portal.md 3)."""

from datetime import date, timedelta
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.db.models import F, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from commerce.billing.invoices.models import InvoiceQuerySet
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice, PriceChange
from commerce.billing.periods.domain_offers import renewal_under_way
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import Service, ServiceQuerySet
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, ServiceStatus
from commerce.kit import clock
from commerce.orders.rules import OrderStatus
from commerce.payments.autopay import declined_card
from commerce.portal.account.upcoming_charges import (
    MAX_SUMMED,
    RecurringCharge,
    charges_by_currency,
    domain_charges,
    service_charges,
)
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.billing import payments
from commerce.portal.billing.attempt_pages import PAY_RIGHT
from commerce.portal.billing.invoices import LISTED_FIELDS, open_invoices
from commerce.portal.billing.open_plan_changes import plan_changes_to_pay
from commerce.portal.billing.pay_together import owed_amounts
from commerce.portal.domains.domain_acts import MANAGE_RIGHT
from commerce.site_settings.current import business_date, get_setting

LOOK_AHEAD = timedelta(days=30)
RECENT_INVOICES = 5
DUE_SOON = timedelta(days=7)
MAX_NOTICES = 3
"""Invoices to pay, domains that lapse, and services that are being set up, that have a notice of their own."""

MAX_LISTED = 5
"""Renewals and expiring domains that the page lists; one more is read to know whether there are more."""


@require_safe
@client_page()
def home(request: ClientRequest) -> HttpResponse:
    """`/client` is the dashboard."""
    return redirect("portal:dashboard")


@require_safe
@client_page()
def dashboard(request: ClientRequest) -> HttpResponse:
    """What the member has a right to see, and only that: a part without the right is left out, not zero."""
    acting, today = request.acting, business_date(clock.now())
    context: dict[str, Any] = {
        "today": today,
        "two_factor": is_mfa_enabled(acting.user),
        "may_order": acting.may_change("orders.place"),
        "plan_changes": plan_changes_to_pay(request),
        "before_tax": not get_setting("tax.prices_include_tax"),
    }
    charges: list[RecurringCharge] = []
    for right, part in (
        ("services.view", _services),
        ("invoices.view", _invoices),
        ("domains.view", _domains),
    ):
        if acting.may(right):
            found = part(request, today)
            charges += found.pop("charges", [])
            context |= found
    by_currency = charges_by_currency(charges, today)
    by_currency.sort(key=lambda one: one.currency_code != acting.client.currency_code)
    context |= {"charges": by_currency, "has_charges": any(one.months for one in by_currency)}
    return render(request, "portal/account/dashboard.html", context)


def _services(request: ClientRequest, today: date) -> dict[str, Any]:
    client = request.acting.client
    rows = Service.objects.for_client(client)
    to_come = PriceChange.objects.for_client(client).for_next_period("service")
    renewals = (
        rows.filter(
            status__in=RUNNING_SERVICE_STATUSES,
            next_due_date__lte=today + LOOK_AHEAD,  # what is due already and not yet paid, too
        )
        .exclude(Q(cancel_at__isnull=False) & Q(cancel_at__lte=F("next_due_date")))
        .annotate(renews_at=Coalesce(Subquery(to_come.values("amount")[:1]), F("amount")))
        .order_by("next_due_date", "id")
    )
    listed = list(renewals[: MAX_LISTED + 1])
    active = rows.filter(status=ServiceStatus.ACTIVE).count()
    return {
        "active_services": active,
        "is_new": not active and not rows.exists(),
        "renewals": listed,
        "open_invoices": open_invoices(request, services=listed),
        "being_set_up": list(_being_set_up(rows)[: MAX_NOTICES + 1]),
        "charges": service_charges(client, rows) if active <= MAX_SUMMED else [],
    }


def _being_set_up(rows: ServiceQuerySet) -> ServiceQuerySet:
    """What is ordered, paid and not running yet; whether its job is parked is not told to clients."""
    waits = Q(order_unit__item__order__status__in=[OrderStatus.PENDING, OrderStatus.FRAUD])
    return rows.filter(status=ServiceStatus.PENDING).exclude(waits).order_by("created_at", "id")


def _invoices(request: ClientRequest, today: date) -> dict[str, Any]:
    client = request.acting.client
    rows = Invoice.objects.for_client(client)
    outstanding = owed_amounts(request)
    to_pay = _to_pay(request, rows, today) if outstanding else []
    return {
        "outstanding": outstanding,
        "unpaid": sum(each.unpaid for each in outstanding),
        "overdue": sum(each.overdue for each in outstanding),
        "to_pay": to_pay,
        "declined_card": declined_card(client) if request.acting.may(PAY_RIGHT) else None,
        "overdue_shown": sum(one.status == InvoiceStatus.OVERDUE for one, _may_pay in to_pay),
        "recent_invoices": list(rows.newest_first().only(*LISTED_FIELDS)[:RECENT_INVOICES]),
    }


def _to_pay(
    request: ClientRequest, rows: InvoiceQuerySet, today: date
) -> list[tuple[Invoice, bool]]:
    """The invoices that are late the longest or due soon, each with whether the member can pay it here."""
    late_or_soon = Q(status=InvoiceStatus.OVERDUE) | Q(due_date__lte=today + DUE_SOON)
    due = rows.open().filter(late_or_soon).order_by("due_date", "id")
    return [
        (one, not (one.is_stopped or payments.no_payment_method_reason(request, one)))
        for one in due[:MAX_NOTICES]
    ]


def _domains(request: ClientRequest, today: date) -> dict[str, Any]:
    rows = Domain.objects.for_client(request.acting.client)
    expiring = rows.filter(
        status__in=[DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION],
        expiry_date__lte=today + LOOK_AHEAD,
    ).order_by("expiry_date", "id")
    listed = list(expiring[: MAX_LISTED + 1])
    off = [one.pk for one in listed if one.status == DomainStatus.ACTIVE and not one.auto_renew]
    paid = rows.filter(renewal_under_way(), pk__in=off).values_list("pk", flat=True) if off else []
    lapsing = [one for one in listed if one.pk in off and one.pk not in paid]
    active = rows.filter(status=DomainStatus.ACTIVE).count()
    return {
        "active_domains": active,
        "expiring": listed,
        "to_renew": lapsing[:MAX_NOTICES],
        "may_renew": request.acting.may_spend(MANAGE_RIGHT),
        "charges": domain_charges(request.acting.client, rows) if active <= MAX_SUMMED else [],
    }
