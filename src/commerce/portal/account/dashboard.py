"""`/client/dashboard`: how things stand, what is due, and what needs attention (portal.md 3)."""

from datetime import timedelta
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.db.models import Count, F, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from commerce.billing.invoices.models import InvoiceQuerySet
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice, PriceChange
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import Service, ServiceQuerySet
from commerce.hosting.rules import ServiceStatus
from commerce.kit import clock
from commerce.orders.rules import OrderStatus
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.billing import payments
from commerce.site_settings.current import business_date

LOOK_AHEAD = timedelta(days=30)
RECENT_INVOICES = 5
MAX_NOTICES = 3
"""Overdue invoices, and services that are being set up, that have a notice of their own."""

MAX_LISTED = 10
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
    acting = request.acting
    context: dict[str, Any] = {
        "today": business_date(clock.now()),
        "two_factor": is_mfa_enabled(acting.user),
    }
    for right, part in (
        ("services.view", _services),
        ("invoices.view", _invoices),
        ("domains.view", _domains),
    ):
        if acting.may(right):
            context |= part(request)
    return render(request, "portal/account/dashboard.html", context)


def _services(request: ClientRequest) -> dict[str, Any]:
    today = business_date(clock.now())
    rows = Service.objects.for_client(request.acting.client)
    to_come = PriceChange.objects.for_client(request.acting.client).for_next_period("service")
    renewals = (
        rows.filter(
            status__in=[ServiceStatus.ACTIVE, ServiceStatus.SUSPENDED],
            next_due_date__lte=today + LOOK_AHEAD,  # what is due already and not yet paid, too
        )
        .exclude(Q(cancel_at__isnull=False) & Q(cancel_at__lte=F("next_due_date")))
        .annotate(renews_at=Coalesce(Subquery(to_come.values("amount")[:1]), F("amount")))
        .order_by("next_due_date", "id")
    )
    return {
        "active_services": rows.filter(status=ServiceStatus.ACTIVE).count(),
        "renewals": list(renewals[: MAX_LISTED + 1]),
        "being_set_up": list(_being_set_up(rows)[: MAX_NOTICES + 1]),
    }


def _being_set_up(rows: ServiceQuerySet) -> ServiceQuerySet:
    """What is ordered, paid and not running yet; whether its job is parked is not told to clients."""
    waits = Q(order_unit__item__order__status__in=[OrderStatus.PENDING, OrderStatus.FRAUD])
    return rows.filter(status=ServiceStatus.PENDING).exclude(waits).order_by("created_at", "id")


def _invoices(request: ClientRequest) -> dict[str, Any]:
    rows = Invoice.objects.for_client(request.acting.client)
    outstanding = list(
        rows.open()
        .values("currency_id")
        .annotate(
            sum=Sum("amount_due"),
            unpaid=Count("id", filter=Q(status=InvoiceStatus.UNPAID)),
            overdue=Count("id", filter=Q(status=InvoiceStatus.OVERDUE)),
        )
        .order_by("currency_id")
    )
    overdue = sum(each["overdue"] for each in outstanding)
    return {
        "outstanding": outstanding,
        "unpaid": sum(each["unpaid"] for each in outstanding),
        "overdue": overdue,
        "late": _late(request, rows) if overdue else [],
        "recent_invoices": list(rows.newest_first()[:RECENT_INVOICES]),
    }


def _late(request: ClientRequest, rows: InvoiceQuerySet) -> list[tuple[Invoice, bool]]:
    """The invoices that are overdue the longest, each with whether the member can pay it here."""
    oldest = rows.filter(status=InvoiceStatus.OVERDUE).order_by("due_date", "id")[:MAX_NOTICES]
    return [(each, not payments.no_payment_method_reason(request, each)) for each in oldest]


def _domains(request: ClientRequest) -> dict[str, Any]:
    today = business_date(clock.now())
    rows = Domain.objects.for_client(request.acting.client)
    expiring = rows.filter(
        status__in=[DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION],
        expiry_date__lte=today + LOOK_AHEAD,
    ).order_by("expiry_date", "id")
    return {
        "active_domains": rows.filter(status=DomainStatus.ACTIVE).count(),
        "expiring": list(expiring[: MAX_LISTED + 1]),
    }
