"""`/client/search`: one field for everything of the client."""

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.make.people import make_member
from tests.make.records import make_domain, make_domain_item, make_item, make_order, make_service
from tests.portal.conftest import PortalCast

URL = "/client/search"


def test_each_kind_is_found_by_what_people_know_of_it(cast: PortalCast) -> None:
    service = make_service(cast.client, label="Bakery website", domain="bakery.example")
    domain = make_domain(cast.client, domain_name="xn--bcker-gra.example")
    order = make_order(cast.client)
    invoice = order.invoice
    assert invoice is not None
    reference = invoice.payment_reference or ""
    web = cast.browse(cast.alice)
    for query, path in (
        ("bakery web", f"/client/services/{service.pk}"),
        ("BAKERY.example", f"/client/services/{service.pk}"),
        ("bäcker", f"/client/domains/{domain.pk}"),
        (str(invoice.number).lower(), f"/client/invoices/{invoice.pk}"),
        (reference, f"/client/invoices/{invoice.pk}"),
        (f"{reference[:4]} {reference[4:8]}", f"/client/invoices/{invoice.pk}"),
        (order.number, f"/client/orders/{order.pk}"),
    ):
        page = web.get(URL, {"q": query}).content.decode()
        assert f'class="row-link" href="{path}"' in page, query


def test_a_member_finds_only_what_they_may_see(cast: PortalCast) -> None:
    item, domain = make_item(domain="shared.example"), make_domain_item(domain="shared.example")
    make_order(cast.client, items=[item, domain])
    dora = make_member(cast.client, "dora@example.com", "technical", rights=["services.view"]).user
    web = cast.browse(dora)
    page = web.get(URL, {"q": "shared"}).content.decode()
    assert page.count("row-link") == page.count('href="/client/services/') == 1
    for query in ("INV", "RF", "ORD"):
        assert "row-link" not in web.get(URL, {"q": query}).content.decode()


def test_nothing_of_another_client_is_found(cast: PortalCast) -> None:
    make_order(cast.foreign, items=[make_item(domain="foreign.example"), make_domain_item()])
    web = cast.browse(cast.alice)
    for query in ("foreign", "INV", "RF", "ORD-0001", "example"):
        assert "row-link" not in web.get(URL, {"q": query}).content.decode()


def test_five_of_a_kind_are_listed_and_the_list_has_the_rest(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(7):
        make_service(cast.client, label=f"Shop {number}")
    web = cast.browse(cast.alice)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 to 8 each kind
    with django_assert_num_queries(8):
        page = web.get(URL, {"q": "shop"}).content.decode()
    assert page.count("row-link") == 5
    assert 'href="/client/services?q=shop"' in page


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_search_asks_for_words(cast: PortalCast, query: str) -> None:
    make_service(cast.client)
    page = cast.browse(cast.alice).get(URL, {"q": query}).content.decode()
    assert "row-link" not in page
    assert "No results" not in page
    assert 'placeholder="Invoice number, service, domain, or order"' in page


def test_the_field_is_in_the_bar_of_each_page(cast: PortalCast) -> None:
    page = cast.browse(cast.alice).get("/client/services").content.decode()
    assert f'action="{URL}" role="search" aria-label="Search your account"' in page
