"""PayPal on this machine: its double, with what payers and the outside world do there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest import mock

from commerce.payments.gateways import registry
from commerce.payments.gateways.paypal import adapter, api, certificates
from commerce.payments.gateways.paypal.adapter import PayPalGateway
from tests.doubles.gateway import SignedMessage
from tests.doubles.paypal import signing
from tests.doubles.paypal.account import PayPalAccount, PayPalObject, now
from tests.doubles.paypal.server import CLIENT_ID, CLIENT_SECRET, PayPalFault, PayPalServer
from tests.make.settings import switch_on_gateway

SETTINGS = {
    "sandbox": "on",  # first: it decides where the secret is sent
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "webhook_id": signing.WEBHOOK_ID,
}


class PayPalWorld:
    """The double as tests see it."""

    def __init__(self, server: PayPalServer) -> None:
        self.server = server

    @property
    def account(self) -> PayPalAccount:
        return self.server.account

    def fails(self, call: str, kind: str, **options: Any) -> None:
        """The next call of this name goes wrong."""
        self.server.faults.append(PayPalFault(call, kind, **options))

    def calls(self, name: str) -> int:
        """How often a call was made."""
        return [call.name for call in self.server.calls].count(name)

    def pay(self, order: str, email: str = "alice@example.com") -> PayPalObject:
        """The payer approves, and the shop captures."""
        self.account.approve(order, email)
        self.account.capture(order)
        return self.capture_of(order)

    def capture_of(self, order: str) -> PayPalObject:
        found: PayPalObject = self.account.orders[order]["purchase_units"][0]["payments"][
            "captures"
        ][0]
        return found

    def sent_back(self) -> int:
        values = (Decimal(one["amount"]["value"]) for one in self.account.refunds.values())
        return int(sum(values, Decimal()) * 100)

    def event(self, kind: str, resource: PayPalObject, **options: Any) -> SignedMessage:
        """A message about something, as its webhook would get it; with the spaces and numbers that PayPal writes."""
        shown = {name: value for name, value in resource.items() if name != "vault"}
        name = f"WH-{kind}-{resource.get('id') or resource.get('dispute_id')}"
        event = {"id": name, "event_type": kind, "create_time": now(), "resource": shown, "x": 1.0}
        body = json.dumps(event, separators=(", ", " : ")).encode()
        return signing.sign_message(body, **options), body


@contextmanager
def paypal_world() -> Iterator[PayPalWorld]:
    """A PayPal of its own, until the end of the block."""
    server = PayPalServer()
    server.start()
    try:
        yield PayPalWorld(server)
    finally:
        server.end()


@contextmanager
def paypal_on(world: PayPalWorld) -> Iterator[None]:
    """The gateway switched on with the app of this world, until the end of the block."""
    origin = world.server.origin
    own = {
        "live_address": f"{origin}/nothing-of-the-tests-is-live",
        "sandbox_address": origin,
        "certificate_proxy": origin,
        "roots": lambda _: (signing.root().certificate,),
    }
    world.server.certificates[signing.CERTIFICATE_URL] = signing.certificate_for(
        signing.signing_key()
    )
    registry.GATEWAY_CLASSES["paypal"] = type("PayPalHere", (PayPalGateway,), own)
    forget()
    try:
        switch_on_gateway("paypal", **SETTINGS)
        with mock.patch.object(adapter, "VERIFY_SECONDS", 20):  # however busy the machine is
            yield
    finally:
        registry.GATEWAY_CLASSES["paypal"] = PayPalGateway
        forget()


def forget() -> None:
    """What a process keeps of PayPal, as if it had just begun."""
    api._tokens.clear()
    certificates.fetch_certificates.cache_clear()
