"""Messages of Stripe: which are its own, and that what is true is asked of it, whatever they say."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from commerce.demo.stripe_double.account import StripeObject
from commerce.demo.stripe_double.disputes import close_dispute, open_dispute
from commerce.demo.stripe_double.refunds import end_refund
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import (
    CardReport,
    CardSetupRequest,
    DisputeReport,
    Gateway,
    GatewayClient,
    GatewayPayment,
    GatewayReport,
    PaymentCard,
    PaymentReport,
    RefundReport,
    VerifiedEvent,
)
from commerce.payments.gateways.stripe.webhooks import EVENTS
from tests.doubles.stripe import SETTINGS, StripeWorld
from tests.payments.gateways.stripe.test_payments import ATTEMPT, BACK, VISA, save


def hear(stripe: Gateway, world: StripeWorld, event: StripeObject) -> Sequence[GatewayReport]:
    """What a message about an event makes known."""
    return stripe.interpret(stripe.verify(*world.message(event)))


@pytest.fixture
def paid(stripe: Gateway, world: StripeWorld) -> str:
    reference = stripe.start(ATTEMPT, BACK).reference
    world.confirm(reference, VISA)
    return reference


def charge_of(world: StripeWorld) -> StripeObject:
    return world.all_of("charge")[0]


class TestWhoseItIs:
    @pytest.fixture
    def event(self, world: StripeWorld, paid: str) -> StripeObject:
        return world.event("payment_intent.succeeded")

    def test_a_true_one_has_the_id_that_stripe_gave_it_each_time(
        self, stripe: Gateway, world: StripeWorld, event: StripeObject
    ) -> None:
        headers, body = world.message(event)
        lower = {name.lower(): value for name, value in headers.items()}
        verified = stripe.verify(lower, body)
        assert (verified.id, verified.kind) == (event["id"], "payment_intent.succeeded")
        assert verified == stripe.verify(*world.message(event))
        assert "secret" not in repr(verified)

    def test_what_is_kept_of_one_holds_no_client_secret(
        self, stripe: Gateway, world: StripeWorld, event: StripeObject
    ) -> None:
        about = event["data"]["object"]
        message = world.message(event)
        assert about["client_secret"].encode() in message[1]
        kept = json.loads(stripe.verify(*message).body)
        assert kept["data"]["object"] == about | {"client_secret": None}

    def test_unsigned_foreign_changed_old_and_future_ones_are_refused(
        self, stripe: Gateway, world: StripeWorld, event: StripeObject
    ) -> None:
        headers, body = world.message(event)
        now = int(clock.now().timestamp())
        signature = headers["Stripe-Signature"]
        for message, code in (
            (({}, body), "signature_not_valid"),
            (({"Stripe-Signature": ""}, body), "signature_not_valid"),
            (({"Stripe-Signature": "t=x,v1=y"}, body), "signature_not_valid"),
            (({"Stripe-Signature": signature.replace("v1=", "v0=")}, body), "signature_not_valid"),
            (({"Stripe-Signature": f"t={now},v1=é"}, body), "signature_not_valid"),
            ((headers, body.replace(b"1200", b"9200")), "signature_not_valid"),
            ((headers, b"\xff" + body), "signature_not_valid"),
            (world.message(event, secret="whsec_other"), "signature_not_valid"),
            (world.message(event, at=now - 305), "too_old"),
            (world.message(event, at=now + 305), "too_old"),
            (world.message(event | {"livemode": True}), "other_mode"),
        ):
            with pytest.raises(BusinessError) as refused:
                stripe.verify(*message)
            assert refused.value.code == f"gateway_event.{code}"

    def test_a_second_signature_counts_while_the_secret_is_changed(
        self, stripe: Gateway, world: StripeWorld, event: StripeObject
    ) -> None:
        headers, body = world.message(event)
        old, _ = world.message(event, secret="whsec_old")
        both = f"{old['Stripe-Signature']},{headers['Stripe-Signature'].partition(',')[2]}"
        assert stripe.verify({"Stripe-Signature": both}, body).id == event["id"]

    @pytest.mark.parametrize("secret", ["", " ", "\n"])
    def test_an_empty_secret_verifies_nothing(
        self, world: StripeWorld, event: StripeObject, secret: str
    ) -> None:
        bare = registry.GATEWAY_CLASSES["stripe"]({**SETTINGS, "webhook_secret": secret})
        with pytest.raises(BusinessError, match="isn't signed"):
            bare.verify(*world.message(event, secret=secret))

    def test_an_event_in_test_mode_means_nothing_to_a_live_account(
        self, world: StripeWorld, event: StripeObject
    ) -> None:
        live = registry.GATEWAY_CLASSES["stripe"]({**SETTINGS, "secret_key": "sk_live_x"})
        with pytest.raises(BusinessError, match="wrong mode"):
            live.verify(*world.message(event))


class TestWhatTheyTell:
    def test_money_is_what_stripe_has_not_what_an_event_says(
        self, stripe: Gateway, world: StripeWorld, paid: str
    ) -> None:
        """Though it was signed: the event is old, and says what was."""
        old = json.loads(json.dumps(world.event("payment_intent.succeeded")))
        old["data"]["object"] |= {"amount": 9900, "amount_received": 9900, "status": "canceled"}
        (report,) = hear(stripe, world, old)
        assert isinstance(report, PaymentReport)
        assert (report.kind, report.amount, report.transaction_id) == ("paid", 1200, paid)

    def test_a_failure_that_comes_after_the_success_tells_of_the_success(
        self, stripe: Gateway, world: StripeWorld
    ) -> None:
        reference = stripe.start(ATTEMPT, BACK).reference
        world.confirm(reference, "4000000000000002")
        failure = world.event("payment_intent.payment_failed")
        (before,) = hear(stripe, world, failure)
        world.confirm(reference, VISA)
        (after,) = hear(stripe, world, failure)
        assert isinstance(before, PaymentReport)
        assert isinstance(after, PaymentReport)
        assert (before.kind, after.kind) == ("pending", "paid")

    def test_refunds_are_told_with_our_key_or_without_one(
        self, stripe: Gateway, world: StripeWorld, paid: str
    ) -> None:
        ours = stripe.refund(GatewayPayment(paid, 1200, "EUR"), 500, "r1").reference
        world.browser.post(
            "/v1/refunds",
            data={"payment_intent": paid, "amount": "300"},
            headers={"Authorization": f"Bearer {SETTINGS['secret_key']}"},
        )
        (theirs,) = (each["id"] for each in world.all_of("refund") if each["id"] != ours)
        reports = hear(stripe, world, world.event("charge.refunded"))
        assert {
            (report.refund_reference, report.amount, report.idempotency_key, report.state)
            for report in reports
            if isinstance(report, RefundReport)
        } == {(ours, 500, "r1", "succeeded"), (theirs, 300, "", "succeeded")}
        (created,) = hear(stripe, world, world.event("refund.created"))
        assert isinstance(created, RefundReport)
        assert (created.refund_reference, created.transaction_id) == (theirs, paid)

    def test_a_refund_that_fails_after_all_is_told(
        self, stripe: Gateway, world: StripeWorld, paid: str
    ) -> None:
        refund = stripe.refund(GatewayPayment(paid, 1200, "EUR"), 500, "r1").reference
        end_refund(world.double.account, world.double.account.objects[refund], "failed")
        (report,) = hear(stripe, world, world.event("refund.failed"))
        assert isinstance(report, RefundReport)
        assert (report.state, report.reason) == ("failed", "expired or canceled card")

    @pytest.mark.parametrize("outcome", ["won", "lost"])
    def test_a_dispute_is_open_then_won_or_lost(
        self, stripe: Gateway, world: StripeWorld, paid: str, outcome: str
    ) -> None:
        account = world.double.account
        dispute = open_dispute(account, charge_of(world), amount=700)
        for event in ("charge.dispute.created", "charge.dispute.funds_withdrawn"):
            (report,) = hear(stripe, world, world.event(event))
            assert isinstance(report, DisputeReport)
            assert (report.state, report.transaction_id, report.amount) == ("open", paid, 700)
            assert (report.dispute_reference, report.reason) == (dispute["id"], "fraudulent")
            assert report.due_by is not None
            assert (report.due_by - clock.now().date()).days == 7
        close_dispute(account, dispute, outcome)
        (closed,) = hear(stripe, world, world.event("charge.dispute.closed"))
        assert isinstance(closed, DisputeReport)
        assert closed.state == outcome

    def test_an_inquiry_is_no_dispute_until_it_becomes_one(
        self, stripe: Gateway, world: StripeWorld, paid: str
    ) -> None:
        inquiry = open_dispute(
            world.double.account, charge_of(world), state="warning_needs_response"
        )
        created = world.event("charge.dispute.created")
        assert hear(stripe, world, created) == []
        inquiry["status"] = "needs_response"
        (report,) = hear(stripe, world, created)
        assert isinstance(report, DisputeReport)
        assert report.state == "open"

    def test_a_card_that_its_bank_renewed_is_told(
        self, stripe: Gateway, world: StripeWorld
    ) -> None:
        customer = stripe.create_customer(GatewayClient(3, "Alice", "a@example.com"), "c3")
        card = save(stripe, world, customer, VISA)
        world.browser.post(
            f"/_double/cards/{card.token}", data={"exp_month": "1", "exp_year": "2039"}
        )
        renewed = world.event("payment_method.automatically_updated")
        assert hear(stripe, world, renewed) == [
            CardReport("updated", card=replace(card, exp_month=1, exp_year=2039))
        ]
        stripe.remove_card(card)
        gone = [CardReport("removed", card=PaymentCard("", "", card.token))]
        assert hear(stripe, world, world.event("payment_method.detached")) == gone
        assert hear(stripe, world, renewed) == gone

    def test_what_is_not_about_us_tells_nothing_and_asks_nothing(
        self, stripe: Gateway, world: StripeWorld
    ) -> None:
        world.double.calls.clear()
        for kind, about in (
            ("invoice.paid", {"id": "in_1", "object": "invoice"}),
            ("refund.created", {"id": "re_1", "object": "refund", "payment_intent": None}),
            ("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": None}),
            ("charge.dispute.created", {"id": "du_1", "object": "dispute"}),
            (
                "radar.early_fraud_warning.created",
                {"id": "issfr_1", "object": "radar.early_fraud_warning", "payment_intent": None},
            ),
        ):
            body = json.dumps({"id": "evt_1", "type": kind, "data": {"object": about}}).encode()
            assert stripe.interpret(VerifiedEvent("evt_1", kind, body)) == []
        assert world.double.calls == []

    def test_the_guide_lists_the_events_that_are_read(self) -> None:
        from tests.house.source import ROOT

        guide = (ROOT / "docs" / "adapters.md").read_text("utf-8")
        assert {event for event in EVENTS if f"`{event}`" not in guide} == set()


class TestSavingACardAlone:
    @pytest.fixture
    def setup(self, stripe: Gateway, world: StripeWorld) -> str:
        customer = stripe.create_customer(GatewayClient(3, "Alice", "a@example.com"), "c3")
        request = CardSetupRequest(5, "setup-5", customer)
        session = stripe.start_card_setup(request, BACK)
        assert session == stripe.start_card_setup(request, BACK)
        assert session.inline["client_secret"].startswith(f"{session.reference}_secret_")
        return session.reference

    def test_it_is_saved_once_its_bank_agreed(
        self, stripe: Gateway, world: StripeWorld, setup: str
    ) -> None:
        assert stripe.fetch_card_setup(setup) == CardReport("pending", setup)
        asked = world.confirm(setup, "4000002500003155")
        assert stripe.fetch_card_setup(setup).state == "pending"
        world.answer_bank(asked, "pass")
        (report,) = hear(stripe, world, world.event("setup_intent.succeeded"))
        assert isinstance(report, CardReport)
        assert report.card is not None
        assert (report.state, report.reference, report.card.last4) == ("saved", setup, "3155")

    def test_a_card_that_its_bank_refuses_leaves_the_form_open_with_a_reason(
        self, stripe: Gateway, world: StripeWorld, setup: str
    ) -> None:
        world.confirm(setup, "4000000000000002")
        (report,) = hear(stripe, world, world.event("setup_intent.setup_failed"))
        assert report == CardReport("pending", setup, reason="Your card was declined.")


class TestKeys:
    @pytest.mark.parametrize(
        ("over", "code"),
        [
            ({"publishable_key": "sk_test_swapped"}, "setting.key_not_valid"),
            ({"secret_key": "pk_test_swapped"}, "setting.key_not_valid"),
            ({"webhook_secret": "s3cret"}, "setting.key_not_valid"),
            ({"publishable_key": "pk_live_x"}, "gateway.keys_of_two_modes"),
            (
                {"publishable_key": "pk_live_x", "secret_key": "sk_live_x"},
                "gateway.key_refused",
            ),
            ({"secret_key": "sk_test_other"}, "gateway.key_refused"),
        ],
    )
    def test_keys_that_are_wrong_cannot_be_switched_on(
        self, world: StripeWorld, over: dict[str, str], code: str
    ) -> None:
        gateway = registry.GATEWAY_CLASSES["stripe"]({**SETTINGS, **over})
        with pytest.raises(BusinessError) as refused:
            registry.check_gateway(gateway)
        assert refused.value.code == code
        assert "sk_" not in str(refused.value)

    @pytest.mark.parametrize("name", ["publishable_key", "secret_key", "webhook_secret"])
    def test_none_can_be_missing(self, world: StripeWorld, name: str) -> None:
        gateway = registry.GATEWAY_CLASSES["stripe"]({**SETTINGS, name: ""})
        with pytest.raises(BusinessError, match="Missing settings"):
            registry.check_gateway(gateway)

    def test_a_live_account_that_says_it_is_a_test_is_refused(self, world: StripeWorld) -> None:
        live = {"publishable_key": "pk_live_x", "secret_key": "sk_live_x"}
        gateway = registry.GATEWAY_CLASSES["stripe"]({**SETTINGS, **live})
        world.double.account.secret_key = "sk_live_x"
        try:
            with pytest.raises(BusinessError, match="different modes"):
                gateway.test()
        finally:
            world.double.account.secret_key = SETTINGS["secret_key"]


class TestTheNetwork:
    @pytest.mark.parametrize(
        "kind", ["silent", "lost", "rate_limited", "conflict", "error", "nonsense"]
    )
    def test_no_answer_is_told_from_a_refusal(
        self, stripe: Gateway, world: StripeWorld, kind: str
    ) -> None:
        world.fails("GET /v1/payment_intents/{id}", kind)
        reference = stripe.start(ATTEMPT, BACK).reference
        with pytest.raises(OSError, match="Error"):
            stripe.fetch(reference)
        assert stripe.fetch(reference).kind == "pending"
        with pytest.raises(BusinessError, match="refused"):
            stripe.fetch("pi_of_nobody")

    def test_a_call_ends_in_time_though_the_answer_comes_later(
        self, stripe: Gateway, world: StripeWorld
    ) -> None:
        from commerce.kit.remote import http
        from commerce.payments.gateways.stripe import client

        world.fails("GET /v1/balance", "slow", seconds=0.5)
        address, key = world.origin, SETTINGS["secret_key"]
        with pytest.raises(OSError, match="APIConnectionError"):
            client.ask_stripe(key, address, lambda v1: v1.balance.retrieve(), seconds=0.05)
        assert (http.CONNECT_SECONDS, http.TOTAL_SECONDS) == (5, 20)

    def test_a_key_of_another_request_tells_nothing_of_what_became_of_that(
        self, stripe: Gateway, world: StripeWorld, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It would be a fault of ours; to call it a refusal would let somebody charge once more."""
        stripe.start(ATTEMPT, BACK)
        with pytest.raises(OSError, match="IdempotencyError"):
            stripe.start(replace(ATTEMPT, amount=1300), BACK)
        assert "another request" in caplog.text
        assert len(world.all_of("payment_intent")) == 1

    def test_nothing_is_repeated_behind_our_back(self, stripe: Gateway, world: StripeWorld) -> None:
        world.fails("POST /v1/payment_intents", "lost")
        with pytest.raises(OSError, match="APIConnectionError"):
            stripe.start(ATTEMPT, BACK)
        keys = [call.idempotency_key for call in world.double.calls]
        assert keys == ["key-7"]

    def test_nothing_secret_is_in_a_log_line_or_an_error(
        self, stripe: Gateway, world: StripeWorld, caplog: pytest.LogCaptureFixture
    ) -> None:
        """X2; the SDK logs whole answers at DEBUG, client secrets with them."""
        with caplog.at_level(logging.DEBUG):
            reference = stripe.start(ATTEMPT, BACK).reference
            stripe.fetch(reference)
            world.fails("GET /v1/payment_intents/{id}", "nonsense")
            with pytest.raises(OSError, match="Error") as silent:
                stripe.fetch(reference)
            with pytest.raises(BusinessError) as refused:
                stripe.fetch("pi_of_nobody")
        secret = world.double.account.objects[reference]["client_secret"]
        for text in (caplog.text, repr(silent.value), repr(refused.value), repr(stripe)):
            assert secret not in text
            assert "s3cret" not in text
        assert "Stripe refuses" in caplog.text


def test_the_api_s_version_is_the_one_that_the_sdk_pins(
    stripe: Gateway, world: StripeWorld
) -> None:
    """The double's answers are of that version: raise both together, after reading Stripe's changelog."""
    from stripe import api_version

    from commerce.demo.stripe_double.account import API_VERSION

    assert api_version == API_VERSION == "2026-10-28.endive"
