"""How a call to Stripe ends without what was asked for; plain, so that whoever catches it needs no SDK."""

from collections.abc import Mapping
from typing import Any

UNEXPECTED_STATE = "payment_intent_unexpected_state"
MISSING = "resource_missing"


class StripeSilentError(OSError):
    """No answer that can be relied on: the same call with the same key tells what became of it."""


class CardDeclinedError(Exception):
    """A charge was declined; ``details`` is what Stripe says of it."""

    def __init__(self, details: Mapping[str, Any]) -> None:
        super().__init__(details.get("code") or "card_declined")
        self.details = details
