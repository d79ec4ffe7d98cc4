"""How a call to Stripe ends without what was asked for; plain, so that whoever catches it needs no SDK."""

from collections.abc import Mapping
from typing import Any

from commerce.kit.errors import BusinessError

UNEXPECTED_STATE = "payment_intent_unexpected_state"
MISSING = "resource_missing"


class StripeSilentError(OSError):
    """No answer that can be relied on: the same call with the same key tells what became of it. ``http_status`` is 0 if
    there was none at all.
    """

    def __init__(self, text: str, http_status: int = 0) -> None:
        super().__init__(text)
        self.http_status = http_status


class StripeRefusedError(BusinessError):
    """Nothing was done: Stripe refused what was asked; ``stripe_code`` is its code for why, ``reason`` its words."""

    def __init__(self, stripe_code: str, reason: str) -> None:
        super().__init__("gateway.request_refused", reason=reason)
        self.stripe_code, self.reason = stripe_code, reason


class CardDeclinedError(Exception):
    """A charge was declined; ``details`` is what Stripe says of it."""

    def __init__(self, details: Mapping[str, Any]) -> None:
        super().__init__(details.get("code") or "card_declined")
        self.details = details
