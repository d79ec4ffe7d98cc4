"""What PayPal's objects say, as reports: pure, from the plain data of an answer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from commerce.payments.gateways.contract import (
    CardReport,
    DisputeReport,
    PaymentCard,
    PaymentReport,
    RefundReport,
)
from commerce.payments.gateways.paypal.declines import CONFIRM, DECLINED
from commerce.payments.gateways.paypal.money import from_money
from commerce.payments.rules import (
    UNDECIDED_KINDS,
    CardReportState,
    DisputeStatus,
    PaymentReportKind,
    RefundStatus,
)
from commerce.site_settings import current

type PayPalData = Mapping[str, Any]

PAID = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
REFUND_STATES = {
    "COMPLETED": RefundStatus.SUCCEEDED,
    "FAILED": RefundStatus.FAILED,
    "CANCELLED": RefundStatus.FAILED,
}
"""Any other is accepted."""
LOST = ("ACCEPTED", "RESOLVED_BUYER_FAVOUR")
"""How a dispute ends for the seller; any other end is won: they keep the money."""


def payment_report(order: PayPalData) -> PaymentReport:
    """What became of an order: its one unit, and what was captured of it.

    One that its payer approved brings no money before it is captured.
    """
    unit = order["purchase_units"][0]
    captures = (unit.get("payments") or {}).get("captures") or []
    report = PaymentReport(
        PaymentReportKind.PENDING,
        order["id"],
        attempt_id=unit.get("custom_id") or "",
        raw=_kept(order, captures),
    )
    if captures:
        best = next((one for one in captures if one["status"] in PAID), captures[-1])
        return _captured(report, order, best)
    if order["status"] == "VOIDED" or order.get("intent") == "AUTHORIZE":
        return replace(report, kind=PaymentReportKind.CLOSED)
    if order["status"] != "APPROVED":
        return report
    amount, currency_code = from_money(unit["amount"])
    return replace(
        report, kind=PaymentReportKind.APPROVED, amount=amount, currency_code=currency_code
    )


def is_undecided(report: PaymentReport) -> bool:
    """Whether nothing was paid, and something may be."""
    return report.kind in UNDECIDED_KINDS and not report.transaction_id


def capture_report(order_id: str, capture: PayPalData) -> PaymentReport:
    """What became of a capture, also of one whose order PayPal does not show any more."""
    report = PaymentReport(
        PaymentReportKind.PENDING, order_id, raw=_kept({"id": order_id}, [capture])
    )
    return _captured(report, {}, capture)


def _captured(report: PaymentReport, order: PayPalData, capture: PayPalData) -> PaymentReport:
    attempt_id = report.attempt_id or capture.get("custom_id") or ""
    report = replace(report, transaction_id=capture["id"], attempt_id=attempt_id)
    if capture["status"] in ("DECLINED", "FAILED"):
        return replace(report, kind=PaymentReportKind.FAILED, decline="soft", reason=DECLINED)
    if capture["status"] not in PAID:
        return report
    amount, currency_code = from_money(capture["amount"])
    fee = (capture.get("seller_receivable_breakdown") or {}).get("paypal_fee")
    fee_amount, fee_currency_code = from_money(fee) if fee else (0, "")
    return replace(
        report,
        kind=PaymentReportKind.PAID,
        amount=amount,
        currency_code=currency_code,
        received_on=business_day(capture.get("create_time")),
        fee=fee_amount,
        fee_currency_code=fee_currency_code,
        card=_payer(order),
    )


def _kept(order: PayPalData, captures: list[PayPalData]) -> dict[str, Any]:
    """What stays of an order with an unallocated payment; nothing of people."""
    named = "id status intent create_time update_time".split()
    return {name: order[name] for name in named if name in order} | {
        "captures": [{"id": one["id"], "status": one["status"]} for one in captures]
    }


def _payer(order: PayPalData) -> PaymentCard | None:
    """The account that paid, with its token if PayPal saved it."""
    wallet = (order.get("payment_source") or {}).get("paypal")
    if wallet is None:
        return None
    vault = (wallet.get("attributes") or {}).get("vault") or {}
    return account(wallet, vault.get("id") or "")


def account(wallet: PayPalData, token: str = "") -> PaymentCard:
    """A payer's PayPal account."""
    return PaymentCard(
        "paypal",
        "",
        token,
        label=masked_email(wallet.get("email_address") or ""),
        country=str((wallet.get("address") or {}).get("country_code") or ""),
    )


def masked_email(email: str) -> str:
    """``al•••@example.com``: enough for its owner to know it by."""
    local, at, domain = email.rpartition("@")
    shown = local[:2] if len(local) > 3 else local[:1]
    return f"{shown}•••{at}{domain}"[:100] if at else ""


def asks_payer(report: PaymentReport, order: PayPalData) -> PaymentReport:
    """A charge of a saved account: one for which PayPal wants its owner failed while they are away."""
    if report.kind == PaymentReportKind.PENDING and order["status"] == "PAYER_ACTION_REQUIRED":
        return replace(report, kind=PaymentReportKind.ACTION_REQUIRED, reason=CONFIRM)
    return report


def setup_report(setup: PayPalData, token: PayPalData | None) -> CardReport:
    """What became of saving an account: ``token`` once it is saved."""
    if token is None:
        return CardReport(CardReportState.PENDING, setup["id"])
    wallet = (token.get("payment_source") or {}).get("paypal") or {}
    return CardReport(CardReportState.SAVED, setup["id"], account(wallet, token["id"]))


def refund_report(refund: PayPalData) -> RefundReport:
    """What became of a refund; the key is ours if we made it."""
    amount, currency_code = from_money(refund["amount"])
    return RefundReport(
        refund_state(refund),
        linked_id(refund, "captures"),
        refund["id"],
        amount,
        currency_code,
        idempotency_key=refund.get("custom_id") or "",
        reason=failure_in_words(refund),
    )


def refund_state(refund: PayPalData) -> RefundStatus:
    """What became of it."""
    return REFUND_STATES.get(refund["status"], RefundStatus.ACCEPTED)


def failure_in_words(refund: PayPalData) -> str:
    """Why a refund failed, as far as PayPal says it."""
    if refund_state(refund) != RefundStatus.FAILED:
        return ""
    reason = (refund.get("status_details") or {}).get("reason") or refund["status"]
    text: str = reason.replace("_", " ").capitalize()
    return text


def linked_id(resource: PayPalData, kind: str) -> str:
    """The id of what it belongs to, from its links: ``captures`` of a refund, ``orders`` of a capture."""
    for link in resource.get("links") or []:
        path, _slash, name = str(link["href"]).rpartition("/")
        if link["rel"] == "up" and path.endswith(f"/{kind}"):
            return name
    return ""


def dispute_reports(dispute: PayPalData) -> list[DisputeReport]:
    """What became of a dispute, for each payment that it is about."""
    transactions = [one for one in dispute["disputed_transactions"] if _seller_id(one)]
    reports = []
    state, refunded = _dispute_state(dispute), _refunded_to_buyer(dispute)
    for one in transactions:
        is_only = len(transactions) == 1
        money = dispute.get("dispute_amount") if is_only else one.get("gross_amount")
        amount, currency_code = from_money(money or dispute["dispute_amount"])
        lost = min(amount, refunded.get(currency_code, amount))
        if state == DisputeStatus.LOST and refunded:
            refunded = {code: left - lost for code, left in refunded.items()}
        name: str = dispute["dispute_id"]
        reports.append(
            DisputeReport(
                state if lost or state != DisputeStatus.LOST else DisputeStatus.WON,
                _seller_id(one),
                name if is_only else f"{name} {_seller_id(one)}",
                lost if lost and state == DisputeStatus.LOST else amount,
                currency_code,
                due_by=business_day(dispute.get("seller_response_due_date")),
                reason=(dispute.get("reason") or "").replace("_", " ").lower(),
            )
        )
    return reports


def _seller_id(transaction: PayPalData) -> str:
    return transaction.get("seller_transaction_id") or ""


def _refunded_to_buyer(dispute: PayPalData) -> dict[str, int]:
    """What the buyer gets, which may be less than they asked for; empty if it is not said."""
    money = (dispute.get("dispute_outcome") or {}).get("amount_refunded")
    if not money:
        return {}
    amount, currency_code = from_money(money)
    return {currency_code: amount}


def _dispute_state(dispute: PayPalData) -> DisputeStatus:
    if dispute["status"] != "RESOLVED":
        return DisputeStatus.OPEN
    outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code")
    return DisputeStatus.LOST if outcome in LOST else DisputeStatus.WON


def business_day(text: str | None) -> date | None:
    """The day of an instant of PayPal's, as our books have it."""
    return current.business_date(datetime.fromisoformat(text)) if text else None
