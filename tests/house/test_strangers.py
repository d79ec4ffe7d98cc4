"""Who is not signed in gets the declared public pages and nothing else: a walk over every URL (invariant T7)."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from commerce.config.wsgi import api
from commerce.kit import json_log
from commerce.portal.base import restored_forms
from tests.make.browser import HttpsTestClient

FOR_GUESTS = {
    "",
    "up",
    "language",
    "theme",
    "brand.css",
    "brand.svg",
    "brand/<str:name>",
    "store/pictures/<str:name>",
    "store/region",
    "faq",
    "sitemap.xml",
    "robots.txt",
    "favicon.ico",
    "domains",
    "domains/add",
    "domains/transfer",
    "domains/transfer/facts",
    "domain-search",
    "domain-search/list",
    "domain-search/rows",
    "store",
    "store/currency",
    "store/<slug:slug>",
    "client/store",
    "client/store/<slug:slug>",
    "cart",
    "cart/items/<int:pk>",
    "cart/items/<int:pk>/edit",
    "cart/promo",
    "cart/confirm-currency",
    "quote/<str:signed>",
    "quote/<str:signed>/pdf",
    "checkout",
    "cancel",
    "cancel/withdraw",
    "cancel/end",
    "cancel/receipt",
    "sandbox",
    "sandbox/account",
    "sandbox/session/<str:token>",
    "sandbox/sign-out",
    "register",
    "client/verify",
    "client/verify/<str:token>",
    "client/billing-email/<str:token>",
    "client/keep-email/<str:token>",
    "client/login",
    "client/login/passkey",
    "client/logout",
    "client/two-factor-challenge",
    "client/two-factor-challenge/passkey",
    "client/forgot-password",
    "client/forgot-password/sent",
    "client/reset-password/<str:token>",
    "client/reset-password/<str:token>/passkey",
    "invite/<str:token>",
    ".well-known/change-password",
    ".well-known/security.txt",
}
"""Routes that answer without a session (portal.md 2). Whoever adds one here has thought about limits and leaks."""

FILLED = {
    "<int:pk>": "7",
    "<int:attempt>": "7",
    "<slug:gateway>": "bank_transfer",
    "<slug:slug>": "starter",
    "<str:name>": "a.png",
    "<str:token>": "a" * 43,
    "<str:signed>": "7.aaaa",
}


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every route outside of the staff area, as it is written: ``client/services/<int:pk>``.

    Those below `/admin` have a walk of their own (tests/backoffice/base/test_walk.py).
    """
    for entry in (resolver or get_resolver()).url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            if here.partition("/")[0] != "admin":
                yield here
        else:
            yield from routes(entry, here)


def path(route: str) -> str:
    for parameter, value in FILLED.items():
        route = route.replace(parameter, value)
    return f"/{route}"


def test_the_walk_knows_every_kind_of_route() -> None:
    assert [route for route in routes() if "<" in path(route)] == []
    assert set(routes()) >= FOR_GUESTS


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", sorted(set(routes()) - FOR_GUESTS))
def test_a_stranger_is_sent_to_the_sign_in_page(route: str, method: str) -> None:
    web = HttpsTestClient(headers={"host": "localhost"})
    reply = getattr(web, method)(path(route))
    assert reply.status_code in {302, 303, 405}
    if reply.status_code != 405:
        page = (
            path(route)
            if method == "get"
            else restored_forms.page_after_sign_in(reply.wsgi_request)
        )
        assert reply["Location"] == f"/client/login?next={quote(page)}"


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(api.resources))
@pytest.mark.parametrize("row", ["", "/7"])
def test_a_stranger_reads_nothing_over_the_api(route: str, row: str) -> None:
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": route + row,
        "QUERY_STRING": "",
        "REMOTE_ADDR": "203.0.113.9",
        "wsgi.url_scheme": "https",
    }
    body = b"".join(api(environ, lambda status, _: said.append(status)))
    if row and said[0].startswith("404"):
        assert api.resources[route].list_struct is None  # there are no rows below it
    else:
        assert said[0].startswith("401")
        told = json.loads(body)
        if route.startswith("/api/v2/"):
            assert (told["code"], told["detail"]) == ("token.not_valid", "Unauthenticated.")
        else:
            assert told == {"message": "Unauthenticated."}


def test_no_log_has_the_secret_of_a_link_in_whatever_letters() -> None:
    """X2 of the invariants: a path that leads nowhere is logged, too, and a secret of it still counts."""
    secret = [route for route in routes() if "<str:token>" in route]
    assert len(secret) > 5
    for route in secret:
        path = "/" + route.replace("<str:token>", "s3cret-of-a-link")
        for written in (path, path.upper().replace("S3CRET", "s3cret"), path.title()):
            assert "s3cret" not in json_log.redact(written).lower(), written
