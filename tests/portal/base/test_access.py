"""Whose records a page shows, and to whom: foreign, without the right, closed, suspended (portal.md 1, T2 to T5)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from commerce.accounts.actions.clients import close_client, suspend_client
from commerce.accounts.models import Client, Membership
from commerce.kit.context import SYSTEM, Context
from tests.make.people import AT, make_client, make_member
from tests.make.records import make_domain, make_invoice, make_order, make_service
from tests.portal.conftest import PortalCast

MAKERS: dict[str, Callable[[Client], Any]] = {
    "services": make_service,
    "invoices": make_invoice,
    "orders": make_order,
    "domains": make_domain,
}
RIGHTS = {name: f"{name}.view" for name in MAKERS}


def same(answer: Any) -> tuple[int, str]:
    """Status and body without the request id."""
    return answer.status_code, re.sub(r"[0-9a-f]{32}", "", answer.content.decode())


@pytest.mark.parametrize("name", MAKERS)
def test_another_clients_record_is_the_page_of_a_missing_one(cast: PortalCast, name: str) -> None:
    """T2: byte for byte, except the request id."""
    foreign = MAKERS[name](cast.foreign)
    web = cast.browse(cast.alice)
    missing = same(web.get(f"/client/{name}/999999"))
    assert missing[0] == 404
    assert same(web.get(f"/client/{name}/{foreign.pk}")) == missing
    assert same(web.get(f"/client/{name}/{10**30}")) == missing
    assert same(web.get(f"/client/{name}/{'9' * 500}")) == missing
    listed = web.get(f"/client/{name}").content.decode()
    assert f'href="/client/{name}/{foreign.pk}"' not in listed
    own = cast.browse(cast.charlie, cast.foreign).get(f"/client/{name}/{foreign.pk}")
    assert own.status_code == 200


@pytest.mark.parametrize("name", MAKERS)
def test_a_record_of_another_own_client_offers_to_switch_and_goes_on(
    cast: PortalCast, name: str
) -> None:
    second = make_client(owner=cast.alice, company="Second & Co")
    record = MAKERS[name](second)
    web = cast.browse(cast.alice)
    path = f"/client/{name}/{record.pk}"
    offer = web.get(path)
    assert offer.status_code == 404
    assert "Switch to Second &amp; Co" in offer.content.decode()
    answer = web.post("/client/switch", {"client": str(second.pk), "next": path})
    assert (answer.status_code, answer["Location"]) == (303, path)
    assert web.get(path).status_code == 200


@pytest.mark.parametrize("name", MAKERS)
def test_no_offer_without_the_right_there_or_once_it_is_closed(cast: PortalCast, name: str) -> None:
    member = make_member(make_client(), user=cast.alice, rights=["profile.view"])
    closed = make_client(owner=cast.alice)
    hidden = [MAKERS[name](member.client), MAKERS[name](closed)]
    close_client(client=closed, ctx=Context(AT, SYSTEM), reason="left")
    web = cast.browse(cast.alice)
    missing = same(web.get(f"/client/{name}/999999"))
    for record in hidden:
        assert same(web.get(f"/client/{name}/{record.pk}")) == missing


@pytest.mark.parametrize("name", MAKERS)
def test_a_missing_right_is_named(cast: PortalCast, name: str) -> None:
    """T4 and T5: it counts from the next request on."""
    record = MAKERS[name](cast.client)
    web = cast.browse(cast.bob)
    member = Membership.objects.filter(user=cast.bob)
    for path in (f"/client/{name}", f"/client/{name}/{record.pk}"):
        member.update(rights=list(RIGHTS.values()))
        assert web.get(path).status_code == 200
        member.update(rights=[right for right in RIGHTS.values() if right != RIGHTS[name]])
        answer = web.get(path)
        assert answer.status_code == 403
        assert RIGHTS[name] in answer.content.decode()


def test_the_navigation_leaves_out_what_a_member_may_not_open(cast: PortalCast) -> None:
    page = cast.browse(cast.tess).get("/client/dashboard").content.decode()
    assert 'href="/client/services"' in page
    assert 'href="/client/api-tokens"' in page
    assert 'href="/client/invoices' not in page
    assert (
        'href="/client/members"'
        not in cast.browse(cast.tess).get("/client/profile").content.decode()
    )
    assert (
        'href="/client/members"' in cast.browse(cast.alice).get("/client/profile").content.decode()
    )


@pytest.mark.parametrize(
    "path", ["", "/dashboard", "/services", "/services/1", "/profile", "/switch"]
)
def test_a_stranger_is_sent_to_sign_in_and_back(cast: PortalCast, client: Any, path: str) -> None:
    answer = client.get(f"/client{path}?page=2", secure=True, headers={"host": "localhost"})
    assert answer.status_code == 302
    expected = f"/client{path}?page=2".replace("?", "%3F").replace("=", "%3D")
    assert answer["Location"] == f"/client/login?next={expected}"


def test_a_closed_client_shows_nothing_but_the_companys_address(cast: PortalCast) -> None:
    close_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="left")
    web = cast.browse(cast.alice)
    for path in ("/dashboard", "/services", "/profile"):
        answer = web.get(f"/client{path}")
        assert answer.status_code == 403
        assert "support@example.com" in answer.content.decode()


def test_a_suspended_client_reads_and_keeps_his_profile(cast: PortalCast) -> None:
    suspend_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="owes")
    web = cast.browse(cast.alice)
    for name in MAKERS:
        assert web.get(f"/client/{name}").status_code == 200
    assert "This account is suspended" in web.get("/client/dashboard").content.decode()


@pytest.mark.parametrize("path", ["/client/dashboard", "/client/services", "/client/profile"])
def test_pages_behind_sign_in_are_not_stored_and_allow_no_inline_script(
    cast: PortalCast, path: str
) -> None:
    answer = cast.browse(cast.alice).get(path)
    assert answer["Cache-Control"] == "no-store"
    assert "'unsafe" not in answer["Content-Security-Policy"]
    assert " style=" not in answer.content.decode()
    assert "<script>" not in answer.content.decode()
    assert not re.search(r"\son[a-z]+=", answer.content.decode())


@pytest.mark.parametrize("name", [*MAKERS, "dashboard"])
def test_reading_pages_refuse_to_be_posted_to(cast: PortalCast, name: str) -> None:
    assert cast.browse(cast.alice).post(f"/client/{name}").status_code == 405


@pytest.mark.parametrize("path", ["members", "security", "security/sessions", "profile"])
def test_the_navigation_did_not_show_where_one_is_on_tabs_of_the_profile(
    cast: PortalCast, path: str
) -> None:
    page = cast.browse(cast.alice).get(f"/client/{path}").content.decode()
    assert '<a class="side-link" href="/client/profile" aria-current="page">' in page
