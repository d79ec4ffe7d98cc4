"""Calls of Openprovider's REST API: JSON both ways, with a token that a login gives for some hours."""

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.operations import RegistrarError
from commerce.kit.remote.http import HttpAnswer, ProviderSilentError, send_request

LIVE_ADDRESS = "https://api.openprovider.eu/v1beta"
TEST_ADDRESS = "http://api.sandbox.openprovider.nl:8480/v1beta"
"""Its test system has no TLS, and accounts of its own."""

TOKEN_SECONDS = 12 * 3600
"""A token is said to hold for two days; it may end before, and then the call tells."""
NOT_LOGGED_IN = 196
LOWEST_CODE = 100
"""Below are the errors of what stands before its API."""

type OpenproviderData = dict[str, Any]

_tokens: dict[str, tuple[str, int]] = {}
"""The token of an account and the second when it was given, as long as this process lives."""


class OpenproviderError(RegistrarError):
    """It refuses, in its words; what most of its codes mean is nowhere written."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(RegistrarProblem.REFUSED, f"{code} {reason}".strip())
        self.code = code


class _NotLoggedInError(Exception):
    """The token, or the user name with its password, is not accepted: nothing was done."""


class OpenproviderClient:
    """One reseller at one address."""

    def __init__(self, address: str, username: str, password: str) -> None:
        self._address, self._username, self._password = address, username, password
        known = "\n".join((address, username, password))
        self._account = hashlib.sha256(known.encode()).hexdigest()

    @property
    def token(self) -> str:
        """The token that is at hand; empty before the first login."""
        return _tokens.get(self._account, ("", 0))[0]

    def ask(
        self,
        method: str,
        path: str,
        sent: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> OpenproviderData:
        """What one call gives. With a token that is not accepted any more it is made again after a login: once.

        Raises ``OpenproviderError``, or ``OSError`` without an answer that can be relied on.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        token, given_at = _tokens.get(self._account, ("", 0))
        if token and _second() - given_at < TOKEN_SECONDS:
            try:
                return self._call(method, target, sent, token)
            except _NotLoggedInError:
                _tokens.pop(self._account, None)
        try:
            return self._call(method, target, sent, self._log_in())
        except _NotLoggedInError:
            raise RegistrarError(
                RegistrarProblem.AUTH, "Openprovider does not accept the user name and password."
            ) from None

    def _log_in(self) -> str:
        about = {"username": self._username, "password": self._password, "ip": "0.0.0.0"}  # noqa: S104 - any
        token = self._call("POST", "/auth/login", about)["token"]
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ValueError("no token")
        _tokens[self._account] = token, _second()
        return token

    def _call(
        self, method: str, target: str, sent: Mapping[str, Any] | None, token: str = ""
    ) -> OpenproviderData:
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = None
        if sent is not None:
            headers["Content-Type"], content = "application/json", json.dumps(sent).encode()
        return _understood(
            send_request(method, f"{self._address}{target}", headers=headers, content=content)
        )


def _second() -> int:
    return time.monotonic_ns() // 10**9


def _understood(answer: HttpAnswer) -> OpenproviderData:
    """The data of a success. Errors come with any status, and mean what their code says."""
    if answer.status == 401:
        raise _NotLoggedInError
    if answer.status == 403:
        raise RegistrarError(RegistrarProblem.AUTH, "Openprovider answers 403.")
    if answer.status == 429:
        raise ProviderSilentError("too many calls")
    said = answer.data()
    code = said["code"]
    if code == NOT_LOGGED_IN:
        raise _NotLoggedInError
    if said.get("maintenance") or not isinstance(code, int):
        raise ProviderSilentError("maintenance, or no answer of Openprovider's")
    if code >= LOWEST_CODE:
        raise OpenproviderError(code, str(said.get("desc") or ""))
    if code or not 200 <= answer.status < 300:
        raise ProviderSilentError(f"Openprovider answers {answer.status}, code {code}")
    data = said.get("data")
    return data if isinstance(data, dict) else {}
