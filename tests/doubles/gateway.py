"""A gateway on whose pages clients pay, and the provider behind it; nothing of it is known to the product.

``PROVIDER`` is what would stand at the other end of the network: it keeps sessions, charges and refunds by their keys,
counts in decimals of its own, and can be told to decline, to be silent, or to lose its replies.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from commerce.kit import clock
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.kit.money import exponent, rescaled
from commerce.payments import gateways
from commerce.payments.gateways.contract import (
    Capabilities,
    Card,
    Event,
    Fact,
    Field,
    Paid,
    RefundAnswer,
    Started,
    Taken,
    Try,
    WithoutProvider,
    Words,
)
from commerce.preferences import conditions
from commerce.preferences.actions import set_preference
from commerce.preferences.keys import KEYS
from tests.make.people import AT

SECRET = "s3cret"
DECIMALS = {"ISK": 2, "HUF": 0}
"""Currencies that the provider counts otherwise than ISO 4217."""
LEAST, WINDOW = 50, 300

type Notice = tuple[Mapping[str, str], bytes]
"""A message of the provider: headers and body."""


@dataclass
class Session:
    """What the provider keeps of one try to pay; ``amount`` in its own units."""

    reference: str
    amount: int
    currency: str
    state: str = "pending"
    card: Card | None = None
    reason: str = ""
    back: str = ""


@dataclass
class Provider:
    """The other end: what it keeps, and how it shall misbehave next, by the name of the call."""

    sessions: dict[str, Session] = field(default_factory=dict)
    refunds: dict[str, int] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    declined: dict[str, str] = field(default_factory=dict)
    """Why a saved card is declined, by its token."""
    fails_refunds: bool = False
    calls: list[str] = field(default_factory=list)

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        """One call over the network: unanswered before or after its work, once for each time that it was told so."""
        self.calls.append(name)
        if name in self.silent:
            self.silent.remove(name)
            raise TimeoutError(f"no answer to {name}")
        yield
        if name in self.lost:
            self.lost.remove(name)
            raise TimeoutError(f"the answer to {name} was lost")

    def session(self, attempt: Try, back: str = "") -> Session:
        """The same key is the same session."""
        decimals = DECIMALS.get(attempt.currency_code, exponent(attempt.currency_code))
        units = rescaled(attempt.amount, exponent(attempt.currency_code), decimals)
        made = Session(f"s-{attempt.key}", units, attempt.currency_code, back=back)
        return self.sessions.setdefault(made.reference, made)

    def pay(self, reference: str, **over: Any) -> None:
        """The client pays on the provider's page, with a card unless ``over`` says otherwise."""
        vars(self.sessions[reference]).update(
            {"state": "paid", "card": Card("visa", "4242")} | over
        )

    def decline(self, reference: str, reason: str) -> None:
        vars(self.sessions[reference]).update(state="failed", reason=reason)

    def notice(self, reference: str, *, secret: str = SECRET, at: int | None = None) -> Notice:
        """What the provider sends us about a session, signed."""
        body = json.dumps({"id": f"e-{reference}", "reference": reference}).encode()
        stamp = int(clock.now().timestamp()) if at is None else at
        return {"Fake-Signature": f"{stamp},{_sign(secret, stamp, body)}"}, body


PROVIDER = Provider()


def _sign(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()


class FakeGateway(WithoutProvider):
    """Redirects; takes 0.50 and more, three decimals only in tens."""

    slug: ClassVar[str] = "fake"
    name: ClassVar[Words] = "Fake"
    fields: ClassVar[tuple[Field, ...]] = (Field("token", "Token", required=True, secret=True),)
    capabilities: ClassVar[Capabilities] = Capabilities(
        "redirect", saved_cards=True, off_session=True, refund=True, partial_refund=True
    )
    hosts: ClassVar[frozenset[str]] = frozenset({"pay.example.net"})
    leads_to: ClassVar[str] = "https://pay.example.net"

    def supports(self, currency_code: str, amount: int) -> Taken | None:
        step = 10 if exponent(currency_code) == 3 else 1
        fits = amount >= LEAST and amount % step == 0
        return Taken(DECIMALS.get(currency_code, exponent(currency_code))) if fits else None

    def test(self) -> None:
        with PROVIDER.call("test"):
            if self.settings["token"] != SECRET:
                raise Refused("The token is not right.")

    def start(self, attempt: Try, return_url: str) -> Started:
        with PROVIDER.call("start"):
            made = PROVIDER.session(attempt, return_url)
            return Started(made.reference, f"{self.leads_to}/{attempt.key}")

    def fetch(self, reference: str) -> Fact:
        with PROVIDER.call("fetch"):
            return self._fact(reference)

    def charge_saved(self, attempt: Try, card: Card) -> Fact:
        with PROVIDER.call("charge_saved"):
            made = PROVIDER.session(attempt)
            if made.state == "pending" and card.token in PROVIDER.declined:
                PROVIDER.decline(made.reference, PROVIDER.declined[card.token])
            elif made.state == "pending":
                PROVIDER.pay(made.reference, card=card)
            return self._fact(made.reference)

    def close(self, reference: str) -> Fact:
        with PROVIDER.call("close"):
            made = PROVIDER.sessions[reference]
            if made.state == "pending":
                made.state = "closed"
            return self._fact(reference)

    def refund(self, payment: Paid, amount: int, key: str) -> RefundAnswer:
        with PROVIDER.call("refund"):
            if PROVIDER.fails_refunds:
                return RefundAnswer("failed", reason="The card is closed.")
            given = sum(money for one, money in PROVIDER.refunds.items() if one != key)
            if given + amount > payment.amount:
                return RefundAnswer("failed", reason="More than was paid.")
            PROVIDER.refunds[key] = amount
            return RefundAnswer("accepted", f"r-{key}")

    def verify(self, headers: Mapping[str, str], body: bytes) -> Event:
        secret = self.settings["token"]
        stamp, _, given = headers.get("Fake-Signature", "").partition(",")
        if not secret or not stamp.isdecimal():
            raise Refused("This message is not signed.")
        if abs(int(clock.now().timestamp()) - int(stamp)) > WINDOW:
            raise Refused("This message is too old.")
        if not hmac.compare_digest(_sign(secret, int(stamp), body), given):
            raise Refused("This message is not the gateway's.")
        return Event(json.loads(body)["id"], "session", body)

    def interpret(self, event: Event) -> Sequence[Fact]:
        return [self._fact(json.loads(event.body)["reference"])]

    def _fact(self, reference: str) -> Fact:
        made = PROVIDER.sessions[reference]
        decimals = DECIMALS.get(made.currency, exponent(made.currency))
        return Fact(
            made.state,
            reference,
            transaction_id=f"t-{reference}" if made.state == "paid" else "",
            amount=rescaled(made.amount, decimals, exponent(made.currency)),
            currency_code=made.currency,
            card=made.card,
            reason=made.reason,
        )


@contextmanager
def installed() -> Iterator[Provider]:
    """The gateway among those of the product and switched on, until the end of the block."""
    gateways.ADAPTERS["fake"] = FakeGateway
    gateways.register_keys(FakeGateway)
    try:
        for name, value in (("token", SECRET), ("enabled", "on")):
            set_preference(key=f"gateway.fake.{name}", value=value, at=AT, actor=SYSTEM)
        yield PROVIDER
    finally:
        del gateways.ADAPTERS["fake"]
        for name in ("enabled", "token"):
            del KEYS[f"gateway.fake.{name}"]
        del conditions._CONDITIONS["gateway.fake.enabled"]
        PROVIDER.__init__()  # type: ignore[misc]
