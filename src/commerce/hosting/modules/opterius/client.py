"""Calls of Opterius Panel: JSON, signed over the time and the body (services-and-provisioning.md 6)."""

import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.modules.panel import PanelRefusal, check_status
from commerce.kit import clock
from commerce.kit.remote.http import HttpAnswer
from commerce.kit.remote.json import parse_json

CALL_SECONDS = 15
EMPTY = b"{}"
"""What is signed for a body that is empty."""


def sign(token: str, timestamp: str, body: bytes) -> str:
    """The signature of a call: HMAC-SHA256 with the token over timestamp and body, in hexadecimal digits."""
    return hmac.new(
        token.encode(), timestamp.encode() + (body or EMPTY), hashlib.sha256
    ).hexdigest()


class OpteriusClient:
    """One panel. Each call is signed when it is sent: an old timestamp is refused."""

    def __init__(self, connection: PanelConnection) -> None:
        self._connection = connection

    def ask(
        self,
        method: str,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        hidden: Collection[str] = (),
        conflict: ModuleOutcome = ModuleOutcome.REFUSED,
    ) -> Any:
        """The JSON of the answer; ``key`` keeps the panel from doing it twice. Raises ``PanelRefusal``, which for a
        conflict has the outcome ``conflict``.
        """
        body = b"" if method in ("GET", "DELETE") else json.dumps(data or {}).encode()
        timestamp = str(int(clock.now().timestamp()))
        token = self._connection.server.settings["api_token"]
        headers = {
            "X-Timestamp": timestamp,
            "X-Signature": sign(token, timestamp, body),
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        if key:
            headers["Idempotency-Key"] = key
        answer = self._connection.send(
            method, path, headers=headers, content=body or None, seconds=CALL_SECONDS, hidden=hidden
        )
        _check(answer, conflict)
        return answer.data() if answer.body.strip() else {}


def _check(answer: HttpAnswer, conflict: ModuleOutcome) -> None:
    """Raises what a status stands for; a clock that is wrong here is told with how far it is off."""
    reason = _reason(answer)
    if answer.status == 401 and any(
        word in reason.lower() for word in ("timestamp", "clock", "expired")
    ):
        raise PanelRefusal(f"Check the clock of this server: {_offset(answer)} ({reason})")
    if answer.status == 409:
        raise PanelRefusal(f"The panel answers 409: {reason}", conflict)
    check_status(answer, reason)


def _offset(answer: HttpAnswer) -> str:
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"])
        seconds = int((theirs - clock.now()).total_seconds())
    except (KeyError, TypeError, ValueError):
        return "the panel doesn't tell its time."
    return f"the panel's is {abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}."


def _reason(answer: HttpAnswer) -> str:
    try:
        told = parse_json(answer.body)
        return str(told.get("message") or told.get("error") or "")
    except (ValueError, AttributeError):
        return ""
