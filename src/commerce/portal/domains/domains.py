"""`/client/domains`: the client's names (portal.md 3)."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commerce.dns.servers.registry import zones_are_on
from commerce.domains.models import Domain
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, DomainStatus
from commerce.kit import clock
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.base.listing import ListColumn, ListDefinition
from commerce.portal.base.search import SearchColumns
from commerce.portal.billing.invoices import open_invoices
from commerce.portal.domains.domain_access import MANAGE_RIGHT
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
    may_manage = request.acting.may_change(MANAGE_RIGHT)
    context = {
        "listing": listing,
        "open_invoices": open_invoices(request, domains=listing.items),
        "may_order": request.acting.may_change("orders.place"),
        "may_manage": may_manage,
        "zones_are_on": zones_are_on(),
        "can_select": may_manage
        and any(one.status == DomainStatus.ACTIVE for one in listing.items),
        "today": business_date(clock.now()),
    }
    return render(request, "portal/domains/domains.html", context, status=listing.http_status)
