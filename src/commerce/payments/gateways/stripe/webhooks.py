"""Messages of Stripe: whether one is truly its own, and which of its objects it is about."""

import json
import re
from collections.abc import Mapping
from typing import Any

from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.payments.gateways.contract import VerifiedEvent

WINDOW_SECONDS = 300
SIGNATURE = "stripe-signature"

EVENTS = frozenset(
    """
    payment_intent.succeeded payment_intent.payment_failed payment_intent.canceled payment_intent.processing
    payment_intent.requires_action setup_intent.succeeded setup_intent.setup_failed charge.refunded
    refund.created refund.updated refund.failed charge.dispute.created charge.dispute.updated charge.dispute.closed
    charge.dispute.funds_withdrawn charge.dispute.funds_reinstated payment_method.automatically_updated
    payment_method.detached radar.early_fraud_warning.created
    """.split()
)
"""Those that say something of payments; any other is not about us."""

_CLIENT_SECRET = re.compile(rb'("client_secret"\s*:\s*)"[^"]*"')
"""What a browser may confirm a payment with: Stripe sends it along, and nobody here has a use for it."""


def verify_event(
    headers: Mapping[str, str], body: bytes, *, secret: str, livemode: bool
) -> VerifiedEvent:
    """The event without client secrets, since it is kept. Raises ``BusinessError`` unless Stripe signed these bytes
    within 5 minutes, for this account's mode.
    """
    import stripe

    header = next((text for name, text in headers.items() if name.lower() == SIGNATURE), "")
    try:
        stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None)
        stamp = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
        event = json.loads(body)
    except (stripe.SignatureVerificationError, ValueError, TypeError, RecursionError) as error:
        raise BusinessError("gateway_event.signature_not_valid") from error
    if abs(int(clock.now().timestamp()) - stamp) > WINDOW_SECONDS:
        raise BusinessError("gateway_event.too_old")
    if not isinstance(event, dict) or event.get("livemode") is not livemode:
        raise BusinessError("gateway_event.other_mode")
    name, kind = event.get("id"), event.get("type")
    if not (isinstance(name, str) and isinstance(kind, str)):
        raise BusinessError("gateway_event.not_understood")
    if kind in EVENTS and not _names_object(event):
        raise BusinessError("gateway_event.not_understood")
    return VerifiedEvent(name, kind, _CLIENT_SECRET.sub(rb"\1null", body))


def _names_object(event: Mapping[str, Any]) -> bool:
    """Whether it says what it is about, as all of these do."""
    data = event.get("data")
    about = data.get("object") if isinstance(data, dict) else None
    return (
        isinstance(about, dict)
        and all(isinstance(about.get(member), str) for member in ("id", "object"))
        and isinstance(about.get("payment_intent"), str | None)
    )


def object_of(event: VerifiedEvent) -> Mapping[str, Any]:
    """What an event is about, as it was then: only its id is to be relied on."""
    about: Mapping[str, Any] = json.loads(event.body)["data"]["object"]
    return about
