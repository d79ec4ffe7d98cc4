"""PayPal's REST API: its access tokens, its answers as plain data, its errors in our words."""

import base64
import hashlib
import json
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from commerce.kit.remote.http import HttpAnswer, ProviderSilentError, send_request
from commerce.payments.gateways.contract import KeyRefusedError, RequestRefusedError

log = logging.getLogger(__name__)

ORDERS, CAPTURES = "/v2/checkout/orders", "/v2/payments/captures"
REFUNDS, DISPUTES = "/v2/payments/refunds", "/v1/customer/disputes"
SETUPS, TOKENS = "/v3/vault/setup-tokens", "/v3/vault/payment-tokens"

VERIFY = "/v1/notifications/verify-webhook-signature"

MISSING = "RESOURCE_NOT_FOUND"
_MISSING_NAMES = (MISSING, "INVALID_RESOURCE_ID")
_MAKES = (ORDERS, SETUPS, TOKENS, VERIFY)
"""Addresses that name nothing which could be missing there."""
_LATER = (408, 409, 429)
_IN_PROGRESS = frozenset(("PREVIOUS_REQUEST_IN_PROGRESS", "ORDER_COMPLETION_IN_PROGRESS"))
_SPARE_SECONDS = 60
"""A token is renewed so long before its end: it must live as long as the call."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a call is allowed by; ``until`` is an instant of ``time.monotonic()``."""

    secret_hash: str
    text: str = field(repr=False)
    until: float
    permissions: frozenset[str]


_tokens: dict[tuple[str, str], AccessToken] = {}
"""The token of each app, by address and client ID: a process asks for one in some hours."""


class PayPalApi:
    """The calls of one app."""

    def __init__(self, address: str, client_id: str, client_secret: str) -> None:
        self.address, self._client_id, self._client_secret = address, client_id, client_secret

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> dict[str, Any]:
        """What one call answers; the same ``key`` is the same call. It is not repeated: whoever asks does that.

        Raises ``ProviderSilentError`` unless PayPal answered for good, ``KeyRefusedError``, or ``RequestRefusedError``.
        """
        content = None if body is None else json.dumps(body).encode()
        return self.send(method, path, content, key=key)

    def send(
        self, method: str, path: str, content: bytes | None, *, key: str = ""
    ) -> dict[str, Any]:
        """``ask`` with the bytes as they are. A token that PayPal does not take any more is renewed once."""
        answer = self._sent(method, path, content, key, self._token())
        if answer.status == 401:
            answer = self._sent(method, path, content, key, self._token(renewed=True))
        if answer.status == 401:
            raise KeyRefusedError("PayPal answers 401")
        if answer.status == 404 and method == "POST" and path in _MAKES:
            raise ProviderSilentError("PayPal answers 404 to what names nothing")
        return _read(answer)

    def check_credentials(self) -> None:
        """Raises ``KeyRefusedError`` for credentials that PayPal does not take."""
        self._token(renewed=True)

    def permissions(self) -> frozenset[str]:
        """What the app may ask for, as of now."""
        self._token(renewed=True)
        return _tokens[self._owner].permissions

    @property
    def _owner(self) -> tuple[str, str]:
        return self.address, self._client_id

    def _sent(
        self, method: str, path: str, content: bytes | None, key: str, token: str
    ) -> HttpAnswer:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Prefer": "return=representation",
        }
        if key:
            headers["PayPal-Request-Id"] = key
        return send_request(method, self.address + path, headers=headers, content=content)

    def _token(self, *, renewed: bool = False) -> str:
        owner = self._owner
        secret_hash = hashlib.sha256(self._client_secret.encode()).hexdigest()
        known = _tokens.get(owner)
        is_good = known and known.secret_hash == secret_hash and time.monotonic() < known.until
        if known and is_good and not renewed:
            return known.text
        login = base64.b64encode(f"{self._client_id}:{self._client_secret}".encode()).decode()
        answer = send_request(
            "POST",
            f"{self.address}/v1/oauth2/token",
            headers={
                "Authorization": f"Basic {login}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            content=b"grant_type=client_credentials",
        )
        if answer.status in (400, 401, 403):
            _tokens.pop(owner, None)
            raise KeyRefusedError(f"{answer.status} to the request for a token")
        if answer.status != 200:
            raise ProviderSilentError(f"PayPal answers {answer.status} to the request for a token")
        made = _read(answer)
        until = time.monotonic() + int(made["expires_in"]) - _SPARE_SECONDS
        text: str = made["access_token"]
        permissions = frozenset(str(made.get("scope") or "").split())
        _tokens[owner] = AccessToken(secret_hash, text, until, permissions)
        return text


def _read(answer: HttpAnswer) -> dict[str, Any]:
    """The data of an answer. Raises ``ProviderSilentError`` or ``RequestRefusedError``."""
    if answer.status == 204:
        return {}
    if answer.status in _LATER or not 200 <= answer.status < 500:
        raise ProviderSilentError(f"PayPal answers {answer.status}")
    data = answer.data()
    if not isinstance(data, dict):
        raise ProviderSilentError("the answer is no object")
    if answer.status < 300:
        return data
    first: dict[str, str] = next(iter(data.get("details") or []), {})
    issue = first.get("issue") or data.get("name") or ""
    log.warning("PayPal refuses: %s %s %s", answer.status, issue, data.get("debug_id", ""))
    if issue in _IN_PROGRESS:
        raise ProviderSilentError(f"PayPal answers {issue}")
    if answer.status == 404 and data.get("name") not in _MISSING_NAMES:
        raise ProviderSilentError("a 404 that is not PayPal's")
    code = MISSING if answer.status == 404 else issue
    raise RequestRefusedError(code, first.get("description") or data.get("message") or code)
