"""What a newcomer to a demo sees of hosting: ordered, paid by test card, set up before their eyes, and signed in to."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_pay_by_card import paid, pay_button, type_card, use_another_card, visit
from tests.make.real_browser import accessibility_faults
from tests.server.running import RunningServer

pytestmark = pytest.mark.browser

NAME, PASSWORD = "harbourwalk.com", "demo-demo-demo"


def order(page: Page) -> None:
    """Hosting with a name that the client has already, paid by card."""
    page.goto("/store/starter-hosting")
    page.locator("[name=domain]").fill(NAME)
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_label("Test card").first.check()
    page.get_by_role("button", name="Place order and pay").click()
    page.get_by_role("button", name="Continue with Test card").click()
    use_another_card(page)
    type_card(page, "4242424242424242")
    pay_button(page).click()
    paid(page)


def seen_by_everybody(page: Page) -> None:
    for width, scheme in ((1280, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert accessibility_faults(page) == []


def test_hosting_is_ordered_paid_set_up_and_signed_in_to(
    demo: RunningServer, chromium: Browser
) -> None:
    page = visit(demo, chromium)
    refused: list[str] = []
    page.context.on("console", lambda said: refused.append(said.text))
    page.goto("/client/login")
    page.get_by_label("Email").first.fill("alice@example.com")
    page.locator("main input[type=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/client/dashboard")
    order(page)
    page.goto("/client/services")
    page.locator("tr", has_text=NAME).locator("a.row-link").click()
    opens = page.get_by_role("button", name="Open control panel")
    expect(opens).to_be_visible(timeout=30_000)  # the page looks by itself
    seen_by_everybody(page)
    username = page.locator("#copy-username").inner_text()
    page.get_by_role("link", name="Show password").click()
    page.get_by_role("button", name="Show password").click()
    password = page.locator("#account-password").inner_text()
    page.get_by_role("link", name="Back to service").click()
    for _press in range(2):
        with page.context.expect_page() as opened:
            opens.click()
        panel = opened.value
        expect(panel).to_have_url(re.compile("/sandbox/account$"))
    expect(panel.locator("main")).to_contain_text("starter")
    seen_by_everybody(panel)
    panel.get_by_role("button", name="Sign out").click()
    panel.get_by_label("Username").fill(username)
    panel.get_by_label("Password", exact=True).fill(password)
    panel.get_by_role("button", name="Sign in", exact=True).click()
    expect(panel.get_by_role("heading", level=1)).to_have_text(NAME)
    assert [text for text in refused if "Content Security" in text] == []
    page.context.close()
