"""The rate limit of a token, and the limit on refused tokens of a network address (client-api.md 5)."""

from django.conf import settings

from commerce.api import errors
from commerce.api.auth import Caller
from commerce.kit import counters
from commerce.kit.transport import network_of

WINDOW = 60
"""Seconds of a window whose quota staff set for one client."""


def admit(caller: Caller, *, free: bool) -> tuple[bool, int, errors.Headers]:
    """Take one unit of the token's window, or none when the reply is ``free`` (a 304).

    Returns whether the request is admitted, the seconds to the window's end, and the headers of every authenticated
    reply: none while the store of counters is down, when every request is admitted.
    """
    quota, span = settings.COMMERCE_API_RATE
    if caller.api_rate is not None:
        quota, span = caller.api_rate, WINDOW
    window = counters.store(settings.COMMERCE_COUNTERS).take(
        f"api:{caller.token_id}", quota, span, units=0 if free else 1
    )
    if window is None:
        return True, 0, []
    admitted, left, reset = window
    return (
        admitted,
        reset,
        [
            ("RateLimit-Policy", f'"default";q={quota};w={span}'),
            ("RateLimit", f'"default";r={left};t={reset}'),
            ("X-RateLimit-Limit", str(quota)),
            ("X-RateLimit-Remaining", str(left)),
        ],
    )


def refuse(address: str) -> errors.Problem:
    """The answer to a token that was sent and is not valid: 401, or 429 when its network sent too many of them."""
    quota, span = settings.COMMERCE_API_AUTH_FAILURE_RATE
    window = counters.store(settings.COMMERCE_COUNTERS).take(
        f"refused:{network_of(address)}", quota, span
    )
    if window is not None and not window.admitted:
        return errors.too_many(window.reset)
    return errors.unauthenticated(token_sent=True)
