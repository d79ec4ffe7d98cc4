"""The landing page, the brand's files, and the pages for what goes wrong."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import include, path
from pytest_django import DjangoAssertNumQueries

from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.portal.base import errors
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient, make_browser
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> HttpsTestClient:
    return make_browser()


def prefer(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=Context(clock.now(), SYSTEM))


def test_the_landing_page_leads_to_sign_in_and_registration(
    web: HttpsTestClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):  # settings, currencies, products
        page = web.get("/").content.decode()
    assert 'href="/client/login"' in page
    assert 'href="/register"' in page


def test_it_offers_no_registration_when_that_is_off(web: HttpsTestClient) -> None:
    prefer("portal.registration", "off")
    assert 'href="/register"' not in web.get("/").content.decode()


def test_it_leads_a_member_to_his_dashboard(cast: PortalCast) -> None:
    page = cast.browse(cast.alice).get("/").content.decode()
    assert 'href="/client/dashboard"' in page
    assert 'href="/client/login"' not in page


def test_the_brands_color_and_name_stand_in_one_place(web: HttpsTestClient) -> None:
    before = re.findall(r'href="(/brand\.[^"]+)"', web.get("/").content.decode())
    prefer("branding.primary_color", "#c2410c")
    prefer("branding.name", "Näme & Co")
    style, icon = re.findall(r'href="(/brand\.[^"]+)"', web.get("/").content.decode())
    assert style not in before
    sheet = web.get(style)
    assert sheet.content == b":root { --brand: #c2410c; }\n"
    assert sheet["Content-Type"] == "text/css"
    assert "max-age" in sheet["Cache-Control"]
    drawing = web.get(icon)
    assert drawing["Content-Type"] == "image/svg+xml"
    assert ">N</text>" in drawing.content.decode()
    assert "Näme &amp; Co" in web.get("/").content.decode()


def test_staffs_own_links_stand_in_the_top_bar_in_their_order(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    assert "nav-links" not in web.get("/").content.decode()
    prefer(
        "portal.nav_links", "Store | /store ; <b>Blog & | https://example.com/?a=1&b=2 | new tab"
    )
    for page in (web.get("/store"), cast.browse(cast.alice).get("/client/dashboard")):
        (nav,) = re.findall(r'<nav [^>]*id="nav-links".*?</nav>', page.content.decode(), re.DOTALL)
        first, second = re.findall(r"<a .*?</a>", nav)
        assert 'href="/store"' in first
        assert "target" not in first
        assert ('aria-current="page"' in first) == (page.request["PATH_INFO"] == "/store")
        assert 'href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener"' in second
        assert "&lt;b&gt;Blog &amp;" in second
        assert "opens in a new tab" in second


def test_a_missing_page_carries_the_request_id(web: HttpsTestClient) -> None:
    answer = web.get("/nothing", headers={"x-request-id": "my-own-id-1"})
    assert answer.status_code == 404
    assert "my-own-id-1" in answer.content.decode()
    assert answer["X-Request-Id"] == "my-own-id-1"


@pytest.mark.parametrize("path", ["/services", "/client/services/", "/client/services/x"])
def test_what_is_no_address_is_404(web: HttpsTestClient, path: str) -> None:
    assert web.get(path).status_code == 404


def test_each_error_has_its_page(rf: RequestFactory, cast: PortalCast) -> None:
    request = rf.get("/")
    request.user = cast.alice
    answers = {
        400: errors.bad_request(request),
        403: errors.forbidden(request),
        404: errors.not_found(request),
        410: errors.gone(request),
        429: errors.too_many(request, 17),
        500: errors.server_error(request),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert "<h1>" in answer.content.decode()
    assert answers[429]["Retry-After"] == "17"
    assert "Try again in 17 seconds." in answers[429].content.decode()


def test_a_crash_is_a_plain_page_without_a_trace(
    cast: PortalCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X20: and it needs no database, since that may be what broke."""

    def crash(*_: object) -> None:
        raise RuntimeError("secret inside")

    web = cast.browse(cast.alice)
    web.raise_request_exception = False
    monkeypatch.setattr("commerce.portal.account.dashboard._services", crash)
    answer = web.get("/client/dashboard")
    assert answer.status_code == 500
    assert "secret inside" not in answer.content.decode()
    assert answer["X-Request-Id"] in answer.content.decode()


def test_a_form_with_an_old_token_says_so(cast: PortalCast) -> None:
    web = HttpsTestClient(enforce_csrf_checks=True, headers={"host": "localhost"})
    web.force_login(cast.alice)
    answer = web.post("/client/profile", {"city": "Oslo"})
    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "Try again in 1 second."),
        (58, "Try again in 58 seconds."),
        (3541, "Try again in 60 minutes."),
        (95, "Try again in 2 minutes."),
    ],
)
def test_an_hour_was_told_in_seconds(db: None, rf: RequestFactory, seconds: int, said: str) -> None:
    answer = errors.too_many(rf.get("/"), seconds)
    assert (answer.status_code, answer["Retry-After"]) == (429, str(seconds))
    assert said in answer.content.decode()


@pytest.mark.parametrize("path", ["/client/logout", "/client/login/passkey"])
def test_the_address_of_a_button_was_a_blank_page(web: HttpsTestClient, path: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Use the button or form that leads to it." in answer.content.decode()


def test_a_large_file_was_stored_before_it_was_refused(web: HttpsTestClient) -> None:
    file = SimpleUploadedFile("big.zip", b"x" * 1_000_001)
    answer = web.post("/client/login", {"email": "x", "file": file})
    assert answer.status_code == 413
    assert "Nothing was changed." in answer.content.decode()
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")


def faster(request: HttpRequest) -> HttpResponse:
    raise StateConflict("cart 5 is ordered")


urlpatterns = [path("faster", faster), path("", include("commerce.config.urls"))]


@override_settings(ROOT_URLCONF=__name__)
def test_who_comes_second_is_told_so_where_a_page_has_no_words_for_it(web: HttpsTestClient) -> None:
    """A cart that was ordered in another tab, while its currency was confirmed in this one, was an error 500."""
    answer = web.get("/faster")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "This page is out of date" in page
    assert "cart 5" not in page
