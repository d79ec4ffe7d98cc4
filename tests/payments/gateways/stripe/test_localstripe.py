"""The adapter against localstripe, a Stripe that others wrote: what it knows of our calls works there, too.

It knows neither `allowed_payment_method_types` nor reasons and descriptions, so payments are begun as it wants them.
"""

import json
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from commerce.payments.gateways.contract import (
    Gateway,
    GatewayClient,
    GatewayPayment,
    PaymentCard,
    RefundReport,
    VerifiedEvent,
)
from commerce.payments.gateways.stripe.adapter import StripeGateway
from tests.doubles.gateway import SignedMessage
from tests.doubles.stripe import SETTINGS, WEBHOOK_SECRET
from tests.house.source import ROOT
from tests.payments.gateways.stripe.programs import run_program

LOCALSTRIPE = ROOT / ".venv" / "localstripe" / "bin" / "localstripe"

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(tmp_path: Path) -> Iterator[httpx.Client]:
    with run_program(LOCALSTRIPE, "--from-scratch", folder=tmp_path) as client:
        client.headers["Authorization"] = f"Bearer {SETTINGS['secret_key']}"
        yield client


@pytest.fixture
def adapter(there: httpx.Client) -> Gateway:
    own = {"api_address": str(there.base_url).rstrip("/")}
    made: Gateway = type("StripeThere", (StripeGateway,), own)(SETTINGS)
    return made


def post(there: httpx.Client, path: str, **form: str) -> Any:
    answer = there.post(path, data=form)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content or b"null")


@pytest.fixture
def messages(there: httpx.Client) -> Iterator[list[SignedMessage]]:
    """What its webhook gets."""
    got: list[SignedMessage] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    post(there, "/_config/webhooks/here", url=url, secret=WEBHOOK_SECRET)
    yield got
    server.shutdown()
    server.server_close()


def heard(adapter: Gateway, messages: Sequence[SignedMessage], kind: str) -> VerifiedEvent:
    """The event of a kind, once its message is there; each that comes is truly signed."""
    until = time.monotonic() + 60
    while True:
        events = [adapter.verify(*message) for message in tuple(messages)]
        if found := [event for event in events if event.kind == kind]:
            return found[0]
        assert time.monotonic() < until, [event.kind for event in events]
        time.sleep(0.02)


def test_what_it_knows_of_our_calls_works_there(
    adapter: Gateway, there: httpx.Client, messages: list[SignedMessage]
) -> None:
    adapter.test()
    customer = adapter.create_customer(GatewayClient(3, "Zoë", "zoe@example.com"), "c3")
    card = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123"}
    method = post(
        there, "/v1/payment_methods", type="card", **{f"card[{k}]": v for k, v in card.items()}
    )["id"]
    post(there, f"/v1/payment_methods/{method}/attach", customer=customer)
    intent = post(
        there,
        "/v1/payment_intents",
        amount="1200",
        currency="eur",
        customer=customer,
        payment_method=method,
        confirm="true",
        off_session="true",
    )["id"]
    report = adapter.fetch(intent)
    assert (report.kind, report.amount, report.currency_code) == ("paid", 1200, "EUR")
    assert adapter.resume(intent).inline == {}

    refund = adapter.refund(GatewayPayment(intent, 1200, "EUR"), 500, "r1")
    assert adapter.fetch_refund(refund.reference) == RefundReport(
        "succeeded", intent, refund.reference, 500, "EUR", idempotency_key="r1"
    )

    kept = PaymentCard("visa", "4242", method, 12, 2034)
    adapter.remove_card(kept)
    adapter.remove_card(kept)
    assert there.get(f"/v1/payment_methods/{method}").json()["customer"] is None

    paid = heard(adapter, messages, "payment_intent.succeeded")
    assert adapter.interpret(paid) == [report]
