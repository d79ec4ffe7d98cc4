"""Searching for names by program: the portal's search, its prices and its limits."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from commerce.accounts.models import Client
from commerce.api.v2.writing.domain_searches import SEARCH_WRITES
from commerce.domains.availability import MAX_SEARCHES
from commerce.kit import clock
from commerce.site_settings.actions import set_setting
from tests.api.v2.test_description import API, described, misfits
from tests.doubles.rdap import FakeRdap, serve_rdap
from tests.doubles.registrar import RemoteRegistry
from tests.make import AT, make_domain, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX, DAY, TODAY
from tests.make.names import names_on_sale
from tests.make.table_digests import table_digests

PATH = "/api/v2/domain-searches"


@pytest.fixture
def remote(db: None) -> Iterator[RemoteRegistry]:
    with names_on_sale("com", "net") as registry:
        set_setting(key="portal.show_domain_search", value="on", ctx=CTX)
        yield registry


@pytest.fixture
def reader(alice: Client) -> str:
    return make_token(alice, scopes=["domains:read"])[1]


@pytest.fixture
def registry(settings: Settings, tmp_path: Path) -> Iterator[FakeRdap]:
    """The RDAP server of .com."""
    settings.COMMERCE_DATA_DIR = tmp_path
    with serve_rdap() as stand:
        servers = {"version": "1.0", "services": [[["com"], [f"{stand.url}/"]]]}
        (tmp_path / "rdap-servers.json").write_text(json.dumps(servers))
        yield stand


def search(token: str, suffix: str = "", **body: Any) -> ApiAnswer:
    answer = call_api(f"{PATH}{suffix}", token, method="POST", body=body)
    assert misfits(PATH, "POST", answer) == []
    return answer


def states(answer: ApiAnswer) -> dict[str, str]:
    assert answer.status == 200, answer.body
    return {one["name"]: one["status"] for one in answer.json["data"]["names"]}


def test_names_have_their_states_and_what_they_can_be_had_for(
    alice: Client, remote: RemoteRegistry, reader: str
) -> None:
    remote.taken.add("taken.com")
    remote.premium.add("best.com")
    make_domain(alice, domain_name="ours.com")
    names = ["free.com", "taken.com", "best.com", "OURS.com", "free.zz"]
    answer = search(reader, names=names)
    assert states(answer) == {
        "free.com": "available",
        "taken.com": "taken",
        "best.com": "premium",
        "ours.com": "taken",
        "free.zz": "not_sold",
    }
    rows = answer.json["data"]["names"]
    assert [one["register_price"] is not None for one in rows] == [True, *[False] * 4]
    assert [one["transfer_price"] is not None for one in rows] == [False, True, *[False] * 3]
    assert answer.json["data"]["currency_code"] == alice.currency_code


def test_of_a_single_name_its_registry_tells_when_it_can_be_transferred(
    remote: RemoteRegistry, reader: str, registry: FakeRdap
) -> None:
    remote.taken |= {"taken.com", "gone.com"}
    registry.shows_domain("taken.com", events=[event("registration", TODAY - 10 * DAY)])
    with clock.freeze_time(AT):
        [one] = search(reader, names=["taken.com"]).json["data"]["names"]
    assert one["transferable_from"] == str(TODAY + 50 * DAY)
    assert one["is_transfer_locked"] is True
    [untold] = search(reader, names=["gone.com"]).json["data"]["names"]
    assert (untold["transferable_from"], untold["is_transfer_locked"]) == (None, None)
    both = search(reader, names=["taken.com", "gone.com"]).json["data"]["names"]
    assert {one["is_transfer_locked"] for one in both} == {None}
    asked = len(registry.asked)
    search(reader, "?dry_run=true", names=["taken.com"])
    assert len(registry.asked) == asked


def event(action: str, day: date) -> dict[str, str]:
    return {"eventAction": action, "eventDate": f"{day}T09:00:00Z"}


def test_a_word_is_looked_for_under_each_tld(remote: RemoteRegistry, reader: str) -> None:
    assert states(search(reader, query="shop")) == {
        "shop.com": "available",
        "shop.net": "available",
    }
    assert [*states(search(reader, query="shop.net"))] == ["shop.net", "shop.com"]


def test_a_registrar_that_fails_says_never_available(remote: RemoteRegistry, reader: str) -> None:
    remote.is_down = True
    assert states(search(reader, names=["free.com"])) == {"free.com": "unknown"}


def test_ten_searches_a_minute_of_all_tokens(
    alice: Client, remote: RemoteRegistry, reader: str
) -> None:
    other = make_token(alice, scopes=["domains:read"], name="other")[1]
    for _ in range(MAX_SEARCHES):
        assert search(reader, names=["free.com"]).status == 200
    refused = search(other, names=["free.com"])
    assert (refused.status, refused.json["code"]) == (429, "rate_limit.exceeded")


def test_a_tried_search_asks_nobody(remote: RemoteRegistry, reader: str) -> None:
    before = table_digests()
    tried = search(reader, "?dry_run=true", names=["free.com"])
    assert states(tried) == {"free.com": "unknown"}
    assert tried.json["not_checked"] == ["registrar"]
    assert (remote.questions, table_digests()) == ([], before)


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, [""]),
        ({"query": "a", "names": ["a.com"]}, [""]),
        ({"names": ["a.com", "no name", "-"]}, ["/names/1", "/names/2"]),
        ({"names": ["a.com"] * 51}, ["/names"]),
        ({"names": []}, ["/names"]),
        ({"query": "?"}, ["/query"]),
    ],
)
def test_what_is_no_search(
    remote: RemoteRegistry, reader: str, body: dict[str, Any], places: list[str]
) -> None:
    answer = search(reader, **body)
    assert (answer.status, [one["pointer"] for one in answer.json["errors"]]) == (422, places)
    assert remote.questions == []


def test_there_is_none_where_the_portal_has_none(remote: RemoteRegistry, reader: str) -> None:
    set_setting(key="portal.show_domain_search", value="off", ctx=CTX)
    assert search(reader, names=["free.com"]).status == 404


def test_the_example_is_a_body() -> None:
    said = described()["paths"][PATH]["post"]
    content = said["requestBody"]["content"]["application/json"]
    assert API.wrong(SEARCH_WRITES[0].example, content["schema"]) == []
