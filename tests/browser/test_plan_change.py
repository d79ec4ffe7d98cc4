"""A plan is changed in a browser: without scripts, by keyboard, on a wide page and on a telephone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_pay_by_card import sign_in
from tests.make.real_browser import accessibility_faults
from tests.server.running import RunningServer

pytestmark = pytest.mark.browser


def seen_by_everybody(page: Page) -> None:
    """No fault at either width, and nothing that is wider than the screen."""
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert accessibility_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def choose(page: Page, plan: str) -> None:
    """The page that asks to confirm a plan."""
    page.goto("/client/services?status=active")
    page.locator("a.row-link", has_text="Business hosting").first.click()
    page.get_by_role("link", name="Change plan").click()
    page.locator("tbody tr", has_text=plan).first.locator("a").click()


def test_a_plan_is_confirmed_by_keyboard_and_its_request_is_wherever_money_is_due(
    demo: RunningServer, chromium: Browser
) -> None:
    page = sign_in(demo, chromium, "charlie")
    choose(page, "Pro hosting")
    seen_by_everybody(page)
    button = page.get_by_role("button", name="Change plan and pay")
    button.focus()
    with page.expect_navigation(url="**/client/plan-changes/**"):
        page.keyboard.press("Enter")
    for path in ("/client/dashboard", "/client/invoices"):
        page.goto(path)
        request = page.locator("li", has_text="Pro hosting")
        expect(request.get_by_role("link", name="Pay now")).to_be_visible()
        seen_by_everybody(page)


def test_without_scripts_credit_pays_what_the_page_said(
    demo: RunningServer, chromium: Browser
) -> None:
    page = sign_in(demo, chromium, "frida", java_script_enabled=False)
    page.goto("/client/services?status=active")
    page.locator("a.row-link", has_text="VPS S").first.click()
    page.get_by_role("link", name="Change plan").click()
    page.locator("tbody tr a").first.click()
    expect(page.locator("main")).to_contain_text("Credit balance")
    page.get_by_role("button", name="Change plan and pay").click()
    expect(page.locator("main")).to_contain_text("Your plan is now VPS L, ")
