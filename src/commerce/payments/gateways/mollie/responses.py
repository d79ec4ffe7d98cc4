"""What Mollie's objects say, as reports: pure, from the plain data of an answer."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from commerce.kit.remote.http import NOT_UNDERSTOOD
from commerce.payments.gateways.contract import (
    CardReport,
    DisputeReport,
    GatewayReport,
    PaymentCard,
    PaymentReport,
    RefundReport,
)
from commerce.payments.gateways.declines import DECLINE_TEXTS, DECLINED
from commerce.payments.gateways.mollie.amounts import read
from commerce.payments.rules import CardReportState, DisputeStatus, PaymentReportKind, RefundStatus
from commerce.presentation.labels import Text
from commerce.site_settings import current

type MollieData = Mapping[str, Any]

STATES = {
    "paid": PaymentReportKind.PAID,
    "failed": PaymentReportKind.FAILED,
    "canceled": PaymentReportKind.CLOSED,
    "expired": PaymentReportKind.CLOSED,
}
"""Any other is pending."""
REFUND_STATES = {
    "refunded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
"""Any other is accepted."""

_TEXT_OF = {
    "authentication_abandoned": "payment_intent_authentication_failure",
    "authentication_failed": "payment_intent_authentication_failure",
    "authentication_required": "authentication_required",
    "card_expired": "expired_card",
    "insufficient_funds": "insufficient_funds",
    "invalid_card_number": "incorrect_number",
    "invalid_card_type": "card_not_supported",
    "invalid_cvv": "incorrect_cvc",
}
_DEBIT_DECLINED = _("Your bank declined the direct debit.")
_DEBIT_TEXTS: Mapping[str, Text] = {"AM04": _("Your bank account has insufficient funds.")}
HARD_DECLINES = frozenset(
    """
    card_expired inactive_card invalid_card_number invalid_card_type possible_fraud
    AC01 AC04 AC06 AC13 AG01 MD01 MD07 RC01 SL01
    """.split()
)
"""Reasons for which the same card or account fails again; those of direct debits are the codes of SEPA."""

_BRANDS = {"American Express": "amex", "Diners Club": "diners"}
"""Brands that we call otherwise than by their name."""
_KEPT = "id mode status amount method description metadata createdAt paidAt profileId sequenceType"


def payment_report(payment: MollieData, card: PaymentCard | None = None) -> PaymentReport:
    """What became of a payment, by the card or account if Mollie keeps it."""
    amount, currency = read(payment["amount"])
    kind = STATES.get(payment["status"], PaymentReportKind.PENDING)
    about: dict[str, Any] = {
        "reference": payment["id"],
        "amount": amount,
        "currency_code": currency,
        "attempt_id": str(_ours(payment).get("attempt", "")),
        "key": key_of(payment),
        "raw": {name: payment[name] for name in _KEPT.split() if name in payment},
    }
    if kind == PaymentReportKind.PAID:
        return PaymentReport(
            PaymentReportKind.PAID,
            transaction_id=payment["id"],
            received_on=current.business_date(paid_at(payment)),
            card=replace(card, country=_card_country(payment))
            if card
            else _card_that_paid(payment),
            **about,
        )
    if kind == PaymentReportKind.FAILED:
        code = _failure(payment)
        asks = code == "authentication_required" and is_off_session(payment)
        return PaymentReport(
            PaymentReportKind.ACTION_REQUIRED if asks else kind,
            decline="" if asks else _decline(code),
            reason=_failure_text(payment, code),
            **about,
        )
    return PaymentReport(kind, **about)


def card_report(report: PaymentReport) -> CardReport:
    """What became of saving a card, from the payment of nothing that saves it."""
    if report.kind == PaymentReportKind.PAID and report.card and report.card.token:
        return CardReport(CardReportState.SAVED, report.reference, report.card)
    waits = report.kind in (PaymentReportKind.PENDING, PaymentReportKind.PAID)
    state = CardReportState.PENDING if waits else CardReportState.FAILED
    return CardReport(state, report.reference, reason=report.reason)


def brings_money(payment: MollieData) -> bool:
    """Whether it is over more than nothing."""
    return read(payment["amount"])[0] > 0


def is_listed(payment: MollieData, since: datetime) -> bool:
    """Money that came, and our charges of saved cards, whatever became of them; no card that was saved."""
    if payment["status"] == "paid":
        return paid_at(payment) >= since and brings_money(payment)
    return payment["status"] in ("pending", "failed") and is_off_session(payment)


def is_old(payment: MollieData, since: datetime) -> bool:
    """Whether it was made before; of an odd one nobody can tell."""
    try:
        return instant(payment["createdAt"]) < since
    except NOT_UNDERSTOOD:
        return False


def is_off_session(payment: MollieData) -> bool:
    """Whether we charged a mandate, so that nobody sits before a page."""
    return payment.get("sequenceType") == "recurring"


def _ours(thing: MollieData) -> MollieData:
    """What we had written to it for ourselves; nothing on one that was made otherwise."""
    metadata = thing.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def key_of(thing: MollieData) -> str:
    """Our key of a payment or refund that we asked for."""
    return str(_ours(thing).get("key", ""))


def _failure(payment: MollieData) -> str:
    details = payment.get("details") or {}
    return str(details.get("failureReason") or details.get("bankReasonCode") or "")


def _failure_text(payment: MollieData, code: str) -> Text:
    if payment.get("method") == "creditcard":
        return DECLINE_TEXTS.get(_TEXT_OF.get(code, ""), DECLINED)
    if payment.get("method") == "directdebit":
        return _DEBIT_TEXTS.get(code, _DEBIT_DECLINED)
    return ""


def _decline(code: str) -> Literal["soft", "hard"]:
    return "hard" if code in HARD_DECLINES else "soft"


def _card_that_paid(payment: MollieData) -> PaymentCard | None:
    """What a payment says of the card that paid it; of a payment by another method nothing."""
    details = payment.get("details") or {}
    if payment.get("method") != "creditcard":
        return None
    return PaymentCard(
        _brand(details.get("cardLabel")),
        str(details.get("cardNumber") or "")[-4:],
        country=_card_country(payment),
    )


def _card_country(payment: MollieData) -> str:
    """Where the card that paid was issued."""
    return str((payment.get("details") or {}).get("cardCountryCode") or "")


def saved_card(mandate: MollieData, token: str) -> PaymentCard | None:
    """The card or account of a mandate; none for one that is not valid any more."""
    if mandate["status"] not in ("valid", "pending"):
        return None
    details = mandate.get("details") or {}
    account = str(details.get("consumerAccount") or "")
    match mandate["method"]:
        case "creditcard":
            year, month, _day = (details.get("cardExpiryDate") or "--").split("-")
            return PaymentCard(
                _brand(details.get("cardLabel")),
                str(details.get("cardNumber") or "")[-4:],
                token,
                exp_month=int(month) if month else None,
                exp_year=int(year) if year else None,
            )
        case "paypal":
            return PaymentCard("paypal", "", token, label=account)
        case "directdebit":
            return PaymentCard("sepa_debit", account[-4:], token)
    return None


def _brand(label: str | None) -> str:
    name = label or ""
    return _BRANDS.get(name, name.lower().replace(" ", "_"))


def refund_report(refund: MollieData) -> RefundReport:
    """What became of a refund; the key is ours if we made it."""
    amount, currency = read(refund["amount"])
    return RefundReport(
        REFUND_STATES.get(refund["status"], RefundStatus.ACCEPTED),
        refund["paymentId"],
        refund_reference(refund),
        amount,
        currency,
        idempotency_key=key_of(refund),
    )


def refund_of_key(payment: MollieData, key: str) -> MollieData | None:
    """The refund of a payment that we asked for by this key."""
    return next((one for one in embedded(payment, "refunds") if key_of(one) == key), None)


def refund_reference(refund: MollieData) -> str:
    """Our name of a refund: Mollie finds one by its payment only."""
    return f"{refund['paymentId']}/{refund['id']}"


def dispute_report(chargeback: MollieData) -> DisputeReport:
    """A chargeback is lost at once, as the bank has the money; one that is reversed is won."""
    amount, currency = read(chargeback["amount"])
    reason = chargeback.get("reason") or {}
    return DisputeReport(
        DisputeStatus.WON if chargeback.get("reversedAt") else DisputeStatus.LOST,
        chargeback["paymentId"],
        chargeback["id"],
        amount,
        currency,
        reason=str(reason.get("description") or ""),
    )


def embedded(thing: MollieData, name: str) -> Sequence[MollieData]:
    """The objects that an answer brings along."""
    found: Sequence[MollieData] = (thing.get("_embedded") or {}).get(name) or []
    return found


def reports_beside(payment: MollieData) -> list[GatewayReport]:
    """What became of the money after it was paid: refunds and chargebacks."""
    return [
        *map(refund_report, embedded(payment, "refunds")),
        *map(dispute_report, embedded(payment, "chargebacks")),
    ]


def state_of(payment: MollieData) -> str:
    """The same as long as nothing happens to a payment that is told of."""
    told = [
        [payment["status"], payment["amount"], payment.get("mandateId")],
        sorted([each["id"], each["status"]] for each in embedded(payment, "refunds")),
        sorted(
            [each["id"], each.get("reversedAt") or ""] for each in embedded(payment, "chargebacks")
        ),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def paid_at(payment: MollieData) -> datetime:
    """When it was paid; Mollie does not always say it, and then when it was made."""
    return instant(payment.get("paidAt") or payment["createdAt"])


def instant(text: str) -> datetime:
    """An instant as Mollie writes it, which has its zone. Raises ``ValueError``."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant without its zone")
    return found
