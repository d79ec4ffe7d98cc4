"""Stripe's own SDK, with its pinned version of the API, held to our time limits; its errors in our words.

Imported on first use: it takes 36 MiB, which no worker that never charges a card needs.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import httpx
import stripe
from stripe._v1_services import V1Services

from commerce.payments.gateways.contract import KeyRefusedError, RequestRefusedError
from commerce.payments.gateways.stripe.errors import (
    MISSING,
    CardDeclinedError,
    StripeSilentError,
)
from commerce.payments.gateways.time_limits import seconds_left

log = logging.getLogger(__name__)
logging.getLogger("stripe").setLevel(logging.WARNING)
"""What it says below that holds whole answers, and with them client secrets."""

CONNECT_SECONDS, TOTAL_SECONDS = 5, 20
MAX_ANSWER_BYTES = 8 * 1024 * 1024
"""A list of 100 payments with their charges is about 1 MiB."""

type Answer = tuple[bytes, int, Mapping[str, str]]


class TimedClient(stripe.HTTPClient):
    """Sends what the SDK wants sent, within a limit for the whole call; those of the SDK have one for each read."""

    name = "httpx"

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def request(  # type: ignore[override]  # bytes, as the clients of the SDK give them
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> Answer:
        loop = asyncio.new_event_loop()  # ``asyncio.run`` waits for a name server, however slow
        try:
            return loop.run_until_complete(self._send(method, url, headers, post_data))
        except (httpx.HTTPError, OSError) as error:
            raise stripe.APIConnectionError(type(error).__name__) from error  # type: ignore[no-untyped-call]
        finally:
            loop.close()

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str] | None, content: Any
    ) -> Answer:
        body = b""
        limits = httpx.Timeout(None, connect=CONNECT_SECONDS)
        async with (
            asyncio.timeout(self.seconds),
            httpx.AsyncClient(timeout=limits, verify=_certificates()) as client,
            client.stream(method, url, headers=headers, content=content) as answer,
        ):
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    raise httpx.ReadError("the answer is too large")
        return body, answer.status_code, answer.headers

    def close(self) -> None:
        """Nothing is kept open."""


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def ask_stripe(
    secret_key: str,
    address: str,
    call: Callable[[V1Services], stripe.StripeObject],
    *,
    seconds: float = TOTAL_SECONDS,
) -> dict[str, Any]:
    """What one call of the SDK gives, as plain data. It is not repeated: whoever asks does that, with the same key.

    Raises ``StripeSilentError`` unless Stripe answered for good, ``KeyRefusedError``, ``RequestRefusedError``, or
    ``CardDeclinedError``.
    """
    sdk = stripe.StripeClient(
        secret_key,
        base_addresses={"api": address},
        http_client=TimedClient(min(seconds, seconds_left())),
        max_network_retries=0,
    )
    try:
        return call(sdk.v1).to_dict()
    except stripe.CardError as error:
        raise CardDeclinedError(_details(error)) from None
    except stripe.InvalidRequestError as error:
        log.warning("Stripe refuses: %s", _description(error))
        code = error.code or (MISSING if error.http_status == 404 else "")
        raise RequestRefusedError(code, error.user_message or "") from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise KeyRefusedError(_description(error)) from None
    except stripe.StripeError as error:
        if isinstance(error, stripe.IdempotencyError):
            log.error("Stripe knows the key from another request: what became of that one is open")
        raise StripeSilentError(_description(error)) from None


def _details(error: stripe.StripeError) -> Mapping[str, Any]:
    body: Any = error.json_body
    details: Mapping[str, Any] = body["error"]
    return details


def _description(error: stripe.StripeError) -> str:
    """What can be logged of an error: not its body, which may hold a client secret."""
    parts = (type(error).__name__, error.http_status, error.code, error.request_id)
    return " ".join(str(part) for part in parts if part)
