"""Refunds: never more than was paid; some end later than they are made."""

from commerce.demo.stripe_double.account import StripeAccount, StripeObject
from commerce.demo.stripe_double.cards import card_behavior
from commerce.demo.stripe_double.errors import ApiError
from commerce.demo.stripe_double.forms import Params, check_names, required, whole_number


def create_refund(account: StripeAccount, params: Params) -> StripeObject:
    """Send back a part of a charge, or what is left of it."""
    check_names(params, "payment_intent charge amount reason metadata")
    charge = _charge(account, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = whole_number(params, "amount") if "amount" in params else left
    if charge["refunded"]:
        raise ApiError(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    if charge["disputed"]:
        raise ApiError(400, "The charge has been charged back.", code="charge_disputed")
    if amount > left:
        raise ApiError(
            400,
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    behavior = card_behavior(account.card_numbers[charge["payment_method"]])
    refund = account.add(
        "re",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        metadata=params.get("metadata", {}),
        failure_reason=None,
    )
    refund["status"] = "pending" if behavior.refund == "pending" else "succeeded"
    _add(charge, amount)
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge)
    return refund


def _charge(account: StripeAccount, params: Params) -> StripeObject:
    if "charge" in params:
        return account.get("charge", params["charge"])
    intent = account.get("payment_intent", required(params, "payment_intent"))
    if intent["latest_charge"] is None:
        raise ApiError(
            400,
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return account.get("charge", intent["latest_charge"])


def _add(charge: StripeObject, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def end_refund(account: StripeAccount, refund: StripeObject, outcome: str) -> StripeObject:
    """What the bank answered in the end: ``succeeded``, or ``failed`` and the money is back at the merchant."""
    refund["status"] = outcome
    account.emit("refund.updated", refund)
    if outcome == "failed":
        refund["failure_reason"] = "expired_or_canceled_card"
        _add(account.get("charge", refund["charge"]), -refund["amount"])
        account.emit("refund.failed", refund)
    return refund
