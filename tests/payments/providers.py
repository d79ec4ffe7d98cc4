"""What stands behind an adapter, as the contract suite plays it: a way to pay, to be silent, to send messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol

from commerce.payments.gateways.contract import (
    CardSetupRequest,
    Gateway,
    GatewayClient,
    PaymentCard,
    PaymentRequest,
)
from tests.doubles import paypal, stripe
from tests.doubles.gateway import SECRET, FakeProvider, SignedMessage, fake_gateway_on
from tests.doubles.mollie.world import MollieWorld, mollie_on, mollie_world
from tests.doubles.paypal.account import WHOLE
from tests.doubles.paypal.signing import WEBHOOK_ID

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


class PayPalSide:
    """The PayPal double. What its payers approve is captured at once, as our worker does."""

    slug = "paypal"
    calls = {
        "start": "POST /v2/checkout/orders",
        "fetch": "GET /v2/checkout/orders/{id}",
        "charge_saved": "POST /v2/checkout/orders",
        "close": "GET /v2/checkout/orders/{id}",
        "refund": "POST /v2/payments/captures/{id}/refund",
    }

    def __init__(self, world: paypal.PayPalWorld) -> None:
        self.world = world

    def pay(self, reference: str) -> None:
        self.world.pay(reference)

    def alter(self, reference: str, *, amount: int = 0, currency: str = "") -> None:
        money = self.world.capture_of(reference)["amount"]
        money["currency_code"] = currency or money["currency_code"]
        if amount:
            decimals = 0 if money["currency_code"] in WHOLE else 2
            money["value"] = f"{Decimal(amount).scaleb(-decimals):.{decimals}f}"

    def message(
        self, reference: str, *, secret: str | None = None, at: int | None = None
    ) -> SignedMessage:
        capture = self.world.capture_of(reference)
        signed_for = WEBHOOK_ID if secret is None else secret
        return self.world.event("PAYMENT.CAPTURE.COMPLETED", capture, webhook_id=signed_for, at=at)

    def fails(self, call: str, *, after: bool) -> None:
        self.world.fails(self.calls[call], "lost" if after else "silent")

    def customer(self, gateway: Gateway) -> str:
        return gateway.create_customer(CLIENT, "customer-3")

    def card(self, gateway: Gateway) -> PaymentCard:
        setup = gateway.start_card_setup(
            CardSetupRequest(5, "setup-5", "customer-3"), "https://shop.example/1"
        )
        self.world.account.approve_setup(setup.reference)
        card = gateway.fetch_card_setup(setup.reference).card
        assert card is not None
        return card

    def decline(self, card: PaymentCard) -> None:
        self.world.account.declines[card.token] = "PAYER_ACCOUNT_LOCKED_OR_CLOSED"

    def payments(self) -> int:
        return len(self.world.account.orders)

    def sent_back(self) -> int:
        return self.world.sent_back()


class MollieSide:
    """The Mollie double; it signs nothing."""

    slug = "mollie"
    calls = {
        "start": "POST /v2/payments",
        "fetch": "GET /v2/payments/{payment}",
        "charge_saved": "POST /v2/payments",
        "close": "DELETE /v2/payments/{payment}",
        "refund": "POST /v2/payments/{payment}/refunds",
    }

    def __init__(self, world: MollieWorld) -> None:
        self.world = world

    def pay(self, reference: str) -> None:
        self.world.pay(reference)

    def alter(self, reference: str, *, amount: int = 0, currency: str = "") -> None:
        asked = self.world.account.payments[reference]["amount"]
        asked["currency"] = currency or asked["currency"]
        asked["value"] = f"{Decimal(amount).scaleb(-2):f}" if amount else asked["value"]

    def message(
        self, reference: str, *, secret: str | None = None, at: int | None = None
    ) -> SignedMessage:
        return self.world.notice(reference)

    def fails(self, call: str, *, after: bool) -> None:
        self.world.fails(self.calls[call], "lost" if after else "silent")

    def customer(self, gateway: Gateway) -> str:
        return gateway.create_customer(CLIENT, "customer-3")

    def card(self, gateway: Gateway) -> PaymentCard:
        request = PaymentRequest(
            1, "save-1", 100, "EUR", "INV-1", "RF1", self.customer(gateway), save_card=True
        )
        first = gateway.start(request, "https://shop.example/1").reference
        self.pay(first)
        card = gateway.fetch(first).card
        assert card is not None
        del self.world.account.payments[first]
        return card

    def decline(self, card: PaymentCard) -> None:
        self.world.account.declines[card.token.partition("/")[2]] = "possible_fraud"

    def payments(self) -> int:
        return len(self.world.account.payments)

    def sent_back(self) -> int:
        refunds = self.world.account.refunds.values()
        return sum(int(Decimal(each["amount"]["value"]).scaleb(2)) for each in refunds)


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


@contextmanager
def paypal_side() -> Iterator[ContractProvider]:
    """PayPal is on."""
    with paypal.paypal_world() as world, paypal.paypal_on(world):
        yield PayPalSide(world)


@contextmanager
def mollie_side() -> Iterator[ContractProvider]:
    """Mollie is on."""
    with mollie_world() as world, mollie_on(world):
        world.double.calls.clear()
        yield MollieSide(world)


SIDES = {
    "fake": fake_side,
    "stripe": stripe_side,
    "mollie": mollie_side,
    "paypal": paypal_side,
}
"""Each adapter that has a provider, and how the suite gets it; a new one needs a line here."""
