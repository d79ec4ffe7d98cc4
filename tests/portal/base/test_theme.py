"""The foot of every page, and the theme that a browser chose."""

import re

import pytest
from django.template.loader import render_to_string

from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient, make_browser
from tests.portal.conftest import PortalCast

COOKIE = "__Host-commerce_theme"


def foot(web: HttpsTestClient, path: str) -> str:
    (found,) = re.findall(
        r'<footer class="page-footer">.*?</footer>', web.get(path).content.decode(), re.DOTALL
    )
    return str(found)


def links(web: HttpsTestClient, path: str) -> list[str]:
    return re.findall(r'href="(https?:[^"]+|mailto:[^"]+)"', foot(web, path))


PAGES = [
    "/",
    "/store",
    "/cart",
    "/client/login",
    "/register",
    "/client/forgot-password",
    "/nothing",
]
CLIENT_PAGES = [
    "/client/dashboard",
    "/client/profile",
    "/client/invoices",
    "/client/switch",
    "/store",
]


def test_every_page_has_the_links_that_are_set_and_no_other(cast: PortalCast) -> None:
    member, guest = cast.browse(cast.alice), make_browser()
    pages = [(guest, path) for path in PAGES] + [(member, path) for path in CLIENT_PAGES]
    for web, path in pages:
        assert links(web, path) == ["mailto:support@example.com"], path
    for key in ("portal.imprint_url", "orders.terms_url", "portal.privacy_url"):
        address = f"https://example.com/{key}?a=1&b=2"
        set_setting(key=key, value=address, ctx=Context(clock.now(), SYSTEM))
    for web, path in pages:
        keys = ["portal.imprint_url", "orders.terms_url", "portal.privacy_url"]
        wanted = [f"https://example.com/{key}?a=1&amp;b=2" for key in keys]
        assert links(web, path) == [*wanted, "mailto:support@example.com"], path


def test_a_chosen_theme_is_in_the_first_byte_of_every_page(cast: PortalCast) -> None:
    for web, path in ((make_browser(), "/store"), (cast.browse(cast.alice), "/client/profile")):
        assert "data-theme" not in web.get(path).content.decode()
        for theme in ("dark", "light"):
            answer = web.post("/theme", {"theme": theme, "next": path})
            assert (answer.status_code, answer["Location"]) == (303, path)
            page = web.get(path).content.decode()
            assert re.search(rf'<html [^>]*data-theme="{theme}"', page)
            assert f'<meta name="color-scheme" content="{theme}">' in page
        web.post("/theme", {"theme": "system", "next": path})
        page = web.get(path).content.decode()
        assert "data-theme" not in page
        assert 'content="light dark"' in page


def test_it_outlives_signing_in_and_out(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    web.post("/theme", {"theme": "dark"})
    web.post("/client/logout")
    assert 'data-theme="dark"' in web.get("/client/login").content.decode()
    assert web.cookies[COOKIE]["max-age"] == 365 * 86400


@pytest.mark.parametrize("odd", ["", "black", '"><script>'])
def test_no_other_theme_is_taken(db: None, odd: str) -> None:
    web = make_browser()
    assert (
        web.post("/theme", {"theme": odd, "next": "//evil.example"})["Location"]
        == "/client/dashboard"
    )
    assert COOKIE not in web.cookies
    web.cookies[COOKIE] = odd
    page = web.get("/").content.decode()
    assert "data-theme" not in page
    assert "black" not in page


def test_a_member_chooses_at_the_foot_and_a_guest_on_a_page_of_its_own(cast: PortalCast) -> None:
    """Pages of guests hold no token there: they are the same for all of them."""
    web, guest = cast.browse(cast.alice), make_browser()
    page = foot(web, "/client/invoices?status=paid")
    assert 'name="next" value="/client/invoices?status=paid"' in page
    assert re.findall(r'value="(\w+)" aria-pressed="(\w+)"', page) == [
        ("system", "true"),
        ("light", "false"),
        ("dark", "false"),
    ]
    page = foot(guest, "/store")
    assert "csrf" not in page
    assert 'href="/theme?next=/store"' in page
    page = guest.get("/theme?next=/store").content.decode()
    assert 'name="next" value="/store"' in page
    assert 'value="dark"' in page


def test_a_reply_that_would_be_lost_offers_no_other_theme(cast: PortalCast) -> None:
    """What a form made, or what was typed, is on no page that could be read again."""
    web = cast.browse(cast.alice)
    answer = web.post("/client/profile", {"first_name": ""})
    assert answer.status_code == 422
    assert "/theme" not in answer.content.decode()


def test_even_the_page_of_a_fault_has_the_theme() -> None:
    assert 'data-theme="dark"' in render_to_string(
        "portal/base/server_error.html", {"theme": "dark"}
    )
