"""Stripe on this machine: its double, with what a browser and the outside world do there."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from commerce.demo.stripe_double.account import StripeObject
from commerce.demo.stripe_double.double import ApiFault, ReceivedCall, StripeDouble
from commerce.demo.stripe_double.payment_intents import confirm_payment, create_payment
from commerce.demo.stripe_double.server import StripeServer
from commerce.demo.stripe_double.webhooks import SignedEvent, sign_event
from commerce.payments.gateways import registry
from commerce.payments.gateways.stripe import adapter
from commerce.payments.gateways.stripe.adapter import StripeGateway
from tests.doubles.contracts import fits
from tests.make.settings import switch_on_gateway

SECRET_KEY, PUBLISHABLE_KEY = "sk_test_s3cret", "pk_test_double"
WEBHOOK_SECRET = "whsec_s3cret"
CONTRACT = Path(adapter.__file__).with_name("requests.json")
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here speaks TLS, and to load those that httpx would trust takes 14 ms each time."""


class JudgedCalls(list[ReceivedCall]):
    """The calls of a server, each compared with Stripe's contract."""

    def append(self, call: ReceivedCall) -> None:
        method = call.name.partition(" ")[0]
        part = {"sent" if method == "POST" else "query": call.params}
        fits(CONTRACT, method, urlsplit(call.target).path, **part)
        super().append(call)


class StripeWorld:
    """The double as tests see it: what it holds, and those who act at its other doors."""

    def __init__(self, server: StripeServer) -> None:
        self.origin, self.double = server.origin, server.double
        self.browser = httpx.Client(base_url=server.origin, trust_env=False, verify=NO_AUTHORITIES)

    def fails(self, call: str, kind: str, **options: Any) -> None:
        """The next call of this name goes wrong."""
        self.double.faults.append(ApiFault(call, kind, **options))

    def confirm(self, intent: str, number: str, **form: str) -> httpx.Response:
        """The client types a card and presses the button, on our page, in fields of Stripe's."""
        found = self.double.account.objects[intent]
        card = {"number": number, "exp_month": "12", "exp_year": "34", "cvc": "123"}
        typed = {f"payment_method_data[card][{name}]": value for name, value in card.items()}
        return self.browser.post(
            f"/v1/{found['object']}s/{intent}/confirm",
            data={
                "key": self.double.account.publishable_key,
                "client_secret": found["client_secret"],
                "return_url": "https://shop.example/back",
                "payment_method_data[type]": "card",
            }
            | typed
            | form,
        )

    def answer_bank(self, confirmed: httpx.Response, outcome: str) -> httpx.Response:
        """What the client does on the page of their bank: ``pass`` or ``fail``."""
        return self.browser.post(
            confirmed.json()["next_action"]["redirect_to_url"]["url"], data={"outcome": outcome}
        )

    def pay_directly(self, amount: int = 1200, number: str = "4242424242424242") -> StripeObject:
        """A payment that Stripe took without us, so that none of our calls was made for it."""
        account = self.double.account
        intent = create_payment(account, {"amount": str(amount), "currency": "eur"})
        card = {"number": number, "exp_month": "12", "exp_year": "34"}
        return confirm_payment(account, intent, {"payment_method_data": {"card": card}})

    def all_of(self, kind: str, **members: Any) -> list[StripeObject]:
        return list(self.double.account.all_of(kind, **members))

    def event(self, kind: str) -> StripeObject:
        """The last event of this kind."""
        return self.all_of("event", type=kind)[0]

    def message(
        self, event: StripeObject, *, secret: str = WEBHOOK_SECRET, at: int | None = None
    ) -> SignedEvent:
        """The message about an event, as its webhook would get it."""
        return sign_event(json.loads(json.dumps(event)), secret, at=at)


@contextmanager
def stripe_world() -> Iterator[StripeWorld]:
    """A Stripe of its own, until the end of the block."""
    server = StripeServer(secret_key=SECRET_KEY, publishable_key=PUBLISHABLE_KEY)
    server.double.calls = JudgedCalls()
    server.start()
    world = StripeWorld(server)
    try:
        yield world
    finally:
        world.browser.close()
        server.end()


SETTINGS = {
    "publishable_key": PUBLISHABLE_KEY,
    "secret_key": SECRET_KEY,
    "webhook_secret": WEBHOOK_SECRET,
}


@contextmanager
def stripe_on(world: StripeWorld) -> Iterator[None]:
    """The gateway switched on with the keys of this world's account, until the end of the block."""
    own = {"api_address": world.origin}
    registry.GATEWAY_CLASSES["stripe"] = type("StripeHere", (StripeGateway,), own)
    try:
        switch_on_gateway("stripe", **SETTINGS)
        yield
    finally:
        registry.GATEWAY_CLASSES["stripe"] = StripeGateway


def empty(double: StripeDouble) -> None:
    """As if it had just been opened."""
    double.account.objects.clear()
    double.account.card_numbers.clear()
    double.account.replies.clear()
    double.faults.clear()
    double.calls.clear()
