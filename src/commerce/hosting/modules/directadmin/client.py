"""Calls of DirectAdmin: its JSON API where that has the call, its older commands for the rest."""

import json
from base64 import b64encode
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.modules.panel import PanelRefusal, check_status, credentials_refused
from commerce.kit.remote.http import HttpAnswer, ProviderSilentError
from commerce.kit.remote.json import parse_json
from commerce.kit.text import storable_text

SIGN_IN_PAGE = (b"CMD_LOGIN", b"/evo/login", b"DirectAdmin Login")
"""What a wrong login gets from a command: a page, with any status."""
KEY_REFUSED = ("authority level", "login failed", "invalid login", "access denied")
"""What it says of a login key that it doesn't accept, or that may not run the command. No name or domain can."""


def _pairs(
    text: str, *, keep_blank_values: bool = False, strict_parsing: bool = False
) -> list[tuple[str, str]]:
    """The fields of a text that a command answers. Raises ``ValueError`` when there are too many."""
    found = parse_qsl(text, keep_blank_values, strict_parsing, max_num_fields=100_000)
    return [(storable_text(name), storable_text(value)) for name, value in found]


class DirectAdminClient:
    """One user of one server, who may act as each of their accounts."""

    def __init__(self, connection: PanelConnection) -> None:
        self._connection = connection

    def read(self, path: str) -> Any:
        """The answer of the JSON API."""
        return self._send("GET", path).data()

    def write(self, path: str, data: Mapping[str, Any], *, as_user: str) -> Any:
        """The answer of the JSON API to what an account asks for, which is a secret."""
        body = json.dumps(data).encode()
        return self._send("POST", path, body, as_user=as_user, hides_answer=True).data()

    def command(
        self, name: str, fields: Mapping[str, str], *, hidden: Collection[str] = ()
    ) -> dict[str, str]:
        """What a command says. Raises ``PanelRefusal`` with its text and details."""
        told = _fields(self._send("POST", f"/{name}", urlencode(fields).encode(), hidden=hidden))
        if "error" not in told:
            raise ProviderSilentError("the answer doesn't say whether it was done")
        return told

    def lines(self, name: str, fields: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
        """The pairs of a list of the older commands, one after the other."""
        query = f"?{urlencode(fields)}" if fields else ""
        answer = self._send("GET", f"/{name}{query}")
        _fields(answer)
        text = answer.body.decode()
        return [pair for line in text.splitlines() for pair in _pairs(line, strict_parsing=True)]

    def rows(self, name: str) -> dict[str, dict[str, str]]:
        """Of a command that answers with a line for each account: its fields, by its name."""
        answer = self._send("GET", f"/{name}")
        _fields(answer)
        lines = [line.partition("=") for line in answer.body.decode().splitlines() if line.strip()]
        return {user: dict(_pairs(rest, keep_blank_values=True)) for user, _, rest in lines}

    def _send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        as_user: str = "",
        hidden: Collection[str] = (),
        hides_answer: bool = False,
    ) -> HttpAnswer:
        settings = self._connection.server.settings
        username = settings["username"] + (f"|{as_user}" if as_user else "")
        login = b64encode(f"{username}:{settings['login_key']}".encode()).decode()
        kind = "json" if path.startswith("/api/") else "x-www-form-urlencoded"
        answer = self._connection.send(
            method,
            path,
            headers={"Authorization": f"Basic {login}", "Content-Type": f"application/{kind}"},
            content=content,
            hidden=[*hidden, login],
            hides_answer=hides_answer,
        )
        unauthorized = answer.headers.get("X-DirectAdmin", "").lower() == "unauthorized"
        if unauthorized or any(mark in answer.body[:65536] for mark in SIGN_IN_PAGE):
            raise credentials_refused("it shows its sign-in page: check username and login key")
        if answer.body[:1] == b"<" and KEY_REFUSED[0].encode() in answer.body[:65536]:
            raise credentials_refused("the login key may not do this")
        check_status(answer, _reason(answer))
        return answer


def part(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")


def _reason(answer: HttpAnswer) -> str:
    """What the JSON API says of a status."""
    try:
        told = parse_json(answer.body)
        return str(told.get("message") or told.get("type") or "")
    except (ValueError, AttributeError):
        return ""


def _fields(answer: HttpAnswer) -> dict[str, str]:
    """The fields of an urlencoded answer. Raises ``PanelRefusal`` if they are an error."""
    text = answer.body.decode()
    if text.lstrip()[:1] in ("<", "{", "["):
        raise ProviderSilentError("the answer is not of a command")
    told = dict(_pairs(text.strip(), keep_blank_values=True))
    if told.get("error", "0") != "0":
        said = " ".join(each for each in (told.get("text"), told.get("details")) if each)
        raise refusal(said)
    return told


def refusal(reason: str) -> PanelRefusal:
    """A command's refusal; those of names that are in use have their own outcome."""
    lower = reason.lower()
    if any(words in lower for words in KEY_REFUSED):
        return credentials_refused(reason)
    taken = "already exist" in lower or "already in use" in lower or "is taken" in lower
    outcome = ModuleOutcome.TAKEN if taken else ModuleOutcome.REFUSED
    return PanelRefusal(reason or "No reason is given.", outcome)
