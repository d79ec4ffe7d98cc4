"""One press each on a domain's page: transfer lock, WHOIS privacy, auto-renew (domains.md 5)."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from commerce.domains.actions.changes import (
    open_changes,
    request_transfer_lock,
    request_whois_privacy,
)
from commerce.domains.actions.editing import set_auto_renew
from commerce.domains.models import Domain
from commerce.domains.rules import ChangeKind, DomainStatus
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
@for_domain(DomainStatus.ACTIVE)
def domain_lock(request: ClientRequest, domain: Domain) -> HttpResponse:
    """`/client/domains/{id}/lock`: have the registrar lock transfers, or unlock them."""
    locked = _wanted(request, "locked")
    if locked is None:
        return to_domain(domain)
    if locked == domain.is_locked and ChangeKind.LOCK not in open_changes(domain):
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
@for_domain(DomainStatus.ACTIVE)
def domain_privacy(request: ClientRequest, domain: Domain) -> HttpResponse:
    """`/client/domains/{id}/privacy`: have the registrar hide the holder, or show them."""
    enabled = _wanted(request, "privacy")
    if enabled is None:
        return to_domain(domain)
    if enabled == domain.whois_privacy and ChangeKind.PRIVACY not in open_changes(domain):
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
@for_domain(DomainStatus.ACTIVE)
def domain_auto_renew(request: ClientRequest, domain: Domain) -> HttpResponse:
    """`/client/domains/{id}/auto-renew`: on or off at once."""
    enabled = _wanted(request, "auto_renew")
    if enabled is None:
        return to_domain(domain)
    if enabled == domain.auto_renew:
        words = _("Auto-renew was already on.") if enabled else _("Auto-renew was already off.")
        messages.info(request, words)
        return to_domain(domain)
    return act_and_return(
        request,
        domain,
        lambda: set_auto_renew(domain=domain, enabled=enabled, ctx=member_context(request)),
        _("Auto-renew is on.") if enabled else _("Auto-renew is off."),
    )
