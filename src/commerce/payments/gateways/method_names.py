"""What people call the way in which money came: on pages and in mails."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.payments.gateways.registry import capabilities_of, gateway_name
from commerce.payments.models import Payment, PaymentShare
from commerce.payments.models.saved_cards import card_name
from commerce.payments.rules import PaymentMethod, PaymentStatus
from commerce.presentation.labels import Text

METHOD_LABELS: Mapping[str, Text] = {
    PaymentMethod.BANK_TRANSFER: _("Bank transfer"),
    PaymentMethod.CASH: _("Cash"),
    PaymentMethod.CHECK: pgettext_lazy("payment method", "Check"),
    PaymentMethod.CARD: _("Card"),
    PaymentMethod.OTHER: _("Other payment method"),
}
"""How money came that staff record."""


def payment_method_name(payment: Payment) -> Text:
    """The card as its owner knows it, what staff recorded, or else the gateway."""
    if payment.card_last4:
        return card_name(payment.card_brand, payment.card_last4)
    if payment.method in capabilities_of(payment.gateway).methods:
        return METHOD_LABELS[payment.method]
    return gateway_name(payment.gateway)


def method_names_by_source(sources: Collection[str]) -> dict[str, Text]:
    """The names of payments by what their settlement entries say; of money that the bank took back there is none."""
    shares = PaymentShare.objects.select_related("payment").in_bulk(_ids("payment_share", sources))
    payments = Payment.objects.in_bulk(_ids("payment", sources))
    found = {f"payment:{pk}": payment for pk, payment in payments.items()}
    found |= {share.source: share.payment for share in shares.values()}
    return {
        source: payment_method_name(payment)
        for source, payment in found.items()
        if payment.status != PaymentStatus.REVERSED
    }


def _ids(noun: str, sources: Collection[str]) -> list[int]:
    parts = [source.partition(":") for source in sources]
    return [int(pk) for kind, _colon, pk in parts if kind == noun]
