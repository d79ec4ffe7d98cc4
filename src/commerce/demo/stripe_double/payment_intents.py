"""Payments: intents, what confirming them does with a card, and the charges that come of it."""

import secrets
from typing import Any

from commerce.demo.stripe_double.account import StripeAccount, StripeObject, epoch_seconds
from commerce.demo.stripe_double.cards import card_behavior, decline_error
from commerce.demo.stripe_double.disputes import open_dispute
from commerce.demo.stripe_double.errors import ApiError
from commerce.demo.stripe_double.forms import (
    Params,
    check_names,
    is_true,
    required,
    whole_number,
)

CREATE = (
    "amount currency customer description metadata allowed_payment_method_types capture_method "
    "setup_future_usage payment_method off_session confirm return_url receipt_email"
)
UPDATE = "amount customer description metadata setup_future_usage payment_method receipt_email"
CONFIRM = (
    "payment_method payment_method_data off_session setup_future_usage return_url key client_secret"
)
CANCELABLE = {"requires_payment_method", "requires_confirmation", "requires_action", "processing"}
CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}
WHOLE_ONLY = {"isk", "ugx"}
LEAST = {"usd": 50, "eur": 50, "gbp": 30, "chf": 50, "jpy": 50, "sek": 300, "huf": 17500}
MOST = 99_999_999


def create_payment(account: StripeAccount, params: Params) -> StripeObject:
    """A new intent, confirmed at once if that is wanted."""
    check_names(params, CREATE)
    amount, currency = whole_number(params, "amount"), required(params, "currency").lower()
    _check_amount(amount, currency)
    if customer := params.get("customer"):
        account.get("customer", customer)
    method = account.method(params["payment_method"]) if "payment_method" in params else None
    if method:
        _check_owner(method, customer)
    intent = account.add(
        "pi",
        amount=amount,
        amount_received=0,
        currency=currency,
        customer=customer or None,
        description=params.get("description"),
        metadata=params.get("metadata", {}),
        payment_method=method["id"] if method else None,
        payment_method_types=params.get("allowed_payment_method_types", ["card"]),
        setup_future_usage=params.get("setup_future_usage"),
        status="requires_confirmation" if method else "requires_payment_method",
        latest_charge=None,
        last_payment_error=None,
        next_action=None,
        cancellation_reason=None,
        canceled_at=None,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{secrets.token_hex(12)}"
    if is_true(params, "confirm"):
        confirm_payment(account, intent, {n: params[n] for n in CONFIRM.split() if n in params})
    return intent


def _check_owner(method: StripeObject, customer: str | None) -> None:
    """A saved card pays for its own customer only."""
    if method["customer"] not in (None, customer):
        raise ApiError(
            400,
            f"The payment method {method['id']} belongs to another customer. Include its customer on the payment.",
            param="payment_method",
        )


def _check_amount(amount: int, currency: str) -> None:
    if currency in WHOLE_ONLY and amount % 100:
        raise ApiError(
            400,
            "Amounts of this currency must be whole.",
            code="invalid_charge_amount_no_decimal_compatible",
            param="amount",
        )
    if currency in THREE_DECIMALS and amount % 10:
        raise ApiError(400, "The last digit must be 0.", code="amount_not_valid", param="amount")
    if amount < LEAST.get(currency, 1):
        raise ApiError(400, "Amount is too small.", code="amount_too_small", param="amount")
    if amount > MOST:
        raise ApiError(400, "Amount is too large.", code="amount_too_large", param="amount")


def update_payment(account: StripeAccount, intent: StripeObject, params: Params) -> StripeObject:
    check_names(params, UPDATE)
    check_status(intent, CONFIRMABLE, "update")
    if "customer" in params:
        account.get("customer", params["customer"])
    if "payment_method" in params:
        params |= {"payment_method": account.method(params["payment_method"])["id"]}
        intent["status"] = "requires_confirmation"
    intent.update({name: value or None for name, value in params.items() if name != "expand"})
    return intent


def cancel_payment(account: StripeAccount, intent: StripeObject, params: Params) -> StripeObject:
    check_names(params, "cancellation_reason")
    check_status(intent, CANCELABLE, "cancel")
    intent.update(
        {
            "status": "canceled",
            "cancellation_reason": params.get("cancellation_reason"),
            "canceled_at": epoch_seconds(),
            "next_action": None,
        }
    )
    account.emit("payment_intent.canceled", intent)
    return intent


def check_status(intent: StripeObject, allowed: set[str], verb: str) -> None:
    """Raises ``ApiError`` unless the intent is in one of these states."""
    if intent["status"] not in allowed:
        more: Any = {intent["object"]: dict(intent)}
        raise ApiError(
            400,
            f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
            code=f"{intent['object']}_unexpected_state",
            **more,
        )


def confirm_payment(account: StripeAccount, intent: StripeObject, params: Params) -> StripeObject:
    """Charge the card, unless its bank wants to see the owner first. Raises ``ApiError`` if it is declined."""
    check_names(params, CONFIRM)
    check_status(intent, CONFIRMABLE, "confirm")
    if "payment_method_data" in params:
        intent["payment_method"] = account.add_method(params["payment_method_data"]["card"])["id"]
    elif "payment_method" in params:
        method = account.method(params["payment_method"])
        _check_owner(method, intent["customer"])
        intent["payment_method"] = method["id"]
    if not intent["payment_method"]:
        raise ApiError(400, "A payment method is missing.", code="payment_intent_missing")
    if usage := params.get("setup_future_usage"):
        intent["setup_future_usage"] = usage
    behavior = card_behavior(account.card_numbers[intent["payment_method"]])
    off_session = is_true(params, "off_session")
    if _must_authenticate(account, intent, behavior.authentication, off_session=off_session):
        if off_session:
            raise _declined(account, intent, "authentication_required")
        return ask_bank(account, intent, params.get("return_url", ""))
    return _charge(account, intent)


def _must_authenticate(
    account: StripeAccount, intent: StripeObject, rule: str, *, off_session: bool
) -> bool:
    if not off_session:
        return rule != "never"
    was_set_up = account.get("payment_method", intent["payment_method"])["customer"] is not None
    return rule == "always" or (rule == "unless_set_up" and not was_set_up)


def ask_bank(account: StripeAccount, intent: StripeObject, return_url: str) -> StripeObject:
    """The bank wants its page shown; what is done there is told to ``finish_authentication``."""
    page = f"{account.origin}/3ds/{intent['id']}?client_secret={intent['client_secret']}"
    intent.update(
        {
            "status": "requires_action",
            "next_action": {
                "type": "redirect_to_url",
                "redirect_to_url": {"url": page, "return_url": return_url},
            },
        }
    )
    account.emit(f"{intent['object']}.requires_action", intent)
    return intent


def finish_authentication(
    account: StripeAccount, intent: StripeObject, *, passed: bool
) -> StripeObject:
    """What the owner did on the page of their bank. A decline after it stands in the intent."""
    check_status(intent, {"requires_action"}, "authenticate")
    intent["next_action"] = None
    try:
        if not passed:
            raise _declined(account, intent, "failed_authentication")
        return _charge(account, intent)
    except ApiError:
        return intent


def _charge(account: StripeAccount, intent: StripeObject) -> StripeObject:
    behavior = card_behavior(account.card_numbers[intent["payment_method"]])
    if behavior.decline:
        raise _declined(account, intent, behavior.decline)
    method = account.get("payment_method", intent["payment_method"])
    charge = _add_charge(account, intent, method)
    intent.update(
        {
            "status": "succeeded",
            "amount_received": intent["amount"],
            "latest_charge": charge["id"],
            "last_payment_error": None,
            "next_action": None,
        }
    )
    if intent["setup_future_usage"] and intent["customer"]:
        method.update(customer=intent["customer"], allow_redisplay="always")
        account.emit("payment_method.attached", method)
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)
    if behavior.dispute:
        open_dispute(account, charge, reason=behavior.dispute)
    return intent


def _add_charge(
    account: StripeAccount, intent: StripeObject, method: StripeObject
) -> dict[str, Any]:
    amount, currency = intent["amount"], intent["currency"]
    fee = amount * 15 // 1000 + 25
    balance = account.add(
        "txn", amount=amount, currency=currency, fee=fee, net=amount - fee, type="charge"
    )
    charge = account.add(
        "ch",
        amount=amount,
        amount_refunded=0,
        currency=currency,
        customer=intent["customer"],
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": "card", "card": dict(method["card"])},
        balance_transaction=balance["id"],
        paid=True,
        captured=True,
        refunded=False,
        disputed=False,
        outcome={"type": "authorized", "network_status": "approved_by_network"},
        metadata=intent["metadata"],
    )
    charge["status"], balance["source"] = "succeeded", charge["id"]
    return charge


def _declined(account: StripeAccount, intent: StripeObject, reason: str) -> ApiError:
    error = decline_error(reason)
    method = account.get("payment_method", intent["payment_method"])
    intent.update(
        {
            "status": "requires_payment_method",
            "payment_method": None,
            "next_action": None,
            "last_payment_error": error | {"payment_method": dict(method)},
        }
    )
    account.emit("payment_intent.payment_failed", intent)
    members = {name: value for name, value in error.items() if name not in ("type", "message")}
    return ApiError(402, error["message"], **members, payment_intent=dict(intent))
