"""A day of the staff area in a real browser: Grace sells, Alice orders, Bea bills, Sam is kept out, Grace acts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.make.real_browser import accessibility_faults
from tests.server.running import RunningServer

pytestmark = pytest.mark.browser

PASSWORD = "demo-demo-demo"
PRODUCT, COUNTRY, REFERENCE = "Mail for teams", "NZ", "Statement 7"
LOOKED_AT = (
    *("/admin/dashboard", "/admin/reports", "/admin/reports/revenue", "/admin/search?q=acme"),
    *("/admin/setup", "/admin/setup/tax", "/admin/settings", "/admin/settings/billing"),
    *("/admin/gateways", "/admin/invoices/new", "/admin/invoices", "/admin/clients/1"),
    *("/admin/mail-templates", "/admin/staff/new", "/admin/checks", "/admin/profile"),
)
ON_A_PHONE = ("/admin/invoices", "/admin/clients/1?tab=details", "/admin/server-groups")


@pytest.fixture
def visit(demo: RunningServer, chromium: Browser) -> Iterator["Visit"]:
    made = Visit(f"https://localhost:{demo.port}", chromium)
    yield made
    made.close()


class Visit:
    """Browsers of several people on one installation, and what their consoles said."""

    def __init__(self, url: str, chromium: Browser) -> None:
        self._url, self._chromium = url, chromium
        self._contexts: list[Page] = []
        self.said: list[str] = []

    def sign_in(self, name: str, path: str = "/admin") -> Page:
        context = self._chromium.new_context(base_url=self._url, ignore_https_errors=True)
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))
        self._contexts.append(page)
        page.goto(path)
        page.get_by_label("Email").fill(f"{name}@example.com")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/dashboard")
        return page

    def _note(self, message: ConsoleMessage) -> None:
        """What is wrong; hints for developers are not."""
        if message.type in ("error", "warning"):
            self.said.append(f"{message.page and message.page.url}: {message.text}")

    def close(self) -> None:
        for page in self._contexts:
            page.context.close()


def send(page: Page, button: str, said: str) -> None:
    """Send the form of this page; what the next one says first."""
    page.locator("main form").get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".office-messages")).to_contain_text(said)
    assert accessibility_faults(page) == []


def make_product(page: Page) -> None:
    page.goto("/admin/products/new")
    page.get_by_label("Name", exact=True).fill(PRODUCT)
    page.get_by_label("Group", exact=True).select_option(index=1)
    send(page, "New product", "Give it a price")
    page.get_by_role("link", name="Prices", exact=True).click()
    for code, price in (("USD", "950"), ("EUR", "900"), ("JPY", "140000")):
        page.locator(f"[name=price-{code}-monthly]").fill(price)
    assert accessibility_faults(page) == []
    send(page, "Save changes", "prices were saved")
    page.goto("/admin/tax-rules/new")
    page.get_by_label("Country").select_option(COUNTRY)
    page.get_by_label("Rate").fill("15")
    page.get_by_label("Name on invoices").fill("GST")
    send(page, "Add tax rule", "was added")


def order(page: Page) -> str:
    """Order it in the store; the number of the invoice."""
    page.goto(f"/store/{PRODUCT.lower().replace(' ', '-')}")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_label("Bank transfer").check()
    page.get_by_role("button", name="Place order and pay").click()
    page.wait_for_url(re.compile(r"/client/invoices/\d+/pay/bank_transfer$"))
    return re.findall(r"INV-\d+", page.locator("main").inner_text())[0]


def bill(page: Page, invoice: str) -> None:
    page.goto("/admin/dashboard")
    page.keyboard.press("Control+k")
    page.keyboard.type(invoice)
    page.get_by_role("option", name=invoice).click()
    page.get_by_role("link", name="Record payment").click()
    page.get_by_label("Reference").fill(REFERENCE)
    send(page, "Record payment", "was recorded")
    page.locator("main table a[href*='/payments/']").first.click()
    page.locator("main .buttons").get_by_role("link", name="Refund").click()
    page.get_by_label(re.compile("^Amount")).fill("2.00")
    page.get_by_label("Reason").fill("Goodwill")
    page.get_by_label("Your password").fill(PASSWORD)
    send(page, "Refund", "$2.00")
    page.goto("/admin/invoices?status=overdue&kind=renewal")
    page.locator("main table tbody a").first.click()
    page.get_by_role("link", name="Void invoice").click()
    for period in page.locator("main form select").all():
        period.select_option(label="Bill again with the next daily run")
    page.get_by_label("Reason").fill("Wrong address")
    send(page, "Void invoice", "was voided")


def act_for_alice(page: Page) -> None:
    page.goto("/admin/dashboard")
    for key in "gcj":
        page.keyboard.press(key)
        if key == "c":
            page.wait_for_url("**/admin/clients")
    expect(page.locator("main tbody a").first).to_be_focused()
    page.keyboard.press(" ")
    sheet = page.get_by_role("dialog", name="Quick look")
    expect(sheet).to_contain_text("Contact")
    assert accessibility_faults(page) == []
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.goto("/admin/clients/1")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Open portal")
    assert accessibility_faults(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("n")
    page.keyboard.type("gcl")  # in a field they are letters
    expect(page.locator("#new-note")).to_have_value("gcl")
    page.locator("#new-note").fill("")
    page.locator("#new-note").blur()
    page.keyboard.press("l")
    page.get_by_label("Reason").fill("Call about an invoice")
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Go to the client's portal").click()
    page.wait_for_url("**/client/dashboard")
    expect(page.locator("body")).to_contain_text("grace@example.com is acting for")
    assert page.goto("/admin/dashboard").status == 403  # type: ignore[union-attr]
    page.get_by_role("button", name="Return to the staff area").click()
    page.wait_for_url("**/admin/**")


def test_a_day_of_the_staff_area(visit: Visit) -> None:
    grace = visit.sign_in("grace")
    make_product(grace)
    invoice = order(visit.sign_in("alice", "/client/login"))
    bill(visit.sign_in("bea"), invoice)
    assert visit.said == []

    sam = visit.sign_in("sam")
    for path, status in (("/admin/clients/1", 200), ("/admin/audit", 403), ("/admin/setup", 403)):
        assert sam.goto(path).status == status  # type: ignore[union-attr]
        assert accessibility_faults(sam) == []
    visit.said.clear()  # a browser reports each refusal

    act_for_alice(grace)
    visit.said.clear()
    grace.goto("/admin/audit?per_page=200")
    log = grace.locator("main table")
    for done in ("Acting as the client started", "Refund completed", "Payment received"):
        expect(log.get_by_role("cell", name=done, exact=True).first).to_be_visible()
    for done in ("Invoice canceled", "Billing period released", "Order placed"):
        expect(log.get_by_role("cell", name=done, exact=True).first).to_be_visible()
    assert accessibility_faults(grace) == []

    wrong: list[str] = []
    grace.set_viewport_size({"width": 768, "height": 1024})
    grace.emulate_media(color_scheme="dark")
    for path in LOOKED_AT:
        grace.goto(path)
        wrong += [f"{path}: {fault}" for fault in accessibility_faults(grace)]
    grace.set_viewport_size({"width": 390, "height": 844})
    for path in ON_A_PHONE:
        grace.goto(path)
        wrong += [f"{path}: {fault}" for fault in accessibility_faults(grace)]
    assert wrong + visit.said == []
