"""`/client/switch`: which client a member acts for."""

import pytest

from commerce.accounts.actions.clients import close_client
from commerce.kit.context import SYSTEM, Context
from commerce.portal.account.client_switch import path_on_this_site
from tests.make.browser import make_browser
from tests.make.people import AT, make_client, make_user
from tests.make.records import make_service
from tests.portal.conftest import PortalCast


def test_a_member_of_several_chooses_first_and_goes_on(cast: PortalCast) -> None:
    second = make_client(owner=cast.alice, company="Second Ltd")
    make_service(second, label="Of the second")
    web = make_browser(cast.alice)
    answer = web.get("/client/services?status=active")
    assert answer["Location"] == "/client/switch?next=%2Fclient%2Fservices%3Fstatus%3Dactive"
    page = web.get(answer["Location"]).content.decode()
    assert "Acme Hosting Ltd" in page
    assert "Second Ltd" in page
    assert 'value="/client/services?status=active"' in page
    answer = web.post(
        "/client/switch", {"client": str(second.pk), "next": "/client/services?status=active"}
    )
    assert (answer.status_code, answer["Location"]) == (303, "/client/services?status=active")
    assert "Of the second" in web.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("wanted", ["foreign", "0", "", "x", "9" * 40])
def test_only_an_own_client_can_be_chosen(cast: PortalCast, wanted: str) -> None:
    wanted = str(cast.foreign.pk) if wanted == "foreign" else wanted
    web = cast.browse(cast.alice)
    assert web.post("/client/switch", {"client": wanted}).status_code == 404
    assert "Acme Hosting Ltd" in web.get("/client/dashboard").content.decode()


def test_a_closed_client_is_listed_but_cannot_be_chosen(cast: PortalCast) -> None:
    closed = make_client(owner=cast.alice, company="Closed Ltd")
    close_client(client=closed, ctx=Context(AT, SYSTEM), reason="left")
    web = cast.browse(cast.alice)
    page = web.get("/client/switch").content.decode()
    assert "Closed Ltd" in page
    assert f'value="{closed.pk}"' not in page
    assert web.post("/client/switch", {"client": str(closed.pk)}).status_code == 404


def test_a_user_without_a_client_is_told_so(cast: PortalCast) -> None:
    web = make_browser(make_user("nobody@example.com"))
    assert "not a member of any account" in web.get("/client/switch").content.decode()
    answer = web.get("/client/dashboard")
    assert answer.status_code == 403
    assert "support@example.com" in answer.content.decode()


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/client/services?page=2", "/client/services?page=2"),
        ("https://evil.example/", "/client/dashboard"),
        ("//evil.example/", "/client/dashboard"),
        ("/\\evil.example/", "/client/dashboard"),
        ("javascript:alert(1)", "/client/dashboard"),
        ("client/services", "/client/dashboard"),
        ("/\t/evil.example", "/client/dashboard"),
        ("", "/client/dashboard"),
    ],
)
def test_it_goes_on_to_paths_of_this_site_only(target: str, goes_to: str) -> None:
    """X12."""
    assert path_on_this_site(target) == goes_to
