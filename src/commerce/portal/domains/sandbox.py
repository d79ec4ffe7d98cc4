"""`/client/domains/sandbox/{name}`: the other side of a demo, what its registrar and its name server were told."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commerce.dns.models import Zone
from commerce.dns.sandbox.folder import ZoneFolder
from commerce.domains.models import Domain
from commerce.domains.sandbox.sample_names import CURRENCY
from commerce.domains.sandbox.store import business_today, open_books
from commerce.kit import clock
from commerce.portal.base.access import ClientRequest, client_page


@require_safe
@client_page("domains.view")
def sandbox(request: ClientRequest, name: str) -> HttpResponse:
    """What the sandboxes have of a name of the client, or of a zone."""
    client = request.acting.client
    domains = Domain.objects.for_client(client).filter(domain_name=name)
    zones = Zone.objects.for_client(client).filter(name=name)
    if not settings.COMMERCE_DEMO or not (domains.exists() or zones.exists()):
        raise Http404
    today = business_today()
    with open_books(today) as books:
        found, orders = books.find(name), books.orders_of(name)
    context = {
        "name": name,
        "today": today,
        "found": found,
        "state": found.state(today) if found else "",
        "orders": orders,
        "currency": CURRENCY,
        "zone_file": ZoneFolder(name).text(clock.now()),
    }
    return render(request, "portal/domains/sandbox.html", context)
