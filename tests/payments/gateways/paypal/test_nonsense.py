"""Answers that are not PayPal's, or lack what they must have: nothing follows from them."""

from collections.abc import Callable

import pytest

from commerce.kit.remote.http import ProviderSilentError
from commerce.payments.gateways.contract import (
    CardSetupRequest,
    Gateway,
    GatewayPayment,
    KeyRefusedError,
    PaymentCard,
)
from commerce.webhooks.handler import UNVERIFIED_PER_MINUTE
from tests.doubles.paypal import PayPalWorld, forget
from tests.make.webhooks import deliver
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


def test_a_network_whose_messages_nobody_can_verify_is_not_heard_for_a_minute(
    paypal: Gateway,
    world: PayPalWorld,
) -> None:
    """Each false one costs two calls and a second: no more than of those that are refused are looked at."""
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
