"""What PayPal is asked for: an order, and its own pages in the payer's language."""

from collections.abc import Mapping
from typing import Any

from commerce.payments.gateways.contract import PaymentRequest
from commerce.payments.gateways.paypal.money import to_money

LOCALES = {
    "ar": "ar-EG",
    "de": "de-DE",
    "en": "en-US",
    "es": "es-ES",
    "fr": "fr-FR",
    "nl": "nl-NL",
}
"""PayPal's pages by language of ours."""


def experience(return_url: str, locale: str) -> dict[str, str]:
    """What the payer sees at PayPal, and where it sends them back to."""
    return {
        "return_url": return_url,
        "cancel_url": f"{return_url}?canceled=1",
        "shipping_preference": "NO_SHIPPING",
        "locale": LOCALES.get(locale, "en-US"),
    }


def order_of(attempt: PaymentRequest, wallet: Mapping[str, Any]) -> dict[str, Any]:
    """The order of an attempt: its number at PayPal is that of no other, so that it is paid once."""
    unit: dict[str, Any] = {
        "amount": to_money(attempt.amount, attempt.currency_code),
        "custom_id": str(attempt.id),
        "invoice_id": f"{attempt.invoice_number[:90]} {attempt.idempotency_key[:12]}".strip(),
    }
    if attempt.invoice_number:
        unit["description"] = attempt.invoice_number[:127]
    return {
        "intent": "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": wallet},
    }
