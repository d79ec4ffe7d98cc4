"""A gateway on whose pages clients pay, and the provider behind it; nothing of it is known to the product.

``FAKE_PROVIDER`` is what would stand at the other end of the network: it keeps sessions, charges and refunds by their
keys, counts in decimals of its own, and can be told to decline, to be silent, or to lose its replies.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import currency_exponent, rescale
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import (
    CardReport,
    CardSetupRequest,
    CheckoutSession,
    CustomerGoneError,
    DisputeReport,
    GatewayAmount,
    GatewayCapabilities,
    GatewayClient,
    GatewayPayment,
    GatewayReport,
    KeyRefusedError,
    PaymentCard,
    PaymentReport,
    PaymentRequest,
    RefundReport,
    RefundResult,
    RequestRefusedError,
    VerifiedEvent,
)
from commerce.payments.gateways.offline import OfflineGateway
from commerce.payments.rules import CardReportState, PaymentReportKind, RefundStatus
from commerce.presentation.labels import Text
from commerce.site_settings import validators
from commerce.site_settings.adapter_fields import AdapterField
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from tests.make.settings import switch_on_gateway

SECRET = "s3cret"
DECIMALS = {"ISK": 2, "HUF": 0}
"""Currencies that the provider counts otherwise than ISO 4217."""
LEAST, WINDOW = 50, 300

type SignedMessage = tuple[Mapping[str, str], bytes]
"""A message of the provider: headers and body."""


@dataclass
class ProviderSession:
    """What the provider keeps of one try to pay; ``amount`` in its own units."""

    reference: str
    amount: int
    currency: str
    state: str = "pending"
    card: PaymentCard | None = None
    reason: str = ""
    back: str = ""
    decline: Literal["", "soft", "hard"] = ""
    attempt: str = ""


@dataclass
class FakeProvider:
    """The other end: what it keeps, and how it shall misbehave next, by the name of the call."""

    sessions: dict[str, ProviderSession] = field(default_factory=dict)
    refunds: dict[str, int] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    declined: dict[str, str] = field(default_factory=dict)
    """Why a saved card is declined, by its token."""
    declined_for_good: set[str] = field(default_factory=set)
    wants_owner: set[str] = field(default_factory=set)
    """Saved cards, by token, whose bank wants to ask their owner."""
    fails_refunds: bool = False
    refuses: list[str] = field(default_factory=list)
    """Calls that it refuses, once for each time that it was told so."""
    refuses_requests: list[str] = field(default_factory=list)
    """Calls of which it refuses what is asked, once for each time that it was told so."""
    refuses_key: list[str] = field(default_factory=list)
    """Calls of which it refuses our key, once for each time that it was told so."""
    customers: dict[str, str] = field(default_factory=dict)
    """Clients by the key with which they were made."""
    setups: dict[str, CardReport] = field(default_factory=dict)
    """Cards that are being saved, by reference."""
    forgotten: list[str] = field(default_factory=list)
    """Tokens of saved cards that it was told to forget."""
    refunded: dict[str, GatewayPayment] = field(default_factory=dict)
    """Of which payment each refund is, by its key."""
    refund_states: dict[str, str] = field(default_factory=dict)
    """What became of refunds since they were accepted, by their key."""
    calls: list[str] = field(default_factory=list)
    account: str = "shop"
    key: str = SECRET
    unknown_cards: set[str] = field(default_factory=set)
    """Tokens of cards that the account has never had."""

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        """One call over the network: unanswered before or after its work, once for each time that it was told so."""
        self.calls.append(name)
        if name in self.silent:
            self.silent.remove(name)
            raise TimeoutError(f"no answer to {name}")
        if name in self.refuses_key:
            self.refuses_key.remove(name)
            raise KeyRefusedError(f"{name}: our key is refused")
        if name in self.refuses_requests:
            self.refuses_requests.remove(name)
            raise RequestRefusedError("missing", "No such thing.")
        if name in self.refuses:
            self.refuses.remove(name)
            raise BusinessError(f"{name} is refused")
        yield
        if name in self.lost:
            self.lost.remove(name)
            raise TimeoutError(f"the answer to {name} was lost")

    def check_customer(self, reference: str) -> None:
        if reference not in self.customers.values():
            raise CustomerGoneError(f"No such customer: {reference}")

    def session(self, attempt: PaymentRequest, back: str = "") -> ProviderSession:
        """The same key is the same session."""
        decimals = DECIMALS.get(attempt.currency_code, currency_exponent(attempt.currency_code))
        units = rescale(attempt.amount, currency_exponent(attempt.currency_code), decimals)
        made = ProviderSession(
            f"s-{attempt.idempotency_key}",
            units,
            attempt.currency_code,
            back=back,
            attempt=str(attempt.id),
        )
        return self.sessions.setdefault(made.reference, made)

    def pay(self, reference: str, **over: Any) -> None:
        """The client pays on the provider's page, with a card unless ``over`` says otherwise."""
        vars(self.sessions[reference]).update(
            {"state": "paid", "card": PaymentCard("visa", "4242", country="FR")} | over
        )

    def save(self, reference: str, name: str = "card-1", **over: Any) -> PaymentCard:
        """The client gives a card on the provider's page, and it is kept there."""
        made = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030} | over
        card = PaymentCard(token=name, **made)
        self.setups[reference] = CardReport(CardReportState.SAVED, reference, card)
        return card

    def decline(self, reference: str, reason: str) -> None:
        vars(self.sessions[reference]).update(state="failed", reason=reason)

    def refund_report(self, key: str, state: str = "") -> RefundReport:
        """What the provider says of a refund that we asked for."""
        paid = self.refunded[key]
        return RefundReport(
            state or self.refund_states.get(key, "accepted"),
            paid.transaction_id,
            f"r-{key}",
            self.refunds[key],
            paid.currency_code,
            key,
        )

    def notice(
        self, reference: str, *, secret: str = SECRET, at: int | None = None, **more: Any
    ) -> SignedMessage:
        """What the provider sends us about a session, signed.

        ``more`` goes into its body: ``id`` tells one event from the next, with ``state`` it says what became of the
        session by then, and is not looked up. With ``refund`` or ``dispute``, a state, it is about the one of that
        ``name`` over ``amount``.
        """
        said = {"id": f"e-{reference}", "reference": reference, "state": ""} | more
        body = json.dumps(said).encode()
        stamp = int(clock.now().timestamp()) if at is None else at
        return {"Fake-Signature": f"{stamp},{sign(secret, stamp, body)}"}, body


FAKE_PROVIDER = FakeProvider()


def sign(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()


class FakeGateway(OfflineGateway):
    """Redirects; takes 0.50 and more, three decimals only in tens."""

    slug: ClassVar[str] = "fake"
    name: ClassVar[Text] = "Fake"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField("token", "Token", required=True, secret=True),
    )
    capabilities: ClassVar[GatewayCapabilities] = GatewayCapabilities(
        "redirect",
        saved_cards=True,
        card_setup=True,
        off_session=True,
        refund=True,
        partial_refund=True,
        refund_days=180,
        list_payments=True,
    )
    hosts: ClassVar[frozenset[str]] = frozenset({"pay.example.net"})
    message_headers: ClassVar[tuple[str, ...]] = ("Fake-Signature",)
    leads_to: ClassVar[str] = "https://pay.example.net"

    def supports(self, currency_code: str, amount: int) -> GatewayAmount | None:
        step = 10 if currency_exponent(currency_code) == 3 else 1
        fits = amount >= LEAST and amount % step == 0
        return (
            GatewayAmount(DECIMALS.get(currency_code, currency_exponent(currency_code)))
            if fits
            else None
        )

    def test(self) -> None:
        with FAKE_PROVIDER.call("test"):
            if self.settings["token"] != FAKE_PROVIDER.key:
                raise BusinessError("The token is not right.")

    def account(self) -> str:
        return FAKE_PROVIDER.account

    def knows_card(self, card: PaymentCard) -> bool:
        return card.token not in FAKE_PROVIDER.unknown_cards

    def create_customer(self, client: GatewayClient, idempotency_key: str) -> str:
        with FAKE_PROVIDER.call("create_customer"):
            made = f"cus-{FAKE_PROVIDER.calls.count('create_customer')}-{client.id}"
            return FAKE_PROVIDER.customers.setdefault(idempotency_key, made)

    def start_card_setup(self, setup: CardSetupRequest, return_url: str) -> CheckoutSession:
        with FAKE_PROVIDER.call("start_card_setup"):
            FAKE_PROVIDER.check_customer(setup.customer)
            reference = f"u-{setup.idempotency_key}"
            FAKE_PROVIDER.setups.setdefault(
                reference, CardReport(CardReportState.PENDING, reference)
            )
            return CheckoutSession(reference, f"{self.leads_to}/{setup.idempotency_key}")

    def fetch_card_setup(self, reference: str) -> CardReport:
        with FAKE_PROVIDER.call("fetch_card_setup"):
            return FAKE_PROVIDER.setups[reference]

    def remove_card(self, card: PaymentCard) -> None:
        with FAKE_PROVIDER.call("remove_card"):
            FAKE_PROVIDER.forgotten.append(card.token)

    def start(self, attempt: PaymentRequest, return_url: str) -> CheckoutSession:
        with FAKE_PROVIDER.call("start"):
            if attempt.save_card:
                FAKE_PROVIDER.check_customer(attempt.customer)
            made = FAKE_PROVIDER.session(attempt, return_url)
            return CheckoutSession(made.reference, f"{self.leads_to}/{attempt.idempotency_key}")

    def resume(self, reference: str) -> CheckoutSession:
        with FAKE_PROVIDER.call("resume"):
            key = reference.removeprefix("s-")
            is_over = FAKE_PROVIDER.sessions[reference].state != "pending"
            return CheckoutSession(reference, "" if is_over else f"{self.leads_to}/{key}")

    def fetch(self, reference: str) -> PaymentReport:
        with FAKE_PROVIDER.call("fetch"):
            return self._fact(reference)

    def charge_saved(self, attempt: PaymentRequest, card: PaymentCard) -> PaymentReport:
        with FAKE_PROVIDER.call("charge_saved"):
            if card.token in FAKE_PROVIDER.unknown_cards:
                return PaymentReport(
                    PaymentReportKind.FAILED, "", decline="hard", is_forgotten=True
                )
            made = FAKE_PROVIDER.session(attempt)
            if made.state == "pending" and card.token in FAKE_PROVIDER.declined:
                FAKE_PROVIDER.decline(made.reference, FAKE_PROVIDER.declined[card.token])
                made.decline = "hard" if card.token in FAKE_PROVIDER.declined_for_good else "soft"
            elif made.state == "pending" and card.token in FAKE_PROVIDER.wants_owner:
                made.state = "action_required"
            elif made.state == "pending":
                FAKE_PROVIDER.pay(made.reference, card=card)
            return self._fact(made.reference)

    def close(self, reference: str) -> PaymentReport:
        with FAKE_PROVIDER.call("close"):
            made = FAKE_PROVIDER.sessions[reference]
            if made.state == "pending":
                made.state = "closed"
            return self._fact(reference)

    def refund(self, payment: GatewayPayment, amount: int, key: str) -> RefundResult:
        with FAKE_PROVIDER.call("refund"):
            if FAKE_PROVIDER.fails_refunds:
                return RefundResult(RefundStatus.FAILED, reason="The card is closed.")
            given = sum(
                money
                for one, money in FAKE_PROVIDER.refunds.items()
                if one != key
                and FAKE_PROVIDER.refunded[one].transaction_id == payment.transaction_id
            )
            if given + amount > payment.amount:
                return RefundResult(RefundStatus.FAILED, reason="More than was paid.")
            FAKE_PROVIDER.refunds[key], FAKE_PROVIDER.refunded[key] = amount, payment
            return RefundResult(RefundStatus.ACCEPTED, f"r-{key}")

    def fetch_refund(self, reference: str) -> RefundReport:
        with FAKE_PROVIDER.call("fetch_refund"):
            return FAKE_PROVIDER.refund_report(reference.removeprefix("r-"))

    def list_payments(self, since: datetime) -> Iterator[PaymentReport]:
        del since
        with FAKE_PROVIDER.call("list_payments"):
            ended = [
                one
                for one, made in FAKE_PROVIDER.sessions.items()
                if made.state in ("paid", "failed", "action_required")
            ]
        return map(self._fact, ended)

    def verify(self, headers: Mapping[str, str], body: bytes) -> VerifiedEvent:
        secret = self.settings["token"]
        stamp, _, given = headers.get("Fake-Signature", "").partition(",")
        if not secret or not stamp.isdecimal():
            raise BusinessError("This message is not signed.")
        if abs(int(clock.now().timestamp()) - int(stamp)) > WINDOW:
            raise BusinessError("This message is too old.")
        if not hmac.compare_digest(sign(secret, int(stamp), body), given):
            raise BusinessError("This message is not the gateway's.")
        return VerifiedEvent(json.loads(body)["id"], "session", body)

    def interpret(self, event: VerifiedEvent) -> Sequence[GatewayReport]:
        said = json.loads(event.body)
        for what, report in (("refund", RefundReport), ("dispute", DisputeReport)):
            if what in said:
                name = f"{said['name']}-{said['reference']}"
                currency = FAKE_PROVIDER.sessions[said["reference"]].currency
                paid = f"t-{said['reference']}"
                return [report(said[what], paid, name, said["amount"], currency)]
        if not said["reference"]:
            return []
        if said["state"]:
            return [self._fact(said["reference"], said["state"])]
        return [self.fetch(said["reference"])]

    def _fact(self, reference: str, state: str = "") -> PaymentReport:
        made = FAKE_PROVIDER.sessions[reference]
        state = state or made.state
        decimals = DECIMALS.get(made.currency, currency_exponent(made.currency))
        return PaymentReport(
            state,
            reference,
            transaction_id=f"t-{reference}" if state == "paid" else "",
            amount=rescale(made.amount, decimals, currency_exponent(made.currency)),
            currency_code=made.currency,
            card=made.card,
            reason=made.reason,
            decline=made.decline,
            attempt_id=made.attempt,
            key=reference.removeprefix("s-"),
        )


@contextmanager
def fake_gateway_on() -> Iterator[FakeProvider]:
    """The gateway among those of the product and switched on, until the end of the block."""
    registry.GATEWAY_CLASSES["fake"] = FakeGateway
    registry.register_gateway_settings(FakeGateway)
    try:
        switch_on_gateway("fake", token=SECRET)
        yield FAKE_PROVIDER
    finally:
        del registry.GATEWAY_CLASSES["fake"]
        for name in ("enabled", "token"):
            del SETTING_DEFINITIONS[f"gateway.fake.{name}"]
        for checks in (validators._CONDITIONS, validators._PRELIMINARY):
            del checks["gateway.fake.enabled"]
        FAKE_PROVIDER.__init__()  # type: ignore[misc]
