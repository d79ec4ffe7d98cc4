"""Why a card was declined, in words for whoever holds it."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from commerce.presentation.labels import Text

REFUSED = _("The payment provider refused this request. Try another payment method.")
"""What a gateway does not do for us, whoever pays."""
DECLINED = _("Your card was declined.")
DECLINE_TEXTS: Mapping[str, Text] = {
    "insufficient_funds": _("Your card has insufficient funds."),
    "expired_card": _("Your card has expired."),
    **dict.fromkeys(("incorrect_number", "invalid_number"), _("Your card number is incorrect.")),
    **dict.fromkeys(("incorrect_cvc", "invalid_cvc"), _("Your card's security code is incorrect.")),
    **dict.fromkeys(
        ("invalid_expiry_month", "invalid_expiry_year"),
        _("Your card's expiration date is incorrect."),
    ),
    **dict.fromkeys(
        ("card_velocity_exceeded", "withdrawal_count_limit_exceeded"),
        _("Your card has reached its limit."),
    ),
    **dict.fromkeys(
        ("card_not_supported", "currency_not_supported"),
        _("Your card doesn't support this payment."),
    ),
    **dict.fromkeys(
        ("issuer_not_available", "processing_error", "reenter_transaction", "try_again_later"),
        _("Your card couldn't be processed. Try again in a few minutes."),
    ),
    **dict.fromkeys(
        ("payment_intent_authentication_failure", "setup_intent_authentication_failure"),
        _("Your bank couldn't verify that it's you. Try again or use another card."),
    ),
    "authentication_required": _("Your bank needs you to confirm this payment."),
}
"""What a decline says to the client, in their language, by Stripe's code of it; providers' own words are English. Any
other is ``DECLINED``, so that nobody is told of a card that was reported lost or stolen.
"""
