"""What every list page does with its filter, its search and its page number (portal.md 1)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.hosting.models import Service
from commerce.portal.base.search import MAX_QUERY_LENGTH, normalize_query
from tests.make.people import AT
from tests.make.records import (
    make_domain,
    make_domain_item,
    make_item,
    make_order,
    make_product,
    make_service,
)
from tests.portal.conftest import PortalCast

LISTS = ["services", "invoices", "orders", "domains"]


@pytest.fixture
def filled(cast: PortalCast) -> PortalCast:
    """30 services: two pages."""
    product = make_product()
    for n in range(30):
        at = AT + timedelta(minutes=n)
        make_service(cast.client, product=product, label=f"Service {n:02}", at=at)
    return cast


@pytest.mark.parametrize("name", LISTS)
def test_an_unknown_filter_is_422_with_the_full_list_below(cast: PortalCast, name: str) -> None:
    answer = cast.browse(cast.alice).get(f"/client/{name}", {"status": "odd"})
    assert answer.status_code == 422
    assert "Unknown status. Showing all results." in answer.content.decode()


def test_below_an_unknown_filter_stands_the_full_list(filled: PortalCast) -> None:
    page = filled.browse(filled.alice).get("/client/services?status=odd").content.decode()
    assert "1–25 of 30" in page


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_says_what_will_be_here(cast: PortalCast, name: str) -> None:
    page = cast.browse(cast.alice).get(f"/client/{name}").content.decode()
    assert f"No {name} yet" in page
    assert 'class="filters"' not in page


@pytest.mark.parametrize("name", LISTS)
def test_a_search_without_result_leads_back_to_the_full_list(cast: PortalCast, name: str) -> None:
    make_order(cast.client, items=[make_item(), make_domain_item()])
    page = cast.browse(cast.alice).get(f"/client/{name}", {"q": "nothing"}).content.decode()
    assert "Nothing matches “nothing”." in page
    full = f"/client/{name}" + ("?status=all" if name in ("services", "domains") else "")
    assert f'href="{full}">Clear search</a>' in page


@pytest.mark.parametrize(("kind", "make"), [("services", make_service), ("domains", make_domain)])
def test_what_has_ended_stands_apart(cast: PortalCast, kind: str, make: Callable[..., Any]) -> None:
    make(cast.client, "cancelled")
    web = cast.browse(cast.alice)
    page = web.get(f"/client/{kind}").content.decode()
    assert "row-link" not in page
    assert f'href="/client/{kind}?status=all">View all</a>' in page
    make(cast.client)
    shown = {
        query: web.get(f"/client/{kind}?{query}").content.decode().count("row-link")
        for query in ("", "status=current", "status=all", "status=cancelled")
    }
    assert shown == {"": 1, "status=current": 1, "status=all": 2, "status=cancelled": 1}


def test_a_search_looks_among_ended_services_too(cast: PortalCast) -> None:
    """Who looks for a name does not know under which filter it is."""
    make_service(cast.client, "terminated", label="Old shop")
    page = cast.browse(cast.alice).get("/client/services?q=shop").content.decode()
    assert "Old shop" in page
    assert 'aria-current="true">All</a>' in page


def test_a_column_sorts_both_ways_and_says_so(cast: PortalCast) -> None:
    for label in ("beta", "Alpha", "gamma"):
        make_service(cast.client, label=label)
    web = cast.browse(cast.alice)

    def order(sort: str) -> list[str]:
        page = web.get("/client/services", {"sort": sort}).content.decode()
        return re.findall(r'<a class="row-link"[^>]*>(\w+)</a>', page)

    assert order("label") == ["Alpha", "beta", "gamma"]
    assert order("-label") == ["gamma", "beta", "Alpha"]
    assert order("id); DROP") == order("") == ["gamma", "Alpha", "beta"]
    page = web.get("/client/services?sort=label&q=a").content.decode()
    assert (
        'aria-sort="ascending"><a class="sort" href="/client/services?q=a&amp;sort=-label">' in page
    )
    assert '<input type="hidden" name="sort" value="label">' in page


def test_rows_without_a_value_come_last_either_way(cast: PortalCast) -> None:
    """PostgreSQL and SQLite disagree on where NULL stands."""
    make_service(cast.client, label="Never", billing_cycle="one_time")
    make_service(cast.client, label="Soon")
    web = cast.browse(cast.alice)
    for sort in ("renews", "-renews"):
        page = web.get("/client/services", {"sort": sort}).content.decode()
        assert page.index("Soon") < page.index("Never")


def test_what_fits_on_one_page_is_not_counted(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(25):
        make_service(cast.client)
    web = cast.browse(cast.tess)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 the page, 6 tax rules, as the client is shown
    # prices, 7 signs of currencies
    with django_assert_num_queries(7):
        page = web.get("/client/services").content.decode()
    assert page.count("row-link") == 25
    assert "25 results" in page


def test_a_reader_chooses_how_many_rows_a_page_has(filled: PortalCast) -> None:
    web = filled.browse(filled.alice)
    page = web.get("/client/services?per=50").content.decode()
    assert page.count("row-link") == 30
    assert 'href="/client/services?per=100"' in page
    for odd in ("30", "0", "-1", "5000", "x"):
        assert web.get(f"/client/services?per={odd}").content.decode().count("row-link") == 25


def test_page_numbers_lead_to_the_first_the_last_and_the_neighbours(filled: PortalCast) -> None:
    page = filled.browse(filled.alice).get("/client/services?page=2").content.decode()
    assert 'aria-current="page" href="?page=2">2</a>' in page
    assert 'href="?page=1">1</a>' in page


@pytest.mark.parametrize(
    ("page", "first", "status"),
    [
        ("", "1–25", 200),
        ("1", "1–25", 200),
        ("2", "26–30", 200),
        ("3", "26–30", 200),
        ("9" * 30, "26–30", 200),
        ("9" * 3000, "26–30", 200),
        ("0", "1–25", 200),
        ("-1", "1–25", 200),
        ("two", "1–25", 200),
        ("²", "1–25", 200),
    ],
)
def test_a_page_beyond_the_last_is_the_last(
    filled: PortalCast, page: str, first: str, status: int
) -> None:
    answer = filled.browse(filled.alice).get("/client/services", {"page": page})
    assert answer.status_code == status
    assert f"{first} of 30" in answer.content.decode()


def test_links_between_pages_keep_filter_and_search(filled: PortalCast) -> None:
    parameters = {"status": "active", "q": "Service", "sort": "label"}
    page = filled.browse(filled.alice).get("/client/services", parameters).content.decode()
    assert 'href="?status=active&amp;q=Service&amp;sort=label&amp;page=2"' in page
    assert 'href="/client/services?status=suspended&amp;q=Service&amp;sort=label"' in page
    assert '<input type="hidden" name="status" value="active">' in page


def test_a_count_on_the_dashboard_is_the_length_of_its_list(filled: PortalCast) -> None:
    """T8, and portal.md 5: both come from the same rows."""
    make_service(filled.client, "suspended")
    web = filled.browse(filled.alice)
    assert '<span class="figure-value">30</span>' in web.get("/client/dashboard").content.decode()
    assert "of 30" in web.get("/client/services?status=active").content.decode()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        "'; DROP TABLE",
        "%",
        "_",
        "\\",
        "💥" * 200,
        "9" * 40,
        "1e400",
        "NaN",
        "1.23456",
        "12.34 EUR x",
        "0000-00-00",
        "١٢٣",
        '"><script>alert(1)</script>',
        "xn--",
        "." * 300,
    ],
)
def test_nothing_typed_into_the_search_breaks_a_list(
    cast: PortalCast, name: str, query: str
) -> None:
    answer = cast.browse(cast.alice).get(f"/client/{name}", {"q": query})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_a_query_is_tidied() -> None:
    assert normalize_query("  two\twords\x00\u200b ") == "two words"
    assert normalize_query("u\u0308ber") == "über"
    assert len(normalize_query("a" * 1000)) == MAX_QUERY_LENGTH


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "{{ 7 }}{% now %}", "javascript:x"]
)
def test_hostile_text_of_a_record_stays_text(cast: PortalCast, hostile: str) -> None:
    """X9."""
    service = make_service(cast.client, label=hostile)
    Service.objects.filter(pk=service.pk).update(domain=hostile)
    web = cast.browse(cast.alice)
    for path in ("/client/services", f"/client/services/{service.pk}", "/client/dashboard"):
        assert "<script>alert" not in web.get(path).content.decode()
