"""What gateways have in common behind which nobody answers; others need not write what they cannot do."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from commerce.billing.documents.bank_account import BankAccount
from commerce.kit.errors import BusinessError
from commerce.kit.money import currency_exponent
from commerce.payments.gateways.contract import (
    CardReport,
    CardSetupRequest,
    CheckoutSession,
    GatewayAmount,
    GatewayClient,
    GatewayPayment,
    GatewayReport,
    InlineForm,
    PaymentCard,
    PaymentReport,
    PaymentRequest,
    RefundReport,
    RefundResult,
    TransferInstructions,
    VerifiedEvent,
)
from commerce.payments.rules import PaymentReportKind, RefundStatus


class OfflineGateway:
    """What gateways have in common behind which nobody answers: staff tell what was received."""

    hosts: ClassVar[frozenset[str]] = frozenset()
    message_headers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def supports(self, currency_code: str, amount: int) -> GatewayAmount | None:
        return GatewayAmount(currency_exponent(currency_code)) if amount > 0 else None

    @property
    def is_test_mode(self) -> bool:
        return False

    def test(self) -> None:
        return None

    def account(self) -> str:
        return ""

    def knows_card(self, card: PaymentCard) -> bool:
        raise BusinessError("gateway.keeps_no_cards")

    def inline_form(self) -> InlineForm:
        raise BusinessError("gateway.has_no_form")

    def create_customer(self, client: GatewayClient, idempotency_key: str) -> str:
        raise BusinessError("gateway.keeps_no_cards")

    def start(self, attempt: PaymentRequest, return_url: str) -> CheckoutSession:
        """The reference is ours: nobody else gives one."""
        return CheckoutSession(f"{attempt.payment_reference}-{attempt.id}")

    def resume(self, reference: str) -> CheckoutSession:
        return CheckoutSession(reference)

    def transfer_instructions(
        self, *, currency_code: str, amount: int, reference: str
    ) -> TransferInstructions:
        raise BusinessError("gateway.takes_no_transfers")

    def bank_account(self) -> BankAccount | None:
        return None

    def fetch(self, reference: str) -> PaymentReport:
        return PaymentReport(PaymentReportKind.PENDING, reference)

    def capture(self, attempt: PaymentRequest, approved: PaymentReport) -> PaymentReport:
        """Where what a payer approves is paid, nothing is left to be taken."""
        return self.fetch(approved.reference)

    def charge_saved(self, attempt: PaymentRequest, card: PaymentCard) -> PaymentReport:
        raise BusinessError("gateway.keeps_no_cards")

    def close(self, reference: str) -> PaymentReport:
        return PaymentReport(PaymentReportKind.CLOSED, reference)

    def start_card_setup(self, setup: CardSetupRequest, return_url: str) -> CheckoutSession:
        raise BusinessError("gateway.keeps_no_cards")

    def fetch_card_setup(self, reference: str) -> CardReport:
        raise BusinessError("gateway.keeps_no_cards")

    def remove_card(self, card: PaymentCard) -> None:
        raise BusinessError("gateway.keeps_no_cards")

    def refund(self, payment: GatewayPayment, amount: int, idempotency_key: str) -> RefundResult:
        return RefundResult(
            RefundStatus.FAILED, reason="Nothing can be sent back here; refund to credit."
        )

    def fetch_refund(self, reference: str) -> RefundReport:
        raise BusinessError("gateway.sends_nothing_back")

    def list_payments(self, since: datetime) -> Iterable[PaymentReport]:
        return []

    def claimed_reference(self, body: bytes) -> str:
        raise BusinessError("gateway.sends_no_messages")

    def verify(self, headers: Mapping[str, str], body: bytes) -> VerifiedEvent:
        raise BusinessError("gateway.sends_no_messages")

    def interpret(self, event: VerifiedEvent) -> Sequence[GatewayReport]:
        return []
