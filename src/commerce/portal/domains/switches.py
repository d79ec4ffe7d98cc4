"""One press each on a domain's page: transfer lock, WHOIS privacy, auto-renew, term (domains.md 5)."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from commerce.billing.periods.actions.domain_requests import change_term, switch_auto_renew
from commerce.billing.periods.domain_offers import term_blocked_reason
from commerce.domains.actions.changes import (
    request_transfer_lock,
    request_whois_privacy,
    transfer_lock_blocked_reason,
    whois_privacy_blocked_reason,
)
from commerce.domains.actions.editing import live_only_blocked_reason
from commerce.domains.actions.verifications import resend_blocked_reason, resend_verification
from commerce.domains.models import Domain
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.domains.domain_acts import (
    MANAGE_RIGHT,
    act_and_return,
    for_domain,
    member_context,
    to_domain,
)


def _wanted(request: ClientRequest, name: str) -> bool | None:
    """What the pressed button asks for; None if it says neither."""
    return {"on": True, "off": False}.get(request.POST.get(name, ""))


@require_POST
@client_page(MANAGE_RIGHT)
@for_domain(transfer_lock_blocked_reason)
def domain_lock(request: ClientRequest, domain: Domain) -> HttpResponse:
    """`/client/domains/{id}/lock`: have the registrar lock transfers, or unlock them."""
    locked = _wanted(request, "locked")
    if locked is None:
        return to_domain(domain)
    if locked == domain.is_locked:
        words = _("The lock was already on.") if locked else _("The lock was already off.")
        messages.info(request, words)
        return to_domain(domain)
    return act_and_return(
        request,
        domain,
        lambda: request_transfer_lock(domain=domain, locked=locked, ctx=member_context(request)),
        _("We're turning on the transfer lock.")
        if locked
        else _("We're turning off the transfer lock."),
    )


@require_POST
@client_page(MANAGE_RIGHT)
@for_domain(resend_blocked_reason)
def domain_verification(request: ClientRequest, domain: Domain) -> HttpResponse:
    """`/client/domains/{id}/verification`: have the registrar send its mail to the holder again."""
    return act_and_return(
        request,
        domain,
        lambda: resend_verification(domain=domain, ctx=member_context(request)),
        _("The confirmation email was sent again."),
    )


@require_POST
@client_page(MANAGE_RIGHT)
@for_domain(whois_privacy_blocked_reason)
def domain_privacy(request: ClientRequest, domain: Domain) -> HttpResponse:
    """`/client/domains/{id}/privacy`: have the registrar hide the holder, or show them."""
    enabled = _wanted(request, "privacy")
    if enabled is None:
        return to_domain(domain)
    if enabled == domain.whois_privacy:
        words = _("WHOIS privacy was already on."), _("WHOIS privacy was already off.")
        messages.info(request, words[0] if enabled else words[1])
        return to_domain(domain)
    return act_and_return(
        request,
        domain,
        lambda: request_whois_privacy(domain=domain, enabled=enabled, ctx=member_context(request)),
        _("We're turning on WHOIS privacy.") if enabled else _("We're turning off WHOIS privacy."),
    )


@require_POST
@client_page(MANAGE_RIGHT)
@for_domain(live_only_blocked_reason)
def domain_auto_renew(request: ClientRequest, domain: Domain) -> HttpResponse:
    """`/client/domains/{id}/auto-renew`: on or off at once; off may take the open renewal invoice back."""
    enabled = _wanted(request, "auto_renew")
    if enabled is None:
        return to_domain(domain)
    voids = not enabled and "void" in request.POST
    if enabled == domain.auto_renew and not voids:
        words = _("Auto-renew was already on.") if enabled else _("Auto-renew was already off.")
        messages.info(request, words)
        return to_domain(domain)

    voided = False

    def act() -> None:
        nonlocal voided
        voided = switch_auto_renew(
            domain=domain, enabled=enabled, void_renewal=voids, ctx=member_context(request)
        )

    answer = act_and_return(
        request, domain, act, _("Auto-renew is on.") if enabled else _("Auto-renew is off.")
    )
    if voided:
        messages.success(request, _("The unpaid renewal is canceled."))
    return answer


@require_POST
@client_page(MANAGE_RIGHT)
@for_domain(term_blocked_reason)
def domain_term(request: ClientRequest, domain: Domain) -> HttpResponse:
    """`/client/domains/{id}/term`: how many years the next renewals buy."""
    typed = request.POST.get("term", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 2):
        messages.error(request, _("Choose a term."))
        return to_domain(domain)
    years = int(typed)
    words = ngettext(
        "The domain now renews for %(years)s year at a time.",
        "The domain now renews for %(years)s years at a time.",
        years,
    )
    return act_and_return(
        request,
        domain,
        lambda: change_term(domain=domain, years=years, ctx=member_context(request)),
        words % {"years": years},
    )
