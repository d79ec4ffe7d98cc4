"""Calls of Plesk: REST, its gate to the commands of the server, and XML for what both lack."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from commerce.hosting.modules.connection import PanelConnection
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.modules.panel import PanelRefusal, check_status, credentials_refused
from commerce.kit.remote.http import HttpAnswer
from commerce.kit.remote.json import parse_json
from commerce.kit.remote.xml import element, parse_xml, text_of, written

MISSING, OWNER_MISSING = "1013", "1015"
KEY_REFUSED = frozenset({"1001", "1006", "1010", "1011", "1012", "1029", "11003"})
"""Error codes of XML answers: what is not there; a key that is wrong, locked, disabled, of another IP address, or
without the right. XML says so with status 200.
"""


class PleskClient:
    """One server, as its administrator."""

    def __init__(self, connection: PanelConnection) -> None:
        self._connection = connection
        self._key = connection.server.settings["api_key"]

    def rest(
        self,
        method: str,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        hidden: Collection[str] = (),
        hides_answer: bool = False,
    ) -> Any:
        """The JSON that REST answers. Raises ``PanelRefusal`` with its message."""
        answer = self._connection.send(
            method,
            f"/api/v2{path}",
            headers={
                "X-API-Key": self._key,
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
            content=None if data is None else json.dumps(data).encode(),
            hidden=hidden,
            hides_answer=hides_answer,
        )
        check_status(answer, _message(answer))
        return answer.data() if answer.body.strip() else None

    def command(
        self,
        command: str,
        params: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run a command of the server. A secret goes into its environment, never among its parameters, which any user
        of the server can see. Raises ``PanelRefusal`` with what it wrote.
        """
        environment = environment or {}
        data = {"params": list(params), "env": dict(environment)}
        told = self.rest("POST", f"/cli/{command}/call", data, hidden=environment.values())
        if int(told["code"]):
            said = str(told.get("stderr") or told.get("stdout") or "").strip()
            raise PanelRefusal(said or f"{command} failed.")

    def xml(self, operator: str, operation: Any, *, hides_answer: bool = False) -> list[Any]:
        """The results of one operation, whose elements stand in the order of the schema; those that are missing are
        left out. Raises ``PanelRefusal`` with the text of an error.
        """
        answer = self._connection.send(
            "POST",
            "/enterprise/control/agent.php",
            headers={"KEY": self._key, "Content-Type": "text/xml"},
            content=written(element("packet", element(operator, operation))),
            hides_answer=hides_answer,
        )
        check_status(answer)
        packet = parse_xml(answer.body)
        if (system := packet.find("system")) is not None:
            raise _refusal(system)
        results = packet.findall(f"{operator}/{operation.tag}/result")
        if packet.tag != "packet" or not results:
            raise ValueError("no result")
        for result in results:
            status = text_of(result, "status")
            missing = text_of(result, "errcode") in (MISSING, OWNER_MISSING)
            if status == "error" and not missing:
                raise _refusal(result)
            if status not in ("ok", "error"):
                raise ValueError("no status")
        return [each for each in results if text_of(each, "status") == "ok"]


def _refusal(told: Any) -> PanelRefusal:
    code, text = text_of(told, "errcode"), text_of(told, "errtext")
    if code in KEY_REFUSED:
        return credentials_refused(f"{text or 'no reason is given'}, {code}")
    return PanelRefusal(f"{text or 'No reason is given.'} ({code})")


def _message(answer: HttpAnswer) -> str:
    try:
        return str(parse_json(answer.body).get("message") or "")
    except (ValueError, AttributeError):
        return ""


def check_free(refusal: PanelRefusal) -> PanelRefusal:
    """The refusal of something new: ``TAKEN`` where there is one of this name."""
    text = str(refusal).lower()
    if "already" in text or "exists" in text or "is used by" in text:
        return PanelRefusal(str(refusal), ModuleOutcome.TAKEN)
    return refusal
