"""Where clients pay, add funds and save cards, in a real browser: usable by everybody, also without scripts.

What Stripe's own fields look like in them, ``tests/browser/test_pay_by_card.py`` sees. ``SHOTS`` names a folder for
pictures.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Browser

from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.gateways.contract import (
    CardReport,
    CardSetupRequest,
    CheckoutSession,
)
from commerce.payments.models import Attempt, CardSetup
from tests.doubles import gateway as doubles
from tests.doubles.gateway import FakeProvider
from tests.make.browser import HttpsTestClient
from tests.make.people import AT
from tests.make.real_browser import SITE, browser_thread, fetched, hand_over, page_faults
from tests.make.records import make_invoice
from tests.portal.billing.test_pay_inline import ORIGIN, TOGETHER, InlineGateway
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.browser
FUNDS, METHODS = "/client/credit/add", "/client/payment-methods"


class InlineSetupGateway(InlineGateway):
    """Its fields stand in our page to save a card, too."""

    def start_card_setup(self, setup: CardSetupRequest, return_url: str) -> CheckoutSession:
        values = {"publishable_key": "pk_1", "client_secret": "s", "script": f"{ORIGIN}/v1.js"}
        return replace(super().start_card_setup(setup, return_url), redirect_url="", inline=values)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    monkeypatch.setattr(doubles, "FakeGateway", InlineSetupGateway)
    with doubles.fake_gateway_on() as provider:
        yield provider


class Payer:
    """Alice, and what she has begun."""

    def __init__(self, cast: PortalCast, provider: FakeProvider) -> None:
        self.client, self.provider = cast.client, provider
        self.web: HttpsTestClient = cast.browse(cast.alice)

    def started(self) -> tuple[str, Attempt]:
        """The path of an invoice whose payment has begun."""
        path = f"/client/invoices/{make_invoice(self.client).pk}"
        assert self.web.post(f"{path}/pay/fake").status_code == 303
        return path, Attempt.objects.latest("pk")

    def together(self) -> str:
        keys = [make_invoice(self.client).pk for _ in range(2)]
        return str(self.web.post(TOGETHER, {"invoice": keys, "gateway": "fake"})["Location"])

    def funds(self) -> str:
        form = {"amount": "20.00", "currency": "USD", "gateway": "fake"}
        return str(self.web.post(FUNDS, form)["Location"])

    def setup(self) -> CardSetup:
        assert self.save_card().status_code == 200
        return CardSetup.objects.latest("pk")

    def save_card(self) -> Any:
        """The answer with the fields: there is no path that shows them."""
        return self.web.post(f"{METHODS}/add", {"gateway": "fake", "consent": "on"})

    def look(self, path: str) -> str:
        """The page, once the gateway has been asked."""
        self.web.get(path)
        run_due_jobs(at=AT)
        return path


@pytest.fixture
def payer(cast: PortalCast, inline: FakeProvider) -> Payer:
    return Payer(cast, inline)


def forms(payer: Payer) -> dict[str, str]:
    """Where a payment begins, and the gateway's own fields."""
    path, _ = payer.started()
    return {
        "pay-ways": f"{path}/pay",
        "pay-card": f"{path}/pay/fake",
        "pay-several": TOGETHER,
        "pay-several-card": payer.together(),
        "add-funds": FUNDS,
        "add-funds-card": payer.funds(),
        "card-consent": f"{METHODS}/add",
        "card-fields": f"{METHODS}/fields",
    }


def results(payer: Payer) -> dict[str, str]:
    """What came of payments, in each state."""
    pages, sessions = {}, payer.provider.sessions
    for name in ("expired", "declined", "waits"):
        path, attempt = payer.started()
        pages[name] = f"{path}/return/{attempt.pk}"
        session = sessions[attempt.reference or ""]
        if name == "expired":
            assert expire_attempts(ctx=Context(AT + timedelta(days=1), SYSTEM)) == 1
        elif name == "declined":
            session.reason = "Your card was declined."
    several, funds = payer.together(), payer.funds()
    payer.provider.pay(Attempt.objects.latest("pk").reference or "")
    return {
        "result-expired": f"{pages['expired']}?look=3",
        "result-declined": f"{payer.look(pages['declined'])}?look=3",
        "result-waits": pages["waits"],
        "result-late": f"{pages['waits']}?look=24",
        "result-several": f"{several}/return",
        "result-funds": payer.look(f"{funds}/return"),
    }


def cards(payer: Payer) -> dict[str, str]:
    """Saved cards, what is charged to them, and what came of saving one."""
    make_invoice(payer.client)
    setup = payer.setup()
    payer.provider.save(str(setup.reference))
    saved = payer.look(f"{METHODS}/return/{setup.pk}")
    setup = payer.setup()
    reference = str(setup.reference)
    payer.provider.setups[reference] = CardReport("pending", reference, reason="Your bank said no.")
    declined = payer.look(f"{METHODS}/return/{setup.pk}")
    return {"methods": METHODS, "card-saved": saved, "card-declined": f"{declined}?look=3"}


def answers_of(payer: Payer, pages: dict[str, str]) -> dict[str, Any]:
    """What these pages answer, and the one with the fields to save a card; none goes on to the next by itself."""
    answers = fetched(payer.web, [path for name, path in pages.items() if name != "card-fields"])
    if "card-fields" in pages:
        answers[pages["card-fields"]] = payer.save_card()
    assert {name: answers[path].status_code for name, path in pages.items()} == dict.fromkeys(
        pages, 200
    )
    for answer in answers.values():
        del answer["Refresh"]
    return answers


TEXTS = {
    "result-expired": "This payment expired before it was confirmed.",
    "result-declined": "Your card was declined.",
    "result-waits": "This page refreshes until your payment is confirmed.",
    "result-late": "This is taking longer than usual.",
    "result-several": "This payment was canceled. You haven't been charged.",
    "result-funds": "We received your payment.",
    "methods": "Your invoices are charged to Visa •••• 4242 automatically.",
    "card-saved": "You can use it for your invoices from now on.",
    "card-declined": "Your bank said no.",
}


def test_paying_and_what_came_of_it(payer: Payer) -> None:
    pages = cards(payer) | results(payer)
    pages |= forms(payer)  # in place of the one for several invoices that had begun
    answers = answers_of(payer, pages)
    for name, text in TEXTS.items():
        assert text in unescape(answers[pages[name]].content.decode()), name
    assert page_faults(answers, pages) == []


def read_without_scripts(
    answers: dict[str, Any], pages: dict[str, str]
) -> dict[str, tuple[str, list[str]]]:
    """What each page is when scripts are off: its text, and where the links lead that are only there then."""

    def read(browser: Browser) -> dict[str, tuple[str, list[str]]]:
        with browser.new_context(java_script_enabled=False) as context:
            page, seen = context.new_page(), {}
            page.route("**/*", lambda route: hand_over(answers, route))
            for name, path in pages.items():
                page.goto(f"{SITE}{path}")
                links = page.locator("main noscript a").all()
                seen[name] = (
                    page.locator("main").inner_text(),
                    [link.get_attribute("href") or "" for link in links],
                )
            return seen

    return browser_thread().run(read)


def test_without_scripts_each_says_what_to_do(payer: Payer) -> None:
    pages = forms(payer)
    seen = read_without_scripts(answers_of(payer, pages), pages)
    others = {
        "pay-card": [pages["pay-ways"]],
        "pay-several-card": [TOGETHER],
        "add-funds-card": [FUNDS],
        "card-fields": [],
    }
    for name, ways in others.items():
        text, links = seen.pop(name)
        assert "Fake needs JavaScript. Turn it on and reload this page" in text, name
        assert links == ways, name
        assert ("Choose another payment method" in text) == bool(ways), name
        assert "Save card" not in text, name
        assert not re.search(r"Pay \D?\d", text), name
    for name, (text, _) in seen.items():
        assert "JavaScript" not in text, name
        assert ("Continue" if name == "card-consent" else "Continue with Fake") in text, name
    assert "Update total" in seen["pay-several"][0]
