"""`/client/search`: one field for everything of the client that has a page of its own."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.orders.models import Order
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.base.search import normalize_query
from commerce.portal.domains.domains import domain_search_filter
from commerce.portal.shop.orders import order_search_filter
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.presentation.idn import readable_name
from commerce.presentation.labels import Text

MAX_RESULTS = 5
"""Results of one kind that the page lists; the list of that kind finds the others."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One record that was found: its name, what tells it from others, and its status."""

    url: str
    title: str
    note: str
    status: str


@dataclass(frozen=True, slots=True)
class ResultGroup:
    """What was found of one kind, and where to find the rest, if there is more."""

    kind: str
    title: Text
    results: Sequence[SearchResult]
    more_url: str


@dataclass(frozen=True, slots=True)
class SearchSource:
    """A kind of record that is searched by the members who have ``right``."""

    kind: str
    title: Text
    right: str
    find: Callable[[Client, str], Iterable[SearchResult]]


def _invoices(client: Client, query: str) -> Iterable[SearchResult]:
    """By number or payment reference, which may be typed with spaces."""
    reference = "".join(query.split())
    by_number = Q(number__icontains=query) | Q(payment_reference__icontains=reference)
    for row in (
        Invoice.objects.for_client(client).filter(by_number).newest_first()[: MAX_RESULTS + 1]
    ):
        note = format_money(row.total, row.currency_id)
        yield SearchResult(reverse("portal:invoice", args=[row.pk]), str(row), note, row.status)


def _services(client: Client, query: str) -> Iterable[SearchResult]:
    words = Q(label__icontains=query) | Q(domain__icontains=query)
    rows = Service.objects.for_client(client).filter(words | Q(product__name__icontains=query))
    for row in rows.newest_first().select_related("product")[: MAX_RESULTS + 1]:
        note = readable_name(row.domain) or row.product.name
        yield SearchResult(reverse("portal:service", args=[row.pk]), row.label, note, row.status)


def _domains(client: Client, query: str) -> Iterable[SearchResult]:
    rows = Domain.objects.for_client(client).filter(domain_search_filter(query)).newest_first()
    for row in rows[: MAX_RESULTS + 1]:
        note = format_day(row.expiry_date) if row.expiry_date else ""
        url = reverse("portal:domain", args=[row.pk])
        yield SearchResult(url, readable_name(row.domain_name), note, row.status)


def _orders(client: Client, query: str) -> Iterable[SearchResult]:
    rows = Order.objects.for_client(client)
    found = rows.filter(pk__in=rows.filter(order_search_filter(query)).values("pk"))
    for row in found.newest_first()[: MAX_RESULTS + 1]:
        note = format_money(row.total, row.currency_id)
        yield SearchResult(reverse("portal:order", args=[row.pk]), row.number, note, row.status)


SOURCES = (
    SearchSource("service", _("Services"), "services.view", _services),
    SearchSource("domain", _("Domains"), "domains.view", _domains),
    SearchSource("invoice", _("Invoices"), "invoices.view", _invoices),
    SearchSource("order", _("Orders"), "orders.view", _orders),
)


@require_safe
@client_page()
def search_results(request: ClientRequest) -> HttpResponse:
    """A few results of each kind that the member may see, the newest first."""
    query = normalize_query(request.GET.get("q", ""))
    sources = [one for one in SOURCES if query and request.acting.may(one.right)]
    groups = [group for one in sources if (group := _group(request, one, query)).results]
    context = {"search_query": query, "groups": groups}
    return render(request, "portal/account/search_results.html", context)


def _group(request: ClientRequest, source: SearchSource, query: str) -> ResultGroup:
    found = list(source.find(request.acting.client, query))
    more = f"{reverse(f'portal:{source.kind}s')}?{urlencode({'q': query})}"
    more_url = more if len(found) > MAX_RESULTS else ""
    return ResultGroup(source.kind, source.title, found[:MAX_RESULTS], more_url)
