"""Answers that are not PayPal's, or lack what they must have: nothing follows from them."""

import json
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from commerce.kit.remote.http import ProviderSilentError
from commerce.payments.gateways.contract import (
    CardSetupRequest,
    Gateway,
    GatewayPayment,
    KeyRefusedError,
    PaymentCard,
)
from commerce.payments.models import GatewayEvent
from commerce.webhooks.handler import UNVERIFIED_PER_MINUTE
from tests.doubles.gateway import SignedMessage
from tests.doubles.paypal import PayPalWorld, forget, signing
from tests.make.webhooks import deliver, work
from tests.payments.gateways.paypal.test_payments import ATTEMPT, BACK, CAPTURE, CREATE, approved

ANSWERED: list[tuple[str, Callable[[Gateway, str], object]]] = [
    ("GET /v2/checkout/orders/{id}", lambda paypal, name: paypal.fetch(name)),
    ("GET /v2/checkout/orders/{id}", lambda paypal, name: paypal.resume(name)),
    ("GET /v2/checkout/orders/{id}", lambda paypal, name: paypal.close(name)),
    (CAPTURE, lambda paypal, name: paypal.capture(ATTEMPT, paypal.fetch(name))),
    (CREATE, lambda paypal, _: paypal.charge_saved(ATTEMPT, PaymentCard("paypal", "", "t"))),
    (
        "POST /v3/vault/setup-tokens",
        lambda paypal, _: paypal.start_card_setup(CardSetupRequest(5, "s", "c"), BACK),
    ),
    (
        "POST /v2/payments/captures/{id}/refund",
        lambda paypal, name: paypal.refund(GatewayPayment("C", 1200, "EUR", name), 5, "r"),
    ),
    ("GET /v2/payments/refunds/{id}", lambda paypal, _: paypal.fetch_refund("R")),
    ("token", lambda paypal, name: paypal.fetch(name)),
    ("token", lambda paypal, _: paypal.remove_card(PaymentCard("paypal", "", "t"))),
]


@pytest.mark.parametrize(("call", "ask"), ANSWERED)
@pytest.mark.parametrize("kind", ["odd", "proxy"])
def test_an_answer_about_something_else_is_silence_whatever_was_asked(
    paypal: Gateway,
    world: PayPalWorld,
    call: str,
    ask: Callable[[Gateway, str], object],
    kind: str,
) -> None:
    """JSON without its members, or a 404 that is not PayPal's own: nothing is closed, gone or refused for it."""
    reference = approved(paypal, world)
    if call == "token":
        forget()
    world.fails(call, kind)
    with pytest.raises(ProviderSilentError):
        ask(paypal, reference)
    assert world.server.faults == []


def test_a_refused_token_of_an_account_is_in_no_error(paypal: Gateway, world: PayPalWorld) -> None:
    """X2."""
    world.fails("DELETE /v3/vault/payment-tokens/{id}", "401", times=2)
    with pytest.raises(KeyRefusedError) as refused:
        paypal.remove_card(PaymentCard("paypal", "", "8kk8451t-secret"))
    assert "8kk8451t" not in str(refused.value)


def test_for_a_network_whose_messages_nobody_can_verify_paypal_is_not_asked_for_a_minute(
    paypal: Gateway,
    world: PayPalWorld,
) -> None:
    """Each costs two calls and a second."""
    reference = paypal.start(ATTEMPT, BACK).reference
    forget()
    world.fails("certificate", "silent", times=1000)
    world.fails("token", "odd", times=1000)
    message = world.event("PAYMENT.CAPTURE.COMPLETED", world.pay(reference))
    for _ in range(UNVERIFIED_PER_MINUTE):
        assert deliver(message, "paypal").status == 503
    asked = len(world.server.calls)
    assert deliver(message, "paypal").status == 429
    assert len(world.server.calls) == asked
    world.server.faults.clear()
    assert deliver(message, "paypal", address="198.51.100.7").status == 200
    assert (
        deliver(message, "paypal").status == 200
    )  # nobody need be asked: its certificate is known now


def test_false_messages_from_paypals_own_network_close_the_door_to_no_true_one(
    paypal: Gateway, world: PayPalWorld
) -> None:
    """Anybody has PayPal send its messages of another app to our address: they are signed, but for another webhook."""
    reference = paypal.start(ATTEMPT, BACK).reference
    capture = world.pay(reference)
    foreign = world.event("PAYMENT.CAPTURE.COMPLETED", capture, webhook_id="WH-OF-ANOTHER-APP")
    for _ in range(UNVERIFIED_PER_MINUTE * 2):
        assert deliver(foreign, "paypal").status == 400
    assert world.calls("certificate") <= 1
    assert deliver(world.event("PAYMENT.CAPTURE.COMPLETED", capture), "paypal").status == 200


def test_the_door_of_another_gateway_is_not_closed_with_it(
    paypal: Gateway, world: PayPalWorld
) -> None:
    reference = paypal.start(ATTEMPT, BACK).reference
    forget()
    world.fails("certificate", "silent", times=1000)
    world.fails("token", "odd", times=1000)
    message = world.event("PAYMENT.CAPTURE.COMPLETED", world.pay(reference))
    with patch("commerce.webhooks.handler.UNVERIFIED_PER_MINUTE", 1):
        assert [deliver(message, "paypal").status for _ in range(2)] == [503, 429]
    assert deliver(({}, b"{}"), "stripe").status == 400


MALFORMED: list[dict[str, Any]] = [
    {"resource": []},
    {"resource": "x"},
    {"resource": 7},
    {"create_time": "yesterday"},
    {"create_time": 5},
    {"create_time": "2026-04-08T10:00:00"},
    {"create_time": ["2026-04-08T10:00:00Z"]},
    {"event_type": "PAYMENT.CAPTURE.COMPLETED\x00"},
    {"event_type": 5},
    {"event_type": None},
    {"id": 5},
    {"id": ""},
    {"id": "a\ud800"},
]
NEVERTHELESS: list[dict[str, Any]] = [
    {"resource": None},
    {"resource": {}},
    {"resource": {"id": None}},
    {"resource": {"id": {"a": 1}}},
    {"resource": {"id": ["x"], "links": 5}},
    {"resource": {"id": "x\x00\n"}},
    {"event_type": "PAYMENT.CAPTURE.REVERSED", "resource": {"links": "x", "amount": 5}},
    {"event_type": "CUSTOMER.DISPUTE.CREATED", "resource": {"dispute_id": {}}},
    {"event_type": "VAULT.PAYMENT-TOKEN.CREATED", "resource": {"metadata": "x"}},
    {"event_type": "VAULT.PAYMENT-TOKEN.DELETED", "resource": {"id": 5.5}},
]


def signed(changed: dict[str, Any]) -> SignedMessage:
    event = {
        "id": "WH-1",
        "event_type": "PAYMENT.CAPTURE.COMPLETED",
        "create_time": "2026-04-08T10:00:00Z",
        "resource": {"id": "C1"},
    }
    body = json.dumps(event | changed).encode()
    return signing.sign_message(body), body


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("changed", MALFORMED)
def test_a_signed_message_that_is_malformed_is_a_400(changed: dict[str, Any]) -> None:
    assert deliver(signed(changed), "paypal").status == 400
    assert not GatewayEvent.objects.exists()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("changed", MALFORMED + NEVERTHELESS)
def test_no_signed_message_is_a_defect_of_ours(
    changed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert deliver(signed(changed), "paypal").status in (200, 400)
    work()
    assert not [record for record in caplog.records if record.exc_info]
