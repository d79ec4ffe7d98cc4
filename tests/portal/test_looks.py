"""Each reading page in a real browser: no axe violation, no sideways scrolling, nothing refused by the policy.

The pages are fetched through Django first and handed to the browser as it asks for them: no server, no network.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, Route, sync_playwright

from tests.make.browser import browser
from tests.make.people import make_client
from tests.make.trade import make_domain, make_invoice, make_item, make_order, make_service
from tests.portal.conftest import Cast

pytestmark = pytest.mark.browser

SITE = "https://localhost"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
VIEWS = [(1280, "light"), (1280, "dark"), (320, "light")]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. While it runs, this thread has an event loop, and Django's ORM refuses to be called in it."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield found
        found.close()


def full(cast: Cast) -> list[str]:
    """Records with long words, and the pages that show them."""
    make_client(owner=cast.alice, company="Second Ltd")
    options = [{"name": "Backup", "value": "Daily", "amount": 200}]
    long = f"{'long' * 15}.example"
    service = make_service(cast.client, "suspended", options=options, domain=long)
    invoice = make_invoice(cast.client, "paid")
    make_invoice(cast.client, "overdue")
    domain = make_domain(cast.client, "expired", domain_name=long)
    order = make_order(cast.client, items=[make_item(qty=2, domain=long), make_item()])
    return [
        "/client/dashboard",
        "/client/services",
        f"/client/services/{service.pk}",
        "/client/invoices",
        f"/client/invoices/{invoice.pk}",
        "/client/orders",
        f"/client/orders/{order.pk}",
        "/client/domains",
        f"/client/domains/{domain.pk}",
        "/client/profile",
        "/client/switch",
        "/client/services?status=odd",
        "/client/services?q=nothing",
        "/client/nothing",
    ]


def empty() -> list[str]:
    return [
        f"/client/{name}" for name in ("dashboard", "services", "invoices", "orders", "domains")
    ]


def fetched(web: Any, paths: list[str]) -> dict[str, Any]:
    """The answers to these paths, and the brand's files."""
    return {path: web.get(path) for path in [*paths, "/brand.css", "/brand.svg"]}


def hand_over(answers: dict[str, Any], route: Route) -> None:
    """Answer one request of the browser."""
    asked = urlsplit(route.request.url)
    if asked.path.startswith("/static/"):
        file = finders.find(asked.path.removeprefix("/static/"))
        body = Path(str(file)).read_bytes()
        route.fulfill(body=body, content_type=guess_type(asked.path)[0])
        return
    address = f"{asked.path}?{asked.query}" if asked.query else asked.path
    answer = answers.get(address) or answers[asked.path]
    route.fulfill(
        status=answer.status_code, headers=dict(answer.headers), body=answer.content.decode()
    )


def wrong_with(page: Any, path: str) -> list[str]:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{SITE}{path}")
    found = Axe().run(page, options={"runOnly": RULES})
    wrong = [f"{path}: {violation['id']}" for violation in found.response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append(f"{path}: scrolls sideways")
    return wrong + [f"{path}: {text}" for text in refused if "Content Security" in text]


def seen(answers: dict[str, Any]) -> list[str]:
    """What is wrong with these pages at all widths, in both schemes."""
    wrong: list[str] = []
    with chromium() as found:
        for width, scheme in VIEWS:
            context = found.new_context(
                viewport={"width": width, "height": 800}, color_scheme=scheme
            )
            page = context.new_page()
            page.route("**/*", lambda route: hand_over(answers, route))
            for path in answers:
                if not path.startswith("/brand"):
                    wrong += [f"{width} {scheme} {text}" for text in wrong_with(page, path)]
            context.close()
    return wrong


def test_each_page_can_be_used_by_everybody(cast: Cast) -> None:
    assert seen(fetched(cast.browse(cast.alice), full(cast))) == []


def test_each_empty_page_too(cast: Cast) -> None:
    assert seen(fetched(cast.browse(cast.alice), empty())) == []


def test_what_a_stranger_sees_too(db: None) -> None:
    assert seen(fetched(browser(), ["/", "/nothing"])) == []


def test_refusals_too(cast: Cast) -> None:
    paths = ["/client/invoices", "/client/profile", "/client/dashboard"]
    assert seen(fetched(cast.browse(cast.tess), paths)) == []
