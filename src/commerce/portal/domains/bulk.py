"""`/client/domains/bulk` and `/client/domains/nameservers`: one change for several domains of the list (portal.md 3).

Each domain is a transaction of its own: what one of them refuses does not stop the others, and the list says which.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from commerce.billing.periods.actions.domain_requests import switch_auto_renew
from commerce.db.acts import do_act
from commerce.domains.actions.changes import nameservers_blocked_reason, request_nameservers
from commerce.domains.actions.editing import live_only_blocked_reason
from commerce.domains.models import Domain
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.redirects import SeeOtherRedirect, path_on_this_site, see_other
from commerce.portal.domains.domain_access import MANAGE_RIGHT
from commerce.portal.domains.nameservers import NameserversForm
from commerce.presentation.idn import readable_name

MAX_AT_ONCE = 100
"""Domains that are changed at once: the longest page of the list."""

MAX_NAMED = 10
"""Names that a message lists."""


def _chosen(request: ClientRequest, sent: QueryDict) -> list[Domain]:
    """The client's own domains among those that are ticked, by name; what is no key of one is left out."""
    keys = {int(pk) for pk in sent.getlist("domain")[:MAX_AT_ONCE] if _is_key(pk)}
    rows = Domain.objects.for_client(request.acting.client).filter(pk__in=keys)
    return list(rows.order_by("domain_name", "pk"))


def _is_key(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 19


def _to_list(request: ClientRequest) -> SeeOtherRedirect:
    """Back to the list as it was filtered."""
    back, here = request.POST.get("next", ""), reverse("portal:domains")
    return see_other(path_on_this_site(back) if back.startswith(f"{here}?") else here)


@require_POST
@client_page(MANAGE_RIGHT)
def domains_bulk(request: ClientRequest) -> HttpResponse:
    """Auto-renew on or off for what is ticked; for nameservers on to their form."""
    chosen, act = _chosen(request, request.POST), request.POST.get("act", "")
    if not chosen:
        messages.info(request, _("Select at least one domain."))
    elif act == "nameservers":
        query = urlencode([("domain", one.pk) for one in chosen])
        return see_other(f"{reverse('portal:domains_nameservers')}?{query}")
    elif act in ("auto_renew_on", "auto_renew_off"):
        _set_auto_renew(request, chosen, enabled=act == "auto_renew_on")
    return _to_list(request)


def _set_auto_renew(request: ClientRequest, chosen: Sequence[Domain], *, enabled: bool) -> None:
    ctx = member_context(request)

    def change(domain: Domain) -> str:
        if reason := live_only_blocked_reason(domain, ctx):
            raise reason
        if domain.auto_renew == enabled:  # nothing is read for it
            return _("Auto-renew was already on.") if enabled else _("Auto-renew was already off.")
        switch_auto_renew(domain=domain, enabled=enabled, ctx=ctx)
        return ""

    changed = _each(request, chosen, change)
    if changed and enabled:
        words = ngettext(
            "Auto-renew is on for %(n)s domain.", "Auto-renew is on for %(n)s domains.", changed
        )
        messages.success(request, words % {"n": changed})
    elif changed:
        words = ngettext(
            "Auto-renew is off for %(n)s domain. Open renewal invoices stay payable.",
            "Auto-renew is off for %(n)s domains. Open renewal invoices stay payable.",
            changed,
        )
        messages.success(request, words % {"n": changed})


def _each(request: ClientRequest, chosen: Sequence[Domain], change: Callable[[Domain], str]) -> int:
    """Change one after the other; how many were, and a message for each reason why others were not."""
    left: dict[str, list[str]] = {}
    for domain in chosen:
        try:
            reason = change(domain)
        except PermissionDenied:
            raise
        except BusinessError as error:
            reason = str(error)
        if reason:
            left.setdefault(reason, []).append(readable_name(domain.domain_name))
    for reason, names in left.items():
        words = _("Not changed: %(names)s. %(reason)s")
        messages.warning(request, words % {"names": _listed(names), "reason": reason})
    return len(chosen) - sum(map(len, left.values()))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_NAMED])
    more = len(names) - MAX_NAMED
    if more <= 0:
        return shown
    words = ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", more)
    return words % {"names": shown, "n": more}


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT)
@restored_forms.restores(NameserversForm, names=("domain",))
def domains_nameservers(request: ClientRequest) -> HttpResponse:
    """One form for the nameservers of several domains; those that cannot be changed now are named before."""
    sent = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(request, sent)
    ctx = member_context(request)
    reasons = {one.pk: nameservers_blocked_reason(one, ctx) for one in chosen}
    if all(reasons.values()) or not request.acting.is_active:
        messages.info(request, _("Select at least one active domain."))
        return _to_list(request)
    form = NameserversForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        restored_forms.restore_form(form, request)
    elif form.is_valid():
        _change_nameservers(request, chosen, form.nameservers())
        return _to_list(request)
    context: dict[str, Any] = {
        "form": form,
        "chosen": [one for one in chosen if not reasons[one.pk]],
        "left_out": [(one, reasons[one.pk]) for one in chosen if reasons[one.pk]],
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/domains/bulk_nameservers.html", context, status=status)


def _change_nameservers(
    request: ClientRequest, chosen: Sequence[Domain], nameservers: list[str]
) -> None:
    def change(domain: Domain) -> str:
        if reason := nameservers_blocked_reason(domain, member_context(request)):
            raise reason
        if domain.nameservers == nameservers:
            return _("It already uses these nameservers.")
        values = {"nameservers": nameservers}
        do_act(request_nameservers, domain, values, member_context(request))
        return ""

    if changed := _each(request, chosen, change):
        words = ngettext(
            "We're changing the nameservers of %(n)s domain.",
            "We're changing the nameservers of %(n)s domains.",
            changed,
        )
        messages.success(request, words % {"n": changed})
