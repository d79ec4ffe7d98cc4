"""What every page says beside its body, to the letter (portal.md 1), and that none is served over plain HTTP."""

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from tests.make.browser import make_browser

pytestmark = pytest.mark.django_db

ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " manifest-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
PAGES = ["/", "/store", "/client/login", "/client/dashboard", "/nothing", "/up", "/store?q=%00"]


@pytest.mark.parametrize(
    "path", [*PAGES, "/brand.css", staticfiles_storage.url("portal/portal.css")]
)
def test_each_page_has_each_header(path: str) -> None:
    answer = make_browser().get(path)
    answer.getvalue()  # a file is closed once it was read
    found = {name: answer.headers.get(name) for name in ALWAYS | HSTS}
    assert found == ALWAYS | HSTS


@pytest.mark.parametrize("path", ["/", "/client/login?next=/client", "/nothing", "/brand.css"])
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_nothing_is_served_over_plain_http(path: str, method: str) -> None:
    answer = getattr(Client(headers={"host": "localhost"}), method)(path)
    assert (answer.status_code, answer.content) == (308, b"")
    assert answer["Location"] == f"https://localhost:8443{path}"
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.cookies == {}


def test_only_the_look_whether_it_is_up_needs_no_https() -> None:
    assert Client(headers={"host": "localhost"}).get("/up").status_code == 200
