"""The way of a domain on a real demo: bought by card, registered, managed, and its zone edited and signed."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pay_by_card import (
    SUCCEEDS,
    page,
    paid,
    seen_by_everybody,
    session,
    type_card,
    use_another_card,
)

__all__ = ["page", "session"]
pytestmark = pytest.mark.browser

NAME = "lighthouse-way.com"
OTHERS = ("ns1.elsewhere.example", "ns2.elsewhere.example")


def wait_for(page: Page, path: str, pattern: str) -> None:
    """Until a page says so: the worker does what was asked for."""
    deadline = time.monotonic() + 30
    while not re.search(pattern, " ".join(page.locator("main").inner_text().split())):
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        time.sleep(0.3)
        page.goto(path)


def path_of(page: Page) -> str:
    return re.sub(r"^https://[^/]+", "", page.url)


def buy(page: Page) -> str:
    """The name alone, paid by card; the path of its page, once it is registered."""
    page.goto(f"/domain-search?q={NAME}")
    page.get_by_role("button", name=f"Add to cart {NAME}").click()
    expect(page.get_by_role("link", name=f"In cart {NAME}")).to_be_visible()
    page.goto("/checkout")
    page.get_by_role("button", name="Place order and pay").click()
    page.get_by_role("button", name="Continue with Test card").click()
    use_another_card(page)
    type_card(page, SUCCEEDS)
    page.keyboard.press("Enter")
    paid(page)
    page.goto("/client/domains")
    page.get_by_role("link", name=NAME).click()
    path = path_of(page)
    wait_for(page, path, "These are our nameservers.")
    return path


def change_nameservers(page: Page, path: str) -> None:
    """To those of others and back to ours, each told to the registrar."""
    page.goto(f"{path}/nameservers")
    page.get_by_label("Other nameservers").check()
    for number, host in enumerate(OTHERS, 1):
        page.get_by_label(f"Nameserver {number}").fill(host)
    page.get_by_role("button", name="Change nameservers").click()
    wait_for(page, path, f"Change nameservers {OTHERS[0]} {OTHERS[1]} DNS")
    expect(page.get_by_text("Not delegated to us")).to_be_visible()
    seen_by_everybody(page)
    page.goto(f"{path}/nameservers")
    page.get_by_label("Our nameservers").check()
    page.get_by_role("button", name="Change nameservers").click()
    wait_for(page, path, "These are our nameservers.")


def edit_zone(page: Page, path: str) -> str:
    """A record that is refused and then mended; the path of the zone."""
    page.goto(path)
    page.get_by_role("link", name="Edit DNS records").click()
    zone = path_of(page)
    page.get_by_label("Name, line 4").fill("shop")
    page.get_by_label("Value, line 4").fill("192.0.2.999")
    page.get_by_role("button", name="Save records").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 4: 192.0.2.999 isn't an IPv4 address.")
    seen_by_everybody(page)
    page.get_by_label("Value, line 4").fill("192.0.2.77")
    page.get_by_role("button", name="Save records").click()
    wait_for(page, zone, "Changed, alice@example.com [^@]*[AP]M UTC, published Default records")
    return zone


def test_a_domain_is_bought_managed_and_its_zone_signed(page: Page) -> None:
    path = buy(page)
    change_nameservers(page, path)
    zone = edit_zone(page, path)
    page.get_by_role("button", name="Turn on DNSSEC").click()
    wait_for(page, zone, "The DS record is at the registry.")
    page.get_by_role("button", name="Check delegation").click()
    expect(page.get_by_text("The delegation is correct.")).to_be_visible()
    page.get_by_role("link", name="View at the demo's registrar and DNS server").click()
    text = page.locator("main").inner_text()
    assert re.search(r"DS record\s+\d+ 13 2 [0-9A-F]{64}", text)
    assert "shop 3600 IN A 192.0.2.77" in text
    assert "IN RRSIG A 13" in text
    seen_by_everybody(page)


def test_the_term_is_seen_and_changed(page: Page) -> None:
    """A rule of the style sheet hid every field that is called years, this one among them."""
    page.goto("/client/domains")
    page.get_by_role("link", name="acme-hosting.example").click()
    page.get_by_label("Renewal term").select_option("2")
    page.get_by_role("button", name="Change term").click()
    expect(page.get_by_text("The domain now renews for 2 years at a time.")).to_be_visible()
