"""Each reading page in a real browser and on paper: no axe violation, no sideways scrolling, nothing to press."""

import io
import re
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import Browser
from pypdf import PdfReader

from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.tokens import create_token
from commerce.kit.context import Context
from commerce.payments.actions.saved_cards import stop_card
from tests.make.browser import hidden_field, make_browser
from tests.make.cards import CTX, keep
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, as_member, make_client
from tests.make.real_browser import SITE, browser_thread, fetched, hand_over, page_faults
from tests.make.records import make_domain, make_invoice, make_item, make_order, make_service
from tests.make.webhook_endpoints import make_delivery, make_endpoint
from tests.make.zones import make_stored_zone, turn_zones_on
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.browser


def full(cast: PortalCast) -> list[str]:
    """Records with long words, and the pages that show them."""
    make_client(owner=cast.alice, company="Second Ltd")
    options = [{"name": "Backup", "value": "Daily", "amount": 200}]
    long = f"{'long' * 15}.example"
    service = make_service(cast.client, "suspended", options=options, domain=long)
    invoice = make_invoice(cast.client, "paid")
    make_invoice(cast.client, "overdue")
    domain = make_domain(cast.client, "expired", domain_name=long)
    managed = make_domain(cast.client, domain_name=f"{'wide' * 15}.example")
    turn_zones_on()
    zone = make_stored_zone(cast.client, f"{'zone' * 15}.example")
    card = keep(cast.client)
    stop_card(card=card, reason="The card was reported stolen. " * 5, ctx=CTX)
    keep(cast.client, "card-2")
    order = make_order(cast.client, items=[make_item(qty=2, domain=long), make_item()])
    return [
        "/client/dashboard",
        "/client/services",
        f"/client/services/{service.pk}",
        "/client/invoices",
        f"/client/invoices/{invoice.pk}",
        "/client/orders",
        f"/client/orders/{order.pk}",
        "/client/payment-methods",
        f"/client/payment-methods/{card.pk}/remove",
        "/client/domains",
        f"/client/domains/{domain.pk}",
        f"/client/domains/{domain.pk}/renew",
        f"/client/domains/{managed.pk}",
        f"/client/domains/{managed.pk}/nameservers",
        f"/client/domains/{managed.pk}/contacts",
        f"/client/domains/nameservers?domain={managed.pk}",
        "/client/zones",
        f"/client/zones/{zone.pk}",
        f"/client/zones/{zone.pk}/import",
        "/client/profile",
        "/client/switch",
        "/client/services?status=odd",
        "/client/services?q=nothing",
        "/client/search?q=example",
        "/client/nothing",
    ]


def people(cast: PortalCast) -> list[str]:
    """The pages about members, tokens and the person himself, with long words."""
    long = f"{'long' * 15}@example.org"
    ctx = Context(AT, as_member(cast.alice))
    invite_member(client=cast.client, email=long, role="billing", rights=["invoices.view"], ctx=ctx)
    name = "name" * 25
    networks = ["203.0.113.0/24", "2001:db8:1:2:3:4:5:0/112"]
    token, _ = create_token(
        client=cast.client, maker=cast.alice, name=name, networks=networks, ctx=ctx
    )
    bob = cast.bob.memberships.get()
    address = f"https://hooks.example.com/{'long' * 100}"
    endpoint, _ = make_endpoint(cast.client, address, description=name, types=["invoice.paid"])
    make_delivery(endpoint, tries=2, tried_at=AT, milliseconds=15_000, answer="word" * 500)
    return [
        "/client/members",
        f"/client/members/{bob.pk}",
        f"/client/members/{bob.pk}/remove",
        "/client/api-tokens",
        "/client/api-tokens?status=revoked",
        f"/client/api-tokens/{token.pk}/limit",
        f"/client/api-tokens/{token.pk}",
        f"/client/api-tokens/{token.pk}/rotate",
        f"/client/api-tokens/{token.pk}/revoke",
        "/client/webhooks",
        "/client/webhooks/add",
        f"/client/webhooks/{endpoint.pk}",
        *(f"/client/webhooks/{endpoint.pk}/{act}" for act in ("edit", "rotate", "remove")),
        "/client/security/language",
        "/client/activity",
    ]


def empty() -> list[str]:
    return [
        f"/client/{name}"
        for name in ("dashboard", "services", "invoices", "payment-methods", "orders", "domains")
    ]


def test_each_page_can_be_used_by_everybody(cast: PortalCast) -> None:
    assert page_faults(fetched(cast.browse(cast.alice), full(cast))) == []


def test_the_pages_about_people_and_tokens_too(cast: PortalCast) -> None:
    with commit_and_deliver():
        paths = people(cast)
    web = cast.browse(cast.alice)
    pages = fetched(web, paths)
    key = hidden_field(pages["/client/api-tokens"].content.decode(), "form_key")
    form = {"form_key": key, "name": "shown once", "scopes": ["services:read"]}
    pages["/1"] = web.post("/client/api-tokens", form)
    assert "be able to see it again" in pages["/1"].content.decode()
    pages["/2"] = web.post("/client/api-tokens", form | {"form_key": "x", "networks": "odd"})
    pages["/3"] = web.post("/client/members", {"email": "odd"})
    (link,) = re.findall(r"https://localhost:8443(/invite/\S+)", str(mail.outbox[0].body))
    pages |= fetched(make_browser(), [link])
    pages["/4"] = web.get(link)
    assert [pages[path].status_code for path in ("/2", "/3", link, "/4")] == [422, 422, 200, 403]
    assert page_faults(pages) == []


@pytest.mark.parametrize("width", [320, 360])
def test_no_tab_of_the_profile_is_out_of_sight(cast: PortalCast, width: int) -> None:
    answers = fetched(cast.browse(cast.alice), ["/client/profile"])

    def tabs(browser: Browser) -> list[Any]:
        with browser.new_page(viewport={"width": width, "height": 740}) as page:
            page.route("**/*", lambda route: hand_over(answers, route))
            page.goto(f"{SITE}/client/profile")
            return [tab.bounding_box() for tab in page.locator(".tabs a").all()]

    boxes = browser_thread().run(tabs)
    assert len(boxes) == 8
    assert all(box and box["x"] + box["width"] <= width for box in boxes)


def test_each_empty_page_too(cast: PortalCast) -> None:
    assert page_faults(fetched(cast.browse(cast.alice), empty())) == []


def test_what_a_stranger_sees_too(db: None) -> None:
    assert page_faults(fetched(make_browser(), ["/", "/nothing"])) == []


def test_refusals_too(cast: PortalCast) -> None:
    paths = ["/client/invoices", "/client/profile", "/client/dashboard"]
    assert page_faults(fetched(cast.browse(cast.tess), paths)) == []


PRESSED = """() => [...document.querySelectorAll("button, .button, nav, .skip-link, summary, [type=submit]")]
  .filter((one) => one.checkVisibility() && one.getClientRects().length).map((one) => one.outerHTML)"""
COLORS = "() => { const seen = getComputedStyle(document.body); return [seen.backgroundColor, seen.color]; }"


def printed(answers: dict[str, Any], path: str) -> tuple[list[str], list[str], list[str]]:
    """The text of each sheet, what is left to press, and the colors, from a browser whose pages are dark."""

    def look(browser: Browser) -> tuple[bytes, list[str], list[str]]:
        with browser.new_page(color_scheme="dark") as page:
            page.route("**/*", lambda route: hand_over(answers, route))
            page.goto(f"{SITE}{path}")
            sheets = page.pdf(format="A4")
            page.emulate_media(media="print")
            return sheets, page.evaluate(PRESSED), page.evaluate(COLORS)

    sheets, pressed, colors = browser_thread().run(look)
    return [one.extract_text() for one in PdfReader(io.BytesIO(sheets)).pages], pressed, colors


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
        sheets, pressed, colors = printed(answers, path)
        assert pressed == [], path
        assert colors == ["rgb(255, 255, 255)", "rgb(27, 32, 43)"], path
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
