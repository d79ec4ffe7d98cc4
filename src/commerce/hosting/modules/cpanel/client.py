"""Calls of WHM API 1: a form by POST to one function, JSON back with a result of 1 or 0."""

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.modules.panel import PanelRefusal, check_status, credentials_refused
from commerce.kit.remote.http import ProviderSilentError

NO_ACCOUNT = re.compile(r"(account|user|domain)\b.*\bdoes not exist", re.IGNORECASE)
KEY_REFUSED = re.compile(
    r"^\s*(access|permission) denied\b|\bAPI token\b.*\b(invalid|expired|revoked)\b", re.IGNORECASE
)
"""What it says, with status 200 as well, of a token that it doesn't accept. No name or domain can say so."""
TAKEN = re.compile(r"already (exists?|taken|has|in use|owned|configured)|is taken", re.IGNORECASE)


def ask(
    connection: PanelConnection,
    function: str,
    fields: Mapping[str, str] | None = None,
    *,
    hidden: Collection[str] = (),
    hides_answer: bool = False,
) -> Any:
    """The ``data`` of a function's answer. Raises ``PanelRefusal`` with the panel's reason.

    Nothing but the function stands in the address, since a password in it would stand in the panel's logs.
    """
    settings = connection.server.settings
    answer = connection.send(
        "POST",
        f"/json-api/{function}?api.version=1",
        headers={
            "Authorization": f"whm {settings['username']}:{settings['api_token']}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        content=urlencode(fields or {}).encode(),
        hidden=hidden,
        hides_answer=hides_answer,
    )
    check_status(answer)
    told = answer.data()
    if "cpanelresult" in told:
        raise credentials_refused(str(told["cpanelresult"].get("error")))
    metadata = told["metadata"]
    if int(metadata["result"]) == 1:
        return told.get("data") or {}
    raise _refusal(str(metadata.get("reason") or "No reason is given."))


def ask_account(connection: PanelConnection, username: str, module: str, function: str) -> Any:
    """The data of a function of the account's own panel (UAPI). Raises ``PanelRefusal``."""
    data = ask(
        connection,
        "uapi_cpanel",
        {"cpanel.user": username, "cpanel.module": module, "cpanel.function": function},
    )
    told = data["uapi"]
    if int(told["status"]) != 1:
        errors = told.get("errors") or ["No reason is given."]
        raise _refusal(" ".join(str(each) for each in errors))
    return told["data"]


def _refusal(reason: str) -> PanelRefusal:
    if NO_ACCOUNT.search(reason):
        return PanelRefusal(reason, ModuleOutcome.NOT_FOUND)
    if KEY_REFUSED.search(reason):
        return credentials_refused(reason)
    if "rate limit" in reason.lower():
        raise ProviderSilentError("the panel asks for fewer calls")
    return PanelRefusal(reason)
