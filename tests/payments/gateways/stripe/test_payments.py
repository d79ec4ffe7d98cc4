"""Payments by Stripe: from the intent to what is booked, through Stripe's own SDK over HTTP (payments.md 6)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.payments.gateways.contract import (
    Gateway,
    GatewayClient,
    GatewayPayment,
    PaymentCard,
    PaymentRequest,
)
from commerce.payments.gateways.stripe.responses import payment_report
from tests.doubles.stripe import PUBLISHABLE_KEY, StripeWorld

VISA, DECLINED, NO_MONEY = "4242424242424242", "4000000000000002", "4000000000009995"
STOLEN, EXPIRED, LATER_DECLINED = "4000000000009979", "4000000000000069", "4000000000000341"
ASKS, ALWAYS_ASKS = "4000002500003155", "4000002760003184"
ATTEMPT = PaymentRequest(7, "key-7", 1200, "EUR", "INV-0001", "RF18539007547034")
BACK = "https://shop.example/back"


@pytest.fixture
def customer(stripe: Gateway) -> str:
    return stripe.create_customer(GatewayClient(3, "Alice", "alice@example.com"), "customer-3")


def save(stripe: Gateway, world: StripeWorld, customer: str, number: str) -> PaymentCard:
    """A card of this number that the client saved while paying, where their bank asked."""
    attempt = replace(ATTEMPT, idempotency_key=f"save-{number}", customer=customer, save_card=True)
    started = stripe.start(attempt, BACK)
    confirmed = world.confirm(started.reference, number)
    if confirmed.json()["status"] == "requires_action":
        world.answer_bank(confirmed, "pass")
    card = stripe.fetch(started.reference).card
    assert card is not None
    return card


def test_what_the_form_needs_is_the_key_of_the_account_and_the_secret_of_this_payment(
    stripe: Gateway, world: StripeWorld
) -> None:
    session = stripe.start(ATTEMPT, BACK)
    assert session.redirect_url == ""
    assert session.inline == {
        "publishable_key": PUBLISHABLE_KEY,
        "client_secret": world.double.account.objects[session.reference]["client_secret"],
    }
    assert "secret_" not in repr(session)


def test_a_payment_is_told_with_its_card_its_fee_and_its_day(
    stripe: Gateway, world: StripeWorld
) -> None:
    session = stripe.start(ATTEMPT, BACK)
    assert stripe.fetch(session.reference).kind == "pending"
    world.confirm(session.reference, VISA)
    report = stripe.fetch(session.reference)
    assert (report.kind, report.transaction_id) == ("paid", session.reference)
    assert (report.amount, report.currency_code, report.fee) == (1200, "EUR", 43)
    method = world.all_of("payment_method")[0]["id"]
    assert report.card == PaymentCard("visa", "4242", method, 12, 2034, country="US")
    assert report.received_on == clock.now().date()


def test_a_declined_card_leaves_the_payment_open_for_another(
    stripe: Gateway, world: StripeWorld
) -> None:
    """The client still sits before the form: what failed is the card, not the attempt."""
    session = stripe.start(ATTEMPT, BACK)
    world.confirm(session.reference, NO_MONEY)
    report = stripe.fetch(session.reference)
    assert (report.kind, report.decline) == ("pending", "soft")
    assert report.reason == "Your card has insufficient funds."
    world.confirm(session.reference, VISA)
    assert stripe.fetch(session.reference).kind == "paid"


@pytest.mark.parametrize(("session", "kind"), [("on", "pending"), ("off", "action_required")])
def test_a_bank_that_asks_ends_a_charge_only_while_its_owner_is_away(
    session: str, kind: str
) -> None:
    intent = {
        "id": "pi_1",
        "status": "requires_payment_method",
        "amount": 1200,
        "currency": "eur",
        "metadata": {"session": session, "attempt": "7"},
        "last_payment_error": {"code": "authentication_required", "message": "Confirm it."},
    }
    report = payment_report(intent)
    assert (report.kind, report.attempt_id) == (kind, "7")


def test_a_bank_that_asks_is_waited_for(stripe: Gateway, world: StripeWorld) -> None:
    session = stripe.start(ATTEMPT, BACK)
    asked = world.confirm(session.reference, ASKS)
    assert stripe.fetch(session.reference).kind == "pending"
    assert stripe.resume(session.reference) == session
    world.answer_bank(asked, "fail")
    assert "Your bank couldn't verify" in str(stripe.fetch(session.reference).reason)
    world.answer_bank(world.confirm(session.reference, ASKS), "pass")
    assert stripe.fetch(session.reference).kind == "paid"
    assert stripe.resume(session.reference).inline == {}


@pytest.mark.parametrize(
    ("currency", "amount", "units"),
    [
        ("JPY", 1200, 1200),
        ("EUR", 1234, 1234),
        ("KWD", 12340, 12340),
        ("ISK", 1200, 120_000),
        ("UGX", 1200, 120_000),
        ("MGA", 120_000, 1200),
        ("HUF", 123_456, 123_456),
    ],
)
def test_amounts_arrive_exactly_in_what_stripe_counts_and_come_back(
    stripe: Gateway, world: StripeWorld, currency: str, amount: int, units: int
) -> None:
    session = stripe.start(replace(ATTEMPT, currency_code=currency, amount=amount), BACK)
    assert world.double.account.objects[session.reference]["amount"] == units
    world.confirm(session.reference, VISA)
    report = stripe.fetch(session.reference)
    assert (report.amount, report.currency_code) == (amount, currency)
    refund = stripe.refund(GatewayPayment(session.reference, amount, currency), amount, "r")
    assert stripe.fetch_refund(refund.reference).amount == amount
    (listed,) = stripe.list_payments(clock.now() - timedelta(hours=1))
    assert listed.amount == amount


@pytest.mark.parametrize(
    ("currency", "amount", "exponent"),
    [
        ("EUR", 49, None),
        ("EUR", 50, 2),
        ("EUR", 99_999_999, 2),
        ("EUR", 100_000_000, None),
        ("JPY", 49, None),
        ("JPY", 50, 0),
        ("KWD", 12_345, None),
        ("KWD", 12_340, 3),
        ("ISK", 1, 2),
        ("ISK", 999_999, 2),
        ("ISK", 1_000_000, None),
        ("MGA", 150, None),
        ("MGA", 200, 0),
        ("GBP", 30, 2),
        ("HUF", 17_499, None),
        ("IRR", 100_000, None),
        ("EUR", 0, None),
        ("EUR", -100, None),
    ],
)
def test_amounts_that_stripe_does_not_charge_are_not_offered(
    stripe: Gateway, currency: str, amount: int, exponent: int | None
) -> None:
    taken = stripe.supports(currency, amount)
    assert (taken.exponent if taken else None) == exponent


def test_a_fee_in_another_currency_is_told_in_that_of_the_payment(
    stripe: Gateway, world: StripeWorld
) -> None:
    """Paid out in euros: 1,200 yen became 7.50 euros, and 0.36 of them the fee."""
    session = stripe.start(replace(ATTEMPT, currency_code="JPY", amount=1200), BACK)
    world.confirm(session.reference, VISA)
    (balance,) = world.all_of("balance_transaction")
    balance.update(amount=750, currency="eur", fee=36)
    assert stripe.fetch(session.reference).fee == 58
    balance.update(amount=0, fee=0)
    assert stripe.fetch(session.reference).fee == 0


class TestSavedCards:
    def test_a_card_is_kept_only_if_the_client_says_so(
        self, stripe: Gateway, world: StripeWorld, customer: str
    ) -> None:
        kept = save(stripe, world, customer, VISA)
        assert kept.token.startswith("pm_")
        assert kept.token not in repr(kept)
        session = stripe.start(replace(ATTEMPT, customer=customer), BACK)
        world.confirm(session.reference, VISA)
        assert [m["id"] for m in world.all_of("payment_method", customer=customer)] == [kept.token]

    def test_the_last_word_on_keeping_the_card_counts(
        self, stripe: Gateway, world: StripeWorld, customer: str
    ) -> None:
        """The answer to the first start was lost, and the client took the tick away."""
        attempt = replace(ATTEMPT, customer=customer, save_card=True)
        world.fails("POST /v1/payment_intents/{id}", "lost")
        with pytest.raises(OSError, match="APIConnectionError"):
            stripe.start(attempt, BACK)
        session = stripe.start(replace(attempt, save_card=False), BACK)
        (intent,) = world.all_of("payment_intent")
        assert (intent["id"], intent["setup_future_usage"]) == (session.reference, None)
        assert stripe.start(attempt, BACK) == session
        assert intent["setup_future_usage"] == "off_session"

    def test_starting_again_what_was_paid_in_another_tab_is_no_error(
        self, stripe: Gateway, world: StripeWorld, customer: str
    ) -> None:
        attempt = replace(ATTEMPT, customer=customer)
        session = stripe.start(attempt, BACK)
        world.confirm(session.reference, VISA)
        assert stripe.start(attempt, BACK) == session
        assert stripe.fetch(session.reference).kind == "paid"

    @pytest.mark.parametrize("number", [VISA, ASKS])
    def test_a_saved_card_is_charged_while_its_owner_is_away(
        self, stripe: Gateway, world: StripeWorld, customer: str, number: str
    ) -> None:
        card = save(stripe, world, customer, number)
        report = stripe.charge_saved(replace(ATTEMPT, customer=customer), card)
        assert (report.kind, report.amount, report.card) == ("paid", 1200, card)
        assert report == stripe.fetch(report.reference)
        assert report == stripe.charge_saved(replace(ATTEMPT, customer=customer), card)
        assert len(world.all_of("payment_intent")) == 2

    def test_a_bank_that_wants_to_see_the_owner_is_no_decline(
        self, stripe: Gateway, world: StripeWorld, customer: str
    ) -> None:
        card = save(stripe, world, customer, ALWAYS_ASKS)
        report = stripe.charge_saved(replace(ATTEMPT, customer=customer), card)
        assert (report.kind, report.decline) == ("action_required", "")
        assert stripe.fetch(report.reference).kind == "action_required"
        assert report == stripe.charge_saved(replace(ATTEMPT, customer=customer), card)

    @pytest.mark.parametrize(
        ("number", "decline", "reason"),
        [
            (DECLINED, "soft", "Your card was declined."),
            (NO_MONEY, "soft", "Your card has insufficient funds."),
            (
                "4000000000000119",
                "soft",
                "Your card couldn't be processed. Try again in a few minutes.",
            ),
            (STOLEN, "hard", "Your card was declined."),
            ("4000000000009987", "hard", "Your card was declined."),
            (EXPIRED, "hard", "Your card has expired."),
        ],
    )
    def test_a_decline_says_why_and_whether_the_card_may_work_later(
        self,
        stripe: Gateway,
        world: StripeWorld,
        customer: str,
        number: str,
        decline: str,
        reason: str,
    ) -> None:
        card = save(stripe, world, customer, VISA)
        world.double.account.card_numbers[card.token] = number
        report = stripe.charge_saved(replace(ATTEMPT, customer=customer), card)
        assert (report.kind, report.decline) == ("failed", decline)
        assert report.reason == reason
        assert report.reference.startswith("pi_")
        again = stripe.fetch(report.reference)
        assert (again.kind, again.decline, again.reason) == ("failed", decline, reason)
        assert report == stripe.charge_saved(replace(ATTEMPT, customer=customer), card)

    def test_a_card_that_is_gone_there_will_not_work_again(
        self, stripe: Gateway, customer: str
    ) -> None:
        gone = PaymentCard("visa", "4242", token="pm_gone")
        report = stripe.charge_saved(replace(ATTEMPT, customer=customer), gone)
        assert (report.kind, report.decline, report.reference) == ("failed", "hard", "")

    def test_a_charge_whose_answer_was_lost_is_looked_up_by_its_key(
        self, stripe: Gateway, world: StripeWorld, customer: str
    ) -> None:
        """R18: one charge, though it was asked for three times."""
        card = save(stripe, world, customer, VISA)
        attempt = replace(ATTEMPT, customer=customer)
        for kind in ("silent", "lost", "rate_limited", "error", "conflict", "nonsense"):
            world.fails("POST /v1/payment_intents", kind)
            with pytest.raises(OSError, match="Error"):
                stripe.charge_saved(attempt, card)
        assert stripe.charge_saved(attempt, card).kind == "paid"
        assert len(world.all_of("charge")) == 2

    def test_a_card_is_forgotten_there_too(
        self, stripe: Gateway, world: StripeWorld, customer: str
    ) -> None:
        card = save(stripe, world, customer, VISA)
        stripe.remove_card(card)
        assert world.all_of("payment_method", customer=customer) == []
        stripe.remove_card(card)
        stripe.remove_card(PaymentCard("visa", "4242", token="pm_never_was"))

    def test_a_client_is_the_same_customer_though_their_name_has_changed(
        self, stripe: Gateway, world: StripeWorld
    ) -> None:
        world.fails("POST /v1/customers/{id}", "lost")
        with pytest.raises(OSError, match="APIConnectionError"):
            stripe.create_customer(GatewayClient(3, "Alice", "alice@example.com"), "c3")
        stripe.create_customer(GatewayClient(3, "Alicia", "alice@example.com", "de"), "c3")
        (customer,) = world.all_of("customer")
        assert (customer["name"], customer["preferred_locales"]) == ("Alicia", ["de"])
        assert customer["metadata"] == {"client": "3"}


def test_what_is_not_paid_is_closed_and_what_is_stays(stripe: Gateway, world: StripeWorld) -> None:
    first, second = (
        stripe.start(replace(ATTEMPT, idempotency_key=key), BACK).reference for key in ("a", "b")
    )
    world.confirm(second, VISA)
    assert stripe.close(first).kind == "closed"
    assert stripe.close(first).kind == "closed"
    assert stripe.close(second).kind == "paid"
    with pytest.raises(BusinessError, match="No such payment_intent"):
        stripe.close("pi_of_nobody")


def test_payments_of_some_days_are_listed_page_by_page(stripe: Gateway, world: StripeWorld) -> None:
    """Those that were paid since: one that was begun before belongs to it, one that was paid before does not."""
    now = clock.now()
    for number in range(102):
        world.pay_directly()
        if number % 20 == 0:
            stripe.start(replace(ATTEMPT, idempotency_key=f"key-{number}"), BACK)
    old, late = world.all_of("payment_intent", status="succeeded")[-2:]
    account = world.double.account
    hours = 3600
    old["created"] -= 2 * hours
    account.objects[old["latest_charge"]]["created"] -= 2 * hours
    late["created"] -= 2 * hours
    listed = [report.reference for report in stripe.list_payments(now - timedelta(hours=1))]
    assert len(listed) == len(set(listed)) == 101
    assert late["id"] in listed
    assert old["id"] not in listed
    pages = [call for call in world.double.calls if call.name == "GET /v1/payment_intents"]
    assert len(pages) == 2


def test_a_refund_tells_what_became_of_it(stripe: Gateway, world: StripeWorld) -> None:
    reference = stripe.start(ATTEMPT, BACK).reference
    world.confirm(reference, "4000000000007726")
    paid = GatewayPayment(reference, 1200, "EUR", reference)
    accepted = stripe.refund(paid, 500, "r1")
    assert accepted.state == "accepted"
    report = stripe.fetch_refund(accepted.reference)
    assert (report.state, report.idempotency_key, report.transaction_id, report.amount) == (
        "accepted",
        "r1",
        reference,
        500,
    )
    world.browser.post(f"/_double/refunds/{accepted.reference}", data={"status": "failed"})
    failed = stripe.fetch_refund(accepted.reference)
    assert (failed.state, failed.reason) == ("failed", "expired or canceled card")


def test_a_refund_that_stripe_refuses_has_failed_with_its_reason(
    stripe: Gateway, world: StripeWorld
) -> None:
    reference = stripe.start(ATTEMPT, BACK).reference
    unpaid = stripe.refund(GatewayPayment(reference, 1200, "EUR"), 1200, "r0")
    assert (unpaid.state, "successful charge" in unpaid.reason) == ("failed", True)
    world.confirm(reference, VISA)
    refused = stripe.refund(GatewayPayment(reference, 1200, "EUR"), 1300, "r1")
    assert (refused.state, "greater than" in refused.reason) == ("failed", True)
