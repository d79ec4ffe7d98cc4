"""From the store to a paid invoice, on a real installation: a browser, the command, the worker, the API and the PDF."""

import re
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from facturx import get_xml_from_pdf
from playwright.sync_api import Browser, Page, expect

from commerce.billing.documents.validation import validate_einvoice
from tests.browser.conftest import StoreSite
from tests.browser.test_store import PASSWORD, register, visit
from tests.server.running import run_command

pytestmark = pytest.mark.browser


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for the worker."""
    deadline = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


def order(page: Page, site: StoreSite) -> str:
    """A rocket with a promo code for a new person; the number of its invoice."""
    page.goto("/store/rocket")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_label("Promo code").fill("welcome")
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_text("Promo code applied.")).to_be_visible()
    page.get_by_role("link", name="Go to checkout").click()
    register(page, site)
    page.get_by_role("button", name="Place order and pay").click()
    expect(page).to_have_url(re.compile(r"/client/invoices/\d+/pay/bank_transfer$"))
    heading = page.get_by_role("heading", level=1).inner_text()
    found = re.search(r"INV-\d+", heading)
    assert found, heading
    return found[0]


def set_up(data: Path) -> None:
    """What staff do once the worker has told them to: make the account, and say so."""
    found: list[str] = []

    def told() -> bool:
        found[:] = re.findall(
            r"^ *(\d+)\b.*service\.create", run_command(data, "job", "list").stdout, re.M
        )
        return bool(found)

    until(told, "staff are told")
    done = run_command(data, "job", "done", found[0], "--username", "nora", "--reason", "made it")
    assert done.returncode == 0, done.stderr


def token(page: Page) -> str:
    page.goto("/client/api-tokens")
    page.get_by_label("Name", exact=True).fill("whole way")
    for box in page.locator("[name=scopes]").all():
        box.check()
    page.get_by_label("Your password").fill(PASSWORD)
    page.locator("main form:has([name=scopes]) button[type=submit]").click()
    found = re.search(r"opt_live_[0-9A-Za-z]+", page.content())
    assert found, page.locator("main").inner_text()
    return found[0]


def asked(page: Page, plain: str, path: str) -> list[dict[str, Any]]:
    """The rows of a list of the API."""
    headers = {"Authorization": f"Bearer {plain}"}
    reply = page.context.request.get(f"/api/v1/{path}", headers=headers)
    assert reply.status == 200, reply.text()
    rows: list[dict[str, Any]] = reply.json()["data"]
    return rows


def downloaded(page: Page, href: str) -> bytes:
    found: list[bytes] = []

    def made() -> bool:
        reply = page.context.request.get(href)
        found[:] = [reply.body()]
        return reply.status == 200

    until(made, "the PDF is made")
    return found[0]


def copied(page: Page, name: str) -> str:
    """What the button beside a value puts onto the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator(f"[data-copy=copy-{name}]")
    button.click()
    expect(button).to_have_text("Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_new_person_orders_pays_and_has_a_service(site: StoreSite, chromium: Browser) -> None:
    page = visit(site, chromium)
    number = order(page, site)
    expect(page.get_by_role("heading", name="Transfer details")).to_be_visible()
    expect(page.get_by_role("img", name="Code for banking apps")).to_be_visible()
    amount = copied(page, "amount")
    assert f"€{amount}" == page.locator("#copy-amount").inner_text()
    assert " " not in copied(page, "reference")
    data: Path = site.mails.parent
    for _ in range(2):  # repeating it books nothing twice
        done = run_command(data, "payment", "record", number, amount, "--reference", "whole-way")
        assert done.returncode == 0, done.stderr
    set_up(data)
    plain = token(page)
    until(
        lambda: [row["status"] for row in asked(page, plain, "services")] == ["active"],
        "the service is active",
    )
    [ordered], [invoice] = asked(page, plain, "orders"), asked(page, plain, "invoices")
    assert (ordered["status"], invoice["status"]) == ("active", "paid")
    assert (invoice["invoice_number"], invoice["amount_due"]) == (number, 0)
    page.goto(f"/client/invoices/{invoice['id']}")
    expect(page.locator("main")).to_contain_text("Paid")
    pdf = downloaded(page, f"/client/invoices/{invoice['id']}/pdf")
    assert pdf.startswith(b"%PDF-")
    name, xml = get_xml_from_pdf(BytesIO(pdf), check_xsd=False)
    assert (name, validate_einvoice(xml, "cii")) == ("factur-x.xml", [])
    assert number.encode() in xml
    page.context.close()
