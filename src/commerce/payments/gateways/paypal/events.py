"""What PayPal's events make known: what they are about is asked for, since they may be old."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from commerce.kit.remote.http import ProviderSilentError
from commerce.payments.gateways.contract import (
    CardReport,
    DisputeReport,
    GatewayReport,
    PaymentCard,
    PaymentReport,
    RequestRefusedError,
    VerifiedEvent,
)
from commerce.payments.gateways.paypal import responses
from commerce.payments.gateways.paypal.api import CAPTURES, DISPUTES, MISSING, REFUNDS, TOKENS
from commerce.payments.gateways.paypal.money import from_money
from commerce.payments.rules import (
    REVERSAL,
    UNDECIDED_KINDS,
    CardReportState,
    DisputeStatus,
    PaymentReportKind,
    ReportTooEarly,
)

TOLD_AT, NOW = "told_at", "now"
"""When PayPal made the event and when it is read, beside what it is about."""
UNTIL_LISTED = timedelta(hours=5)
"""How long a reversal waits for its dispute; its event is tried after 6 hours, too."""

type About = Mapping[str, Any]
type Ask = Callable[[str, str], dict[str, Any]]
type Fetch = Callable[[str], PaymentReport]
type Reader = Callable[[About, Fetch, Ask], list[GatewayReport]]


def event_reports(
    event: VerifiedEvent, fetch: Fetch, ask: Ask, now: datetime
) -> Sequence[GatewayReport]:
    """What PayPal says now; empty for an event of another kind. ``fetch`` tells of an order."""
    told = json.loads(event.body)
    told_at = told.get("create_time")
    when = {TOLD_AT: datetime.fromisoformat(told_at) if told_at else None, NOW: now}
    about: About = (told.get("resource") or {}) | when
    family = event.kind.rpartition(".")[0]
    read = _READERS.get(event.kind) or _READERS.get(family)
    return read(about, fetch, ask) if read else []


def _ordered(about: About, fetch: Fetch, _ask: Ask) -> list[GatewayReport]:
    return [fetch(about["id"])]


def _disputed(about: About, _fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    return _disputes([about["dispute_id"]], ask)


def _refunded(about: About, _fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    return [responses.refund_report(ask("GET", f"{REFUNDS}/{about['id']}"))]


def _captured(about: About, fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    """The order of a capture; others than ours have none. What the capture says counts where the order says less:
    PayPal may have forgotten it.
    """
    capture = ask("GET", f"{CAPTURES}/{about['id']}")
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    order = related.get("order_id") or responses.linked_id(capture, "orders")
    if not order:
        return []
    whole, own = fetch(order), responses.capture_report(order, capture)
    is_known = whole.kind == PaymentReportKind.PAID or (
        whole.transaction_id and own.kind != PaymentReportKind.PAID
    )
    return [whole if is_known else own]


def _reversed(about: About, _fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    """PayPal took a payment back: for the disputes about it, or else by itself, as when a bank did not pay.

    A dispute that was won before is not the reason. One that PayPal does not list yet is waited for, some hours.
    """
    name = responses.linked_id(about, "captures") or about["id"]
    listed = ask("GET", f"{DISPUTES}?disputed_transaction_id={name}").get("items") or []
    disputes = [ask("GET", f"{DISPUTES}/{one['dispute_id']}") for one in listed]
    told_at = about[TOLD_AT]
    if any(not _was_won_before(one, told_at) for one in disputes):
        return [report for one in disputes for report in responses.dispute_reports(one)]
    if told_at and about[NOW] - told_at < UNTIL_LISTED:
        raise ProviderSilentError("PayPal lists no dispute for this reversal yet")
    capture = ask("GET", f"{CAPTURES}/{name}")
    amount, currency_code = from_money(about.get("amount") or capture["amount"])
    reversal = f"{REVERSAL}{about['id']}"
    return [DisputeReport(DisputeStatus.LOST, capture["id"], reversal, amount, currency_code)]


def _was_won_before(dispute: About, told_at: datetime | None) -> bool:
    reports = responses.dispute_reports(dispute)
    changed = dispute.get("update_time")
    if not told_at or not changed or any(report.state != "won" for report in reports):
        return False
    return datetime.fromisoformat(changed) < told_at


def _disputes(names: Sequence[str], ask: Ask) -> list[GatewayReport]:
    found = [ask("GET", f"{DISPUTES}/{name}") for name in names]
    return [report for dispute in found for report in responses.dispute_reports(dispute)]


def _saved(about: About, fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    """An account that PayPal saved some time after its payment; one that is saved alone is asked for by itself.

    Raises ``ReportTooEarly`` while the payment is on its way: the account belongs to it.
    """
    order = (about.get("metadata") or {}).get("order_id")
    report = fetch(order) if order else None
    if report and report.attempt_id and report.kind in UNDECIDED_KINDS:
        raise ReportTooEarly(report.transaction_id or report.reference)
    if report is None or report.kind != PaymentReportKind.PAID:
        return []
    token = ask("GET", f"{TOKENS}/{about['id']}")
    wallet = (token.get("payment_source") or {}).get("paypal") or {}
    return [replace(report, card=responses.account(wallet, token["id"]))]


def _removed(about: About, _fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    token = about["id"]
    try:
        ask("GET", f"{TOKENS}/{token}")
    except RequestRefusedError as refused:
        if refused.their_code != MISSING:
            raise
        return [CardReport(CardReportState.REMOVED, card=PaymentCard("paypal", "", token))]
    return []


_READERS: Mapping[str, Reader] = {
    "CHECKOUT.ORDER": _ordered,
    "CUSTOMER.DISPUTE": _disputed,
    "PAYMENT.CAPTURE": _captured,
    "PAYMENT.CAPTURE.REFUNDED": _refunded,
    "PAYMENT.CAPTURE.REVERSED": _reversed,
    "VAULT.PAYMENT-TOKEN.CREATED": _saved,
    "VAULT.PAYMENT-TOKEN.DELETED": _removed,
}
"""By the kind of an event, or by what comes before its last word."""
