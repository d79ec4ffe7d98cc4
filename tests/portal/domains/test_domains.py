"""`/client/domains` and one domain."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.make.people import AT
from tests.make.records import make_domain, make_domain_item, make_order
from tests.make.repricing import announce_price_change, make_tld
from tests.portal.conftest import PortalCast

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


def test_one_domain_costs_six_queries(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = make_order(cast.client, items=[make_domain_item(domain="acme.example")])
    domain = order.items.get().units.get().domain
    assert domain is not None
    web = cast.browse(cast.tess)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 the domain with its order,
    # 6 signs of currencies
    with django_assert_num_queries(6):
        page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert f'href="/client/orders/{order.pk}"' in page
    assert "ns1.example.net" in page
    assert "as soon as its order is paid" in page


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
