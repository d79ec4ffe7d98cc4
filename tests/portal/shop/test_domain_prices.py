"""`/domains`: the prices of all TLDs, sorted and filtered by the address, cheap to show (domains.md 8)."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.domains.actions.tlds import set_tld
from tests.doubles.registrar import RemoteRegistry
from tests.make.browser import make_browser
from tests.make.names import CTX, names_on_sale, sell_tld


@pytest.fixture(autouse=True)
def remote(db: None) -> Iterator[RemoteRegistry]:
    with names_on_sale("com") as registry:
        sell_tld("net", register=800, renew=None)
        sell_tld("shop", register=2500, renew=2600, transfer=None, restore=None, min_years=2)
        yield registry


def read(**address: str) -> str:
    return str(make_browser().get("/domains", address).content.decode())


def table(page: str) -> list[list[str]]:
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", body, re.S)
    texts = [unescape(re.sub(r"<[^>]+>", " ", cell)).split() for cell in cells]
    return [[" ".join(text) for text in texts[n : n + 5]] for n in range(0, len(texts), 5)]


def test_all_tlds_on_sale_with_their_prices() -> None:
    set_tld(tld="com", is_active=True, ctx=CTX)
    sell_tld("gone")
    set_tld(tld="gone", is_active=False, ctx=CTX)
    assert table(read()) == [
        [".com", "$10.00", "$12.00", "$9.00", "$50.00"],
        [".net", "–", "–", "–", "$50.00"],
        [".shop At least 2 years", "$25.00", "$26.00", "–", "–"],
    ]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("register", [".com", ".shop", ".net"]),
        ("-register", [".shop", ".com", ".net"]),
        ("-tld", [".shop", ".net", ".com"]),
        ("odd", [".com", ".net", ".shop"]),
    ],
)
def test_it_is_sorted_by_any_column_and_what_is_not_offered_comes_last(
    sort: str, order: list[str]
) -> None:
    assert [row[0].split()[0] for row in table(read(sort=sort))] == order


def test_headings_turn_the_order_and_keep_the_filter() -> None:
    page = read(sort="renew", tld="s")
    assert 'aria-sort="ascending"' in page
    assert "?tld=s&amp;sort=-renew#prices" in page
    assert "?tld=s&amp;sort=register#prices" in page
    assert '<input type="hidden" name="sort" value="renew">' in page


@pytest.mark.parametrize(("typed", "found"), [("SHO", [".shop"]), (".net", [".net"]), ("", None)])
def test_it_is_filtered_by_a_part_of_the_tld(typed: str, found: list[str] | None) -> None:
    rows = [row[0].split()[0] for row in table(read(tld=typed))]
    assert rows == (found or [".com", ".net", ".shop"])


def test_a_filter_that_nothing_matches_says_so() -> None:
    page = read(tld="zz<b>")
    assert "No TLD contains “zz&lt;b&gt;”." in page


def test_changed_prices_are_on_the_next_page() -> None:
    read()
    sell_tld("com", register=1100)
    assert table(read())[0][1] == "$11.00"


def test_a_strangers_page_may_be_kept_and_sends_no_secret() -> None:
    answer = make_browser().get("/domains")
    assert answer["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert "csrfmiddlewaretoken" not in answer.content.decode()
    again = make_browser().get("/domains", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_search_engines_find_it_and_no_results() -> None:
    assert "/domains</loc>" in make_browser().get("/sitemap.xml").content.decode()
    assert "Disallow: /domain-search" in make_browser().get("/robots.txt").content.decode()


def test_it_costs_as_many_queries_with_many_tlds(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    read()
    with django_assert_num_queries(5):
        read()
    for number in range(20):
        sell_tld(f"t{number:02}")
    with django_assert_num_queries(5):
        read()


def test_without_a_tld_on_sale_there_is_nothing_to_search() -> None:
    for tld in ("com", "net", "shop"):
        set_tld(tld=tld, is_active=False, ctx=CTX)
    page = read()
    assert "There are no domains to order right now." in page
    assert "<form" not in page
