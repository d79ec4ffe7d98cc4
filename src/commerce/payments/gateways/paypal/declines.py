"""Why PayPal did not take money, in words for whoever pays; its own are English."""

from collections.abc import Mapping
from typing import Literal

from django.utils.translation import gettext_lazy as _

from commerce.presentation.labels import Text

DECLINED = _("PayPal declined the payment. Choose another card or bank account at PayPal.")
CONFIRM = _("PayPal needs you to confirm this payment.")
GONE = _("This PayPal account is no longer connected.")
RESTRICTED = _("Your PayPal account is restricted. Sign in to PayPal to find out why.")
OVER_LIMIT = _("This payment is over the limit of your PayPal account.")

_GONE = frozenset(
    """
    AGREEMENT_ALREADY_CANCELLED BILLING_AGREEMENT_NOT_FOUND RESOURCE_NOT_FOUND TOKEN_EXPIRED TOKEN_ID_NOT_FOUND
    MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE
    """.split()
)
NOT_FOUND = frozenset(("BILLING_AGREEMENT_NOT_FOUND", "TOKEN_ID_NOT_FOUND"))
"""Said to an app of another mode or account as well."""
_RESTRICTED = frozenset(("PAYER_ACCOUNT_LOCKED_OR_CLOSED", "PAYER_ACCOUNT_RESTRICTED"))
_SOFT = frozenset(
    """
    COMPLIANCE_VIOLATION INSTRUMENT_DECLINED MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED PAYEE_BLOCKED_TRANSACTION
    PAYER_CANNOT_PAY PAYMENT_SOURCE_DECLINED_BY_PROCESSOR REDIRECT_PAYER_FOR_ALTERNATE_FUNDING
    TRANSACTION_BLOCKED_BY_PAYEE TRANSACTION_LIMIT_EXCEEDED TRANSACTION_REFUSED
    """.split()
)
ASKS_PAYER = frozenset(("CONSENT_NEEDED", "PAYER_ACTION_REQUIRED"))

_TEXTS: Mapping[str, Text] = {
    **dict.fromkeys(_GONE, GONE),
    **dict.fromkeys(_RESTRICTED, RESTRICTED),
    **dict.fromkeys(ASKS_PAYER, CONFIRM),
    "TRANSACTION_LIMIT_EXCEEDED": OVER_LIMIT,
}


def is_decline(issue: str) -> bool:
    """Whether an issue of PayPal's is about the payer, or what they pay with."""
    return issue in _GONE | _RESTRICTED | _SOFT | ASKS_PAYER


def decline_text(issue: str) -> Text:
    """Why, for the payer."""
    return _TEXTS.get(issue, DECLINED)


def decline_of(issue: str) -> Literal["soft", "hard"]:
    """Whether a saved account may work later."""
    return "hard" if issue in _GONE | _RESTRICTED else "soft"
