"""What pays the next bill of a service or domain, as its page, the invoice's and the dashboard say it (portal.md 4)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from commerce.billing.models import Invoice, PriceChange
from commerce.billing.tax.shown_amounts import ShownAmounts
from commerce.catalog.rules import ProductType
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.payments.client_view.next_payment import NextPayment, NextPayments, PaidBy
from commerce.payments.gateways import registry
from commerce.portal.base.access import ClientRequest
from commerce.portal.billing.attempt_pages import PAY_RIGHT
from commerce.site_settings.current import business_date


def next_payment_of_service(
    request: ClientRequest,
    service: Service,
    open_invoice: Invoice | None,
    shown: ShownAmounts,
    change: PriceChange | None,
) -> dict[str, Any]:
    """For the page of a service: of the invoice that is open, else of the one to come, at the price that is announced
    for it in ``change``.
    """
    if not request.acting.may("invoices.view"):
        return {}
    payments = NextPayments(request.acting.client, business_date(clock.now()))
    if open_invoice is not None:
        return _context(request, payments.of_invoices([open_invoice])[open_invoice.pk])
    amount = _next_amount(service.next_due_date, service.amount, change)
    total = shown.total(service.product.effective_tax_kind, amount)
    return _context(request, payments.of_service(service, total))


def next_payment_of_domain(
    request: ClientRequest,
    domain: Domain,
    open_invoice: Invoice | None,
    shown: ShownAmounts,
    change: PriceChange | None,
) -> dict[str, Any]:
    """The same for the page of a domain."""
    if not request.acting.may("invoices.view"):
        return {}
    payments = NextPayments(request.acting.client, business_date(clock.now()))
    if open_invoice is not None:
        return _context(request, payments.of_invoices([open_invoice])[open_invoice.pk])
    amount = _next_amount(domain.next_due_date, domain.recurring_amount, change)
    total = shown.total(ProductType.DOMAIN, amount)
    return _context(request, payments.of_domain(domain, total))


def _next_amount(due: date | None, amount: int, change: PriceChange | None) -> int:
    """What the period costs that is due next."""
    return change.amount if change and due and change.from_date <= due else amount


def next_payment_of_invoice(request: ClientRequest, invoice: Invoice) -> dict[str, Any]:
    """For the page of an open invoice."""
    payments = NextPayments(request.acting.client, business_date(clock.now()))
    return _context(request, payments.of_invoices([invoice])[invoice.pk])


def renewal_payments(
    services: Sequence[Any],
    invoices: Mapping[int, Invoice],
    payments: NextPayments,
    shown: ShownAmounts,
) -> dict[int, NextPayment | None]:
    """By service what pays its renewal: of the invoice in ``invoices``, else of the one to come at ``renews_at``."""
    of_invoices = payments.of_invoices(list(invoices.values())) if invoices else {}
    found: dict[int, NextPayment | None] = {
        key: of_invoices[invoice.pk] for key, invoice in invoices.items()
    }
    for service in services:
        if service.pk not in invoices:
            total = shown.total(service.product.effective_tax_kind, service.renews_at)
            found[service.pk] = payments.of_service(service, total)
    return found


def _context(request: ClientRequest, payment: NextPayment | None) -> dict[str, Any]:
    """``payment_words``: what a member who may pay can do about it on the page of payment methods."""
    words = ""
    if (
        payment
        and not payment.is_covered
        and request.acting.may(PAY_RIGHT)
        and request.acting.impersonation is None
    ):
        if payment.how == PaidBy.SWITCHED_OFF:
            words = _("Turn on autopay")
        elif payment.how == PaidBy.DECLINED:
            words = _("Update payment method")
        elif payment.how == PaidBy.NO_CARD and registry.card_setup_gateways():
            words = _("Add payment method")
    return {"payment": payment, "payment_words": words}
