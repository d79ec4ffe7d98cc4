"""From the store to the pay page in a real browser, on a real installation, with scripts and without."""

import re
import time
from email import message_from_bytes, policy
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import StoreSite
from tests.make.real_browser import view_faults

pytestmark = pytest.mark.browser

PASSWORD = "a long way round the harbour"
SPACE = "\N{NO-BREAK SPACE}"
_people = count(1)
_registered_at: list[float] = []


def visit(site: StoreSite, chromium: Browser, **options: Any) -> Page:
    context = chromium.new_context(base_url=site.url, ignore_https_errors=True, **options)
    return context.new_page()


def mailed_link(site: StoreSite, email: str) -> str:
    """The path of the link that proves this address, as soon as the worker has sent its mail."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        for file in site.mails.glob("*"):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            if mail["To"] and email in mail["To"]:
                body = mail.get_body(("plain",))
                assert body is not None
                return re.findall(r"(/client/verify/\S+)", body.get_content())[0]
        time.sleep(0.2)
    raise AssertionError(f"no mail to {email}")


def fill_checkout(page: Page) -> str:
    """A new account and its billing details, on the one page of the checkout; the email address."""
    email = f"new{next(_people)}@example.com"
    form = page.locator("#checkout")
    for name, value in (
        ("email", email),
        ("password", PASSWORD),
        ("first_name", "Nora"),
        ("last_name", "New"),
        ("address1", "Hafen 1"),
        ("city", "Hamburg"),
        ("postcode", "20095"),
    ):
        form.locator(f"[name={name}]").fill(value)
    form.locator("[name=country]").select_option("DE")
    return email


def wait_to_register() -> None:
    """Who sends the form within two seconds is a robot, and an address may send five in a minute (accounts.md 4)."""
    time.sleep(2.1)
    if len(_registered_at) >= 5:
        time.sleep(max(0.0, _registered_at[-5] + 75 - time.monotonic()))
    _registered_at.append(time.monotonic())


def register(page: Page, site: StoreSite) -> None:
    """From the checkout through the mailed link, back to the checkout, where all is filled in."""
    email = fill_checkout(page)
    wait_to_register()
    page.get_by_role("button", name="Create account and continue").click()
    expect(page).to_have_url(re.compile("/client/verify$"))
    page.goto(mailed_link(site, email))
    page.locator("main form button[type=submit]").first.click()
    expect(page).to_have_url(f"{site.url}/checkout")
    expect(page.get_by_role("button", name="Place order and pay")).to_be_visible()


def test_the_price_follows_the_choice(site: StoreSite, chromium: Browser) -> None:
    page = visit(site, chromium)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/store/rocket")
    cost = page.locator("#estimate")
    expect(cost).to_contain_text("€9.90")
    page.get_by_label("Memory").select_option(label="8 GB: €3.00")
    expect(cost).to_contain_text("€12.90")
    page.get_by_label("Addresses").fill("2")
    page.get_by_label("Addresses").blur()
    expect(cost).to_contain_text("€16.90")
    page.get_by_label("Backup elsewhere").check()
    expect(cost).to_contain_text("€19.40")
    page.get_by_label("Yearly").check()
    expect(page.get_by_label("Memory")).to_contain_text("8 GB: €30.00")
    expect(cost).to_contain_text("€194.00")
    assert page.get_by_label("Backup elsewhere").is_checked()
    assert page.get_by_label("Addresses").input_value() == "2"
    assert [url for url in asked if not url.startswith(f"{site.url}/")] == []
    assert [url for url in asked if "auth_code" in url or "csrf" in url] == []
    assert [text for text in said if "Content Security" in text] == []
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_store_to_the_pay_page(
    site: StoreSite, chromium: Browser, *, scripts: bool
) -> None:
    page = visit(site, chromium, java_script_enabled=scripts)
    page.goto("/")
    page.get_by_role("link", name="View plans").click()
    page.get_by_role("link", name="Order now Rocket").click()
    page.get_by_label("Memory").select_option(index=1)
    page.get_by_role("button", name="Update price").click()
    expect(page.locator("#estimate")).to_contain_text("€12.90")
    page.get_by_role("button", name="Add to cart").click()
    expect(page).to_have_url(f"{site.url}/cart")
    page.get_by_label("Promo code").fill("welcome")
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_text("Promo code applied.")).to_be_visible()
    page.get_by_role("link", name="Go to checkout").click()
    register(page, site)
    total = page.locator(".total").inner_text()
    expect(page.get_by_label("Bank transfer")).to_be_checked()
    page.get_by_role("button", name="Place order and pay").click()
    expect(page).to_have_url(re.compile(r"/client/invoices/\d+/pay/bank_transfer$"))
    amount = re.findall(r"€[\d.,]+", total)[0]
    expect(page.locator("main")).to_contain_text(amount)
    page.goto("/cart")
    expect(page.get_by_text("Your cart is empty")).to_be_visible()
    page.context.close()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the control has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"no way to {selector}")


def test_with_the_keyboard_alone_from_a_product_to_the_pay_page(
    site: StoreSite, chromium: Browser
) -> None:
    page = visit(site, chromium)
    page.goto("/store/rocket")
    tab_to(page, "form.card button.button-primary")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/cart")
    tab_to(page, "#cart input[name=qty]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(page.locator("#cart")).to_contain_text("€19.80")  # at once, without a button
    tab_to(page, "a[href='/checkout']")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/checkout")
    email = f"new{next(_people)}@example.com"
    for name, text in (
        ("email", email),
        ("password", PASSWORD),
        ("first_name", "Nora"),
        ("last_name", "New"),
        ("address1", "Hafen 1"),
        ("postcode", "20095"),
        ("city", "Hamburg"),
        ("country", "Germany"),
    ):
        tab_to(page, f"#checkout [name={name}]")
        page.keyboard.type(text)
    wait_to_register()
    tab_to(page, "#summary button.button-primary")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/client/verify$"))
    page.goto(mailed_link(site, email))
    tab_to(page, "main form button[type=submit]")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/checkout")
    tab_to(page, "#summary button.button-primary")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/client/invoices/\d+/pay/bank_transfer$"))
    page.context.close()


def test_the_total_follows_country_and_quantity_at_once(site: StoreSite, chromium: Browser) -> None:
    page = visit(site, chromium)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/store/shuttle")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.locator("#checkout [name=password]").fill(PASSWORD)
    page.locator("#checkout [name=city]").fill("Hamburg")
    quantity = page.get_by_label("Quantity")
    quantity.fill("3")
    quantity.blur()
    expect(page.locator("#summary .total")).to_contain_text("€14.70")
    expect(page.locator("#checkout-status")).to_contain_text("€14.70")
    with page.expect_response(lambda answer: "/checkout" in answer.url):
        page.locator("#checkout [name=country]").select_option("FR")
    expect(page.locator("#summary")).to_contain_text("€14.70")
    assert page.locator("#checkout [name=password]").input_value() == PASSWORD  # nothing is lost
    assert page.locator("#checkout [name=city]").input_value() == "Hamburg"
    page.get_by_label("Quantity").fill("0")
    page.get_by_label("Quantity").blur()
    expect(page.locator("#summary")).to_contain_text("from 1 to 100")
    assert [text for text in said if "Content Security" in text] == []
    page.context.close()


def test_everybody_can_use_it(site: StoreSite, chromium: Browser) -> None:
    page = visit(site, chromium)
    wrong: list[str] = []
    for name, path in (
        ("landing", "/"),
        ("store", "/store"),
        ("group", "/store?group=web-hosting"),
        ("region", "/store/region"),
        ("faq", "/faq"),
        ("on-request", "/store/cluster"),
        ("product", "/store/rocket"),
        ("sold-out", "/store/large-server"),
        ("empty", "/cart"),
    ):
        page.goto(path)
        wrong += view_faults(page, name, height=900)
    page.goto("/store/rocket")
    page.get_by_label("Memory").select_option(index=1)
    page.get_by_label("Domain name").fill("nora.test")
    page.get_by_label("Register a new domain").check()
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_label("Promo code").fill("welcome")
    page.get_by_role("button", name="Apply", exact=True).click()
    wrong += view_faults(page, "cart", height=900)
    page.get_by_role("link", name="Edit Rocket").click()
    wrong += view_faults(page, "cart-item", height=900)
    page.get_by_role("button", name="Save changes").click()
    page.get_by_role("link", name="Go to checkout").click()
    wrong += view_faults(page, "guest-checkout", height=900)
    fill_checkout(page)
    form = page.locator("#checkout")
    form.locator("[name=city]").fill("")
    wait_to_register()
    page.get_by_role("button", name="Create account and continue").click()
    expect(page.get_by_text("Check the highlighted fields.")).to_be_visible()
    assert form.locator("[name=address1]").input_value() == "Hafen 1"
    form.get_by_label("Phone").fill("+49 40 1234")
    wrong += view_faults(page, "checkout-errors", height=900)
    register(page, site)
    wrong += view_faults(page, "checkout", height=900)
    page.get_by_text("Edit domain contact").click()
    page.get_by_label("Use a different domain contact").check()
    page.get_by_text("Edit billing details").click()
    wrong += view_faults(page, "checkout-open", height=900)
    page.get_by_label("Use a different domain contact").uncheck()
    page.get_by_role("button", name="Place order and pay").click()
    wrong += view_faults(page, "pay", height=900)
    assert wrong == []
    page.context.close()
