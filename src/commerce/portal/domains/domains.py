"""`/client/domains`: the client's names, and one of them (portal.md 3 and 4)."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commerce.domains.models import Domain
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, DomainStatus
from commerce.kit import clock
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.base.listing import ListColumn, ListDefinition
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.planned_prices import planned_price_change
from commerce.portal.base.search import SearchColumns
from commerce.portal.billing.invoices import open_invoices
from commerce.presentation.idn import ascii_name
from commerce.presentation.labels import status_labels
from commerce.site_settings.current import business_date

DOMAIN_COLUMNS = SearchColumns(
    texts=("domain_name",),
    days=("expiry_date",),
    choices={"status": status_labels("domain")},
)


def domain_search_filter(query: str) -> Q:
    """Domains whose name (in letters of its own, too), expiry or status has the query."""
    return DOMAIN_COLUMNS.search_filter(query) | Q(domain_name__icontains=ascii_name(query))


DOMAIN_LIST = ListDefinition(
    kind="domain",
    statuses=(
        DomainStatus.ACTIVE,
        DomainStatus.EXPIRED,
        DomainStatus.REDEMPTION,
        DomainStatus.PENDING,
        DomainStatus.PENDING_TRANSFER,
        DomainStatus.TRANSFERRED_AWAY,
        DomainStatus.CANCELLED,
        DomainStatus.FRAUD,
    ),
    current=(*LIVE_DOMAIN_STATUSES, DomainStatus.FRAUD),
    columns=(
        ListColumn(_("Domain"), "name", order=("domain_name",)),
        ListColumn(_("Expires"), "expires", order=("expiry_date",)),
        ListColumn(_("Auto-renew"), "auto_renew"),
        ListColumn(_("Status")),
    ),
    search_words=_("Search domains"),
    search_filter=domain_search_filter,
    per_page=15,
)


@require_safe
@client_page("domains.view")
def domains(request: ClientRequest) -> HttpResponse:
    """Domains, newest first; those that expire soon are marked, those that have ended stand apart."""
    rows = Domain.objects.for_client(request.acting.client).newest_first()
    listing = DOMAIN_LIST.page_for(request, rows)
    context = {
        "listing": listing,
        "open_invoices": open_invoices(request, domains=listing.items),
        "may_order": request.acting.may_change("orders.place"),
        "today": business_date(clock.now()),
    }
    return render(request, "portal/domains/domains.html", context, status=listing.http_status)


@require_safe
@client_page("domains.view")
def domain(request: ClientRequest, pk: int) -> HttpResponse:
    """One domain: status, dates, renewal, nameservers, lock, privacy."""
    rows = Domain.objects.for_client(request.acting.client).select_related(
        "order_unit__item__order"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        return other_client_404(request, Domain.objects.for_client, pk, "domains.view")
    unit = getattr(found, "order_unit", None)
    context = {
        "domain": found,
        "order": unit.item.order if unit else None,
        "open_invoice": open_invoices(request, domains=[found]).get(found.pk),
        "nameservers": [name for name in (found.ns1, found.ns2, found.ns3, found.ns4) if name],
        "today": business_date(clock.now()),
    }
    if found.status in (DomainStatus.ACTIVE, DomainStatus.EXPIRED):
        context["price_change"] = planned_price_change(request, found)
    return render(request, "portal/domains/domain.html", context)
