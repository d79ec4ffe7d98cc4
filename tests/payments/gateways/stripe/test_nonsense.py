"""Messages that Stripe signed and that make no sense: a 400, and never a defect of ours (payments.md 4)."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from commerce.demo.stripe_double.webhooks import SignedEvent, sign_event
from commerce.kit import clock
from commerce.payments.gateways.stripe.webhooks import EVENTS
from commerce.payments.models import GatewayEvent, Payment
from commerce.webhooks.handler import UNVERIFIED_PER_MINUTE
from tests.doubles.stripe import WEBHOOK_SECRET, StripeWorld
from tests.make.webhooks import deliver, work

ABOUT = {"id": "pi_1", "object": "payment_intent"}
GONE = object()

MALFORMED: list[dict[str, Any]] = [
    {"id": GONE},
    {"id": None},
    {"id": 7},
    {"id": ["evt_1"]},
    {"id": ""},
    {"id": "evt\x00"},
    {"type": GONE},
    {"type": None},
    {"type": 7},
    {"type": {}},
    {"type": "a\x00b"},
    {"livemode": GONE},
    {"livemode": 0},
    {"data": GONE},
    {"data": None},
    {"data": []},
    {"data": "x"},
    {"data": {}},
    {"data": {"object": None}},
    {"data": {"object": "pi_1"}},
    {"data": {"object": [ABOUT]}},
    {"data": {"object": {"object": "payment_intent"}}},
    {"data": {"object": {"id": "pi_1"}}},
    {"data": {"object": ABOUT | {"id": 7}}},
    {"data": {"object": ABOUT | {"object": None}}},
    {"data": {"object": ABOUT | {"payment_intent": {"id": "pi_1"}}}},
]
OBJECTS = ("charge", "dispute", "refund", "radar.early_fraud_warning", "x", "")
INTENTS = ("pi_1", "", "../x", "\x00", "pi 1")
NEVERTHELESS: list[dict[str, Any]] = [
    {"type": "balance.available", "data": {"object": {"object": "balance"}}},
    {"type": "some.kind.to.come", "data": None},
    {"type": "x" * 500},
    *(
        {"type": kind, "data": {"object": ABOUT | {"object": what, "payment_intent": intent}}}
        for first, kind in enumerate(sorted(EVENTS))
        for turn, what in enumerate(OBJECTS, first)
        for intent in (INTENTS[turn % len(INTENTS)], INTENTS[(turn + 2) % len(INTENTS)])
    ),
]
"""Each kind about each object, with two names of payments; all of them come round, from kind to kind with another."""


def signed(changed: dict[str, Any]) -> SignedEvent:
    event = {
        "id": "evt_1",
        "type": "payment_intent.succeeded",
        "livemode": False,
        "data": {"object": ABOUT},
    }
    made = {name: value for name, value in (event | changed).items() if value is not GONE}
    return sign_event(json.loads(json.dumps(made)), WEBHOOK_SECRET)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("changed", MALFORMED)
def test_a_signed_message_that_is_malformed_is_a_400(
    changed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Stripe repeats what is answered by 500 for three days."""
    assert deliver(signed(changed), "stripe").status == 400
    assert not GatewayEvent.objects.exists()
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("body", [b"[]", b"null", b"7", b'"x"', b"[" * 50_000, b"\xff", b""])
def test_signed_bytes_that_are_no_event_are_a_400(body: bytes) -> None:
    stamp = int(clock.now().timestamp())
    mac = hmac.new(WEBHOOK_SECRET.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    header = f"t={stamp},v1={mac}"
    assert deliver(({"Stripe-Signature": header}, body), "stripe").status == 400


@pytest.mark.usefixtures("world")
def test_no_signed_message_is_a_defect_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    for number, changed in enumerate(NEVERTHELESS):
        assert deliver(signed(changed | {"id": f"evt_{number}"}), "stripe").status == 200
    work()
    assert GatewayEvent.objects.filter(status="received").count() == 0
    assert not [record for record in caplog.records if record.exc_info]


def test_messages_of_another_account_close_the_door_to_no_true_one(world: StripeWorld) -> None:
    """Anybody enters our address in an account of their own there: the network is Stripe's."""
    intent = world.pay_directly()
    foreign = world.message(world.event("payment_intent.succeeded"), secret="whsec_of_another")
    for _ in range(UNVERIFIED_PER_MINUTE * 2):
        assert deliver(foreign, "stripe").status == 400
    told = deliver(world.message(world.event("payment_intent.succeeded")), "stripe")
    assert (told.status, intent["status"]) == (200, "succeeded")
    assert not Payment.objects.exists()
