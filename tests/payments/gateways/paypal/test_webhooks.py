"""Messages of PayPal: which are its own, by each rule of their certificate or by PayPal's word, and what they tell."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.remote.http import ProviderSilentError
from commerce.payments.gateways.contract import (
    CardReport,
    DisputeReport,
    Gateway,
    GatewayPayment,
    GatewayReport,
    PaymentReport,
    RefundReport,
)
from commerce.payments.gateways.paypal import certificates
from commerce.payments.rules import ReportTooEarly
from tests import make
from tests.doubles.paypal import PayPalWorld, forget, signing
from tests.doubles.paypal.account import PayPalObject
from tests.doubles.paypal.server import VERIFY
from tests.payments.gateways.paypal.test_payments import ATTEMPT, BACK

COMPLETED = "PAYMENT.CAPTURE.COMPLETED"


@pytest.fixture
def capture(paypal: Gateway, world: PayPalWorld) -> PayPalObject:
    return world.pay(paypal.start(ATTEMPT, BACK).reference)


def hear(
    paypal: Gateway, world: PayPalWorld, kind: str, about: PayPalObject
) -> Sequence[GatewayReport]:
    """What a message makes known."""
    return paypal.interpret(paypal.verify(*world.event(kind, about)))


class TestWhoseItIs:
    def test_a_true_one_is_known_offline_by_a_certificate_that_is_asked_for_once(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        for _ in range(3):
            headers, body = world.event(COMPLETED, capture)
            lower = {name.lower(): value for name, value in headers.items()}
            event = paypal.verify(lower, body)
        assert (event.id, event.kind, event.body) == (
            f"WH-{COMPLETED}-{capture['id']}",
            COMPLETED,
            body,
        )
        assert (world.calls("GET certificate"), world.calls(VERIFY)) == (1, 0)

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.paypal.com/certs/1",
            "https://paypal.com.evil.example/certs/1",
            "https://evilpaypal.com/certs/1",
            "https://api.paypal.com:8443/certs/1",
            "https://me:secret@api.paypal.com/certs/1",
            "https://evil.example\\@api.paypal.com/certs/1",
            "https://evil.example/?.paypal.com/certs/1",
            "https://api.paypal.com\n.evil.example/certs/1",
            "file:///certs/1",
        ],
    )
    def test_no_certificate_is_fetched_from_elsewhere(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject, url: str
    ) -> None:
        headers, body = world.event(COMPLETED, capture)
        world.server.calls.clear()
        with pytest.raises(BusinessError, match="signed"):
            paypal.verify({**headers, "PAYPAL-CERT-URL": url}, body)
        assert world.server.calls == []

    @pytest.mark.parametrize(
        "change",
        [
            {"PAYPAL-AUTH-ALGO": "SHA1withRSA"},
            {"PAYPAL-TRANSMISSION-ID": "another"},
            {"PAYPAL-TRANSMISSION-SIG": "AAAA"},
            {"PAYPAL-TRANSMISSION-SIG": "no base64!"},
            {"PAYPAL-TRANSMISSION-TIME": "2026-11-27"},
            {"PAYPAL-TRANSMISSION-TIME": "yesterday"},
            {"PAYPAL-TRANSMISSION-TIME": ""},
        ],
    )
    def test_what_was_changed_is_refused(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject, change: dict[str, str]
    ) -> None:
        headers, body = world.event(COMPLETED, capture)
        with pytest.raises(BusinessError, match="signed"):
            paypal.verify({**headers, **change}, body)

    def test_what_a_forger_signed_or_was_meant_for_another_webhook_is_refused(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        for options in ({"key": signing.other_key()}, {"webhook_id": "another"}):
            with pytest.raises(BusinessError, match="signed"):
                paypal.verify(*world.event(COMPLETED, capture, **options))
        for body in (b"[]", b'{"id": 1, "event_type": "x"}', b"no json", b"[" * 50_000):
            with pytest.raises(BusinessError, match="signed"):
                paypal.verify(signing.sign_message(body), body)

    def test_each_rule_of_the_certificate_refuses_what_a_forger_signed(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        """Another's name, of nobody whom we trust, over before, its key of another kind, none at all, too large."""
        key, own = signing.other_key(), signing.certificate_for
        stranger = signing.make_authority("Stranger")
        wrong = {
            "name": own(key, name="messageverificationcerts.paypal.com.evil.example"),
            "stranger": own(key, by=stranger),
            "expired": own(key, ends=make.AT - timedelta(days=1)),
            "kind": own(ec.generate_private_key(ec.SECP256R1())),
            "none": b"<html>",
            "large": own(key) * 60,
        }
        assert len(wrong["large"]) > certificates.MAX_CERTIFICATE_BYTES
        for name, chain in wrong.items():
            url = f"https://api.paypal.com/v1/notifications/certs/{name}"
            world.server.certificates[url] = chain
            with pytest.raises(BusinessError, match="signed"):
                paypal.verify(*world.event(COMPLETED, capture, key=key, url=url))
        assert world.calls(VERIFY) == len(wrong)

    def test_where_no_certificate_can_be_had_paypal_is_asked_about_the_very_bytes(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        forget()
        world.server.certificates.clear()
        message = world.event(COMPLETED, capture)
        assert paypal.verify(*message).kind == COMPLETED
        assert world.calls(VERIFY) == 1
        with pytest.raises(BusinessError, match="signed"):
            paypal.verify(message[0], message[1].replace(b"EUR", b"USD"))

    @pytest.mark.usefixtures("as_hurried_as_ever")
    def test_a_paypal_that_is_silent_has_the_message_sent_again(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        """Within a second, though one call alone may take twenty."""
        forget()
        world.fails("certificate", "silent")
        world.fails("token", "slow", seconds=1.5)
        message = world.event(COMPLETED, capture)
        with pytest.raises(OSError, match="no answer"):
            paypal.verify(*message)
        assert paypal.verify(*message).kind == COMPLETED

    @pytest.mark.parametrize("kind", ["odd", "proxy"])
    def test_what_paypal_says_of_something_else_confirms_and_refuses_no_message(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject, kind: str
    ) -> None:
        world.server.certificates.clear()
        forget()
        message = world.event(COMPLETED, capture)
        world.fails("token", kind)
        with pytest.raises(ProviderSilentError):
            paypal.verify(*message)
        world.fails(VERIFY, "proxy")
        with pytest.raises(ProviderSilentError):
            paypal.verify(*message)
        assert paypal.verify(*message).kind == COMPLETED

    def test_where_no_root_is_known_paypal_is_asked(
        self,
        paypal: Gateway,
        world: PayPalWorld,
        capture: PayPalObject,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """As where ``SSL_CERT_DIR`` is set: Python loads the roots of a folder one by one."""
        monkeypatch.setattr(type(paypal), "roots", lambda _: ())
        assert paypal.verify(*world.event(COMPLETED, capture)).kind == COMPLETED
        assert world.calls(VERIFY) == 1

    def test_the_public_roots_are_those_of_our_own_https(self) -> None:
        assert len(certificates.public_roots()) > 50


class TestWhatItTells:
    def test_an_approval_is_told_and_nothing_is_taken_for_it(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        reference = paypal.start(ATTEMPT, BACK).reference
        order = world.account.approve(reference)
        for _ in range(2):
            [report] = hear(paypal, world, "CHECKOUT.ORDER.APPROVED", order)
            assert isinstance(report, PaymentReport)
            assert (report.kind, report.reference) == ("approved", reference)
        assert world.account.captures == {}

    def test_of_a_capture_its_order_is_asked(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        for kind in (COMPLETED, "PAYMENT.CAPTURE.PENDING", "PAYMENT.CAPTURE.DENIED"):
            [report] = hear(paypal, world, kind, capture)
            assert isinstance(report, PaymentReport)
            assert (report.kind, report.transaction_id) == ("paid", capture["id"])
        world.account.captures["alone"] = capture | {
            "id": "alone",
            "links": [],
            "supplementary_data": {},
        }
        assert hear(paypal, world, COMPLETED, world.account.captures["alone"]) == []
        assert hear(paypal, world, "CATALOG.PRODUCT.CREATED", {"id": "x"}) == []

    def test_a_capture_whose_order_is_forgotten_tells_of_itself(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        """Held back for days, and then money all the same."""
        [whole] = hear(paypal, world, COMPLETED, capture)
        order = capture["supplementary_data"]["related_ids"]["order_id"]
        unit = world.account.orders[order]["purchase_units"][0]
        for change in (lambda: unit.pop("payments"), lambda: world.account.orders.pop(order)):
            change()
            [told] = hear(paypal, world, COMPLETED, capture)
            assert isinstance(told, PaymentReport)
            assert isinstance(whole, PaymentReport)
            assert replace(told, raw={}) == replace(whole, card=None, raw={})
            assert (told.kind, told.reference, told.attempt_id) == ("paid", order, "7")
        for status, kind in (("PENDING", "pending"), ("DECLINED", "failed")):
            capture["status"] = status
            [told] = hear(paypal, world, "PAYMENT.CAPTURE.PENDING", capture)
            assert isinstance(told, PaymentReport)
            assert told.kind == kind

    def test_refunds_made_here_have_our_key_and_those_made_there_have_none(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        paid = GatewayPayment(capture["id"], 1200, "EUR")
        ours = paypal.refund(paid, 500, "refund-1").reference
        theirs = world.account.refund(capture["id"], {})["id"]
        for name, amount, key in ((ours, 500, "refund-1"), (theirs, 700, "")):
            told = hear(paypal, world, "PAYMENT.CAPTURE.REFUNDED", world.account.refunds[name])
            assert told == [RefundReport("succeeded", capture["id"], name, amount, "EUR", key)]

    @pytest.mark.parametrize(
        ("outcome", "state"),
        [
            ("RESOLVED_BUYER_FAVOUR", "lost"),
            ("ACCEPTED", "lost"),
            ("RESOLVED_SELLER_FAVOUR", "won"),
            ("RESOLVED_WITH_PAYOUT", "won"),
            ("CANCELED_BY_BUYER", "won"),
        ],
    )
    def test_a_dispute_is_open_until_its_outcome(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject, outcome: str, state: str
    ) -> None:
        dispute = world.account.dispute(capture["id"])
        [told] = hear(paypal, world, "CUSTOMER.DISPUTE.CREATED", dispute)
        assert isinstance(told, DisputeReport)
        assert (told.state, told.transaction_id, told.amount) == ("open", capture["id"], 1200)
        assert (str(told.due_by), told.reason) == (
            "2027-01-09",
            "merchandise or service not received",
        )
        world.account.resolve(told.dispute_reference, outcome)
        [told] = hear(paypal, world, "CUSTOMER.DISPUTE.RESOLVED", dispute)
        assert isinstance(told, DisputeReport)
        assert told.state == state

    @pytest.mark.parametrize(
        ("refunded", "state", "amount"),
        [("2.00", "lost", 200), ("12.00", "lost", 1200), ("0.00", "won", 1200)],
    )
    def test_what_is_lost_is_what_the_payer_gets(
        self,
        paypal: Gateway,
        world: PayPalWorld,
        capture: PayPalObject,
        refunded: str,
        state: str,
        amount: int,
    ) -> None:
        dispute = world.account.dispute(capture["id"])
        world.account.resolve(dispute["dispute_id"], "RESOLVED_BUYER_FAVOUR", refunded)
        [told] = hear(paypal, world, "CUSTOMER.DISPUTE.RESOLVED", dispute)
        assert isinstance(told, DisputeReport)
        assert (told.state, told.amount) == (state, amount)

    def test_of_several_payments_it_is_lost_in_their_order(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        dispute = world.account.dispute(capture["id"])
        gross = {"gross_amount": capture["amount"]}
        dispute["disputed_transactions"] = [
            {"seller_transaction_id": name, **gross} for name in ("A", "B", "C")
        ]
        world.account.resolve(dispute["dispute_id"], "ACCEPTED", "15.00")
        told = hear(paypal, world, "CUSTOMER.DISPUTE.RESOLVED", dispute)
        assert [(one.state, one.amount) for one in told if isinstance(one, DisputeReport)] == [
            ("lost", 1200),
            ("lost", 300),
            ("won", 1200),
        ]

    def test_a_reversal_is_that_of_its_dispute_and_alone_a_loss(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        """PayPal tells of one loss twice: as a dispute and as a reversal."""
        links = [
            {"rel": "up", "href": f"https://api.paypal.com/v2/payments/captures/{capture['id']}"}
        ]
        reversal = {"id": "9R", "amount": capture["amount"], "links": links}
        lost = DisputeReport("lost", capture["id"], "reversal 9R", 1200, "EUR")
        event = paypal.verify(*world.event("PAYMENT.CAPTURE.REVERSED", reversal))
        for hours in (0, 1, 4):
            with (
                clock.freeze_time(make.AT + timedelta(hours=hours)),
                pytest.raises(OSError, match="no dispute for this reversal yet"),
            ):
                paypal.interpret(event)
        with clock.freeze_time(make.AT + timedelta(hours=6)):
            assert paypal.interpret(event) == [lost]
        dispute = world.account.dispute(capture["id"])
        [told] = paypal.interpret(event)
        assert isinstance(told, DisputeReport)
        assert (told.state, told.dispute_reference) == ("open", dispute["dispute_id"])
        world.account.resolve(dispute["dispute_id"], "RESOLVED_SELLER_FAVOUR")
        [told] = paypal.interpret(event)
        assert isinstance(told, DisputeReport)
        assert (told.state, told.dispute_reference) == ("won", dispute["dispute_id"])

    def test_a_reversal_after_a_dispute_was_won_is_another_loss(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        dispute = world.account.dispute(capture["id"])
        world.account.resolve(dispute["dispute_id"], "RESOLVED_SELLER_FAVOUR")
        links = [
            {"rel": "up", "href": f"https://api.paypal.com/v2/payments/captures/{capture['id']}"}
        ]
        reversal = {"id": "9R", "amount": capture["amount"], "links": links}
        with clock.freeze_time(make.AT + timedelta(days=60)):
            event = paypal.verify(*world.event("PAYMENT.CAPTURE.REVERSED", reversal))
            with pytest.raises(OSError, match="yet"):
                paypal.interpret(event)
        with clock.freeze_time(make.AT + timedelta(days=60, hours=6)):
            assert paypal.interpret(event) == [
                DisputeReport("lost", capture["id"], "reversal 9R", 1200, "EUR")
            ]
            world.account.dispute(capture["id"])
            told = paypal.interpret(event)
        assert [one.state for one in told if isinstance(one, DisputeReport)] == ["won", "open"]

    def test_an_account_that_is_saved_before_its_money_is_there_waits_for_it(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        """It was consented to, and PayPal lets us charge it: nobody may forget it."""
        token = world.account.keep({"email_address": "alice@example.com"})
        order = capture["supplementary_data"]["related_ids"]["order_id"]
        about = {"id": token, "metadata": {"order_id": order}}
        capture["status"] = "PENDING"
        with pytest.raises(ReportTooEarly):
            hear(paypal, world, "VAULT.PAYMENT-TOKEN.CREATED", about)
        capture["status"] = "DECLINED"
        assert hear(paypal, world, "VAULT.PAYMENT-TOKEN.CREATED", about) == []
        capture["status"] = "PENDING"
        world.account.orders[order]["purchase_units"][0]["custom_id"] = ""
        capture["custom_id"] = ""
        assert hear(paypal, world, "VAULT.PAYMENT-TOKEN.CREATED", about) == []

    def test_an_account_that_is_saved_after_its_payment_is_told_with_it(
        self, paypal: Gateway, world: PayPalWorld, capture: PayPalObject
    ) -> None:
        token = world.account.keep({"email_address": "alice@example.com"})
        order = capture["supplementary_data"]["related_ids"]["order_id"]
        about = {"id": token, "metadata": {"order_id": order}}
        [told] = hear(paypal, world, "VAULT.PAYMENT-TOKEN.CREATED", about)
        assert isinstance(told, PaymentReport)
        assert (told.kind, told.card and told.card.token) == ("paid", token)
        assert hear(paypal, world, "VAULT.PAYMENT-TOKEN.CREATED", {"id": token}) == []
        assert hear(paypal, world, "VAULT.PAYMENT-TOKEN.DELETED", {"id": token}) == []
        world.account.delete_token(token)
        [gone] = hear(paypal, world, "VAULT.PAYMENT-TOKEN.DELETED", {"id": token})
        assert isinstance(gone, CardReport)
        assert (gone.state, gone.card and gone.card.token) == ("removed", token)


def test_messages_are_taken_as_long_as_paypal_repeats_them(
    paypal: Gateway, world: PayPalWorld, capture: PayPalObject
) -> None:
    """It does so for three days; after an outage of five minutes refunds and disputes were lost."""
    now, days = int(clock.now().timestamp()), 4 * 24 * 3600
    for at in (now - days - 1, now + 301):
        with pytest.raises(BusinessError, match="too old"):
            paypal.verify(*world.event(COMPLETED, capture, at=at))
    for at in (now - days + 1, now + 299):
        assert paypal.verify(*world.event(COMPLETED, capture, at=at)).kind == COMPLETED
