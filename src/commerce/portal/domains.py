"""`/client/domains`: the client's names, and one of them (portal.md 3 and 4)."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commerce.domains.models import Domain
from commerce.kit import clock
from commerce.portal.access import ClientRequest, client_page
from commerce.portal.formats import status_words
from commerce.portal.listing import Shape
from commerce.portal.names import ascii_name
from commerce.portal.prices import price_to_come
from commerce.portal.records import elsewhere
from commerce.portal.search import Columns
from commerce.preferences.current import business_date

COLUMNS = Columns(
    texts=("domain_name",),
    days=("expiry_date",),
    choices={"status": status_words("domain")},
)


def matching(query: str) -> Q:
    """Domains whose name (in letters of its own, too), expiry or status has the query."""
    return COLUMNS.matching(query) | Q(domain_name__icontains=ascii_name(query))


SHAPE = Shape(
    kind="domain",
    statuses=(
        "active",
        "expired",
        "redemption",
        "pending",
        "pending_transfer",
        "transferred_away",
        "cancelled",
        "fraud",
    ),
    search_words=_("Search name or date"),
    matching=matching,
    per_page=15,
)


@require_safe
@client_page("domains.view")
def domains(request: ClientRequest) -> HttpResponse:
    """All domains, newest first, by status and search; those that expire soon are marked."""
    rows = Domain.objects.for_client(request.acting.client).newest_first()
    listing = SHAPE.read(request, rows)
    context = {"listing": listing, "today": business_date(clock.now())}
    return render(request, "portal/domains.html", context, status=listing.http_status)


@require_safe
@client_page("domains.view")
def domain(request: ClientRequest, pk: int) -> HttpResponse:
    """One domain: status, dates, renewal, nameservers, lock, privacy."""
    rows = Domain.objects.for_client(request.acting.client).select_related(
        "order_unit__item__order"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        return elsewhere(request, Domain.objects.for_client, pk, "domains.view")
    unit = getattr(found, "order_unit", None)
    context = {
        "domain": found,
        "order": unit.item.order if unit else None,
        "nameservers": [name for name in (found.ns1, found.ns2, found.ns3, found.ns4) if name],
        "today": business_date(clock.now()),
    }
    if found.status in (Domain.Status.ACTIVE, Domain.Status.EXPIRED):
        context["price_change"] = price_to_come(request, found)
    return render(request, "portal/domain.html", context)
