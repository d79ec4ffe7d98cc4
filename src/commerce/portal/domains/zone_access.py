"""What each page of a zone shares: whose it is, and that zones are on at all (dns.md 3)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse

from commerce.accounts.models import Client
from commerce.dns.actions.records import ended_blocked_reason
from commerce.dns.actions.signing import are_ours
from commerce.dns.models import Zone, ZoneQuerySet
from commerce.dns.rules import ZoneStatus
from commerce.dns.servers.registry import zones_are_on
from commerce.domains.models import Domain
from commerce.portal.base.access import ClientRequest, member_context
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import see_other
from commerce.portal.domains.domain_access import MANAGE_RIGHT

type ZoneView = Callable[..., HttpResponse]


def where_zones_are_on(view: ZoneView) -> ZoneView:
    """There is no such page while no name server is connected."""

    @wraps(view)
    def asked_first(request: ClientRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not zones_are_on():
            raise Http404
        return view(request, *args, **kwargs)

    return asked_first


def for_zone(view: ZoneView) -> ZoneView:
    """The view gets the client's own zone in place of its key; one that has ended is only a word on the list."""

    @wraps(view)
    def found_first(request: ClientRequest, pk: int) -> HttpResponse:
        zone = own_zones(request.acting.client).filter(pk=pk).first()
        if zone is None:
            return other_client_404(request, own_zones, pk, MANAGE_RIGHT)
        if reason := ended_blocked_reason(zone, member_context(request)):
            messages.info(request, str(reason))
            return see_other(zone_page(zone))
        return view(request, zone)

    return found_first


def own_zones(client: Client) -> ZoneQuerySet:
    """The zones of a client; none while no name server is connected."""
    rows = Zone.objects.for_client(client).select_related("domain")
    return rows if zones_are_on() else rows.none()


def zone_page(zone: Zone) -> str:
    """Where a zone stands: its page; of one that has ended, the list."""
    is_live = zone.status == ZoneStatus.LIVE
    return reverse("portal:zone", args=[zone.pk]) if is_live else reverse("portal:zones")


def zone_context(request: ClientRequest, domain: Domain) -> dict[str, Any]:
    """What the page of a domain says of its zone, where zones are on."""
    if not zones_are_on():
        return {"zones_are_on": False}
    rows = Zone.objects.for_client(request.acting.client).live()
    return {
        "zones_are_on": True,
        "zone": rows.filter(domain=domain).first(),
        "zone_is_in_use": are_ours(domain.nameservers),
    }
