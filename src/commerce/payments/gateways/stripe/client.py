"""Stripe's own SDK, with its pinned version of the API, held to our time limits; its errors in our words.

Imported on first use: it takes 36 MiB, which no worker that never charges a card needs.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import stripe
from stripe._v1_services import V1Services

from commerce.kit.remote.http import TOTAL_SECONDS, ProviderSilentError, send_request
from commerce.kit.remote.json import parse_json
from commerce.payments.gateways.contract import KeyRefusedError, RequestRefusedError
from commerce.payments.gateways.stripe.errors import (
    MISSING,
    CardDeclinedError,
    StripeSilentError,
)

log = logging.getLogger(__name__)
logging.getLogger("stripe").setLevel(logging.WARNING)
"""What it says below that holds whole answers, and with them client secrets."""

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
        try:
            answer = send_request(
                method, url, headers=headers, content=post_data, seconds=self.seconds
            )
        except ProviderSilentError as silent:
            raise stripe.APIConnectionError(str(silent)) from silent  # type: ignore[no-untyped-call]
        try:
            body = json.dumps(parse_json(answer.body)).encode()
        except (
            ValueError
        ):  # the SDK would follow it to its depth; of an empty one it says that it is none
            return b"", answer.status, answer.headers
        return body, answer.status, answer.headers

    def close(self) -> None:
        """Nothing is kept open."""


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
        http_client=TimedClient(seconds),
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
