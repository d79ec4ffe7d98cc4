"""What stands behind an adapter, as the contract suite plays it: a way to pay, to be silent, to send messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from commerce.payments.gateways.contract import Gateway, GatewayClient, PaymentCard, PaymentRequest
from tests.doubles import stripe
from tests.doubles.gateway import SECRET, FakeProvider, SignedMessage, fake_gateway_on

CLIENT = GatewayClient(3, "Alice", "alice@example.com")
VISA, STOLEN = "4242424242424242", "4000000000009979"


class ContractProvider(Protocol):
    """The other end of one adapter; ``calls`` and what they leave there are those of the provider itself."""

    slug: str

    def pay(self, reference: str) -> None:
        """The client pays what was started."""

    def alter(self, reference: str, *, amount: int = 0, currency: str = "") -> None:
        """What was received differs from what was asked for; the amount in the provider's units."""

    def message(
        self, reference: str, *, secret: str | None = None, at: int | None = None
    ) -> SignedMessage:
        """What the provider sends of a payment."""

    def fails(self, call: str, *, after: bool) -> None:
        """The next call of the contract has no answer: before it is done, or after."""

    def customer(self, gateway: Gateway) -> str:
        """The client as the provider knows them; empty where none is needed."""

    def card(self, gateway: Gateway) -> PaymentCard:
        """A card that the provider keeps."""

    def decline(self, card: PaymentCard) -> None:
        """From now on the card is reported stolen."""

    def payments(self) -> int:
        """How many were begun there."""

    def sent_back(self) -> int:
        """What was refunded there, in units of the provider."""


class FakeSide:
    """The fake gateway's provider."""

    slug = "fake"

    def __init__(self, provider: FakeProvider) -> None:
        self.provider = provider

    def pay(self, reference: str) -> None:
        self.provider.pay(reference)

    def alter(self, reference: str, *, amount: int = 0, currency: str = "") -> None:
        session = self.provider.sessions[reference]
        session.amount, session.currency = (
            amount or session.amount,
            currency or session.currency,
        )

    def message(
        self, reference: str, *, secret: str | None = None, at: int | None = None
    ) -> SignedMessage:
        return self.provider.notice(reference, secret=SECRET if secret is None else secret, at=at)

    def fails(self, call: str, *, after: bool) -> None:
        (self.provider.lost if after else self.provider.silent).append(call)

    def customer(self, gateway: Gateway) -> str:
        return ""

    def card(self, gateway: Gateway) -> PaymentCard:
        return PaymentCard("visa", "4242", token="card-token")

    def decline(self, card: PaymentCard) -> None:
        self.provider.declined[card.token] = "The card is stolen."

    def payments(self) -> int:
        return len(self.provider.sessions)

    def sent_back(self) -> int:
        return sum(self.provider.refunds.values())


class StripeSide:
    """The Stripe double."""

    slug = "stripe"
    calls = {
        "start": "POST /v1/payment_intents",
        "fetch": "GET /v1/payment_intents/{id}",
        "charge_saved": "POST /v1/payment_intents",
        "close": "POST /v1/payment_intents/{id}/cancel",
        "refund": "POST /v1/refunds",
    }

    def __init__(self, world: stripe.StripeWorld) -> None:
        self.world = world

    def pay(self, reference: str) -> None:
        assert self.world.confirm(reference, VISA).status_code == 200

    def alter(self, reference: str, *, amount: int = 0, currency: str = "") -> None:
        intent = self.world.double.account.objects[reference]
        intent["amount_received"] = amount or intent["amount_received"]
        intent["currency"] = currency.lower() or intent["currency"]

    def message(
        self, reference: str, *, secret: str | None = None, at: int | None = None
    ) -> SignedMessage:
        event = next(
            event
            for event in self.world.all_of("event", type="payment_intent.succeeded")
            if event["data"]["object"]["id"] == reference
        )
        return self.world.message(
            event, secret=stripe.WEBHOOK_SECRET if secret is None else secret, at=at
        )

    def fails(self, call: str, *, after: bool) -> None:
        self.world.fails(self.calls[call], "lost" if after else "silent")

    def customer(self, gateway: Gateway) -> str:
        return gateway.create_customer(CLIENT, "customer-3")

    def card(self, gateway: Gateway) -> PaymentCard:
        customer = self.customer(gateway)
        setup = gateway.start(
            PaymentRequest(1, "save-1", 100, "EUR", "INV-1", "RF1", customer, save_card=True), ""
        )
        self.pay(setup.reference)
        card = gateway.fetch(setup.reference).card
        assert card is not None
        del self.world.double.account.objects[setup.reference]
        return card

    def decline(self, card: PaymentCard) -> None:
        self.world.double.account.card_numbers[card.token] = STOLEN

    def payments(self) -> int:
        return len(self.world.all_of("payment_intent"))

    def sent_back(self) -> int:
        return sum(refund["amount"] for refund in self.world.all_of("refund"))


@contextmanager
def fake_side() -> Iterator[ContractProvider]:
    """The fake gateway is on."""
    with fake_gateway_on() as provider:
        yield FakeSide(provider)


@contextmanager
def stripe_side() -> Iterator[ContractProvider]:
    """Stripe is on."""
    with stripe.stripe_world() as world, stripe.stripe_on(world):
        world.double.calls.clear()
        yield StripeSide(world)


SIDES = {"fake": fake_side, "stripe": stripe_side}
"""Each adapter that has a provider, and how the suite gets it; a new one needs a line here."""
