"""Acts on a zone besides its records: import, earlier versions, DNSSEC, the check of its delegation (dns.md 3)."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commerce.dns.actions.checks import check_delegation_now
from commerce.dns.actions.records import reset_zone, restore_version
from commerce.dns.actions.signing import sign_zone, unsign_zone
from commerce.dns.imports import PreparedImport, apply_import, prepare_import
from commerce.dns.models import Zone
from commerce.kit.errors import BusinessError
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.domains.domain_acts import MANAGE_RIGHT, member_context
from commerce.portal.domains.zone_acts import act_on_zone, for_zone, to_zone
from commerce.portal.domains.zone_forms import ZoneFileForm

FROM_TEMPLATE = "template"


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT)
@for_zone
def zone_import(request: ClientRequest, zone: Zone) -> HttpResponse:
    """`/client/zones/{id}/import`: a zone file, what it would change, and then that it does."""
    if not request.acting.is_active:
        return to_zone(zone)
    context: dict[str, Any] = {"zone": zone, "form": ZoneFileForm()}
    if request.method != "POST":
        return render(request, "portal/domains/zone_import.html", context)
    form = ZoneFileForm(request.POST, request.FILES)
    text = form.text() if form.is_valid() else ""
    status = 200
    if not text.strip():
        form.add_error("zone_file", _("Paste a zone file, or choose one."))
        status = 422
    else:
        try:
            prepared = prepare_import(zone, text)
        except BusinessError as error:
            form.add_error("zone_file", str(error))
            status = 422
        else:
            if "apply" in request.POST and not prepared.problems:
                return _applied(request, zone, prepared)
            status = 422 if prepared.problems else 200
            context["prepared"] = prepared
            form = ZoneFileForm(initial={"zone_file": text})
    context |= {"form": form, "text": text}
    return render(request, "portal/domains/zone_import.html", context, status=status)


def _applied(request: ClientRequest, zone: Zone, prepared: PreparedImport) -> HttpResponse:
    """Only what was looked at is applied: a zone that has changed since then is looked at again."""
    seen = request.POST.get("seen", "")
    number = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0
    looked_at = replace(prepared, seen_number=number)
    return act_on_zone(
        request,
        zone,
        lambda: apply_import(zone=zone, prepared=looked_at, ctx=member_context(request)),
        _("Imported. The records are being published."),
    )


@require_POST
@client_page(MANAGE_RIGHT)
@for_zone
def zone_restore(request: ClientRequest, zone: Zone) -> HttpResponse:
    """`/client/zones/{id}/restore`: an earlier version, or the template."""
    number, ctx = request.POST.get("version", ""), member_context(request)
    if number == FROM_TEMPLATE:
        success = _("The zone has the default records again.")
        return act_on_zone(request, zone, lambda: reset_zone(zone=zone, ctx=ctx), success)
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return to_zone(zone)
    return act_on_zone(
        request,
        zone,
        lambda: restore_version(zone=zone, number=int(number), ctx=ctx),
        _("Version restored. The records are being published."),
    )


@require_POST
@client_page(MANAGE_RIGHT)
@for_zone
def zone_dnssec(request: ClientRequest, zone: Zone) -> HttpResponse:
    """`/client/zones/{id}/dnssec`: on or off."""
    ctx = member_context(request)
    if request.POST.get("dnssec") == "on":
        success = _("DNSSEC is being turned on.")
        return act_on_zone(request, zone, lambda: sign_zone(zone=zone, ctx=ctx), success)
    success = _("DNSSEC is being turned off.")
    return act_on_zone(request, zone, lambda: unsign_zone(zone=zone, ctx=ctx), success)


@require_POST
@client_page(MANAGE_RIGHT)
@for_zone
def zone_check(request: ClientRequest, zone: Zone) -> HttpResponse:
    """`/client/zones/{id}/check`: what the parent says now."""
    throttles.count_attempt([throttles.ThrottleLimit(f"zone-check:{zone.client_id}", 10, 60)])
    try:
        check_delegation_now(zone=zone, ctx=member_context(request))
    except BusinessError as reason:
        messages.error(request, str(reason))
        return to_zone(zone)
    if zone.is_delegated and not zone.delegation_problems:
        messages.success(request, _("The delegation is correct."))
    else:
        messages.info(request, _("Check complete. See below for what we found."))
    return to_zone(zone)
