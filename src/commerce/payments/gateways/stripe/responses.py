"""What Stripe's objects say, as reports: pure, from the plain data of an answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Literal

from commerce.kit.money import currency_exponent, round_half_up
from commerce.payments.gateways.contract import (
    CardReport,
    DisputeReport,
    FraudWarningReport,
    GatewayReport,
    PaymentCard,
    PaymentReport,
    RefundReport,
)
from commerce.payments.gateways.declines import DECLINE_TEXTS, DECLINED
from commerce.payments.gateways.stripe.currencies import from_units, stripe_exponent
from commerce.payments.rules import CardReportState, DisputeStatus, PaymentReportKind, RefundStatus
from commerce.presentation.labels import Text
from commerce.site_settings import current

type StripeData = Mapping[str, Any]

HARD_DECLINES = frozenset(
    """
    expired_card fraudulent incorrect_number invalid_account invalid_number lost_card merchant_blacklist
    new_account_information_available pickup_card restricted_card revocation_of_all_authorizations
    revocation_of_authorization stolen_card stop_payment_order
    """.split()
)
"""Reasons for which the same card fails again."""

REFUND_STATES = {
    "pending": RefundStatus.ACCEPTED,
    "requires_action": RefundStatus.ACCEPTED,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
DISPUTE_STATES = {
    "won": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}
"""Any other is open."""

_KEPT = "id status amount amount_received currency created livemode description metadata"


def payment_report(intent: StripeData) -> PaymentReport:
    """What became of a payment. Declined while its payer sits before the form, it is still pending: another card may
    follow, and the reason is told.
    """
    currency = intent["currency"].upper()
    error, metadata = intent.get("last_payment_error") or {}, intent.get("metadata") or {}
    about: dict[str, Any] = {
        "reference": intent["id"],
        "amount": from_units(intent["amount"], currency),
        "currency_code": currency,
        "attempt_id": metadata.get("attempt", ""),
        "key": metadata.get("key", ""),
        "raw": {name: intent[name] for name in _KEPT.split() if name in intent},
    }
    if intent["status"] == "succeeded":
        return _paid(intent, currency, about)
    if intent["status"] == "canceled":
        return PaymentReport(PaymentReportKind.CLOSED, **about)
    if intent["status"] == "requires_payment_method" and error:
        return declined(error, off_session=is_off_session(intent), **about)
    return PaymentReport(PaymentReportKind.PENDING, **about)


def listed_report(intent: StripeData, since: datetime) -> PaymentReport | None:
    """An intent in a list: what was paid since, and our charges of saved cards."""
    report = payment_report(intent)
    is_listed = (
        paid_at(intent) >= since
        if report.kind == PaymentReportKind.PAID
        else is_off_session(intent)
    )
    return report if is_listed else None


def is_off_session(intent: StripeData) -> bool:
    """Whether we charged a saved card, so that nobody sits before a form."""
    return (intent.get("metadata") or {}).get("session") == "off"


def declined(error: StripeData, *, off_session: bool, **about: Any) -> PaymentReport:
    """What an error of Stripe's says of a charge."""
    reason = decline_text(error)
    if off_session and error.get("code") == "authentication_required":
        return PaymentReport(PaymentReportKind.ACTION_REQUIRED, reason=reason, **about)
    kind = PaymentReportKind.FAILED if off_session else PaymentReportKind.PENDING
    return PaymentReport(kind, reason=reason, decline=_decline(error), **about)


def declined_charge(error: StripeData, currency_code: str) -> PaymentReport:
    """What a charge of a saved card ended in, from the error and the intent in it."""
    intent = error.get("payment_intent") or {}
    return declined(
        error, off_session=True, reference=intent.get("id", ""), currency_code=currency_code
    )


def decline_text(error: StripeData) -> Text:
    """Why a card was declined, for whoever holds it."""
    return DECLINE_TEXTS.get(_decline_code(error), DECLINED)


def _decline(error: StripeData) -> Literal["soft", "hard"]:
    final = error.get("advice_code") in ("do_not_try_again", "confirm_card_data")
    return "hard" if final or _decline_code(error) in HARD_DECLINES else "soft"


def _decline_code(error: StripeData) -> str:
    return error.get("decline_code") or error.get("code") or ""


def _paid(intent: StripeData, currency: str, about: dict[str, Any]) -> PaymentReport:
    charge = intent.get("latest_charge") or {}
    units = intent.get("amount_received") or intent["amount"]
    details = (charge.get("payment_method_details") or {}).get("card")
    return PaymentReport(
        PaymentReportKind.PAID,
        transaction_id=intent["id"],
        received_on=current.business_date(paid_at(intent)),
        fee=_fee(charge.get("balance_transaction"), units, currency),
        card=_card(details, charge.get("payment_method") or "") if details else None,
        **about | {"amount": from_units(units, currency)},
    )


def _fee(balance: StripeData | None, units: int, currency: str) -> int:
    """The fee in the payment's currency, rounded: it may end in decimals that the payment cannot, and where Stripe pays
    out in another currency it is converted at the rate that it used.
    """
    if not balance or not balance.get("amount"):
        return 0
    fee = Fraction(balance["fee"])
    if balance["currency"].upper() != currency:
        fee = fee * units / balance["amount"]
    return round_half_up(fee * 10 ** currency_exponent(currency) / 10 ** stripe_exponent(currency))


def _card(details: StripeData, token: str) -> PaymentCard:
    return PaymentCard(
        brand=details.get("brand") or "",
        last4=details.get("last4") or "",
        token=token,
        exp_month=details.get("exp_month"),
        exp_year=details.get("exp_year"),
        country=str(details.get("country") or ""),
    )


def saved_card(method: StripeData) -> PaymentCard | None:
    """A card on file, if it is one."""
    return _card(method["card"], method["id"]) if method.get("card") else None


def card_report(setup: StripeData) -> CardReport:
    """What became of saving a card, from a setup with its payment method."""
    error = setup.get("last_setup_error")
    method = setup.get("payment_method")
    if setup["status"] == "succeeded" and method:
        return CardReport(CardReportState.SAVED, setup["id"], saved_card(method))
    is_over = setup["status"] == "canceled"
    state = CardReportState.FAILED if is_over else CardReportState.PENDING
    return CardReport(state, setup["id"], reason=decline_text(error) if error else "")


def refund_report(refund: StripeData) -> RefundReport:
    """What became of a refund; the key is ours if we made it."""
    currency = refund["currency"].upper()
    return RefundReport(
        REFUND_STATES.get(refund["status"], RefundStatus.ACCEPTED),
        refund["payment_intent"],
        refund["id"],
        from_units(refund["amount"], currency),
        currency,
        idempotency_key=(refund.get("metadata") or {}).get("key", ""),
        reason=failure_in_words(refund),
    )


def failure_in_words(refund: StripeData) -> str:
    """Why a refund failed: ``lost or stolen card``."""
    return (refund.get("failure_reason") or "").replace("_", " ")


def dispute_reports(dispute: StripeData) -> list[GatewayReport]:
    """What became of a dispute; nothing of an inquiry: no money moved, and it may end without a dispute."""
    if dispute["status"].startswith("warning_"):
        return []
    currency = dispute["currency"].upper()
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    return [
        DisputeReport(
            DISPUTE_STATES.get(dispute["status"], DisputeStatus.OPEN),
            dispute["payment_intent"],
            dispute["id"],
            from_units(dispute["amount"], currency),
            currency,
            due_by=current.business_date(_instant(due_by)) if due_by else None,
            reason=dispute.get("reason") or "",
        )
    ]


def fraud_warnings(intent: StripeData, warning: StripeData) -> list[GatewayReport]:
    """What a warning about a payment says; nothing once it was refunded or is disputed."""
    charge = intent.get("latest_charge") or {}
    if charge.get("refunded") or charge.get("disputed"):
        return []
    return [FraudWarningReport(intent["id"], (warning.get("fraud_type") or "").replace("_", " "))]


def paid_at(intent: StripeData) -> datetime:
    """When an intent that succeeded did so, from its charge."""
    return _instant((intent.get("latest_charge") or intent)["created"])


def _instant(epoch_seconds: int) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)
