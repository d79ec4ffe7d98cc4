"""Paying by card on a real demo: its test cards, Stripe's stand-in on an origin of its own, webhooks, the worker.

A client may ask a gateway 20 times a minute. Alice pays in files before this one too, and on a fast machine she is near
that here; so Charlie is the one who saves a card.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from tests.make.real_browser import accessibility_faults
from tests.server.running import RunningServer

pytestmark = pytest.mark.browser

SUCCEEDS, DECLINED, ASKS_BANK = "4242424242424242", "4000000000000002", "4000002760003184"
RESULT = re.compile(r"/client/invoices/\d+/return/\d+")
FUNDS_RESULT = re.compile(r"/client/payments/\d+/return")


def visit(demo: RunningServer, chromium: Browser, **more: Any) -> Page:
    url = f"https://localhost:{demo.port}"
    return chromium.new_context(base_url=url, ignore_https_errors=True, **more).new_page()


def sign_in(demo: RunningServer, chromium: Browser, name: str, **more: Any) -> Page:
    page = visit(demo, chromium, **more)
    page.goto("/client/login")
    page.get_by_label("Email").first.fill(f"{name}@example.com")
    page.locator("main input[type=password]").fill("demo-demo-demo")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/client/dashboard")
    return page


@pytest.fixture(scope="module")
def session(demo: RunningServer, chromium: Browser) -> Any:
    """The cookies of Alice, who has signed in."""
    page = sign_in(demo, chromium, "alice")
    found = page.context.storage_state()
    page.context.close()
    return found


@contextmanager
def within_policy(page: Page) -> Iterator[Page]:
    """The page, and nothing that its policy refused."""
    refused: list[str] = []
    page.context.on("console", lambda said: refused.append(said.text))
    yield page
    assert [text for text in refused if "Content Security" in text] == []
    page.context.close()


@pytest.fixture
def page(demo: RunningServer, chromium: Browser, session: Any) -> Iterator[Page]:
    """Alice, signed in."""
    with within_policy(visit(demo, chromium, storage_state=session)) as found:
        yield found


@pytest.fixture
def page_of_charlie(demo: RunningServer, chromium: Browser) -> Iterator[Page]:
    with within_policy(sign_in(demo, chromium, "charlie")) as found:
        yield found


def start(page: Page, *, saves_card: bool = False) -> str:
    """The form for the next invoice that can be paid; the path of that invoice."""
    paths = []
    for status in ("unpaid", "overdue"):
        page.goto(f"/client/invoices?status={status}")
        links = page.locator("main table a[href^='/client/invoices/']").all()
        paths += [link.get_attribute("href") or "" for link in links]
    button = page.get_by_role("button", name="Continue with Test card")
    for path in paths:
        page.goto(f"{path}/pay")
        if button.count():
            if saves_card:
                page.get_by_label("I authorize Harbour Hosting Ltd to save").check()
            button.click()
            page.wait_for_url(f"**{path}/pay/test_card")
            return path
    raise LookupError("no invoice can be paid")


def fields(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='Secure payment input frame']")


def type_card(page: Page, number: str) -> None:
    """By keyboard alone, from the number to the button."""
    expect(pay_button(page)).to_be_enabled()
    place = fields(page).get_by_label("Card number")
    place.fill("")
    place.focus()
    for text in (number, "1234", "123"):
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    expect(
        pay_button(page)
    ).to_be_focused()  # it leaves the frame of another process a moment later


def use_another_card(page: Page) -> None:
    """Than one that an earlier test has saved."""
    page.get_by_role("button", name=re.compile("^Pay ")).wait_for()
    if (other := page.get_by_label("Use another card")).count():
        other.check()


def pay_button(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile(r"^(Pay |Save card|Processing)"))


def paid(page: Page) -> None:
    expect(page.get_by_text("We received your payment")).to_be_visible(timeout=30_000)


def payments(page: Page, path: str) -> int:
    """By card, on the page of the invoice."""
    page.goto(path)
    rows = page.locator("section:has(#payments-title) tbody tr")
    return rows.filter(has_text="••••").count()


def seen_by_everybody(page: Page) -> None:
    for width, scheme in ((1280, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert accessibility_faults(page) == []


def test_a_wrong_number_then_a_declined_card_then_one_that_is_pressed_twice(page: Page) -> None:
    path = start(page)
    use_another_card(page)
    type_card(page, "4242424242424241")
    page.keyboard.press("Enter")
    expect(fields(page).get_by_text("Your card number is invalid.")).to_be_visible()
    expect(fields(page).get_by_label("Card number")).to_be_focused()
    expect(pay_button(page)).to_be_enabled()
    type_card(page, DECLINED)
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert").filter(has_text="Your card was declined.")
    expect(alert).to_be_visible()
    seen_by_everybody(page)
    type_card(page, SUCCEEDS)
    expect(alert).to_be_hidden()
    pay_button(page).dblclick()
    page.wait_for_url(RESULT)
    result = page.url
    paid(page)
    other = page.context.new_page()
    other.goto(result)
    paid(other)
    assert payments(page, path) == 1


def test_a_card_that_was_saved_pays_the_next_invoice(page: Page) -> None:
    start(page, saves_card=True)
    type_card(page, SUCCEEDS)
    page.keyboard.press("Enter")
    paid(page)
    path = start(page)
    expect(page.get_by_label("Visa •••• 4242")).to_be_checked()
    expect(page.locator("iframe")).to_have_count(0)
    assert accessibility_faults(page) == []
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    paid(page)
    assert payments(page, path) == 1


def test_a_bank_that_asks_is_answered_on_its_own_page(page: Page) -> None:
    path = start(page)
    use_another_card(page)
    type_card(page, ASKS_BANK)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Fail authentication").click()
    page.wait_for_url(RESULT)
    expect(page.get_by_text("Payment failed")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Try again").click()
    page.get_by_role("button", name="Continue with Test card").click()
    use_another_card(page)
    type_card(page, ASKS_BANK)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Complete authentication").click()
    paid(page)
    assert payments(page, path) == 1


def test_a_form_whose_payment_was_started_anew_in_another_tab_says_what_became_of_it(
    page: Page,
) -> None:
    """It blamed the connection."""
    path = start(page)
    other = page.context.new_page()
    other.goto(f"{path}/pay")
    other.get_by_label("I authorize Harbour Hosting Ltd to save").check()
    other.get_by_role("button", name="Continue with Test card").click()
    other.wait_for_url(f"**{path}/pay/test_card")
    use_another_card(page)
    type_card(page, SUCCEEDS)
    page.keyboard.press("Enter")
    page.wait_for_url(RESULT)
    expect(page.get_by_text("This payment was canceled. You haven't been charged.")).to_be_visible()


def test_a_result_opened_in_two_tabs_at_once_is_one_payment(page: Page) -> None:
    """Stripe's messages are held back: what is booked comes from the two pages."""
    page.goto("/client/credit/add")
    page.get_by_role("textbox", name="Amount").fill("27.31")
    page.get_by_role("button", name="Continue with Test card").click()
    use_another_card(page)
    type_card(page, SUCCEEDS)
    origin = (page.locator("iframe").first.get_attribute("src") or "").partition("/js/")[0]
    assert page.request.post(f"{origin}/_double/webhooks", form={"held": "true"}).ok
    page.keyboard.press("Enter")
    page.wait_for_url(FUNDS_RESULT)
    result, other = page.url, page.context.new_page()
    for tab in (page, other):
        tab.evaluate("url => { setTimeout(() => location.assign(url)); }", result)
    for tab in (page, other):
        paid(tab)
    page.request.post(f"{origin}/_double/webhooks", form={"held": "false"})
    page.get_by_role("link", name="View balance").click()
    added = page.locator("main tbody tr").filter(has_text="27.31")
    expect(added).to_have_count(1)
    expect(added).to_contain_text("Funds added")


def test_a_card_is_saved_without_a_payment(page_of_charlie: Page) -> None:
    page = page_of_charlie
    page.goto("/client/payment-methods/add")
    page.get_by_label("I authorize Harbour Hosting Ltd to save").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Save card")).to_be_enabled()
    seen_by_everybody(page)
    type_card(page, ASKS_BANK)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Complete authentication").click()
    expect(page.get_by_text("Payment method saved")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="View payment methods").click()
    expect(page.locator("main strong", has_text="Visa •••• 3184")).to_be_visible()
