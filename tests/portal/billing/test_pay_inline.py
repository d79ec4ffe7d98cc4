"""Paying in a gateway's own form on a page of ours: what the page may load, what it tells, what it survives."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any, ClassVar

import pytest

from commerce.accounts.models import Client
from commerce.billing.periods.actions.dunning import stop_invoice
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.actions.saved_cards import CardConsent, remove_card, save_card
from commerce.payments.gateways.contract import (
    CheckoutSession,
    GatewayCapabilities,
    InlineForm,
    PaymentCard,
)
from commerce.payments.models import Attempt, Payment, SavedCard
from tests.doubles import gateway as doubles
from tests.doubles.gateway import FAKE_PROVIDER, FakeGateway, FakeProvider
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT
from tests.make.records import make_invoice, make_payment
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.usefixtures("proven")

CTX = Context(AT, SYSTEM)
TOGETHER = "/client/invoices/pay"
ORIGIN = "https://js.fake.example"


class InlineGateway(FakeGateway):
    """The same gateway with its fields in our page."""

    capabilities: ClassVar[GatewayCapabilities] = replace(FakeGateway.capabilities, flow="inline")

    def inline_form(self) -> InlineForm:
        return InlineForm("stripe/form.html", (ORIGIN,), (ORIGIN, "https://hooks.fake.example"))

    def resume(self, reference: str) -> CheckoutSession:
        with FAKE_PROVIDER.call("resume"):
            is_over = FAKE_PROVIDER.sessions[reference].state != "pending"
            values = {
                "publishable_key": "pk_1",
                "client_secret": f"{reference}_secret",
                "script": f"{ORIGIN}/v1.js",
            }
            return CheckoutSession(reference, inline={} if is_over else values)

    def start(self, attempt: Any, return_url: str) -> CheckoutSession:
        return replace(super().start(attempt, return_url), redirect_url="")


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    monkeypatch.setattr(doubles, "FakeGateway", InlineGateway)
    with doubles.fake_gateway_on() as provider:
        yield provider


def saved(client: Client, gateway: str, token: str) -> SavedCard:
    card = PaymentCard("visa", "4242", token=token, exp_month=12, exp_year=2034)
    found = save_card(
        client_id=client.pk,
        gateway=gateway,
        card=card,
        consent=CardConsent("I agree.", AT),
        ctx=CTX,
    )
    assert found is not None
    return found


class InlinePayment:
    """Bob before an invoice."""

    def __init__(self, cast: PortalCast) -> None:
        self.invoice = make_invoice(cast.client)
        self.web, self.path = cast.browse(cast.bob), f"/client/invoices/{self.invoice.pk}"
        self.form = f"{self.path}/pay/fake"

    def start(self) -> Attempt:
        answer = self.web.post(self.form)
        assert (answer.status_code, answer["Location"]) == (303, self.form)
        return Attempt.objects.latest("pk")

    def result(self, attempt: Attempt, look: int = 0) -> Any:
        return self.web.get(f"{self.path}/return/{attempt.pk}?look={look}")


@pytest.fixture
def paying(cast: PortalCast, inline: FakeProvider) -> InlinePayment:
    return InlinePayment(cast)


def test_the_form_of_the_gateway_is_shown_with_what_it_needs(paying: InlinePayment) -> None:
    attempt = paying.start()
    page = paying.web.get(paying.form)
    text = page.content.decode()
    assert f'data-client-secret="{attempt.reference}_secret"' in text
    assert f"{paying.path}/return/{attempt.pk}" in text
    assert f'<script defer src="{ORIGIN}/v1.js">' in text
    assert "Pay <span" in text
    assert "€12.00" in text
    assert "<noscript>" in text
    assert Payment.objects.count() == 0


def test_only_the_page_with_the_form_may_load_what_it_needs(paying: InlinePayment) -> None:
    paying.start()
    policy = paying.web.get(paying.form)["Content-Security-Policy"]
    assert f"script-src 'self' {ORIGIN};" in policy
    assert f"frame-src {ORIGIN} https://hooks.fake.example" in policy
    assert "unsafe" not in policy
    for other in (paying.path, f"{paying.path}/pay", "/client/dashboard"):
        assert ORIGIN not in paying.web.get(other)["Content-Security-Policy"]


def test_before_it_is_started_the_ways_to_pay_are_shown_with_this_one_first(
    paying: InlinePayment,
) -> None:
    """So ends the checkout, too; a GET starts nothing."""
    switch_on_bank_transfer()
    answer = paying.web.get(paying.form)
    assert answer["Location"] == f"{paying.path}/pay?method=fake"
    page = paying.web.get(answer["Location"]).content.decode()
    assert page.index("Continue with Fake") < page.index("Continue with Bank transfer")
    assert not Attempt.objects.exists()


def test_started_twice_it_is_one_session(paying: InlinePayment, inline: FakeProvider) -> None:
    assert paying.start() == paying.start()
    assert len(inline.sessions) == 1


def test_a_decline_leaves_the_same_form_usable(paying: InlinePayment, inline: FakeProvider) -> None:
    attempt = paying.start()
    session = inline.sessions[attempt.reference or ""]
    session.reason = "Your card was declined."
    assert "Confirming your payment" in paying.result(attempt).content.decode()
    run_due_jobs(at=AT)
    page = paying.result(attempt, look=3)
    assert "Your card was declined." in page.content.decode()
    assert page["Refresh"].endswith("?look=4")
    assert "Your card was declined." in paying.web.get(paying.form).content.decode()

    session.reason = ""
    assert paying.start() == attempt
    assert "Confirming your payment" in paying.result(attempt, look=3).content.decode()
    assert "declined" not in paying.web.get(paying.form).content.decode()
    inline.pay(attempt.reference or "")
    assert paying.web.get(paying.form)["Location"] == f"{paying.path}/return/{attempt.pk}"


def test_a_card_that_was_declined_before_the_one_that_paid_is_not_told(
    paying: InlinePayment, inline: FakeProvider
) -> None:
    """It said that nothing was charged, until the gateway had been asked."""
    attempt = paying.start()
    session = inline.sessions[attempt.reference or ""]
    session.reason = "Your card was declined."
    paying.result(attempt)
    run_due_jobs(at=AT)
    inline.pay(session.reference)
    for look in range(3):
        assert "Confirming your payment" in paying.result(attempt, look).content.decode()


def test_what_expired_while_it_was_paid_is_asked_about_before_anything_is_said(
    paying: InlinePayment, inline: FakeProvider
) -> None:
    attempt = paying.start()
    assert expire_attempts(ctx=Context(AT + timedelta(days=1), SYSTEM)) == 1
    for look in range(3):
        page = paying.result(attempt, look)
        assert "Confirming your payment" in page.content.decode()
        assert page["Refresh"].endswith(f"?look={look + 1}")
    page = paying.result(attempt, look=3)
    assert (
        "This payment expired before it was confirmed." in page.content.decode(),
        "Refresh" in page,
    ) == (True, False)
    inline.pay(attempt.reference or "")
    run_due_jobs(at=AT)
    assert "We received your payment" in paying.result(attempt, look=3).content.decode()


def test_a_form_for_several_invoices_is_not_shown_once_one_of_them_changed(
    paying: InlinePayment, cast: PortalCast
) -> None:
    """Paid otherwise, or under review: nobody pays for more than is due."""
    for change in ("paid", "stopped"):
        pair = [make_invoice(cast.client) for _ in range(2)]
        keys = [str(each.pk) for each in pair]
        form = paying.web.post(TOGETHER, {"invoice": keys, "gateway": "fake"})["Location"]
        assert f"{form}/return" in paying.web.get(form).content.decode()
        if change == "paid":
            make_payment(pair[0])
        else:
            stop_invoice(invoice=pair[0], ctx=Context(AT, SYSTEM))
        assert paying.web.get(form)["Location"] == TOGETHER
        assert "unpaid invoices have changed" in paying.web.get(TOGETHER).content.decode()


def test_the_result_opened_in_two_tabs_is_one_payment(
    paying: InlinePayment, inline: FakeProvider
) -> None:
    attempt = paying.start()
    inline.pay(attempt.reference or "")
    for _ in range(2):
        assert "Confirming your payment" in paying.result(attempt).content.decode()
    run_due_jobs(at=AT)
    for _ in range(2):
        assert "We received your payment" in paying.result(attempt).content.decode()
    assert Payment.objects.get().attempt == attempt


def test_a_form_for_more_than_is_due_is_not_shown(paying: InlinePayment) -> None:
    paying.start()
    make_payment(paying.invoice, gateway="manual", amount=200)
    assert paying.web.get(paying.form)["Location"] == f"{paying.path}/pay?method=fake"


def test_a_silent_gateway_is_a_sentence_and_the_other_ways(
    paying: InlinePayment, inline: FakeProvider
) -> None:
    paying.start()
    inline.silent.append("resume")
    answer = paying.web.get(paying.form)
    assert answer["Location"] == f"{paying.path}/pay"
    assert "Fake isn&#x27;t responding" in paying.web.get(answer["Location"]).content.decode()


def test_a_card_that_is_saved_there_can_be_chosen(
    cast: PortalCast, paying: InlinePayment, inline: FakeProvider
) -> None:
    """Not one that was removed, one of another gateway, or another client's."""
    card = saved(cast.client, "fake", "mine")
    saved(cast.client, "other", "elsewhere")
    saved(cast.foreign, "fake", "theirs")
    paying.start()
    page = paying.web.get(paying.form).content.decode()
    assert re.findall(r'name="card" value="(\w*)"', page) == ["mine", ""]
    assert "Visa •••• 4242" in page
    remove_card(card=card, ctx=CTX)
    assert 'name="card"' not in paying.web.get(paying.form).content.decode()


def test_a_form_from_before_the_first_card_leads_to_the_start_since_it_takes_no_saved_card(
    cast: PortalCast, paying: InlinePayment, inline: FakeProvider
) -> None:
    """The gateway was not told whose it is, and refused the card that the form offered."""
    paying.start()
    together = paying.web.post(TOGETHER, {"invoice": both(paying), "gateway": "fake"})["Location"]
    top_up = {"amount": "20.00", "currency": "USD", "gateway": "fake"}
    funds = paying.web.post("/client/credit/add", top_up)["Location"]
    Attempt.objects.update(created_at=AT - timedelta(minutes=1))
    forms = {
        paying.form: f"{paying.path}/pay?method=fake",
        together: TOGETHER,
        funds: "/client/credit/add",
    }
    assert [paying.web.get(form).status_code for form in forms] == [200] * 3
    saved(cast.client, "fake", "mine")
    assert {form: paying.web.get(form).get("Location") for form in forms} == forms
    paying.start()
    assert 'name="card" value="mine"' in paying.web.get(paying.form).content.decode()


def test_a_charge_of_a_saved_card_has_no_form(paying: InlinePayment) -> None:
    paying.start()
    Attempt.objects.update(kind="off_session")
    assert paying.web.get(paying.form)["Location"] == f"{paying.path}/pay?method=fake"


def test_nobody_else_gets_the_form(cast: PortalCast, paying: InlinePayment) -> None:
    paying.start()
    assert cast.browse(cast.charlie, cast.foreign).get(paying.form).status_code == 404


def test_the_pages_say_that_no_money_moves(
    paying: InlinePayment, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt, pay = paying.start(), f"{paying.path}/pay"
    others = ("/client/invoices/pay", "/client/credit/add")
    make_invoice(paying.invoice.client)
    for path in (pay, paying.form, *others):
        assert "Test mode" not in paying.web.get(path).content.decode()
    monkeypatch.setattr(InlineGateway, "is_test_mode", True)
    for path in (pay, *others):
        text = paying.web.get(path).content.decode()
        assert '<h3>Fake <span class="chip" data-tone="yellow">Test mode</span></h3>' in text
    assert "Your card isn't charged." in unescape(paying.web.get(paying.form).content.decode())
    assert attempt.is_live


def test_a_client_asks_the_gateway_twenty_times_a_minute(
    paying: InlinePayment, inline: FakeProvider
) -> None:
    paying.start()
    answers = [paying.web.get(paying.form).status_code for _ in range(20)]
    assert answers == [200] * 19 + [429]
    asked = len(inline.calls)
    add_card = "/client/payment-methods/add"
    for path in (paying.form, "/client/credit/add", "/client/invoices/pay", add_card):
        data = {
            "gateway": "fake",
            "amount": "20.00",
            "currency": "USD",
            "invoice": both(paying),
            "consent": "on",
        }
        assert paying.web.post(path, data).status_code == 429
    assert len(inline.calls) == asked


def both(paying: InlinePayment) -> list[int]:
    return [paying.invoice.pk, make_invoice(paying.invoice.client).pk]
