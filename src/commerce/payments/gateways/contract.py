"""What a gateway is: a small adapter without billing logic, which writes no rows (payments.md 5).

Every call to a provider has time limits (connect 5 s, 20 s in all) and a key derived from its attempt or refund, so
that a repeated call cannot pay twice; one without an answer raises ``OSError``. None is made inside a transaction.
Amounts are in minor units of ours, both ways: what the provider counts in is between it and its adapter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Protocol

from django.utils.functional import Promise

from commerce.kit.errors import Refused
from commerce.kit.money import exponent

type Words = str | Promise


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a gateway, ``gateway.<slug>.<name>``; a secret is kept encrypted and never shown again.

    ``kind`` is ``line``, ``text`` (of several lines), ``iban`` or ``switch``; ``help`` says what to give.
    """

    name: str
    label: Words
    kind: str = "line"
    help: Words = ""
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a gateway can do; ``flow`` is ``inline``, ``redirect``, ``instructions``, or ``staff`` (no page)."""

    flow: str
    saved_cards: bool = False
    off_session: bool = False
    refund: bool = False
    partial_refund: bool = False
    list_payments: bool = False
    expires: bool = True

    @property
    def answers(self) -> bool:
        """Whether a provider can be asked what became of an attempt; otherwise staff tell it."""
        return self.flow in ("inline", "redirect")


@dataclass(frozen=True, slots=True)
class Taken:
    """How an amount is taken: the decimals that the gateway counts the currency in, which may be others than ours."""

    exponent: int


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the gateway tells of it; ``token`` is its name for a saved one. Never a number or a security code."""

    brand: str
    last4: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt as an adapter sees it: ``amount`` in minor units, ``key`` the same for each repetition."""

    id: int
    key: str
    amount: int
    currency_code: str
    invoice_number: str
    payment_reference: str


@dataclass(frozen=True, slots=True)
class Started:
    """What was made at the gateway: its reference, and where the client goes on, or what the inline form needs."""

    reference: str
    redirect_url: str = ""
    inline: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fact:
    """What the gateway says, in a verified event or to our own call.

    ``kind`` is ``pending``, ``paid``, ``failed``, ``closed``, ``refunded``, ``disputed`` or ``dispute_closed``; amounts
    are as the gateway has them, in minor units.
    """

    kind: str
    reference: str
    transaction_id: str = ""
    amount: int = 0
    currency_code: str = ""
    received_on: date | None = None
    fee: int = 0
    card: Card | None = None
    reason: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as an adapter sees it; ``amount`` in minor units."""

    transaction_id: str
    amount: int
    currency_code: str


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """``state`` is ``accepted``, ``succeeded`` or ``failed``."""

    state: str
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A verified message of the gateway."""

    id: str
    kind: str
    body: bytes


class Gateway(Protocol):
    """An adapter, made with its settings for one piece of work. What it cannot do raises ``Refused``."""

    slug: ClassVar[str]
    name: ClassVar[Words]
    fields: ClassVar[tuple[Field, ...]]
    capabilities: ClassVar[Capabilities]
    hosts: ClassVar[frozenset[str]]
    """Where a client may be sent to pay: the names of the gateway's own hosts."""
    settings: Mapping[str, Any]

    def __init__(self, settings: Mapping[str, Any]) -> None: ...

    def supports(self, currency_code: str, amount: int) -> Taken | None:
        """How it takes this amount; ``None`` below its least, above its most, or between its smallest steps."""

    def test(self) -> None:
        """Prove the settings, without effect; raises ``Refused`` with what is wrong."""

    def start(self, attempt: Try, return_url: str) -> Started:
        """Make the intent or session at the gateway."""

    def fetch(self, reference: str) -> Fact:
        """The authoritative state of what was started, with amount, currency, transaction and card."""

    def charge_saved(self, attempt: Try, card: Card) -> Fact:
        """Charge a saved card while its owner is away; the same attempt again is the same charge."""

    def close(self, reference: str) -> Fact:
        """Cancel what has not succeeded; says ``paid`` if it had."""

    def refund(self, payment: Paid, amount: int, key: str) -> RefundAnswer:
        """Send money of a payment back; the same key again is the same refund."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> Event:
        """The event in a message, if it is truly the gateway's; raises ``Refused``."""

    def interpret(self, event: Event) -> Sequence[Fact]:
        """What an event says."""


class WithoutProvider:
    """What gateways have in common behind which nobody answers: staff tell what was received."""

    hosts: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def supports(self, currency_code: str, amount: int) -> Taken | None:
        return Taken(exponent(currency_code)) if amount > 0 else None

    def test(self) -> None:
        return None

    def start(self, attempt: Try, return_url: str) -> Started:
        """The reference is ours: nobody else gives one."""
        return Started(f"{attempt.payment_reference}-{attempt.id}")

    def fetch(self, reference: str) -> Fact:
        return Fact("pending", reference)

    def charge_saved(self, attempt: Try, card: Card) -> Fact:
        raise Refused("This gateway keeps no cards.")

    def close(self, reference: str) -> Fact:
        return Fact("closed", reference)

    def refund(self, payment: Paid, amount: int, key: str) -> RefundAnswer:
        return RefundAnswer("failed", reason="Nothing can be sent back here; refund to credit.")

    def verify(self, headers: Mapping[str, str], body: bytes) -> Event:
        raise Refused("This gateway sends no messages.")

    def interpret(self, event: Event) -> Sequence[Fact]:
        return []
