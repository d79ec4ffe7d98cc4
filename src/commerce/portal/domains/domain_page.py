"""`/client/domains/{id}`: one domain, how it stands, and what can be done about it now (portal.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from commerce.billing.periods.actions.domain_requests import change_term
from commerce.billing.periods.domain_offers import (
    has_open_renewal,
    renewal_blocked_reason,
    restore_blocked_reason,
    restore_offer,
    term_offers,
)
from commerce.billing.tax.shown_amounts import ShownAmounts, amounts_shown_to
from commerce.catalog.rules import ProductType
from commerce.domains.actions.changes import is_privacy_offered, shown_changes
from commerce.domains.deadlines import last_restorable_day, renewal_advance_days
from commerce.domains.errors import CHANGE_PROBLEMS
from commerce.domains.models import Domain, DomainChange
from commerce.domains.registrars.registry import registrar_of
from commerce.domains.rules import ChangeKind, ChangeProblem, ChangeStatus, DomainStatus
from commerce.domains.sale_conditions import default_nameservers
from commerce.kit import clock
from commerce.kit.acts.act import act_of
from commerce.kit.context import Context
from commerce.portal.account.history import HistoryEntry, describe_entries, history_of
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.offers import OfferedAct
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.planned_prices import planned_price_change
from commerce.portal.billing import payments
from commerce.portal.billing.invoices import open_invoices
from commerce.portal.billing.next_payments import next_payment_of_domain
from commerce.portal.domains.contacts import contacts_shown
from commerce.portal.domains.domain_access import MANAGE_RIGHT
from commerce.portal.domains.zone_access import zone_context
from commerce.presentation.labels import Text
from commerce.site_settings.current import business_date

REGISTERED = (DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION)
MAX_ENTRIES = 10
"""Entries of the history that the page lists."""

FAILED_TITLES: dict[str, Text] = {
    ChangeKind.NAMESERVERS: _lazy("The nameservers weren't changed"),
    ChangeKind.LOCK: _lazy("The transfer lock wasn't changed"),
    ChangeKind.PRIVACY: _lazy("WHOIS privacy wasn't changed"),
    ChangeKind.CONTACTS: _lazy("The contacts weren't changed"),
    ChangeKind.RESTORE: _lazy("The domain wasn't restored"),
}


@dataclass(frozen=True, slots=True)
class FailedChange:
    """What was not carried out, and why, in plain words."""

    title: Text
    text: Text


@require_safe
@client_page("domains.view")
def domain(request: ClientRequest, pk: int) -> HttpResponse:
    """Status, dates, renewal, nameservers, contacts, protection, and the history of the name."""
    rows = Domain.objects.for_client(request.acting.client).select_related(
        "order_unit__item__order", "verification"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        return other_client_404(request, Domain.objects.for_client, pk, "domains.view")
    unit = getattr(found, "order_unit", None)
    context = {
        "domain": found,
        **zone_context(request, found),
        "order": unit.item.order if unit else None,
        "may_manage": request.acting.may_change(MANAGE_RIGHT),
        "may_renew": request.acting.may_spend(MANAGE_RIGHT),
        "nameservers": found.nameservers,
        "uses_ours": bool(found.nameservers) and found.nameservers == default_nameservers(),
        "contacts": contacts_shown(found),
        "history": _history(request, found),
        "today": business_date(clock.now()),
        "is_demo": settings.COMMERCE_DEMO,
    }
    context |= _open_invoice(request, found)
    shown = amounts_shown_to(request.acting.client, context["today"])
    context["price"] = shown.amount(ProductType.DOMAIN, found.recurring_amount)
    context["tax_note"] = shown.note(ProductType.DOMAIN)
    if found.status in REGISTERED:
        context |= _changes(shown_changes(found, clock.now()))
        context |= _renewal(request, found, shown)
        change = context.get("price_change")
        context |= next_payment_of_domain(request, found, context["open_invoice"], shown, change)
    if found.status == DomainStatus.ACTIVE:
        context["able"] = registrar_of(found).capabilities
        context["has_privacy"] = is_privacy_offered(found)
        context["verification"] = getattr(found, "verification", None)
    return render(request, "portal/domains/domain.html", context)


def _history(request: ClientRequest, domain: Domain) -> list[HistoryEntry]:
    about_it = history_of(request.acting).filter(record_kind="domain", record_id=domain.pk)
    rows = about_it.exclude(action="domain.registrar_chosen")  # which one is ours to know
    return describe_entries(request.acting, rows[:MAX_ENTRIES])


def _open_invoice(request: ClientRequest, domain: Domain) -> dict[str, Any]:
    """What is open to pay for it, and whether this member can."""
    invoice = open_invoices(request, domains=[domain]).get(domain.pk)
    if invoice is None:
        return {"open_invoice": None}
    may_pay = not invoice.is_stopped and not payments.no_payment_method_reason(request, invoice)
    return {"open_invoice": invoice, "may_pay": may_pay}


def _changes(shown: Mapping[str, DomainChange]) -> dict[str, Any]:
    """By kind what is being changed; and what has failed of late."""
    return {
        "under_way": {
            kind: one for kind, one in shown.items() if one.status == ChangeStatus.REQUESTED
        },
        "failed": [
            FailedChange(FAILED_TITLES[kind], CHANGE_PROBLEMS[ChangeProblem(one.problem)])
            for kind, one in shown.items()
            if one.status == ChangeStatus.FAILED
        ],
    }


def _renewal(request: ClientRequest, domain: Domain, shown: ShownAmounts) -> dict[str, Any]:
    """What renews or restores it, at which prices, and why that cannot be done now."""
    found: dict[str, Any] = {"is_billed": has_open_renewal(domain)}
    ctx = member_context(request)
    if domain.status == DomainStatus.REDEMPTION:
        return found | _restore(domain, shown, ctx)
    if change := planned_price_change(request, domain):
        new_price = shown.amount(ProductType.DOMAIN, change.amount)
        found |= {"price_change": change, "new_price": new_price}
    reason = renewal_blocked_reason(domain, ctx)
    found |= {
        "is_renewing": reason is not None and reason.code == "domain.renewal_under_way",
        "invoiced_on": _invoice_day(domain),
        "renewal_reason": reason,
    }
    if domain.status == DomainStatus.ACTIVE:
        found["term"] = term = OfferedAct(request, act_of(change_term), domain)
        terms = term_offers(domain) if term.is_offered else []
        found["terms"] = [
            (years, shown.amount(ProductType.DOMAIN, amount)) for years, amount in terms
        ]
    return found


def _restore(domain: Domain, shown: ShownAmounts, ctx: Context) -> dict[str, Any]:
    """Until when and for how much it can be restored, with its renewal; or why not."""
    reason, offer = restore_blocked_reason(domain, ctx), restore_offer(domain)
    if reason or offer is None:
        return {"restore_reason": reason}
    total = shown.priced(ProductType.DOMAIN, (offer.fee, offer.renewal.amount)).total
    return {"restore_until": last_restorable_day(domain), "restore_total": total}


def _invoice_day(domain: Domain) -> date | None:
    """When its next renewal is invoiced: today, where its day has passed."""
    if domain.next_due_date is None:
        return None
    day = domain.next_due_date - timedelta(days=renewal_advance_days(domain.tld))
    return max(day, business_date(clock.now()))
