"""Calls of Mollie's API: JSON both ways, held to our time limits; its errors in our words."""

import hashlib
import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from commerce.kit.remote.http import (
    TOTAL_SECONDS,
    HttpAnswer,
    ProviderSilentError,
    send_request,
)
from commerce.payments.gateways.contract import KeyRefusedError, RequestRefusedError

log = logging.getLogger(__name__)

NOT_KNOWN, GONE_FOR_GOOD = "404", "410"
GONE = (NOT_KNOWN, GONE_FOR_GOOD)
"""Codes of what Mollie does not know, or does not have any more."""
_TRY_AGAIN = (409, 429)
"""409 is a call with this key that is under way, or the same refund a short time ago: nothing was done, and later it
is."""


def ask_mollie(
    api_key: str,
    url: str,
    method: str = "GET",
    sent: Mapping[str, Any] | None = None,
    *,
    key: str = "",
    seconds: float = TOTAL_SECONDS,
) -> dict[str, Any]:
    """What one call gives; nothing for an answer without content. It is not repeated: whoever asks does that.

    Raises ``ProviderSilentError`` unless Mollie answered for good, ``KeyRefusedError``, or ``RequestRefusedError`` with
    the status as its code.
    """
    if not api_key.isascii():
        raise KeyRefusedError("the key is not ASCII")
    headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/hal+json"}
    if key:
        headers["Idempotency-Key"] = _uuid4(key)
    content = None
    if sent is not None:
        headers["Content-Type"], content = "application/json", json.dumps(sent).encode()
    answer = send_request(method, url, headers=headers, content=content, seconds=seconds)
    if answer.status in (401, 403):
        raise KeyRefusedError(f"Mollie answers {answer.status}")
    if answer.status in _TRY_AGAIN or not (
        200 <= answer.status < 300 or 400 <= answer.status < 500
    ):
        raise ProviderSilentError(f"Mollie answers {answer.status}")
    if answer.status >= 400:
        raise _refusal(answer)
    said = answer.data() if answer.body else {}
    if not isinstance(said, dict):
        raise ProviderSilentError("the answer is not an object")
    return said


def _uuid4(key: str) -> str:
    """A key of ours in the form that Mollie wants."""
    return str(uuid.UUID(bytes=hashlib.sha256(key.encode()).digest()[:16], version=4))


def _refusal(answer: HttpAnswer) -> RequestRefusedError:
    """Why Mollie refuses, in its words; a refusal without words is one as well."""
    try:
        said = answer.data()
    except ProviderSilentError:
        said = {}
    said = said if isinstance(said, dict) else {}
    reason = str(said.get("detail") or said.get("title") or answer.status)
    log.warning("Mollie refuses: %s %s", answer.status, said.get("field") or "")
    return RequestRefusedError(str(answer.status), reason)
