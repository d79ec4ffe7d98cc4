"""`/client/dashboard`: how things stand, what is due, and what needs attention (portal.md 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.db.models import F, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from commerce.accounts.models import Client
from commerce.billing.invoices.models import InvoiceQuerySet
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import CreditAccount, Invoice, PriceChange
from commerce.billing.periods.domain_offers import renewal_under_way
from commerce.billing.reports.upcoming_charges import (
    MAX_SUMMED,
    ChargesOfCurrency,
    RecurringCharge,
    charges_by_currency,
    domain_charges,
    service_charges,
)
from commerce.billing.tax.shown_amounts import ShownAmounts, amounts_shown_to
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import Service, ServiceQuerySet
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, ServiceStatus
from commerce.kit import clock
from commerce.orders.rules import OrderStatus
from commerce.payments.autopay import declined_card
from commerce.payments.client_view.next_payment import NextPayment, NextPayments
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.billing import payments as pay
from commerce.portal.billing.attempt_pages import PAY_RIGHT
from commerce.portal.billing.invoices import LISTED_FIELDS, open_invoices
from commerce.portal.billing.next_payments import renewal_payments
from commerce.portal.billing.open_plan_changes import plan_changes_to_pay
from commerce.portal.billing.pay_together import owed_amounts
from commerce.portal.domains.domain_access import MANAGE_RIGHT
from commerce.site_settings.current import business_date

LOOK_AHEAD = timedelta(days=30)
RECENT_INVOICES = 5
DUE_SOON = timedelta(days=7)
MAX_NOTICES = 3
"""Invoices to pay, domains that lapse, and services that are being set up, that have a notice of their own."""

MAX_LISTED = 5
"""Renewals and expiring domains that the page lists; one more is read to know whether there are more."""


@dataclass(frozen=True, slots=True)
class CreditTile:
    """A balance, and for how many months it pays what renews; 0: not told."""

    currency_code: str
    balance: int
    months: int


@dataclass(frozen=True, slots=True)
class RenewalRow:
    """A service that renews soon at ``price``: the invoice that is open for it, and what pays it."""

    service: Service
    due: date
    price: int
    invoice: Invoice | None
    payment: NextPayment | None


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
    }
    shown = amounts_shown_to(acting.client, today)
    payments = NextPayments(acting.client, today)
    charges: list[RecurringCharge] = []
    for right, part in (
        ("services.view", _services),
        ("invoices.view", _invoices),
        ("domains.view", _domains),
    ):
        if acting.may(right):
            found = part(request, today, shown, payments)
            charges += found.pop("charges", [])
            context |= found
    by_currency = charges_by_currency(charges, today)
    by_currency.sort(key=lambda one: one.currency_code != acting.client.currency_code)
    context |= {
        "charges": by_currency,
        "has_charges": any(one.months for one in by_currency),
        "tax_note": shown.common_note(sorted({one.tax_kind for one in charges})),
    }
    if acting.may("invoices.view"):
        context["credit"] = _credit(acting.client, by_currency)
    return render(request, "portal/account/dashboard.html", context)


def _credit(client: Client, charges: Sequence[ChargesOfCurrency]) -> list[CreditTile]:
    """The balances of the client, each with the months for which it lasts."""
    monthly = {one.currency_code: one.monthly_paid for one in charges}
    accounts = CreditAccount.objects.for_client(client).filter(balance__gt=0)
    return [
        CreditTile(code, balance, balance // monthly[code] if monthly.get(code) else 0)
        for code, balance in accounts.order_by("currency_id").values_list("currency_id", "balance")
    ]


def _services(
    request: ClientRequest, today: date, shown: ShownAmounts, payments: NextPayments
) -> dict[str, Any]:
    client = request.acting.client
    rows = Service.objects.for_client(client)
    to_come = PriceChange.objects.for_client(client).for_next_period("service")
    renewals = (
        rows.filter(
            status__in=RUNNING_SERVICE_STATUSES,
            next_due_date__lte=today + LOOK_AHEAD,  # what is due already and not yet paid, too
        )
        .exclude(Q(ends_on__isnull=False) & Q(ends_on__lte=F("next_due_date")))
        .annotate(renews_at=Coalesce(Subquery(to_come.values("amount")[:1]), F("amount")))
        .select_related("product")
        .order_by("next_due_date", "id")
    )
    listed = list(renewals[: MAX_LISTED + 1])
    active = rows.filter(status=ServiceStatus.ACTIVE).count()
    return {
        "active_services": active,
        "is_new": not active and not rows.exists(),
        **_renewals(request, listed, today, shown, payments),
        "being_set_up": list(_being_set_up(rows)[: MAX_NOTICES + 1]),
        "charges": service_charges(client, rows, shown) if active <= MAX_SUMMED else [],
    }


def _renewals(
    request: ClientRequest,
    rows: Sequence[Any],
    today: date,
    shown: ShownAmounts,
    payments: NextPayments,
) -> dict[str, Any]:
    """Services that renew soon, apart from those whose day has passed unpaid: each with its price and what pays it."""
    invoices, paid_by = open_invoices(request, services=rows), {}
    if request.acting.may("invoices.view"):
        paid_by = renewal_payments(rows, invoices, payments, shown)
    listed = [
        RenewalRow(
            row,
            row.next_due_date,
            shown.amount(row.product.effective_tax_kind, row.renews_at),
            invoices.get(row.pk),
            paid_by.get(row.pk),
        )
        for row in rows[:MAX_LISTED]
    ]
    return {
        "unpaid_renewals": [one for one in listed if one.due <= today],
        "renewals": [one for one in listed if one.due > today],
        "has_more_renewals": len(rows) > MAX_LISTED,
    }


def _being_set_up(rows: ServiceQuerySet) -> ServiceQuerySet:
    """What is ordered, paid and not running yet; whether its job is parked is not told to clients."""
    waits = Q(order_unit__item__order__status__in=[OrderStatus.PENDING, OrderStatus.FRAUD])
    return rows.filter(status=ServiceStatus.PENDING).exclude(waits).order_by("created_at", "id")


def _invoices(
    request: ClientRequest, today: date, _shown: ShownAmounts, payments: NextPayments
) -> dict[str, Any]:
    client = request.acting.client
    rows = Invoice.objects.for_client(client)
    outstanding = owed_amounts(request)
    to_pay = _to_pay(request, rows, today, payments) if outstanding else []
    return {
        "outstanding": outstanding,
        "unpaid": sum(each.unpaid for each in outstanding),
        "overdue": sum(each.overdue for each in outstanding),
        "to_pay": to_pay,
        "declined_card": declined_card(client) if request.acting.may(PAY_RIGHT) else None,
        "overdue_shown": sum(
            one.status == InvoiceStatus.OVERDUE for one, _may_pay, _payment in to_pay
        ),
        "recent_invoices": list(rows.newest_first().only(*LISTED_FIELDS)[:RECENT_INVOICES]),
    }


def _to_pay(
    request: ClientRequest, rows: InvoiceQuerySet, today: date, payments: NextPayments
) -> list[tuple[Invoice, bool, NextPayment | None]]:
    """The invoices that are late the longest or due soon, each with whether the member can pay it here, and what
    charges it by itself.
    """
    late_or_soon = Q(status=InvoiceStatus.OVERDUE) | Q(due_date__lte=today + DUE_SOON)
    due = list(rows.open().filter(late_or_soon).order_by("due_date", "id")[:MAX_NOTICES])
    paid_by = payments.of_invoices(due) if due else {}
    return [
        (
            one,
            not (one.is_stopped or pay.no_payment_method_reason(request, one)),
            paid_by[one.pk] if paid_by[one.pk].is_charged else None,
        )
        for one in due
    ]


def _domains(
    request: ClientRequest, today: date, shown: ShownAmounts, _payments: NextPayments
) -> dict[str, Any]:
    rows = Domain.objects.for_client(request.acting.client)
    expiring = rows.filter(
        status__in=[DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION],
        expiry_date__lte=today + LOOK_AHEAD,
    ).order_by("expiry_date", "id")
    listed = list(expiring[: MAX_LISTED + 1])
    shown_ones = [(one, one.expiry_date) for one in listed[:MAX_LISTED] if one.expiry_date]
    off = [one.pk for one in listed if one.status == DomainStatus.ACTIVE and not one.auto_renew]
    paid = rows.filter(renewal_under_way(), pk__in=off).values_list("pk", flat=True) if off else []
    lapsing = [one for one in listed if one.pk in off and one.pk not in paid]
    active = rows.filter(status=DomainStatus.ACTIVE).count()
    return {
        "active_domains": active,
        "expired": [one for one, day in shown_ones if day < today],
        "expiring": [one for one, day in shown_ones if day >= today],
        "has_more_expiring": len(listed) > MAX_LISTED,
        "to_renew": lapsing[:MAX_NOTICES],
        "may_renew": request.acting.may_spend(MANAGE_RIGHT),
        "charges": domain_charges(request.acting.client, rows, shown)
        if active <= MAX_SUMMED
        else [],
    }
