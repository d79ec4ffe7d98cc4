"""What we send has the shape that Stripe describes, as a program judges it that knows nothing of us.

`steady` reads Stripe's requests as OpenAPI and refuses what is unknown, missing or of another type.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from commerce.demo.stripe_double.disputes import open_dispute
from commerce.kit import clock
from commerce.payments.gateways.contract import (
    CardSetupRequest,
    Gateway,
    GatewayClient,
    GatewayPayment,
)
from tests.doubles.stripe import StripeWorld
from tests.house.source import ROOT
from tests.payments.gateways.stripe.programs import run_program
from tests.payments.gateways.stripe.sdk_openapi import describe
from tests.payments.gateways.stripe.test_payments import ATTEMPT, BACK, VISA, save

STEADY = ROOT / ".venv" / "steady" / "node_modules" / ".bin" / "steady"
CALLS = """
GET /v1/account
GET /v1/balance
POST /v1/customers
POST /v1/customers/{id}
POST /v1/payment_intents
POST /v1/payment_intents/{id}
POST /v1/payment_intents/{id}/cancel
GET /v1/payment_intents/{id}
GET /v1/payment_intents
POST /v1/setup_intents
GET /v1/setup_intents/{id}
GET /v1/payment_methods/{id}
POST /v1/payment_methods/{id}/detach
POST /v1/refunds
GET /v1/refunds/{id}
GET /v1/refunds
GET /v1/disputes/{id}
""".split("\n")[1:-1]
FORMATS = [
    f"--validator-{part}-{kind}-format=brackets"
    for part in ("form", "query")
    for kind in ("object", "array")
]


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[httpx.Client]:
    """The judge on this machine; `make check` brings it."""
    description = tmp_path / "stripe.json"
    description.write_text(json.dumps(describe(CALLS)), "utf-8")
    command = [STEADY, "--host", "127.0.0.1", "--no-color", *FORMATS, description]
    with run_program(*command, folder=tmp_path) as client:
        yield client


def judged(judge: httpx.Client, method: str, target: str, form: bytes) -> str:
    """What the judge finds wrong with a request; empty if nothing. In a query it knows lists without numbers only."""
    target = re.sub(r"\[\d+\]", "[]", unquote(target))
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    answer = judge.request(method, target, content=form, headers=kind)
    found = answer.headers.get("x-steady-error-1-message", "")
    assert answer.headers["x-steady-request-valid"] == ("false" if found else "true")
    return found


def call_everything(stripe: Gateway, world: StripeWorld) -> None:
    """Each thing that the contract can ask of Stripe, at least once."""
    stripe.test()
    stripe.account()
    customer = stripe.create_customer(GatewayClient(3, "Zoë & Söhne", "zoe@example.com"), "c3")
    card = save(stripe, world, customer, VISA)
    charged = stripe.charge_saved(replace(ATTEMPT, customer=customer), card)
    paid = GatewayPayment(charged.transaction_id, 1200, "EUR")
    refund = stripe.refund(paid, 500, "r1")
    stripe.fetch_refund(refund.reference)
    stripe.close(stripe.start(replace(ATTEMPT, idempotency_key="other"), BACK).reference)
    list(stripe.list_payments(clock.now() - timedelta(days=7)))
    setup = stripe.start_card_setup(CardSetupRequest(5, "setup-5", customer), BACK)
    stripe.fetch_card_setup(setup.reference)
    charge = world.all_of("charge")[0]
    open_dispute(world.double.account, charge)
    stripe.remove_card(card)
    for kind in ("charge.refunded", "charge.dispute.created", "payment_method.detached"):
        stripe.interpret(stripe.verify(*world.message(world.event(kind))))


def test_the_judge_refuses_what_stripe_would(judge: httpx.Client) -> None:
    target = "/v1/payment_intents"
    right = b"amount=1200&currency=eur&metadata[attempt]=7&expand[0]=latest_charge&off_session=true"
    assert judged(judge, "POST", target, right) == ""
    for wrong, reason in (
        (right + b"&surprise=1", "Unknown property"),
        (right.replace(b"1200", b"12.50"), "Expected type integer"),
        (right.replace(b"currency=eur&", b""), "Missing required"),
        (right + b"&payment_method_types[0]=card", "Unknown property"),
    ):
        assert reason in judged(judge, "POST", target, wrong)


def test_each_of_our_requests_has_the_shape_that_stripe_describes(
    stripe: Gateway, world: StripeWorld, judge: httpx.Client
) -> None:
    call_everything(stripe, world)
    assert {call.name for call in world.double.calls} == set(CALLS)
    wrong = [
        f"{call.name}: {reason}"
        for call in world.double.calls
        if (reason := judged(judge, call.name.split()[0], call.target, call.body))
    ]
    assert wrong == []
