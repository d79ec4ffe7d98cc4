"""What PayPal's events make known: what they are about is asked for, since they may be old."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from commerce.payments.gateways.contract import (
    CardReport,
    DisputeReport,
    GatewayReport,
    PaymentCard,
    PaymentReport,
    RequestRefusedError,
    VerifiedEvent,
)
from commerce.payments.gateways.paypal import reading
from commerce.payments.gateways.paypal.api import CAPTURES, DISPUTES, MISSING, REFUNDS, TOKENS
from commerce.payments.gateways.paypal.money import from_money

type About = Mapping[str, Any]
type Ask = Callable[[str, str], dict[str, Any]]
type Fetch = Callable[[str], PaymentReport]
type Reader = Callable[[About, Fetch, Ask], list[GatewayReport]]


def event_reports(event: VerifiedEvent, fetch: Fetch, ask: Ask) -> Sequence[GatewayReport]:
    """What PayPal says now; empty for an event of another kind. ``fetch`` tells of an order."""
    about: About = json.loads(event.body).get("resource") or {}
    family = event.kind.rpartition(".")[0]
    read = _READERS.get(event.kind) or _READERS.get(family)
    return read(about, fetch, ask) if read else []


def _ordered(about: About, fetch: Fetch, _ask: Ask) -> list[GatewayReport]:
    return [fetch(about["id"])]


def _disputed(about: About, _fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    return _disputes([about["dispute_id"]], ask)


def _refunded(about: About, _fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    return [reading.refund_report(ask("GET", f"{REFUNDS}/{about['id']}"))]


def _captured(about: About, fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    """The order of a capture; others than ours have none."""
    capture = ask("GET", f"{CAPTURES}/{about['id']}")
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    order = related.get("order_id") or reading.linked_id(capture, "orders")
    return [fetch(order)] if order else []


def _reversed(about: About, _fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    """PayPal took a payment back: for the disputes about it, or else by itself, as when a bank did not pay."""
    name = reading.linked_id(about, "captures") or about["id"]
    disputes = ask("GET", f"{DISPUTES}?disputed_transaction_id={name}").get("items") or []
    if disputes:
        return _disputes([one["dispute_id"] for one in disputes], ask)
    capture = ask("GET", f"{CAPTURES}/{name}")
    amount, currency_code = from_money(about.get("amount") or capture["amount"])
    return [DisputeReport("lost", capture["id"], f"reversal {about['id']}", amount, currency_code)]


def _disputes(names: Sequence[str], ask: Ask) -> list[GatewayReport]:
    found = [ask("GET", f"{DISPUTES}/{name}") for name in names]
    return [report for dispute in found for report in reading.dispute_reports(dispute)]


def _saved(about: About, fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    """An account that PayPal saved some time after its payment; one that is saved alone is asked for by itself."""
    order = (about.get("metadata") or {}).get("order_id")
    report = fetch(order) if order else None
    if report is None or report.kind != "paid":
        return []
    token = ask("GET", f"{TOKENS}/{about['id']}")
    wallet = (token.get("payment_source") or {}).get("paypal") or {}
    return [replace(report, card=reading.account(wallet, token["id"]))]


def _removed(about: About, _fetch: Fetch, ask: Ask) -> list[GatewayReport]:
    token = about["id"]
    try:
        ask("GET", f"{TOKENS}/{token}")
    except RequestRefusedError as refused:
        if refused.their_code != MISSING:
            raise
        return [CardReport("removed", card=PaymentCard("paypal", "", token))]
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
