"""PayPal's adapter against its double: what is asked, and what its answers, refusals and silences mean."""

import logging
from dataclasses import replace

import pytest

from commerce.kit.errors import BusinessError
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import (
    CardSetupRequest,
    Gateway,
    GatewayPayment,
    KeyRefusedError,
    PaymentCard,
    PaymentRequest,
    RequestRefusedError,
)
from commerce.payments.gateways.paypal import money, responses
from tests.doubles.paypal import SETTINGS, PayPalWorld

ATTEMPT = PaymentRequest(7, "key-7-of-one-attempt", 1200, "EUR", "INV-0001", "RF18539007547034")
BACK = "https://shop.example/back"
CREATE, CAPTURE = "POST /v2/checkout/orders", "POST /v2/checkout/orders/{id}/capture"


def approved(paypal: Gateway, world: PayPalWorld, attempt: PaymentRequest = ATTEMPT) -> str:
    reference = paypal.start(attempt, BACK).reference
    world.account.approve(reference)
    return reference


@pytest.mark.parametrize(
    ("code", "amount", "text"),
    [("EUR", 1205, "12.05"), ("JPY", 1205, "1205"), ("HUF", 120_500, "1205"), ("USD", 5, "0.05")],
)
def test_amounts_are_written_in_the_decimals_of_paypal_and_read_back(
    code: str, amount: int, text: str
) -> None:
    written = money.to_money(amount, code)
    assert written == {"currency_code": code, "value": text}
    assert money.from_money(written) == (amount, code)


@pytest.mark.parametrize(
    ("code", "amount"), [("KWD", 12_340), ("HUF", 1250), ("TWD", 1), ("EUR", 0), ("EUR", 10**8)]
)
def test_what_paypal_does_not_take_to_the_last_unit_is_not_offered(
    paypal: Gateway, code: str, amount: int
) -> None:
    assert paypal.supports(code, amount) is None


def test_the_payer_approves_an_order_that_names_us_and_nothing_is_taken_before_the_capture(
    paypal: Gateway, world: PayPalWorld
) -> None:
    session = paypal.start(ATTEMPT, BACK)
    assert (
        session.redirect_url
        == f"https://www.sandbox.paypal.com/checkoutnow?token={session.reference}"
    )
    assert paypal.fetch(session.reference).kind == "pending"
    world.account.approve(session.reference)
    report = paypal.fetch(session.reference)
    assert (report.kind, report.amount, report.currency_code) == ("approved", 1200, "EUR")
    assert world.account.captures == {}
    paid = paypal.capture(ATTEMPT, report)
    taken = world.capture_of(session.reference)
    assert (paid.kind, paid.transaction_id, paid.reference) == (
        "paid",
        taken["id"],
        session.reference,
    )
    assert (paid.amount, paid.currency_code, paid.fee, paid.attempt_id) == (1200, "EUR", 54, "7")
    assert paid.card == PaymentCard("paypal", "", label="al•••@example.com", country="GB")
    assert (taken["custom_id"], taken["invoice_id"]) == ("7", "INV-0001 key-7-of-one")
    assert paypal.fetch(session.reference) == paid
    assert paypal.resume(session.reference).redirect_url == ""


@pytest.mark.parametrize("kind", ["silent", "lost"])
def test_a_capture_without_an_answer_is_repeated_and_takes_the_money_once(
    paypal: Gateway, world: PayPalWorld, kind: str
) -> None:
    reference = approved(paypal, world)
    report = paypal.fetch(reference)
    world.fails(CAPTURE, kind)
    with pytest.raises(OSError, match="no answer"):
        paypal.capture(ATTEMPT, report)
    assert paypal.capture(ATTEMPT, report).kind == "paid"
    assert len(world.account.captures) == 1


def test_an_order_that_was_captured_by_another_process_is_looked_up(
    paypal: Gateway, world: PayPalWorld
) -> None:
    reference = approved(paypal, world)
    report = paypal.fetch(reference)
    world.account.capture(reference)
    assert paypal.capture(ATTEMPT, report).kind == "paid"


def test_a_declined_account_sends_its_payer_back_to_choose_and_the_next_capture_is_a_new_try(
    paypal: Gateway, world: PayPalWorld
) -> None:
    """Under the same key PayPal would tell the decline again. Nothing tells one approval from the next."""
    reference = approved(paypal, world)
    world.account.declines[reference] = "INSTRUMENT_DECLINED"
    report = paypal.capture(ATTEMPT, paypal.fetch(reference))
    assert (report.kind, report.reason[:15]) == ("pending", "PayPal declined")
    assert paypal.resume(reference).redirect_url.endswith(reference)
    world.account.approve(reference)
    assert paypal.capture(ATTEMPT, paypal.fetch(reference)).kind == "paid"


@pytest.mark.parametrize(
    ("status", "kind"), [("PENDING", "pending"), ("DECLINED", "failed"), ("FAILED", "failed")]
)
def test_a_capture_that_brought_no_money_is_none(
    paypal: Gateway, world: PayPalWorld, status: str, kind: str
) -> None:
    world.account.capture_status = status
    reference = approved(paypal, world)
    report = paypal.capture(ATTEMPT, paypal.fetch(reference))
    assert (report.kind, bool(report.reason)) == (kind, kind == "failed")
    assert paypal.close(reference) == paypal.fetch(reference)
    assert paypal.resume(reference).redirect_url == ""


class TestClose:
    def test_an_approved_order_cannot_be_captured_after_it(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        reference = approved(paypal, world)
        report = paypal.fetch(reference)
        assert paypal.close(reference).kind == "closed"
        assert paypal.capture(ATTEMPT, report).kind == "closed"
        assert paypal.fetch(reference).kind == "closed"
        assert world.account.captures == {}

    def test_one_that_is_captured_at_the_same_time_is_paid(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        reference = approved(paypal, world)
        change = world.account.patch_order

        def too_late(name: str, changes: list[dict[str, str]]) -> dict[str, str]:
            world.account.capture(name)
            return change(name, changes)

        world.account.patch_order = too_late  # type: ignore[method-assign]
        assert paypal.close(reference).kind == "paid"

    def test_an_order_that_paypal_has_forgotten_is_closed(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        reference = approved(paypal, world)
        report = paypal.fetch(reference)
        del world.account.orders[reference]
        for now in (
            paypal.fetch(reference),
            paypal.capture(ATTEMPT, report),
            paypal.close(reference),
        ):
            assert now.kind == "closed"
        assert paypal.resume(reference).redirect_url == ""


class TestSavedAccounts:
    def test_one_is_kept_while_its_owner_pays_and_charged_while_they_are_away(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        reference = approved(paypal, world, replace(ATTEMPT, save_card=True, customer="client-3"))
        card = paypal.capture(ATTEMPT, paypal.fetch(reference)).card
        assert card
        assert card.token in world.account.tokens
        later = replace(ATTEMPT, id=8, idempotency_key="key-8-of-another-attempt")
        charged = paypal.charge_saved(later, card)
        assert (charged.kind, charged.amount, charged.attempt_id) == ("paid", 1200, "8")
        paypal.remove_card(card)
        paypal.remove_card(card)
        assert world.account.tokens == {}

    def test_a_shop_that_may_save_none_is_paid_all_the_same(
        self, paypal: Gateway, world: PayPalWorld, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.account.may_vault = False
        request = replace(ATTEMPT, save_card=True, customer="client-3")
        assert paypal.start(request, BACK) == paypal.start(request, BACK)
        assert len(world.account.orders) == 1
        assert "may not save" in caplog.text
        with pytest.raises(RequestRefusedError):
            paypal.start_card_setup(CardSetupRequest(5, "setup-5", "client-3"), BACK)

    def test_one_is_saved_alone_and_once_though_the_answer_was_lost(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        session = paypal.start_card_setup(CardSetupRequest(5, "setup-5", "client-3"), BACK)
        assert session.redirect_url.startswith("https://www.sandbox.paypal.com/agreements/approve")
        assert paypal.fetch_card_setup(session.reference).state == "pending"
        world.account.approve_setup(session.reference, "zoe@example.com")
        world.fails("POST /v3/vault/payment-tokens", "lost")
        with pytest.raises(OSError, match="no answer"):
            paypal.fetch_card_setup(session.reference)
        saved = paypal.fetch_card_setup(session.reference)
        assert (saved.state, saved.card and saved.card.label) == ("saved", "z•••@example.com")
        assert len(world.account.tokens) == 1

    @pytest.mark.parametrize(
        ("issue", "kind", "decline"),
        [
            ("INSTRUMENT_DECLINED", "failed", "soft"),
            ("AGREEMENT_ALREADY_CANCELLED", "failed", "hard"),
            ("PAYER_ACTION_REQUIRED", "action_required", ""),
        ],
    )
    def test_a_charge_that_is_refused_says_whether_it_may_work_later(
        self, paypal: Gateway, world: PayPalWorld, issue: str, kind: str, decline: str
    ) -> None:
        card = PaymentCard("paypal", "", "token-1")
        world.account.tokens["token-1"] = {"id": "token-1"}
        world.account.declines["token-1"] = issue
        report = paypal.charge_saved(ATTEMPT, card)
        assert (report.kind, report.decline, bool(report.reason)) == (kind, decline, True)

    @pytest.mark.parametrize("status", ["APPROVED", "CREATED"])
    @pytest.mark.parametrize(
        ("issue", "decline"),
        [("INSTRUMENT_DECLINED", "soft"), ("PAYER_ACCOUNT_RESTRICTED", "hard")],
    )
    def test_a_charge_that_paypal_leaves_to_us_is_captured_or_has_failed(
        self, paypal: Gateway, world: PayPalWorld, status: str, issue: str, decline: str
    ) -> None:
        """Declined, it was pending for ever; made only, it was never captured."""
        world.account.leaves_charges = status
        token = world.account.keep({"email_address": "alice@example.com"})
        card = PaymentCard("paypal", "", token)
        assert paypal.charge_saved(ATTEMPT, card).kind == "paid"
        world.account.declines[token] = issue
        later = replace(ATTEMPT, id=8, idempotency_key="key-8-of-another-attempt")
        report = paypal.charge_saved(later, card)
        assert (report.kind, report.decline, bool(report.reason)) == ("failed", decline, True)
        assert report.reference in world.account.orders
        assert len(world.account.captures) == 1

    def test_an_account_that_is_not_known_may_be_another_apps(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        """Whoever has it charged knows under which app it was saved."""
        card = PaymentCard("paypal", "", "token-of-the-live-app")
        report = paypal.charge_saved(ATTEMPT, card)
        assert (report.kind, report.decline, report.is_forgotten) == ("failed", "hard", True)
        assert not paypal.knows_card(card)
        world.fails(CREATE, "404")
        with pytest.raises(OSError, match="404"):
            paypal.charge_saved(replace(ATTEMPT, id=8, idempotency_key="key-8"), card)

    def test_one_that_was_charged_long_ago_is_not_charged_again(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        """PayPal forgets keys after 6 hours. The number of the attempt there is known to be paid."""
        wallet = {"email_address": "alice@example.com"}
        card = PaymentCard("paypal", "", world.account.keep(wallet))
        assert paypal.charge_saved(ATTEMPT, card).kind == "paid"
        world.server.replies.clear()
        with pytest.raises(OSError, match="was made before"):
            paypal.charge_saved(ATTEMPT, card)
        assert len(world.account.captures) == 1


def test_a_key_that_another_installation_has_used_too_refunds_this_payment(
    paypal: Gateway, world: PayPalWorld
) -> None:
    """They share an app, and PayPal answers a key that it knows with what it did then."""
    for n in (7, 8):
        attempt = replace(ATTEMPT, id=n, idempotency_key=f"key-{n}-of-one-attempt")
        capture = world.pay(paypal.start(attempt, BACK).reference)
        paid = GatewayPayment(capture["id"], 1200, "EUR", "")
        made = paypal.refund(paid, 500, "refund-1")
        assert paypal.refund(paid, 500, "refund-1") == made
        assert paypal.fetch_refund(made.reference).transaction_id == capture["id"]
    assert world.sent_back() == 1000


def test_refunds_that_paypal_refuses_have_failed_with_its_reason(
    paypal: Gateway, world: PayPalWorld
) -> None:
    reference = paypal.start(ATTEMPT, BACK).reference
    paid = GatewayPayment(world.pay(reference)["id"], 1200, "EUR", reference)
    part = paypal.refund(paid, 500, "refund-1")
    assert part.state == "succeeded"
    assert paypal.fetch_refund(part.reference).idempotency_key == "refund-1"
    assert paypal.fetch_refund(part.reference).transaction_id == paid.transaction_id
    assert paypal.refund(paid, 800, "refund-2").reason == "More than is left."
    assert paypal.refund(paid, 700, "refund-3").state == "succeeded"
    assert paypal.fetch(reference).kind == "paid"


class TestCredentials:
    def test_a_token_is_asked_for_once_and_renewed_when_paypal_takes_it_no_longer(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        reference = paypal.start(ATTEMPT, BACK).reference
        paypal.fetch(reference)
        known = world.calls("token")
        world.server.tokens.clear()
        assert paypal.fetch(reference).kind == "pending"
        assert world.calls("token") == known + 1

    def test_wrong_ones_enable_nothing_and_are_told_as_a_refused_key(
        self, paypal: Gateway, world: PayPalWorld
    ) -> None:
        adapter = registry.GATEWAY_CLASSES["paypal"]
        wrong = adapter({**paypal.settings, "client_secret": "another"})
        with pytest.raises(BusinessError, match="Client secret"):
            wrong.test()
        with pytest.raises(KeyRefusedError):
            wrong.fetch("1")
        with pytest.raises(BusinessError, match="Webhook ID"):
            adapter({**paypal.settings, "webhook_id": "another"}).test()

    def test_live_ones_are_sent_to_the_live_address(self, paypal: Gateway) -> None:
        assert paypal.is_test_mode
        live = registry.GATEWAY_CLASSES["paypal"]({**paypal.settings, "sandbox": False})
        assert not live.is_test_mode
        with pytest.raises(OSError, match="4"):
            live.fetch("1")


@pytest.mark.parametrize("kind", ["silent", "429", "409", "500", "nonsense", "odd", "proxy"])
def test_what_is_no_answer_for_good_is_silence(
    paypal: Gateway, world: PayPalWorld, kind: str
) -> None:
    world.fails(CREATE, kind)
    with pytest.raises(OSError, match=r"answer"):
        paypal.start(ATTEMPT, BACK)
    assert paypal.start(ATTEMPT, BACK).reference


def test_nothing_secret_is_in_a_log_line_or_an_error(
    paypal: Gateway, world: PayPalWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """X2."""
    with caplog.at_level(logging.DEBUG):
        world.server.tokens.clear()
        reference = paypal.start(ATTEMPT, BACK).reference
        world.fails("GET /v2/checkout/orders/{id}", "nonsense")
        with pytest.raises(OSError, match="JSON") as silent:
            paypal.fetch(reference)
        with pytest.raises(RequestRefusedError) as refused:
            paypal.fetch_refund("x")
    for text in (caplog.text, repr(silent.value), repr(refused.value), repr(paypal)):
        assert SETTINGS["client_secret"] not in text
        assert not any(token in text for token in world.server.tokens)


@pytest.mark.parametrize(
    ("email", "shown"),
    [("alice@example.com", "al•••@example.com"), ("bo@x.org", "b•••@x.org"), ("", "")],
)
def test_an_account_is_known_by_a_masked_email(email: str, shown: str) -> None:
    assert responses.masked_email(email) == shown
