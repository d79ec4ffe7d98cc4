"""Customers, their saved cards, and cards that are saved without paying."""

import secrets

from commerce.demo.stripe_double.account import StripeAccount, StripeObject
from commerce.demo.stripe_double.cards import card_behavior, decline_error
from commerce.demo.stripe_double.errors import ApiError
from commerce.demo.stripe_double.forms import Params, check_names, required
from commerce.demo.stripe_double.payment_intents import ask_bank, check_status

CUSTOMER = "name email phone description metadata preferred_locales"
WAITING = {"requires_payment_method", "requires_confirmation", "requires_action"}


def create_customer(account: StripeAccount, params: Params) -> StripeObject:
    check_names(params, CUSTOMER)
    members = {name: params.get(name) for name in CUSTOMER.split()}
    return account.add("cus", **members | {"metadata": params.get("metadata", {})})


def update_customer(account: StripeAccount, customer: StripeObject, params: Params) -> StripeObject:
    check_names(params, CUSTOMER)
    customer.update({name: value for name, value in params.items() if name != "expand"})
    return customer


def detach(account: StripeAccount, method: StripeObject, params: Params) -> StripeObject:
    """Forget a saved card. Raises ``ApiError`` if no customer has it."""
    check_names(params, "")
    if method["customer"] is None:
        raise ApiError(
            400,
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    method["customer"] = None
    account.emit("payment_method.detached", method)
    return method


def update_card(
    account: StripeAccount, method: StripeObject, *, exp_month: int, exp_year: int
) -> StripeObject:
    """The bank sent its customer a new card, and Stripe heard of it."""
    method["card"] |= {"exp_month": exp_month, "exp_year": exp_year}
    account.emit("payment_method.automatically_updated", method)
    return method


def create_setup(account: StripeAccount, params: Params) -> StripeObject:
    check_names(
        params, "customer usage allowed_payment_method_types metadata description payment_method"
    )
    account.get("customer", required(params, "customer"))
    intent = account.add(
        "seti",
        customer=params["customer"],
        usage=params.get("usage", "off_session"),
        metadata=params.get("metadata", {}),
        payment_method=None,
        payment_method_types=params.get("allowed_payment_method_types", ["card"]),
        status="requires_payment_method",
        last_setup_error=None,
        next_action=None,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{secrets.token_hex(12)}"
    return intent


def confirm_setup(account: StripeAccount, intent: StripeObject, params: Params) -> StripeObject:
    """Save the card, after its bank saw the owner where it wants to. Raises ``ApiError`` if it is declined."""
    check_names(params, "payment_method payment_method_data return_url key client_secret")
    check_status(intent, WAITING, "confirm")
    if "payment_method_data" in params:
        method = account.add_method(params["payment_method_data"]["card"])
    else:
        method = account.method(required(params, "payment_method"))
    intent["payment_method"] = method["id"]
    behavior = card_behavior(account.card_numbers[method["id"]])
    if behavior.decline and not behavior.attaches:
        raise _declined(account, intent, behavior.decline)
    if behavior.authentication != "never":
        return ask_bank(account, intent, params.get("return_url", ""))
    return _save(account, intent)


def finish_setup(account: StripeAccount, intent: StripeObject, *, passed: bool) -> StripeObject:
    """What the owner did on the page of their bank."""
    check_status(intent, {"requires_action"}, "authenticate")
    if passed:
        return _save(account, intent)
    _declined(account, intent, "failed_authentication")
    return intent


def _save(account: StripeAccount, intent: StripeObject) -> StripeObject:
    method = account.get("payment_method", intent["payment_method"])
    method.update(customer=intent["customer"], allow_redisplay="always")
    intent.update({"status": "succeeded", "last_setup_error": None, "next_action": None})
    account.emit("payment_method.attached", method)
    account.emit("setup_intent.succeeded", intent)
    return intent


def _declined(account: StripeAccount, intent: StripeObject, reason: str) -> ApiError:
    error = decline_error(reason)
    intent.update(
        {
            "status": "requires_payment_method",
            "payment_method": None,
            "next_action": None,
            "last_setup_error": error,
        }
    )
    account.emit("setup_intent.setup_failed", intent)
    members = {name: value for name, value in error.items() if name not in ("type", "message")}
    return ApiError(402, error["message"], **members, setup_intent=dict(intent))
