"""Why banks take money back, as gateways say it and as people read it."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from commerce.presentation.labels import Text

_NOT_RECEIVED = _("Product or service not received")
_NOT_AS_DESCRIBED = _("Product or service not as described")
_CANCELED = _("Subscription canceled")
_NO_CREDIT = _("Refund not received")
_UNKNOWN = _("Payment not recognized")
_DISPUTE_REASONS: Mapping[str, Text] = {
    "fraudulent": _("Payment reported as fraud"),
    "duplicate": _("Duplicate payment"),
    "duplicate transaction": _("Duplicate payment"),
    "incorrect amount": _("Incorrect amount"),
    "product not received": _NOT_RECEIVED,
    "merchandise or service not received": _NOT_RECEIVED,
    "product unacceptable": _NOT_AS_DESCRIBED,
    "merchandise or service not as described": _NOT_AS_DESCRIBED,
    "subscription canceled": _CANCELED,
    "canceled recurring billing": _CANCELED,
    "credit not processed": _NO_CREDIT,
    "unrecognized": _UNKNOWN,
    "unauthorised": _UNKNOWN,
    "general": _("Other"),
    "other": _("Other"),
}


def dispute_reason(reason: str) -> Text:
    """Why a payer's bank takes money back, as people say it; of what no gateway is known to say, its own words."""
    words = reason.replace("_", " ")
    return _DISPUTE_REASONS.get(words, words)
