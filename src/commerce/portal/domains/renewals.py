"""`/client/domains/{id}/renew` and `/restore`: the invoice of a renewal made early, or of a restore (domains.md 4)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.domain_requests import renew_domain_now, restore_domain
from commerce.billing.periods.domain_offers import (
    OfferChangedError,
    RenewalOffer,
    RestoreOffer,
    renewal_blocked_reason,
    renewal_offers,
    restore_blocked_reason,
    restore_offer,
)
from commerce.billing.tax.shown_amounts import amounts_shown_to
from commerce.catalog.rules import ProductType
from commerce.domains.models import Domain
from commerce.kit import clock
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.redirects import see_other
from commerce.portal.billing import payments
from commerce.portal.domains.domain_access import (
    MANAGE_RIGHT,
    for_domain,
    to_domain,
)
from commerce.site_settings.current import business_date, get_setting
from commerce.support.consumers.actions import begin_text


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT, spends=True)
@for_domain(renewal_blocked_reason)
def domain_renew(request: ClientRequest, domain: Domain) -> HttpResponse:
    """For how many years, at which price, until when; then the invoice, and its payment."""
    problem = ""
    if request.method == "POST":
        seen = RenewalOffer.of_key(request.POST.get("offer", ""))
        if seen is None:
            problem = _("Choose a term.")
        else:
            try:
                return _invoiced(request, domain, seen)
            except OfferChangedError as changed:
                problem = str(changed)
    today = business_date(clock.now())
    shown = amounts_shown_to(request.acting.client, today)
    offers = renewal_offers(domain, today)
    usual = [offer for offer in offers if offer.years == domain.term_years]
    context = {
        "domain": domain,
        "offers": [(offer, shown.amount(ProductType.DOMAIN, offer.amount)) for offer in offers],
        "chosen": (usual or offers)[0],
        "problem": problem,
    }
    return render(
        request,
        "portal/domains/renew.html",
        context | _of_payment(request, domain),
        status=422 if problem else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT, spends=True)
@for_domain(restore_blocked_reason)
def domain_restore(request: ClientRequest, domain: Domain) -> HttpResponse:
    """What bringing a name back costs; then the invoice, and its payment."""
    problem = ""
    if request.method == "POST" and (seen := RestoreOffer.of_key(request.POST.get("offer", ""))):
        try:
            return _invoiced(request, domain, seen)
        except OfferChangedError as changed:
            problem = str(changed)
    offer = restore_offer(domain)
    assert offer is not None  # or there is a reason
    context = {
        "domain": domain,
        "offer": offer,
        **_restore_sums(request, offer),
        "problem": problem,
    }
    return render(
        request,
        "portal/domains/restore.html",
        context | _of_payment(request, domain),
        status=422 if problem else 200,
    )


def _restore_sums(request: ClientRequest, offer: RestoreOffer) -> dict[str, Any]:
    """Fee and renewal as this client is shown amounts, and one table of sums that ends in what is paid."""
    shown = amounts_shown_to(request.acting.client, business_date(clock.now()))
    amounts = (offer.fee, offer.renewal.amount)
    fee, renewal = shown.parts(ProductType.DOMAIN, amounts)
    priced = shown.priced(ProductType.DOMAIN, amounts)
    return {"fee": fee, "renewal": renewal, "sums": priced, "with_tax": shown.with_tax}


def _of_payment(request: ClientRequest, domain: Domain) -> dict[str, Any]:
    uses_credit = get_setting("billing.auto_apply_credit")
    return {
        "uses_credit": uses_credit and credit_balance(domain.client_id, domain.currency_id) > 0,
        "tax_note": amounts_shown_to(request.acting.client, business_date(clock.now())).note(
            ProductType.DOMAIN
        ),
        "may_pay": request.acting.may("invoices.pay"),
        "begin_text": begin_text(request.acting.client),
    }


def _invoiced(
    request: ClientRequest, domain: Domain, seen: RenewalOffer | RestoreOffer
) -> HttpResponse:
    """On to the payment of the invoice; a member who may not pay is told who can. Raises ``OfferChangedError``."""
    restores = isinstance(seen, RestoreOffer)
    try:
        invoice = _made(request, domain, seen)
    except (PermissionDenied, OfferChangedError):
        raise
    except StateConflict as conflict:
        messages.info(request, str(conflict))
        return to_domain(domain)
    except BusinessError as error:
        messages.error(request, str(error))
        return to_domain(domain)
    if not invoice.amount_due:
        renewed = _("Paid from your credit balance. We're renewing the domain.")
        restored = _("Paid from your credit balance. We're restoring the domain.")
        messages.success(request, restored if restores else renewed)
        return to_domain(domain)
    no_way = payments.no_payment_method_reason(request, invoice)
    if not no_way:
        return see_other("portal:pay", invoice.pk)
    renews = _("Invoice %(number)s is ready. The domain renews when it's paid.")
    comes_back = _("Invoice %(number)s is ready. We restore the domain when it's paid.")
    messages.success(request, (comes_back if restores else renews) % {"number": invoice.number})
    messages.info(request, no_way)
    return to_domain(domain)


def _made(request: ClientRequest, domain: Domain, seen: RenewalOffer | RestoreOffer) -> Invoice:
    begins, ctx = "begin_at_once" in request.POST, member_context(request)
    if isinstance(seen, RestoreOffer):
        return restore_domain(domain=domain, expected=seen, begin_at_once=begins, ctx=ctx)
    return renew_domain_now(
        domain=domain, years=seen.years, expected=seen, begin_at_once=begins, ctx=ctx
    )
