"""`/domain-search`: who has which name and what it costs, in one page or as answers come (domains.md 7 and 8)."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from threading import Event

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.actions.clients import suspend_client
from commerce.billing.tax.actions import add_tax_rule
from commerce.domains import availability
from commerce.portal.shop.domain_search import search
from commerce.site_settings.actions import reset_setting, set_setting
from tests.doubles.registrar import RemoteRegistry
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.names import CTX, names_on_sale, sell_tld
from tests.portal.conftest import PortalCast


@pytest.fixture
def remote(db: None) -> Iterator[RemoteRegistry]:
    with names_on_sale("com", "net", "shop") as registry:
        yield registry


def page_of(web: HttpsTestClient, **address: str) -> str:
    return str(web.get("/domain-search", address).content.decode())


def rows(page: str) -> list[tuple[str, str]]:
    """Name and state of each row."""
    found = re.findall(r'<li data-state="([a-z_]+)">\s*<div class="domain-name">(\S+)', page)
    return [(name, state) for state, name in found]


def row_of(page: str, name: str) -> str:
    """The text of a row."""
    (found,) = re.findall(rf'<div class="domain-name">{re.escape(name)} .*?</li>', page, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())


def test_the_asked_name_comes_first_and_then_the_other_tlds(remote: RemoteRegistry) -> None:
    remote.taken.add("word.net")
    remote.premium.add("word.shop")
    page = page_of(make_browser(), q="Word.net")
    assert rows(page) == [
        ("word.net", "taken"),
        ("word.com", "available"),
        ("word.shop", "premium"),
    ]


def test_a_row_says_what_the_name_costs_and_what_can_be_done(remote: RemoteRegistry) -> None:
    sell_tld("same", renew=1000)
    sell_tld("long", min_years=2)
    sell_tld("away", transfer=None)
    for name in ("word.net", "word.away"):
        remote.taken.add(name)
    remote.premium.add("word.shop")
    page = page_of(make_browser(), q="word")
    assert row_of(page, "word.com") == (
        "word.com Available $10.00 for the first year, renews at $12.00 Add to cart word.com"
    )
    assert row_of(page, "word.same") == "word.same Available $10.00 per year Add to cart word.same"
    assert row_of(page, "word.long") == (
        "word.long Available $20.00 for the first 2 years, renews at $24.00 Add to cart word.long"
    )
    assert row_of(page, "word.net") == "word.net Taken Transfer for $9.00 Transfer word.net"
    assert row_of(page, "word.away") == "word.away Taken"
    assert row_of(page, "word.shop") == (
        "word.shop Premium Sold on request at its own price Request a quote"
    )


def test_a_consumer_sees_prices_with_tax(remote: RemoteRegistry) -> None:
    set_setting(key="company.country", value="DE", ctx=CTX)
    more = {"category": "S", "name": "VAT", "valid_from": date(2020, 1, 1)}
    add_tax_rule(country="DE", rate=19_000, **more, ctx=CTX)
    page = page_of(make_browser(), q="word.com")
    assert "$11.90" in row_of(page, "word.com")
    assert "incl. 19% VAT" in page


def test_a_tld_without_a_price_in_the_currency_says_so(remote: RemoteRegistry) -> None:
    sell_tld("none", register=None, transfer=None)
    page = page_of(make_browser(), q="word.none")
    assert row_of(page, "word.none") == "word.none Not offered Not available in USD"


def test_what_could_not_be_checked_is_never_available_and_can_be_asked_again(
    remote: RemoteRegistry,
) -> None:
    remote.is_down = True
    web = make_browser()
    page = page_of(web, q="word.com")
    assert {state for _, state in rows(page)} == {"unknown"}
    assert "Check again" in row_of(page, "word.com")
    assert 'href="/domain-search?q=word.com"' in page
    (url,) = re.findall(r'href="/domain-search\?q=word.com" hx-get="([^"]+)"', page)
    remote.is_down = False
    availability.forget_answers()
    assert rows(web.get(unescape(url)).content.decode()) == [("word.com", "available")]


def test_what_is_late_is_said_to_be_so_in_bounded_time(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "WAIT_SECONDS", 0.2)
    remote.answers_after = Event()
    page = page_of(make_browser(), q="word")
    assert {state for _, state in rows(page)} == {"unknown"}
    assert row_of(page, "word.com").startswith("word.com Still checking")
    assert "Check again word.com" in row_of(page, "word.com")
    remote.answers_after.set()


def test_with_scripts_what_is_late_is_asked_for_again_until_it_is_there(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "GLANCE_SECONDS", 0.1)
    remote.answers_after = Event()
    web = make_browser()

    def next_url(page: str) -> str:
        (url,) = re.findall(r'<ul [^>]*hx-get="([^"]+)"', page)
        return unescape(url)

    first = web.get(
        next_url(page_of(web, q="word.com", live="1").split("</ul>")[0])
    ).content.decode()
    assert rows(first) == []
    again = next_url(first)
    assert again.endswith("&tries=1")
    last = web.get(again.replace("tries=1", "tries=12")).content.decode()
    assert rows(last) == [("word.com", "unknown")]
    remote.answers_after.set()
    monkeypatch.setattr(search, "GLANCE_SECONDS", 5)
    assert rows(web.get(again).content.decode()) == [("word.com", "available")]
    assert len(remote.questions) == 1


def test_with_scripts_each_batch_is_a_request_of_its_own(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "GLANCE_SECONDS", 5)
    for number in range(8):
        sell_tld(f"more{number}")
    remote.taken.add("word.net")
    web = make_browser()
    page = page_of(web, q="word.net", live="1")
    assert remote.questions == []
    urls = [unescape(url) for url in re.findall(r'<ul [^>]*hx-get="([^"]+)"', page)]
    batches = [rows(web.get(url).content.decode()) for url in urls]
    assert [len(batch) for batch in batches] == [1, 5, 5]
    assert batches[0] == [("word.net", "taken")]
    assert [row for batch in batches for row in batch] == rows(page_of(web, q="word.net"))
    assert '<a href="?q=word.net&amp;page=1">Show results</a>' in page


def test_rows_are_those_of_a_search_and_of_no_other_names(remote: RemoteRegistry) -> None:
    web = make_browser()
    assert web.get("/domain-search/rows").status_code == 404
    assert web.get("/domain-search/rows?names=WyJ4LmNvbSJd:1:x").status_code == 404
    assert remote.questions == []


def test_twenty_tlds_at_a_time(remote: RemoteRegistry) -> None:
    for number in range(30):
        sell_tld(f"t{number:02}")
    web = make_browser()
    first = page_of(web, q="word.t29")
    assert rows(first)[0] == ("word.t29", "available")
    assert len(rows(first)) == 21
    (more,) = re.findall(r'href="([^"]+)">Show more TLDs', first)
    second = web.get(f"/domain-search{unescape(more)}").content.decode()
    assert len(rows(second)) == 12
    assert not {name for name, _ in rows(first)} & {name for name, _ in rows(second)}
    assert "Show more TLDs" not in second


def test_several_names_are_searched_at_once(remote: RemoteRegistry) -> None:
    remote.taken.add("taken.com")
    page = page_of(make_browser(), q="one.com\r\ntaken.com\r\nBücher.net\r\nno name\r\none.com\r\n")
    assert rows(page) == [
        ("one.com", "available"),
        ("taken.com", "taken"),
        ("bücher.net", "available"),
    ]
    assert "These aren't valid domain names: no name." in page
    assert re.findall(r'name="domain" value="([^"]+)" form="add-all"', page) == [
        "one.com",
        "xn--bcher-kva.net",
    ]


@pytest.mark.parametrize("live", [{}, {"live": "1"}])
def test_fifty_names_in_another_script_are_searched(
    remote: RemoteRegistry, live: dict[str, str]
) -> None:
    """As an address they were too long: 414."""
    web = make_browser()
    names = [f"{chr(0x4E00 + number) * 8}.com" for number in range(50)]
    form = web.get("/domain-search").content.decode()
    assert 'method="post" action="/domain-search/list"' in form
    sent = web.post("/domain-search/list", {"q": "\r\n".join(names), **live})
    assert sent.status_code == 303
    answer = web.get(sent["Location"])
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "\n".join(names) in page
    if not live:
        assert [name for name, _ in rows(page)] == names


def test_names_that_make_too_long_an_address_anyway_are_searched_at_once(
    remote: RemoteRegistry,
) -> None:
    names = [f"{chr(0x4E00 + number * 7)}{'a' * 51}{number}.com" for number in range(50)]
    answer = make_browser().post("/domain-search/list", {"q": "\r\n".join(names)})
    assert answer.status_code == 200
    assert len(rows(answer.content.decode())) == 50


def test_more_than_fifty_names_are_refused(remote: RemoteRegistry) -> None:
    typed = "\n".join(f"name{number}.com" for number in range(51))
    answer = make_browser().get("/domain-search", {"q": typed})
    assert answer.status_code == 422
    assert "Enter up to 50 names at a time." in answer.content.decode()
    assert remote.questions == []


@pytest.mark.parametrize("typed", ["-", "sh op!", "a" * 254])
def test_what_is_no_name_is_refused(remote: RemoteRegistry, typed: str) -> None:
    answer = make_browser().get("/domain-search", {"q": typed})
    assert answer.status_code == 422
    assert "isn&#x27;t a valid domain name" in answer.content.decode()


def test_another_tld_says_that_it_is_not_sold(remote: RemoteRegistry) -> None:
    page = page_of(make_browser(), q="word.zz")
    assert "We don't offer .zz domains." in page
    assert rows(page)[0] == ("word.com", "available")


def test_ten_searches_a_minute(remote: RemoteRegistry) -> None:
    web = make_browser()
    for _ in range(10):
        assert web.get("/domain-search?q=word").status_code == 200
    answer = web.get("/domain-search?q=word")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert web.get("/domain-search").status_code == 200


def test_names_are_counted_and_not_asked_about_beyond_the_limit(remote: RemoteRegistry) -> None:
    web = make_browser()
    lists = ["\n".join(f"n{one}x{number}.com" for number in range(50)) for one in range(6)]
    found = [{state for _, state in rows(page_of(web, q=typed))} for typed in lists]
    assert found == [{"available"}] * 5 + [{"unknown"}]
    assert len(remote.questions) == 250
    assert web.post("/domains/add", {"domain": "another.com"}).status_code == 303
    assert len(remote.questions) == 250


def test_asking_again_is_a_search(remote: RemoteRegistry) -> None:
    remote.is_down = True
    web = make_browser()
    page = page_of(web, q="word.com")
    (url,) = re.findall(r'href="/domain-search\?q=word.com" hx-get="([^"]+)"', page)
    codes = [web.get(unescape(url)).status_code for _ in range(10)]
    assert codes == [200] * 9 + [429]


def test_a_member_is_counted_by_their_session_too(cast: PortalCast, remote: RemoteRegistry) -> None:
    web = cast.browse(cast.alice)
    for number in range(10):
        web.get("/domain-search?q=word", REMOTE_ADDR=f"203.0.113.{number}")
    assert web.get("/domain-search?q=word", REMOTE_ADDR="203.0.113.99").status_code == 429


@pytest.mark.parametrize(
    "path", ["/domains", "/domain-search", "/domain-search/rows", "/domains/transfer"]
)
def test_there_is_no_such_page_while_the_search_is_off(remote: RemoteRegistry, path: str) -> None:
    reset_setting(key="portal.show_domain_search", ctx=CTX)
    assert make_browser().get(path).status_code == 404
    assert make_browser().post("/domains/add", {"domain": "word.com"}).status_code == 404
    assert "/domain" not in make_browser().get("/").content.decode()


def test_the_start_page_has_the_box(remote: RemoteRegistry) -> None:
    page = make_browser().get("/").content.decode()
    assert 'action="/domain-search"' in page
    assert "csrfmiddlewaretoken" not in page


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/client/domains/search?q=a+b.com", "/domain-search?q=a+b.com"),
        ("/client/domains/register?domain=word.com", "/domain-search?q=word.com"),
        ("/client/domains/search", "/domains"),
        ("/client/domains/transfer?domain=word.com", "/domains/transfer?domain=word.com"),
        ("/client/domains/transfer", "/domains/transfer"),
    ],
)
def test_the_client_area_leads_there(
    cast: PortalCast, remote: RemoteRegistry, path: str, leads_to: str
) -> None:
    answer = cast.browse(cast.alice).get(path)
    assert (answer.status_code, answer["Location"]) == (302, leads_to)


def test_a_suspended_client_sees_answers_and_nothing_to_order(
    cast: PortalCast, remote: RemoteRegistry
) -> None:
    suspend_client(client=cast.client, ctx=CTX, reason="owes")
    page = page_of(cast.browse(cast.alice), q="word")
    assert "Add to cart" not in page
    assert "can&#x27;t place orders right now" in page


def test_a_search_costs_as_many_queries_for_twenty_names_as_for_one(
    remote: RemoteRegistry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    web = make_browser()
    web.get("/domain-search?q=word")
    with django_assert_num_queries(6):
        web.get("/domain-search?q=once")
    for number in range(20):
        sell_tld(f"t{number:02}")
    with django_assert_num_queries(6):
        web.get("/domain-search?q=more")


def test_a_member_sees_where_they_are(cast: PortalCast, remote: RemoteRegistry) -> None:
    web = cast.browse(cast.alice)
    for path in ("/domains", "/domain-search"):
        page = web.get(path).content.decode()
        assert re.search(r'href="/store"[^>]* aria-current="[a-z]+"', page), path
