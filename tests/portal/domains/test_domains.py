"""`/client/domains` and one domain."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from commerce.site_settings.actions import set_setting
from tests.make.people import AT
from tests.make.records import make_domain, make_domain_item, make_order
from tests.make.repricing import announce_price_change, make_tld
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import CTX, finish, read

TODAY = AT.date()


def test_a_full_page_of_15_costs_the_same_queries_as_an_empty_one(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(17):
        make_domain(cast.client, at=AT + timedelta(minutes=n))
    web = cast.browse(cast.tess)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 number of domains, 6 one page of them
    with django_assert_num_queries(6):
        page = web.get("/client/domains").content.decode()
    assert page.count('class="row-link"') == 15


def test_one_domain_costs_nine_queries(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = make_order(cast.client, items=[make_domain_item(domain="acme.example")])
    domain = order.items.get().units.get().domain
    assert domain is not None
    web = cast.browse(cast.tess)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 the domain with its order, 6 its history,
    # 7 tax rules, 8 signs of currencies
    with django_assert_num_queries(9):
        page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert f'href="/client/orders/{order.pk}"' in page
    assert "ns1.example.net" in page
    assert "as soon as its order is paid" in page


def test_one_that_can_be_changed_costs_no_more_however_much_happened_to_it(
    cast: PortalCast,
) -> None:
    make_tld()
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    path = f"/client/domains/{domain.pk}"
    with CaptureQueriesContext(connection) as first:
        web.get(path)
    queries = len(first)
    for n in range(12):
        web.post(f"{path}/lock", {"locked": "on" if n % 2 else "off"})
        finish(domain)
    web.post(f"{path}/privacy", {"enabled": "on"})
    web.get("/client/domains")
    with CaptureQueriesContext(connection) as second:
        page = web.get(path).content.decode()
    assert len(second) <= queries <= 33
    assert page.count('<div class="muted small">') == 10


def test_the_history_is_the_names_own_and_names_no_registrar(cast: PortalCast) -> None:
    domain, other = make_domain(cast.client), make_domain(cast.client)
    web = cast.browse(cast.tess)
    web.post(f"/client/domains/{domain.pk}/lock", {"locked": "off"})
    words = read(web, f"/client/domains/{domain.pk}")
    assert "Change of transfer lock requested tess@example.com" in words
    assert "Registrar" not in words
    assert "requested" not in read(web, f"/client/domains/{other.pk}")


def test_an_announced_price_is_told_with_its_day(cast: PortalCast) -> None:
    make_tld()
    domain = make_domain(cast.client)
    announce_price_change(domain)
    page = cast.browse(cast.tess).get(f"/client/domains/{domain.pk}").content.decode()
    assert '<dt>From <time class="nowrap" datetime="2027-04-08">' in page
    assert "€15.00" in page
    assert "€12.00" in page


@pytest.mark.parametrize(
    ("days", "words"),
    [(-1, "expired"), (0, "today"), (1, "in 1 day<"), (30, "in 30 days"), (31, None)],
)
def test_an_expiry_is_marked_within_30_days_and_when_past(
    cast: PortalCast, days: int, words: str | None
) -> None:
    make_domain(cast.client, expiry_date=TODAY + timedelta(days=days))
    page = cast.browse(cast.alice).get("/client/domains").content.decode()
    assert (words in page) if words else ("mark-" not in page)


@pytest.mark.parametrize(
    "status",
    [
        "active",
        "expired",
        "redemption",
        "pending",
        "pending_transfer",
        "transferred_away",
        "cancelled",
        "fraud",
    ],
)
def test_each_status_can_be_filtered_and_its_page_read(cast: PortalCast, status: str) -> None:
    domain = make_domain(cast.client, status)
    make_domain(cast.client, "active" if status != "active" else "expired")
    web = cast.browse(cast.alice)
    page = web.get("/client/domains", {"status": status}).content.decode()
    assert page.count('class="row-link"') == 1
    assert f'href="/client/domains/{domain.pk}"' in page
    assert web.get(f"/client/domains/{domain.pk}").status_code == 200


@pytest.mark.parametrize("query", ["münchen", "MÜNCHEN.example", "xn--mnchen", "2027-01-02"])
def test_a_name_is_found_as_it_is_read_and_as_it_is_stored(cast: PortalCast, query: str) -> None:
    expiry = TODAY.replace(year=2027, month=1, day=2)
    found = make_domain(cast.client, domain_name="xn--mnchen-3ya.example", expiry_date=expiry)
    other = make_domain(cast.client)
    page = cast.browse(cast.alice).get("/client/domains", {"q": query}).content.decode()
    assert f'href="/client/domains/{found.pk}"' in page
    assert ">münchen.example<" in page
    assert f'href="/client/domains/{other.pk}"' not in page


@pytest.mark.parametrize("sold", ["on", "off"])
def test_names_are_sold_from_the_list_where_they_are_sold_at_all(
    cast: PortalCast, sold: str
) -> None:
    set_setting(key="portal.show_domain_search", value=sold, ctx=CTX)
    for path in ("/client/domains", "/client/dashboard"):
        offered = [
            'action="/domain-search"' in cast.browse(user).get(path).content.decode()
            for user in (cast.alice, cast.tess)
        ]
        assert offered == [sold == "on", False]  # Tess may place no orders
