"""The logo and the icon on pages: served so that nothing else can become of them, and gone when they are taken away."""

import re
from datetime import timedelta

import pytest

from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import reset_setting, set_setting, upload_setting_picture
from tests.make.browser import make_browser
from tests.make.people import AT
from tests.make.pictures import png
from tests.make.real_browser import fetched, page_faults
from tests.portal.conftest import PortalCast


def upload(key: str, content: bytes) -> str:
    name = upload_setting_picture(key=key, content=content, ctx=Context(AT, SYSTEM))
    return f"/brand/{name}"


@pytest.mark.django_db
def test_the_logo_stands_for_the_name_until_it_is_taken_away() -> None:
    set_setting(key="company.name", value='Acme "A" & Co', ctx=Context(AT, SYSTEM))
    web, address = make_browser(), upload("branding.logo", png(1280, 320))
    for path in ("/", "/client/login", "/nothing"):
        (head,) = re.findall(r'<a class="brand".*?</a>', web.get(path).content.decode(), re.DOTALL)
        assert f'src="{address}" alt="Acme &quot;A&quot; &amp; Co" width="640" height="160"' in head
        assert "Client Portal" not in head
    reset_setting(key="branding.logo", ctx=Context(AT, SYSTEM))
    (head,) = re.findall(r'<a class="brand".*?</a>', web.get("/").content.decode(), re.DOTALL)
    assert ">Client Portal</span>" in head
    assert web.get(address).status_code == 404


@pytest.mark.django_db
def test_the_icon_is_linked_with_its_kind_and_size() -> None:
    web = make_browser()
    assert 'type="image/svg+xml" href="/brand.svg?' in web.get("/").content.decode()
    address = upload("branding.favicon", png(64, 32))
    page = web.get("/").content.decode()
    assert f'<link rel="icon" type="image/png" href="{address}" sizes="64x64">' in page
    assert "/brand.svg" not in page


@pytest.mark.django_db
def test_a_picture_is_served_as_a_picture_and_nothing_else() -> None:
    answer = make_browser().get(upload("branding.logo", png() + b"<script>alert(1)</script>"))
    assert answer.content.startswith(b"\x89PNG")
    assert b"script" not in answer.content
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert {"public", "immutable"} <= set(answer["Cache-Control"].split(", "))
    assert make_browser().get("/brand/..%2Fbrand.css").status_code == 404


def test_no_shared_cache_gets_hold_of_a_session(cast: PortalCast) -> None:
    """The first request after a minute notes that a session is used, also one for a picture."""
    address = upload("branding.logo", png())
    web = cast.browse(cast.alice)
    with clock.freeze_time(clock.now() + timedelta(minutes=5)):
        noted, next_one = web.get(address), web.get(address)
    assert noted.cookies
    assert noted["Cache-Control"] == "no-store"
    assert not next_one.cookies
    assert "public" in next_one["Cache-Control"]


@pytest.mark.browser
@pytest.mark.parametrize("shape", [(160, 160), (640, 20)])
def test_any_form_of_logo_has_room_on_each_page_beside_many_links(
    cast: PortalCast, shape: tuple[int, int]
) -> None:
    address = upload("branding.logo", png(*shape))
    links = " ; ".join(f"{n} words of some length here | /store/{n}" for n in range(8))
    set_setting(key="portal.nav_links", value=links, ctx=Context(AT, SYSTEM))
    pages = fetched(cast.browse(cast.alice), ["/client/dashboard", address])
    pages |= {path: make_browser().get(path) for path in ("/", "/client/login")}
    assert page_faults(pages) == []
