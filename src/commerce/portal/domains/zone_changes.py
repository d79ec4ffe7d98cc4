"""Acts on a zone besides its records: import, earlier versions, DNSSEC, the check of its delegation (dns.md 3)."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.dns.actions.checks import check_delegation_now
from commerce.dns.actions.records import reset_zone, restore_version
from commerce.dns.actions.signing import sign_zone, unsign_zone
from commerce.dns.imports import PreparedImport, apply_import, prepare_import
from commerce.dns.models import Zone
from commerce.kit.errors import BusinessError
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import press_view
from commerce.portal.base.redirects import see_other
from commerce.portal.domains.domain_access import MANAGE_RIGHT, act_and_tell
from commerce.portal.domains.zone_access import for_zone, own_zones, zone_page
from commerce.portal.domains.zone_forms import ZoneFileForm


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT)
@for_zone
def zone_import(request: ClientRequest, zone: Zone) -> HttpResponse:
    """`/client/zones/{id}/import`: a zone file, what it would change, and then that it does."""
    if not request.acting.is_active:
        return see_other(zone_page(zone))
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
    act_and_tell(
        request,
        lambda: apply_import(zone=zone, prepared=looked_at, ctx=member_context(request)),
        _("Imported. The records are being published."),
    )
    return see_other(zone_page(zone))


zone_restore = press_view(restore_version, own_zones, zone_page)
zone_reset = press_view(reset_zone, own_zones, zone_page)
zone_sign = press_view(sign_zone, own_zones, zone_page)
zone_unsign = press_view(unsign_zone, own_zones, zone_page)
zone_check = press_view(
    check_delegation_now,
    own_zones,
    zone_page,
    limit=lambda zone: throttles.ThrottleLimit(f"zone-check:{zone.client_id}", 10, 60),
)
