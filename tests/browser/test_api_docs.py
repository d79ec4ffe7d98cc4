"""The page of the API's description in a real browser, on a real demo installation."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.make.real_browser import accessibility_faults
from tests.server.running import RunningServer

pytestmark = pytest.mark.browser


class DocsSite(NamedTuple):
    """A demo installation: its address and the token that it printed."""

    url: str
    token: str


@pytest.fixture(scope="module")
def site(demo: RunningServer) -> DocsSite:
    (token,) = set(re.findall(r"opt_live_[0-9A-Za-z]{46}", demo.said()))
    return DocsSite(f"https://localhost:{demo.port}", token)


@pytest.fixture
def page(site: DocsSite, chromium: Browser) -> Iterator[Page]:
    """The page; at its end nothing was refused, and nobody else was asked for anything."""
    context = chromium.new_context(base_url=site.url, ignore_https_errors=True)
    made = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    made.on("request", lambda request: asked.append(request.url))
    made.on("console", lambda message: said.append(message.text))
    made.on("pageerror", lambda error: said.append(f"error: {error}"))
    made.goto("/api/docs")
    yield made
    assert [url for url in asked if not url.startswith(f"{site.url}/")] == []
    assert [text for text in said if re.search(r"Content Security|error:", text)] == []
    context.close()


def try_it(page: Page, operation: str, /, **values: str) -> None:
    """Send the form of an operation; what it leaves out stays as it is."""
    panel = page.locator(f"[data-operation={operation}] .try")
    if panel.get_attribute("open") is None:
        panel.locator("> summary").click()
    for name, value in values.items():
        field = panel.locator(f"[name={name}]")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    panel.get_by_role("button", name="Send").click()
    expect(panel.get_by_role("button", name="Send")).to_be_enabled()


def result(page: Page, operation: str, part: str) -> str:
    return page.locator(f"[data-operation={operation}] [data-{part}]").inner_text()


def test_a_token_is_pasted_once_and_each_endpoint_answers(page: Page, site: DocsSite) -> None:
    page.fill("#token-value", site.token)
    expect(page.locator("#token-note")).to_have_text("Kept in this page until you leave it.")
    try_it(page, "listServices", status="active", per_page="2")
    assert result(page, "listServices", "status").startswith("200 OK")
    assert '"per_page": 2' in result(page, "listServices", "body")
    command = result(page, "listServices", "sent")
    assert command.endswith(f"'{site.url}/api/v1/services?per_page=2&status=active'")
    assert "Bearer $TOKEN" in command
    known = page.locator("#getService-known option")
    assert known.count() == 2
    try_it(page, "getService", id=known.first.get_attribute("value") or "")
    assert result(page, "getService", "status").startswith("200 OK")
    assert '"server_hostname"' in result(page, "getService", "body")
    for operation in ("getMe", "listInvoices", "listOrders", "listDomains"):
        try_it(page, operation)
        assert result(page, operation, "status").startswith("200 OK")


def test_it_shows_what_a_program_would_get(page: Page, site: DocsSite) -> None:
    try_it(page, "getMe")
    assert result(page, "getMe", "status").startswith("401 Unauthorized")
    page.fill("#token-value", site.token)
    try_it(page, "listInvoices", page="0", per_page="many")
    assert "The per_page parameter must be an integer." in result(page, "listInvoices", "body")
    try_it(page, "getInvoice", id="../me")
    assert result(page, "getInvoice", "status").startswith("404 Not Found")
    panel = page.locator("[data-operation=getMe] .try")
    panel.get_by_text("Headers", exact=True).click()
    try_it(page, "getMe")
    panel.get_by_text("Headers of the reply").click()
    names = panel.locator("[data-headers] dt").all_inner_texts()
    assert {"etag", "ratelimit", "x-request-id", "date", "last-modified"} <= set(names)
    pairs = dict(zip(names, panel.locator("[data-headers] dd").all_inner_texts(), strict=True))
    try_it(page, "getMe", **{"If-None-Match": pairs["etag"]})
    # Tags belong to a content coding, and the browser asks for the same one again.
    assert result(page, "getMe", "status").startswith("304 Not Modified")
    assert result(page, "getMe", "body") == "No body."


def test_the_token_is_kept_nowhere(page: Page, site: DocsSite) -> None:
    sent: list[tuple[str, str]] = []
    page.on("request", lambda one: sent.append((one.url, one.headers.get("authorization", ""))))
    page.fill("#token-value", site.token)
    try_it(page, "getMe")
    assert (f"{site.url}/api/v1/me", f"Bearer {site.token}") in sent
    assert [url for url, _ in sent if site.token in url] == []
    assert [url for url, header in sent if header and "/api/v1/" not in url] == []
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"
    assert page.context.cookies() == []
    assert site.token not in page.content()
    page.reload()
    assert page.input_value("#token-value") == ""
    page.fill("#token-value", site.token)
    page.goto("/api/v1/openapi.json")
    page.go_back()
    assert page.input_value("#token-value") == ""
    try_it(page, "getMe")
    assert result(page, "getMe", "status").startswith("401")


def test_the_token_is_hidden_until_it_is_to_be_seen(page: Page, site: DocsSite) -> None:
    field = page.locator("#token-value")
    field.fill(site.token)
    assert field.get_attribute("type") == "password"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert field.get_attribute("type") == "text"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert (field.get_attribute("type"), field.input_value()) == ("password", "")
    expect(page.locator("#token-note")).to_have_text("No token yet.")


def test_a_reply_is_text_whatever_is_in_it(page: Page) -> None:
    hostile = (
        '{"message": "<img src=x onerror=alert(1)> \\\\\\" </code>", "id": 12345678901234567890.10}'
    )
    page.route("**/api/v1/me", lambda route: route.fulfill(status=500, body=hostile))
    try_it(page, "getMe")
    shown = result(page, "getMe", "body")
    assert "<img src=x onerror=alert(1)>" in shown
    assert "12345678901234567890.10" in shown
    assert page.locator("[data-body] img").count() == 0


def test_without_a_script_it_can_be_read(site: DocsSite, chromium: Browser) -> None:
    context = chromium.new_context(
        base_url=site.url, ignore_https_errors=True, java_script_enabled=False
    )
    plain = context.new_page()
    plain.goto("/api/docs")
    expect(plain.get_by_role("heading", name="List services")).to_be_visible()
    expect(plain.get_by_text("These forms need JavaScript.")).to_be_visible()
    assert plain.locator(".try:visible, [data-token]:visible, [data-copy]:visible").count() == 0
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (320, "light")])
def test_everybody_can_use_it(site: DocsSite, chromium: Browser, width: int, scheme: str) -> None:
    context = chromium.new_context(
        base_url=site.url,
        ignore_https_errors=True,
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto("/api/docs")
    page.fill("#token-value", site.token)
    try_it(page, "listInvoices", per_page="3")
    for more in page.locator("[data-operation=listInvoices] .more > summary").all():
        more.click()
    if width < 600:
        page.get_by_role("button", name="Sections").click()
        page.get_by_role("link", name="Errors", exact=True).click()
        expect(page.locator("#sidebar")).to_be_hidden()
    assert accessibility_faults(page) == []
    context.close()


def test_a_write_is_a_dry_run_until_one_says_otherwise(page: Page, site: DocsSite) -> None:
    page.goto(f"{site.url}/api/docs/v2")
    page.fill("#token-value", site.token)
    try_it(page, "updateService", id="1")
    sent = result(page, "updateService", "sent")
    assert sent.startswith("curl -i -X PATCH ")
    assert sent.endswith("/api/v2/services/1?dry_run=true'")
    assert '"reference"' in sent
    assert "token.scope_missing" in result(page, "updateService", "body")
    page.locator("[data-operation=postServiceCancellation] .try > summary").click()
    page.locator("[data-operation=postServiceCancellation] [data-dry-run]").uncheck()
    try_it(page, "postServiceCancellation", id="1")
    sent = result(page, "postServiceCancellation", "sent")
    assert "Idempotency-Key: " in sent
    assert "dry_run" not in sent
