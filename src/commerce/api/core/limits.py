"""The rate limit of a token, and the limit on refused tokens of a network address (client-api.md 5)."""

from django.conf import settings

from commerce.api.core import errors
from commerce.api.core.auth import ApiCaller
from commerce.kit import counter_store
from commerce.kit.proxy_headers import rate_limit_network

CLIENT_RATE_SECONDS = 60
"""Seconds of a window whose quota staff set for one client."""


def rate_in_force(of_client: int | None, usual: tuple[int, int]) -> tuple[int, int]:
    """How much a token may do in how many seconds: what staff set for its client, or else the usual."""
    return usual if of_client is None else (of_client, CLIENT_RATE_SECONDS)


def take_request(caller: ApiCaller, *, free: bool) -> tuple[bool, int, errors.HeaderList]:
    """Take one unit of the token's window, or none when the reply is ``free`` (a 304).

    Returns whether the request is admitted, the seconds to the window's end, and the headers of every authenticated
    reply: none while the store of counters is down, when every request is admitted.
    """
    rate = rate_in_force(caller.api_rate, settings.COMMERCE_API_RATE)
    return take_window(f"api:{caller.token_id}", *rate, units=0 if free else 1)


def take_window(
    key: str, quota: int, span: int, *, units: int = 1
) -> tuple[bool, int, errors.HeaderList]:
    """The same of the window that this key counts."""
    window = counter_store.counter_store_for(settings.COMMERCE_COUNTERS).take(
        key, quota, span, units=units
    )
    if window is None:
        return True, 0, []
    admitted, remaining, seconds_to_reset = window
    return (
        admitted,
        seconds_to_reset,
        [
            ("RateLimit-Policy", f'"default";q={quota};w={span}'),
            ("RateLimit", f'"default";r={remaining};t={seconds_to_reset}'),
            ("X-RateLimit-Limit", str(quota)),
            ("X-RateLimit-Remaining", str(remaining)),
        ],
    )


def take_write(caller: ApiCaller, headers: errors.HeaderList) -> tuple[int, errors.HeaderList]:
    """Take one write from the token's second window, beside the request that ``headers`` tell of.

    Returns the seconds to wait for the next one, 0 if it is admitted, and the headers with both windows.
    """
    quota, span = rate_in_force(caller.api_write_rate, settings.COMMERCE_API_WRITE_RATE)
    window = counter_store.counter_store_for(settings.COMMERCE_COUNTERS).take(
        f"api-writes:{caller.token_id}", quota, span
    )
    if window is None:
        return 0, headers
    admitted, remaining, seconds_to_reset = window
    more = {
        "RateLimit-Policy": f', "writes";q={quota};w={span}',
        "RateLimit": f', "writes";r={remaining};t={seconds_to_reset}',
    }
    told = [(name, value + more.get(name, "")) for name, value in headers]
    return 0 if admitted else seconds_to_reset, told


def count_share(key: str, quota: int, seconds: int, *, units: int = 1) -> int:
    """Count what one client may do so often, whatever their tokens may: the seconds to wait, 0 if it is admitted."""
    window = counter_store.counter_store_for(settings.COMMERCE_COUNTERS).take(
        key, quota, seconds, units=units
    )
    return 0 if window is None or window.admitted else window.seconds_to_reset


def give_share_back(key: str) -> None:
    """What was counted does not count after all."""
    counter_store.counter_store_for(settings.COMMERCE_COUNTERS).give_back(key)


def refused_token_problem(address: str) -> errors.ApiProblem:
    """The answer to a token that was sent and is not valid: 401, or 429 when its network sent too many of them."""
    quota, span = settings.COMMERCE_API_AUTH_FAILURE_RATE
    window = counter_store.counter_store_for(settings.COMMERCE_COUNTERS).take(
        f"refused:{rate_limit_network(address)}", quota, span
    )
    if window is not None and not window.admitted:
        return errors.too_many_requests(window.seconds_to_reset)
    return errors.unauthenticated(token_sent=True)
