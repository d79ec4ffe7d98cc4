"""Pages on paper: what is read and nothing that is pressed, dark on white, no row over two sheets."""

import io
from typing import Any

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.make.real_browser import SITE, browser_thread, fetched, hand_over
from tests.make.records import make_invoice, make_order, make_service
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.browser

PRESSED = """() => [...document.querySelectorAll("button, .button, nav, .skip-link, summary, [type=submit]")]
  .filter((one) => one.checkVisibility() && one.getClientRects().length).map((one) => one.outerHTML)"""
COLOURS = "() => { const seen = getComputedStyle(document.body); return [seen.backgroundColor, seen.color]; }"


def printed(answers: dict[str, Any], path: str) -> tuple[list[str], list[str], list[str]]:
    """The text of each sheet, what is left to press, and the colours, from a browser whose pages are dark."""

    def look(browser: Browser) -> tuple[bytes, list[str], list[str]]:
        with browser.new_page(color_scheme="dark") as page:
            page.route("**/*", lambda route: hand_over(answers, route))
            page.goto(f"{SITE}{path}")
            sheets = page.pdf(format="A4")
            page.emulate_media(media="print")
            return sheets, page.evaluate(PRESSED), page.evaluate(COLOURS)

    sheets, pressed, colours = browser_thread().run(look)
    return [one.extract_text() for one in PdfReader(io.BytesIO(sheets)).pages], pressed, colours


def test_pages_print_what_is_read(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client, "overdue")
    service, order = make_service(cast.client), make_order(cast.client)
    paths = [
        "/client/dashboard",
        "/client/invoices",
        f"/client/invoices/{invoice.pk}",
        f"/client/services/{service.pk}",
        f"/client/orders/{order.pk}",
        "/client/profile",
    ]
    answers = fetched(cast.browse(cast.alice), paths)
    for path in paths:
        sheets, pressed, colours = printed(answers, path)
        assert pressed == [], path
        assert colours == ["rgb(255, 255, 255)", "rgb(27, 32, 43)"], path
        assert all(text.strip() for text in sheets), path
        assert "Skip to content" not in sheets[0]
    assert invoice.number in printed(answers, paths[2])[0][0]


def test_a_list_over_two_sheets_keeps_each_row_whole_and_repeats_its_head(cast: PortalCast) -> None:
    for _ in range(25):
        make_invoice(cast.client, "paid")
    answers = fetched(cast.browse(cast.alice), ["/client/invoices"])
    sheets, _, _ = printed(answers, "/client/invoices")
    assert len(sheets) == 2
    numbers = [sum(text.count(f"INV-{n:04}") for text in sheets) for n in range(1, 26)]
    assert numbers == [1] * 25
    for text in sheets:
        assert "Amount due" in text
        assert text.count("INV-") == text.count("Paid")
