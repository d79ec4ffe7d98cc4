"""Calls of OpenSRS's XML API: signed, and answered with a code that says what became of it."""

from collections.abc import Mapping
from typing import NamedTuple

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.opensrs.envelope import (
    OpsData,
    OpsValue,
    read_envelope,
    signature_of,
    written_envelope,
)
from commerce.domains.registrars.operations import RegistrarError
from commerce.kit.remote.http import ProviderSilentError, send_request

LIVE_ADDRESS = "https://rr-n1-tor.opensrs.net:55443"
TEST_ADDRESS = "https://horizon.opensrs.net:55443"

AVAILABLE, TAKEN, TAKEN_WAITING = 210, 211, 221
QUEUED, DEFERRED = 250, 300
ALREADY_RENEWED, OTHER_YEAR = 555, 541
NOT_THE_HOLDER = 415
"""The call wants the holder's own user name and password."""

_PROBLEMS = {
    400: RegistrarProblem.RETRY,  # an error of its own, or "please retry"
    401: RegistrarProblem.AUTH,
    410: RegistrarProblem.AUTH,
    437: RegistrarProblem.RETRY,  # another request for the name waits
    480: RegistrarProblem.NOT_FOUND,
    485: RegistrarProblem.TAKEN,
    486: RegistrarProblem.RETRY,  # it is being made
    701: RegistrarProblem.REFUSED,  # a TLD that it does not have
}
"""What a code means; a registry that does not answer is 7xx, too many calls are 3xx, all others are refusals."""


class OpenSrsError(RegistrarError):
    """It refuses, for the reason of this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(_problem_of(code, reason), f"{code} {reason}")
        self.code = code


class OpsAnswer(NamedTuple):
    """A success: its code, and what it tells."""

    code: int
    attributes: OpsData


class OpenSrsClient:
    """One reseller at one address."""

    def __init__(self, address: str, username: str, private_key: str) -> None:
        self._address, self._username, self._private_key = address, username, private_key

    def ask(
        self, action: str, attributes: Mapping[str, OpsValue], kind: str = "DOMAIN"
    ) -> OpsAnswer:
        """What one command gives. Raises ``OpenSrsError``, or ``OSError`` without an answer that can be relied on."""
        if not self._username.isascii():
            raise RegistrarError(RegistrarProblem.AUTH, "The user name is not ASCII.")
        content = written_envelope(
            {"protocol": "XCP", "action": action, "object": kind, "attributes": attributes}
        )
        answer = send_request(
            "POST",
            self._address,
            headers={
                "Content-Type": "text/xml",
                "X-Username": self._username,
                "X-Signature": signature_of(content, self._private_key),
            },
            content=content,
        )
        if answer.status in (401, 403):
            raise RegistrarError(RegistrarProblem.AUTH, f"OpenSRS answers {answer.status}.")
        if answer.status != 200:
            raise ProviderSilentError(f"OpenSRS answers {answer.status}")
        return _understood(read_envelope(answer.body))


def _understood(said: OpsData) -> OpsAnswer:
    code, success = int(said["response_code"]), said["is_success"]
    if success not in ("0", "1"):
        raise ValueError("neither a success nor a refusal")
    attributes = said.get("attributes")
    told: OpsData = attributes if isinstance(attributes, dict) else {}
    if success == "0":
        reason = str(said.get("response_text") or "")
        detail = told.get("error")
        raise OpenSrsError(code, f"{reason} {detail if isinstance(detail, str) else ''}".strip())
    return OpsAnswer(code, told)


def _problem_of(code: int, reason: str) -> RegistrarProblem:
    if code == 400 and "access denied" in reason.lower():
        return RegistrarProblem.AUTH  # our address is not on its list
    if code == 400 and "invalid command" in reason.lower():
        return RegistrarProblem.REFUSED
    if code in _PROBLEMS:
        return _PROBLEMS[code]
    is_passing = 300 <= code < 400 or 402 <= code < 410 or 700 <= code < 800
    return RegistrarProblem.RETRY if is_passing or code < 300 else RegistrarProblem.REFUSED
