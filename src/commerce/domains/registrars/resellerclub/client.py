"""Calls of ResellerClub's HTTP API, and of other brands of LogicBoxes: what it answers, or why not."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.operations import RegistrarError
from commerce.kit.remote.http import HttpAnswer, ProviderSilentError, send_request
from commerce.kit.remote.json import parse_json

LIVE_ADDRESS, TEST_ADDRESS = "https://httpapi.com/api", "https://test.httpapi.com/api"
LIVE_CHECK_ADDRESS = "https://domaincheck.httpapi.com/api"
"""Where the live system is asked what can be had."""

type Fields = Sequence[tuple[str, str]]

_FAILED = ("error", "failed")
_PROBLEMS = (
    (
        RegistrarProblem.NOT_FOUND,
        r"no entity found"
        r"|(website|domain|order|customer|contact|entity)\b.{0,60}(doesn't exist|does not exist|not found)"
        r"|not allowed to perform this action",
    ),
    (
        RegistrarProblem.RETRY,
        r"locked in processing|try again|temporar|timed? ?out|unexpected|unable to connect|too many requests",
    ),
    (
        RegistrarProblem.AUTH,
        r"authentication|invalid auth-userid|api[- ]key|access denied|whitelist|ip address",
    ),
    (RegistrarProblem.WRONG_CODE, r"auth(ori[sz]ation)?[- ]?code|domain secret"),
    (RegistrarProblem.TAKEN, r"already registered|not available for registration"),
)
"""What its messages say, the first that fits; it has no codes. Anything else is a refusal."""
_NAMES = re.compile(r"\S+@\S+|[\w-]+(?:\.[\w-]+)+")
"""Addresses and host names: they are somebody's own words, and say nothing of what went wrong."""
_REPEATED = frozenset(
    "domain-name username email name company address-line-1 address-line-2 city state zipcode ns".split()
)
"""Fields whose values a message may repeat."""


class ResellerClubClient:
    """One account at one address."""

    def __init__(self, address: str, auth_userid: str, api_key: str) -> None:
        self._address = address
        self._credentials = (("auth-userid", auth_userid), ("api-key", api_key))

    def read(self, command: str, *fields: tuple[str, str]) -> Any:
        """What a query gives; its credentials stand in the address, since there it takes nothing else."""
        query = urlencode([*self._credentials, *fields])
        answer = send_request("GET", f"{self._address}/{command}.json?{query}")
        return _understood(answer, fields)

    def change(self, command: str, *fields: tuple[str, str]) -> Any:
        """What a command gives. Of one that is queued nothing but its number is known."""
        answer = send_request(
            "POST",
            f"{self._address}/{command}.json",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode([*self._credentials, *fields]).encode(),
        )
        return _understood(answer, fields)


def attributes(values: Fields) -> list[tuple[str, str]]:
    """Further details as it takes them: numbered names and values."""
    return [
        pair
        for number, (name, value) in enumerate(values, 1)
        for pair in ((f"attr-name{number}", name), (f"attr-value{number}", value))
    ]


def _understood(answer: HttpAnswer, sent: Fields) -> Any:
    """The content of an answer. It refuses with any status; what is no JSON can be the word ``Success`` only."""
    if answer.status in (401, 403):
        raise RegistrarError(RegistrarProblem.AUTH, f"The registrar answers {answer.status}.")
    try:
        said = parse_json(answer.body, parse_float=str)  # amounts
    except ValueError:
        said = answer.body[:100].decode("ascii", "replace").strip()
        if answer.status != 200 or said.lower() != "success":
            raise ProviderSilentError("the answer is not JSON") from None
    if isinstance(said, dict) and str(said.get("status") or "").lower() in _FAILED:
        reason = said.get("message") or said.get("error") or said.get("actionstatusdesc")
        raise _refusal(str(reason or "The registrar gives no reason."), sent)
    if answer.status != 200:
        raise ProviderSilentError(f"the registrar answers {answer.status}")
    return said


def _refusal(reason: str, sent: Fields) -> RegistrarError:
    said = _own_words(reason, sent)
    for problem, words in _PROBLEMS:
        if re.search(words, said, re.IGNORECASE):
            return RegistrarError(problem, reason)
    return RegistrarError(RegistrarProblem.REFUSED, reason)


def _own_words(reason: str, sent: Fields) -> str:
    """A message without the names and addresses that it repeats: ``temporarystaff.com`` is no reason to try again."""
    repeated = {value for name, value in sent if name in _REPEATED and value}
    for value in sorted(repeated, key=len, reverse=True):
        reason = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", reason, flags=re.IGNORECASE)
    return _NAMES.sub("…", reason)
