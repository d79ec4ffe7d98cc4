"""The pages about money and what it pays for, in a real browser: usable by everybody, and nothing scrolls sideways.

``SHOTS`` names a folder for pictures, for those who want to look.
"""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from commerce.accounts.actions.clients import suspend_client
from commerce.billing.changes.cancellations.actions import request_cancellation
from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.hosting.actions.states import suspend_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions import carts
from commerce.orders.models import CartItem
from commerce.payments.actions.attempts import fail_attempt, start_attempt
from commerce.payments.actions.transfer_notices import submit_transfer_notice
from commerce.site_settings.actions import set_setting
from tests.make.browser import make_browser
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT
from tests.make.real_browser import fetched, page_faults
from tests.make.records import (
    make_credit_note,
    make_group,
    make_invoice,
    make_item,
    make_order,
    make_payment,
    make_product,
    make_required_option,
    make_service,
)
from tests.make.renewals import renew_services_of
from tests.portal.account.test_notifications import mailed
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.browser

CTX = Context(AT, SYSTEM)

type Pages = dict[str, str]
"""Paths by the names of their pictures."""


def looked_at(web: Any, pages: Pages) -> list[str]:
    answers = fetched(web, list(pages.values()))
    statuses = {name: answers[path].status_code for name, path in pages.items()}
    assert set(statuses.values()) == {200}, statuses
    return page_faults(answers, pages)


def invoices(cast: PortalCast) -> Pages:
    """An invoice in each of its states, and the ways to pay it."""
    partly = make_invoice(cast.client)
    make_payment(partly, amount=400)
    noted = make_invoice(cast.client, "paid")
    make_credit_note(invoice=noted, amount=240)
    spared = make_order(cast.client, "fraud").invoice
    rejected = make_invoice(cast.client)
    failed = start_attempt(
        invoice=rejected, gateway="bank_transfer", created_by=cast.alice, ctx=CTX
    )
    fail_attempt(attempt=failed, reason="The bank did not accept it.", ctx=CTX)
    told = make_invoice(cast.client)
    waits = start_attempt(invoice=told, gateway="bank_transfer", created_by=cast.alice, ctx=CTX)
    paid = make_invoice(cast.client)
    done = start_attempt(invoice=paid, gateway="bank_transfer", created_by=cast.alice, ctx=CTX)
    make_payment(paid)
    unpaid = make_invoice(cast.client)
    late = make_invoice(cast.client, "overdue")
    add_credit(client=cast.client, currency_code="EUR", amount=700, ctx=CTX)
    with_credit = make_invoice(cast.client)
    add_credit(client=cast.client, currency_code="EUR", amount=500, ctx=CTX)
    add_credit(client=cast.client, currency_code="USD", amount=500, ctx=CTX)
    note = "For the night in which the server stood still, and for the patience"
    add_credit(client=cast.client, currency_code="EUR", amount=100, note=note, ctx=CTX)
    submit_transfer_notice(invoice=told, ctx=CTX)
    assert spared is not None
    known = {
        "unpaid": unpaid,
        "partly": partly,
        "overdue": late,
        "paid": paid,
        "credit-note": noted,
        "review": spared,
        "with-credit": with_credit,
        "told": told,
        "void": make_invoice(cast.client, "cancelled"),
        "refunded": make_invoice(cast.client, "refunded"),
    }
    pages = {name: f"/client/invoices/{one.pk}" for name, one in known.items()}
    return pages | {
        "list": "/client/invoices",
        "pay": f"{pages['unpaid']}/pay",
        "transfer": f"{pages['partly']}/pay/bank_transfer",
        "transfer-told": f"{pages['told']}/pay/bank_transfer",
        "return-failed": f"/client/invoices/{rejected.pk}/return/{failed.pk}",
        "return-waits": f"{pages['told']}/return/{waits.pk}",
        "return-paid": f"{pages['paid']}/return/{done.pk}",
        "credit": "/client/credit",
    }


def services(cast: PortalCast) -> Pages:
    """A service in each of the states in which something is under way, and the pages that change it."""
    group = make_group()
    small = make_product(name="Small", group=group, prices=[("EUR", "monthly", 3000)])
    both = [("EUR", "monthly", 6000), ("EUR", "annually", 60000)]
    large = make_product(name="Large", group=group, prices=both)
    tiny = make_product(name="Tiny", group=group, prices=[("EUR", "monthly", 1000)])

    def made(status: str = "active", **over: Any) -> Service:
        return make_service(
            cast.client, status, product=small, amount=3000, domain="nora.example", **over
        )

    options = [{"name": "Backup", "value": "Daily", "amount": 200}]
    parts = {"base": 3000, "promo_discount": 200, "promo_code": "WELCOME"}
    before = AT - timedelta(days=53)
    late, stopped = made(at=before), made(at=before)
    [number] = renew_services_of(cast.client, at=AT - timedelta(days=30)).invoices
    mark_overdue(invoice=Invoice.objects.get(pk=number), ctx=CTX)
    suspend_service(service=stopped, suspension_reason="overdue", ctx=CTX)
    plain = made(options=options, price_parts=parts, username="nora")
    asked, ends, changed = made(), made(), made()
    request_cancellation(service=asked, kind="immediate", reason="Too dear", ctx=CTX)
    request_cancellation(service=ends, kind="end_of_period", reason="Too dear", ctx=CTX)
    [offer] = [
        one
        for one in plan_offers(changed, AT.date())
        if (one.product.pk, one.billing_cycle) == (large.pk, "monthly")
    ]
    actions.request_plan_change(
        vat_refresh=None,
        service=changed,
        product_id=large.pk,
        billing_cycle="monthly",
        expected=offer.totals,
        ctx=CTX,
    )
    return {
        f"service-{name}": f"/client/services/{one.pk}{end}"
        for name, one, end in (
            ("plain", plain, ""),
            ("rename", plain, "/rename"),
            ("asked", asked, ""),
            ("ends", ends, ""),
            ("changing", changed, ""),
            ("upgrade", plain, "/upgrade"),
            ("upgrade-confirm", plain, f"/upgrade?plan={large.pk}-annually"),
            ("upgrade-down", plain, f"/upgrade?plan={tiny.pk}-monthly"),
            ("late", late, ""),
            ("stopped", stopped, ""),
            ("upgrade-late", late, "/upgrade"),
            ("cancel-late", late, "/cancel"),
            ("upgrade-open", changed, "/upgrade"),
            ("cancel", plain, "/cancel"),
            ("cancel-asked", asked, "/cancel"),
            ("cancel-set", ends, "/cancel"),
        )
    }


def shopping(cast: PortalCast) -> Pages:
    """Orders, the mails about them, and the dashboard."""
    items = [make_item(qty=2, domain="nora.example"), make_item()]
    order = make_order(cast.client, items=items, placed_by=cast.alice)
    active = make_order(cast.client, "active", placed_by=cast.alice)
    make_order(cast.client, "cancelled", placed_by=cast.alice)
    make_invoice(cast.client, "overdue")
    mail = mailed(cast)
    return {
        "order": f"/client/orders/{order.pk}",
        "order-active": f"/client/orders/{active.pk}",
        "order-cancel": f"/client/orders/{order.pk}/cancel",
        "orders": "/client/orders",
        "notifications": "/client/notifications",
        "mail": f"/client/notifications/{mail.pk}",
        "dashboard": "/client/dashboard",
    }


def shop(cast: PortalCast) -> Pages:
    """What is sold, a cart with two products, and the checkout."""
    options = make_product(name="Rocket", description="For **busy** sites")
    make_required_option(options, "checkbox", 100)
    make_product(name="Shuttle")
    cart = carts.get_or_create_cart(client=cast.client, at=AT)
    for product in (make_product(name="Long " * 12), make_product(name="Small")):
        carts.add_product_to_cart(cart=cart, product=product, billing_cycle="monthly", at=AT)
    return {
        "landing": "/",
        "store": "/store",
        "product": "/store/rocket",
        "cart": "/cart",
        "checkout": "/checkout",
    }


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    switch_on_bank_transfer()
    for key, value in {"company.name": "Bright Hosting GmbH", "company.country": "DE"}.items():
        set_setting(key=key, value=value, ctx=CTX)


def test_invoices_and_paying_them(cast: PortalCast) -> None:
    assert looked_at(cast.browse(cast.alice), invoices(cast)) == []


def test_services_and_what_is_asked_of_them(cast: PortalCast) -> None:
    assert looked_at(cast.browse(cast.alice), services(cast)) == []


def test_orders_and_mails(cast: PortalCast) -> None:
    assert looked_at(cast.browse(cast.alice), shopping(cast)) == []


def test_the_shop(cast: PortalCast) -> None:
    assert looked_at(cast.browse(cast.alice), shop(cast)) == []


def test_what_a_suspended_client_sees(cast: PortalCast) -> None:
    pages = shop(cast) | {
        "dashboard": "/client/dashboard",
        "service": f"/client/services/{make_service(cast.client).pk}",
    }
    suspend_client(client=cast.client, reason="owes", ctx=CTX)
    pages = {f"suspended-{name}": path for name, path in pages.items()}
    assert looked_at(cast.browse(cast.alice), pages) == []


def test_a_guest_chooses_what_he_reads_in(cast: PortalCast, settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    set_setting(key="locale.enabled", value="en,de", ctx=CTX)
    shop(cast)
    pages = {"guest-landing": "/", "guest-cart": "/cart"}
    assert looked_at(make_browser(), pages) == []


def test_forms_with_their_mistakes(cast: PortalCast) -> None:
    shop(cast)
    item = CartItem.objects.earliest("pk")
    web = cast.browse(cast.alice)
    answers = fetched(web, [])
    for name, path, form in (
        ("qty", f"/cart/items/{item.pk}", {"qty": "many"}),
        ("code", "/cart/promo", {"promo_code": "NOTHING"}),
    ):
        answers[f"/{name}"] = web.post(path, form)
    span = "/client/invoices.csv?first=2026-02-02&last=2026-01-01"
    answers[span] = web.get(span)
    assert {answers[path].status_code for path in ("/qty", "/code", span)} == {422}
    assert page_faults(answers, {"cart-quantity": "/qty", "cart-code": "/code", "span": span}) == []


def test_empty_ones(cast: PortalCast) -> None:
    pages = {"credit-empty": "/client/credit", "mails-empty": "/client/notifications"}
    assert looked_at(cast.browse(cast.alice), pages) == []
