"""What a gateway is: a small adapter without billing logic, which writes no rows (payments.md 5).

Every call to a provider has time limits (connect 5 s, 20 s in all) and a key derived from its attempt or refund, so
that a repeated call cannot pay twice; one without an answer raises ``OSError``, and one that is refused
``RequestRefusedError``. None is made inside a transaction.
Amounts are in minor units of ours, both ways: what the provider counts in is between it and its adapter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Literal, Protocol

from commerce.billing.documents.bank_account import BankAccount
from commerce.kit.errors import BusinessError
from commerce.payments.rules import (
    CardReportState,
    DisputeStatus,
    PaymentMethod,
    PaymentReportKind,
    RefundStatus,
)
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

VERIFY_SECONDS = 1
"""How long a gateway may take that is asked whether a message is its own."""


@dataclass(frozen=True, slots=True)
class GatewayCapabilities:
    """What a gateway can do; ``flow`` is ``inline``, ``redirect``, ``instructions``, or ``staff`` (no page).

    ``saved_cards`` keeps a card while it pays, ``card_setup`` one alone too, ``off_session`` charges it while its owner
    is away. Refunds end ``refund_days`` after a payment (0: never). ``methods`` are those that staff book by it, with
    ``unique_references`` the reference on their statement names one. With ``signs_messages`` off a message carries only
    a reference: it counts if that is an attempt's of ours, and the gateway confirms it.
    """

    flow: str
    saved_cards: bool = False
    card_setup: bool = False
    off_session: bool = False
    refund: bool = False
    partial_refund: bool = False
    refund_days: int = 0
    list_payments: bool = False
    listed_days: int = 7
    listed_late_days: int = 0
    """The payments of so many days are compared with its list, without the last ones, if it is late."""
    expires: bool = True
    methods: frozenset[PaymentMethod] = frozenset()
    unique_references: bool = False
    signs_messages: bool = True
    repeat_hours: int = 23
    """How long the charge of a saved card may be sent again by its key: later it may be a second charge."""

    @property
    def can_be_polled(self) -> bool:
        """Whether a provider can be asked what became of an attempt; otherwise staff tell it."""
        return self.flow in ("inline", "redirect")

    @property
    def by_transfer(self) -> bool:
        """Whether clients send the money themselves, as our page says, and can give notice of it."""
        return self.flow == "instructions"


@dataclass(frozen=True, slots=True)
class GatewayAmount:
    """How an amount is taken: the decimals that the gateway counts the currency in, which may be others than ours."""

    exponent: int


@dataclass(frozen=True, slots=True)
class PaymentCard:
    """A card, or an account such as a wallet (``label`` names it), of a ``country``, as the gateway tells of it.

    ``token`` is its name there, by which a saved one is known and charged. Never a number or a security code.
    """

    brand: str
    last4: str
    token: str = field(default="", repr=False)
    exp_month: int | None = None
    exp_year: int | None = None
    label: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class GatewayClient:
    """Who pays, as a gateway is told of them: our id of the client, and what receipts and risk checks there need."""

    id: int
    name: str
    email: str
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """An attempt as an adapter sees it: ``amount`` in minor units, ``idempotency_key`` the same for each repetition.

    ``customer`` is the gateway's own reference of the client (``create_customer``), which saving and charging a card
    need; with ``save_card`` the client agreed that the card is kept and charged while they are away.
    """

    id: int
    idempotency_key: str
    amount: int
    currency_code: str
    invoice_number: str
    payment_reference: str
    customer: str = ""
    save_card: bool = False
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class CardSetupRequest:
    """A card that is to be saved without paying; the same ``idempotency_key`` is the same setup."""

    id: int
    idempotency_key: str
    customer: str
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """What was made at the gateway: its reference, and where the client goes on, or what the inline form needs."""

    reference: str
    redirect_url: str = ""
    inline: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class InlineForm:
    """How the gateway's own fields are put into our page: the adapter's template and script, and what they may load.

    The origins go into this page's Content-Security-Policy, and into no other's: card numbers never reach our server.
    """

    template: str
    script_sources: tuple[str, ...]
    frame_sources: tuple[str, ...] = ()
    connect_sources: tuple[str, ...] = ()
    image_sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TransferInstructions:
    """What a payer needs: rows of label and text, the reference as people read it, what else they should know, and a
    code for their app as SVG (empty if there is none).
    """

    rows: Sequence[tuple[Text, str]]
    reference: str
    text: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class PaymentReport:
    """What the gateway says of a payment, in a verified event or to our own call.

    ``reference`` is the attempt's, ``attempt_id`` our number of it and ``key`` its idempotency key, where the gateway
    was told them. A failure is ``soft`` if the same card may work later, ``hard`` if it never will; ``reason`` says why
    to the client. Closed or failed, it may be ``is_forgotten``: it, or its card, is not known there, or not any more,
    which is so in another account, too, and says nothing of a charge that was under way. Amounts are minor units; the
    fee is in the payment's currency unless another one is named.
    """

    kind: PaymentReportKind
    reference: str
    transaction_id: str = ""
    amount: int = 0
    currency_code: str = ""
    received_on: date | None = None
    fee: int = 0
    fee_currency_code: str = ""
    card: PaymentCard | None = None
    decline: Literal["", "soft", "hard"] = ""
    reason: Text = ""
    attempt_id: str = ""
    key: str = ""
    is_forgotten: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefundReport:
    """What became of a refund; ``idempotency_key`` is ours, empty for one that was made at the gateway's own site."""

    state: RefundStatus
    transaction_id: str
    refund_reference: str
    amount: int
    currency_code: str
    idempotency_key: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DisputeReport:
    """What became of a dispute; ``due_by`` is the last day to answer."""

    state: DisputeStatus
    transaction_id: str
    dispute_reference: str
    amount: int
    currency_code: str
    due_by: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FraudWarningReport:
    """The payer's bank takes a payment for fraud: sent back now, it does not become a dispute."""

    transaction_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CardReport:
    """What became of a card.

    ``reference`` is the setup's, empty for what the gateway tells by itself of a card that is known by its token.
    """

    state: CardReportState
    reference: str = ""
    card: PaymentCard | None = None
    reason: Text = ""


type GatewayReport = PaymentReport | RefundReport | DisputeReport | FraudWarningReport | CardReport


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """A payment as an adapter sees it; ``amount`` in minor units, ``reference`` that of its attempt."""

    transaction_id: str
    amount: int
    currency_code: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What a gateway answers to a refund: accepted, succeeded or failed."""

    state: RefundStatus
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedEvent:
    """A message of the gateway that is truly its own; ``id`` is the same each time that it is sent."""

    id: str
    kind: str
    body: bytes = field(repr=False)


class RequestRefusedError(BusinessError):
    """Nothing was done: the gateway refused what was asked; ``their_code`` and ``reason`` are why, in its words."""

    def __init__(self, their_code: str, reason: str) -> None:
        super().__init__("gateway.request_refused", reason=reason)
        self.their_code, self.reason = their_code, reason


class CustomerGoneError(Exception):
    """The gateway does not know the client any more, of whom it gave us a reference."""


class KeyRefusedError(OSError):
    """The gateway refused our credentials: nothing was done, and nothing can be until staff renew them."""


class OtherAccountError(KeyRefusedError):
    """Our credentials are of another account or mode than what they would be used for: nobody was asked."""


class Gateway(Protocol):
    """An adapter, made with its settings for one piece of work. What it cannot do raises ``BusinessError``."""

    slug: ClassVar[str]
    name: ClassVar[Text]
    fields: ClassVar[tuple[AdapterField, ...]]
    capabilities: ClassVar[GatewayCapabilities]
    hosts: ClassVar[frozenset[str]]
    """Where a client may be sent to pay: the names of the gateway's own hosts."""
    message_headers: ClassVar[tuple[str, ...]]
    """The headers of a message that ``verify`` looks at: it gets no others, and they are kept with the message."""
    settings: Mapping[str, Any]

    def __init__(self, settings: Mapping[str, Any]) -> None: ...

    def supports(self, currency_code: str, amount: int) -> GatewayAmount | None:
        """How it takes this amount; ``None`` below its least, above its most, or between its smallest steps."""

    @property
    def is_test_mode(self) -> bool:
        """Whether its credentials are those of a test: no money moves, and all the rest happens."""

    def test(self) -> None:
        """Prove the settings, without effect; raises ``BusinessError`` with what is wrong."""

    def account(self) -> str:
        """What the provider calls the account of the credentials; empty if it does not say."""

    def knows_card(self, card: PaymentCard) -> bool:
        """Whether the account has a saved card, or had it; another account's or mode's it has not."""

    def inline_form(self) -> InlineForm:
        """Its own fields in our page, for the flow ``inline``."""

    def create_customer(self, client: GatewayClient, idempotency_key: str) -> str:
        """The gateway's reference of a client; the same key again is the same customer, by whatever name.

        A call that names a customer who is gone there raises ``CustomerGoneError``.
        """

    def start(self, attempt: PaymentRequest, return_url: str) -> CheckoutSession:
        """Make the intent or session at the gateway."""

    def resume(self, reference: str) -> CheckoutSession:
        """How a client goes on with what was started; with neither address nor inline data if nothing is left to do."""

    def transfer_instructions(
        self, *, currency_code: str, amount: int, reference: str
    ) -> TransferInstructions:
        """How a client sends ``amount`` for the invoice with this payment reference, where clients do it themselves."""

    def bank_account(self) -> BankAccount | None:
        """The account that documents name for transfers; ``None`` for a gateway without one."""

    def fetch(self, reference: str) -> PaymentReport:
        """The authoritative state of what was started, with amount, currency, transaction and card."""

    def capture(self, attempt: PaymentRequest, approved: PaymentReport) -> PaymentReport:
        """Take what the payer approved, once; only for the attempt's amount, and not after ``close``: callers see to
        both.
        """

    def charge_saved(self, attempt: PaymentRequest, card: PaymentCard) -> PaymentReport:
        """Charge a saved card while its owner is away; the same attempt again is the same charge."""

    def close(self, reference: str) -> PaymentReport:
        """Cancel what has not succeeded; says ``paid`` if it had."""

    def start_card_setup(self, setup: CardSetupRequest, return_url: str) -> CheckoutSession:
        """Begin to save a card without paying."""

    def fetch_card_setup(self, reference: str) -> CardReport:
        """What became of it, with the saved card."""

    def remove_card(self, card: PaymentCard) -> None:
        """Forget a saved card there; one that is gone already is no error."""

    def refund(self, payment: GatewayPayment, amount: int, idempotency_key: str) -> RefundResult:
        """Send money of a payment back; the same key again is the same refund."""

    def fetch_refund(self, reference: str) -> RefundReport:
        """What became of a refund that was accepted."""

    def list_payments(self, since: datetime) -> Iterable[PaymentReport]:
        """All payments that succeeded there since an instant, for the daily comparison with our books; and the charges
        of saved cards that are under way or failed, for whoever looks up what became of one. One without a reference
        names the attempt.

        Raises ``BusinessError`` where the account may not list them.
        """

    def claimed_reference(self, body: bytes) -> str:
        """Which of our attempts a message says it is about, for a gateway that signs none; anybody may have sent it."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> VerifiedEvent:
        """The event in a message, if it is truly the gateway's; raises ``BusinessError``.

        Compares signatures in constant time, and refuses one older or newer than 300 seconds where the scheme has a
        time, or older than the gateway repeats it with its first time. One that asks the gateway takes at most
        ``VERIFY_SECONDS`` for it, since the sender waits for us; without an answer it raises ``OSError``, and the
        message comes again.
        """

    def interpret(self, event: VerifiedEvent) -> Sequence[GatewayReport]:
        """What an event says, asking the gateway where the event alone does not tell; empty if it is not about us."""
