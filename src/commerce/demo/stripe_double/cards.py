"""The test cards, each with the behavior that Stripe documents for its number."""

from dataclasses import dataclass

from commerce.demo.stripe_double.errors import ApiError


@dataclass(frozen=True, slots=True)
class CardBehavior:
    """``decline`` is the code with which charges fail; with ``attaches`` saving it succeeds nevertheless.

    ``authentication`` is ``never``, ``always``, ``unless_set_up`` (charges of its absent owner pass once it was set up)
    or ``on_session`` (only its present owner is asked). ``dispute`` and ``refund`` are what follows a success.
    """

    brand: str = "visa"
    country: str = "US"
    decline: str = ""
    attaches: bool = False
    authentication: str = "never"
    dispute: str = ""
    refund: str = "succeeded"


TEST_CARDS = {
    "4242424242424242": CardBehavior(),
    "4000056655665556": CardBehavior(),
    "4000002760000016": CardBehavior(country="DE"),
    "5555555555554444": CardBehavior("mastercard"),
    "378282246310005": CardBehavior("amex"),
    "6011111111111117": CardBehavior("discover"),
    "4000000000000002": CardBehavior(decline="generic_decline"),
    "4000000000009995": CardBehavior(decline="insufficient_funds"),
    "4000000000009987": CardBehavior(decline="lost_card"),
    "4000000000009979": CardBehavior(decline="stolen_card"),
    "4000000000000069": CardBehavior(decline="expired_card"),
    "4000000000000127": CardBehavior(decline="incorrect_cvc"),
    "4000000000000119": CardBehavior(decline="processing_error"),
    "4000000000000341": CardBehavior(decline="generic_decline", attaches=True),
    "4000002500003155": CardBehavior(authentication="unless_set_up"),
    "4000002760003184": CardBehavior(authentication="always"),
    "4000008260003178": CardBehavior(
        authentication="always", decline="insufficient_funds", attaches=True
    ),
    "4000003800000446": CardBehavior(authentication="on_session"),
    "4000000000000259": CardBehavior(dispute="fraudulent"),
    "4000000000002685": CardBehavior(dispute="product_not_received"),
    "4000000000007726": CardBehavior(refund="pending"),
    "4000000000005126": CardBehavior(refund="fails_later"),
}

TEST_METHODS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_createDispute": "4000000000000259",
}
"""Names that stand for a card wherever a payment method is asked for."""

MESSAGES = {
    "generic_decline": ("card_declined", "Your card was declined.", "try_again_later"),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds.", "try_again_later"),
    "lost_card": ("card_declined", "Your card was declined.", "do_not_try_again"),
    "stolen_card": ("card_declined", "Your card was declined.", "do_not_try_again"),
    "expired_card": ("expired_card", "Your card has expired.", "confirm_card_data"),
    "incorrect_cvc": (
        "incorrect_cvc",
        "Your card's security code is incorrect.",
        "confirm_card_data",
    ),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        "try_again_later",
    ),
    "failed_authentication": (
        "payment_intent_authentication_failure",
        "We are unable to authenticate your payment method. Choose another one and try again.",
        "",
    ),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
        "",
    ),
}
"""Code, message and advice for each reason to decline."""


def card_behavior(number: str) -> CardBehavior:
    """Raises ``ApiError`` for a number that is no test card."""
    if number not in TEST_CARDS:
        raise ApiError(402, "Your card number is incorrect.", code="incorrect_number")
    return TEST_CARDS[number]


def decline_error(reason: str) -> dict[str, str]:
    """The members of an error that say why a card was declined."""
    code, message, advice = MESSAGES[reason]
    error = {"type": "card_error", "code": code, "message": message}
    if code in ("card_declined", "authentication_required"):
        error["decline_code"] = reason
    return error | ({"advice_code": advice} if advice else {})
