"""How names are found and put into the cart."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from commerce.portal.base.access import client_page
from commerce.portal.shop.domain_search import adding, prices, search, transfers


@require_safe
@client_page("orders.place")
def redirect_to_search(request: HttpRequest) -> HttpResponse:
    """`/client/domains/search` and `/client/domains/register`: the search, which knows the client and its currency."""
    typed = request.GET.get("q") or request.GET.get("domain") or ""
    if not typed:
        return redirect("portal:domain_prices")
    return redirect(f"/domain-search?{urlencode({'q': typed})}")


@require_safe
@client_page("orders.place")
def redirect_to_transfer(request: HttpRequest) -> HttpResponse:
    """`/client/domains/transfer`: the form of a transfer."""
    typed = request.GET.get("domain", "")
    return redirect(
        f"/domains/transfer?{urlencode({'domain': typed})}" if typed else "/domains/transfer"
    )


urlpatterns = [
    path("domains", prices.domains, name="domain_prices"),
    path("domains/add", adding.add_domains, name="add_domains"),
    path("domains/transfer", transfers.domain_transfer, name="domain_transfer"),
    path("domains/transfer/facts", transfers.domain_transfer_facts, name="transfer_facts"),
    path("domain-search", search.domain_search, name="domain_search"),
    path("domain-search/list", search.domain_list_search, name="domain_list_search"),
    path("domain-search/rows", search.domain_search_rows, name="domain_search_rows"),
    path("client/domains/search", redirect_to_search, name="client_domain_search"),
    path("client/domains/register", redirect_to_search, name="client_domain_register"),
    path("client/domains/transfer", redirect_to_transfer, name="client_domain_transfer"),
]
