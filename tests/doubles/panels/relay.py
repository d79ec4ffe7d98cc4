"""A real panel behind HTTPS, with faults on demand: what a test lets through gets there as it was sent."""

import json
import ssl
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from tests.doubles.panels.https_server import PanelHttpsServer, _PanelHandler
from tests.doubles.registrars.http_server import HttpReply, HttpRequest

PASSED_ON = ("Authorization", "Content-Type", "Accept")
CLONED = {"lock": "clone", "description": " qmclone temporary file\n"}
"""All that the configuration of a guest has while its disks are copied."""


class _RelayHandler(_PanelHandler):
    do_PATCH = _PanelHandler._any  # noqa: N815 - a name of http.server


class PanelRelay(PanelHttpsServer):
    """Hands calls to ``origin``; ``headers`` says what goes along with one beside what came. At its end none is under
    way to the panel.
    """

    daemon_threads = False

    def __init__(
        self,
        origin: str,
        name: Callable[[HttpRequest], str],
        headers: Callable[[HttpRequest], Mapping[str, str]],
    ) -> None:
        self.behind, self.headers = urlsplit(origin), headers
        super().__init__(name, self._pass_on, _refused)
        self.RequestHandlerClass = _RelayHandler

    def _pass_on(self, request: HttpRequest) -> HttpReply:
        sent = {name: text for name, text in request.headers.items() if name in PASSED_ON}
        query = f"?{urlencode(request.query)}" if request.query else ""
        return self.ask(
            request.method, request.path + query, request.body, sent | dict(self.headers(request))
        )

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        """Ask the panel itself, past all faults."""
        host, port = self.behind.hostname or "", self.behind.port
        if self.behind.scheme == "https":
            context = _anyone()
            line: HTTPConnection = HTTPSConnection(host, port, timeout=60, context=context)
        else:
            line = HTTPConnection(host, port, timeout=60)
        try:
            line.request(method, path, body or None, dict(headers or {}))
            answer = line.getresponse()
            kind = answer.headers.get("Content-Type", "")
            return HttpReply(answer.status, answer.read(), kind)
        except (OSError, HTTPException) as error:
            return HttpReply(502, str(error).encode(), "text/plain")
        finally:
            line.close()


class ProxmoxRelay(PanelRelay):
    """With ``is_slow``, a clone takes until ``end_clones``. As at the real one, its guest has a temporary description
    and a lock until then, and nothing can be done with it. The list does not have its name, which is late there.
    """

    def __init__(
        self,
        origin: str,
        name: Callable[[HttpRequest], str],
        headers: Callable[[HttpRequest], Mapping[str, str]],
    ) -> None:
        self.is_slow, self.tasks = False, set[str]()
        self.cloned, self.unnamed = set[str](), set[str]()
        super().__init__(origin, name, headers)

    def end_clones(self) -> None:
        self.is_slow = False
        self.tasks.clear()
        self.cloned.clear()

    def _pass_on(self, request: HttpRequest) -> HttpReply:
        parts = request.path.split("/")
        guest = next((each for each in parts if each in self.unnamed), "")
        if guest in self.cloned:
            if request.method != "GET":
                return HttpReply(500, json.dumps({"message": "VM is locked (clone)"}).encode())
            if parts[-1] == "pending":
                rows = [{"key": name, "value": text} for name, text in CLONED.items()]
                return HttpReply(200, json.dumps({"data": rows}).encode())
            if parts[-1] == "config":
                return HttpReply(200, json.dumps({"data": CLONED}).encode())
        if unquote(parts[-2]) in self.tasks:
            running = {"data": {"status": "running", "type": "qmclone"}}
            return HttpReply(200, json.dumps(running).encode())
        reply = super()._pass_on(request)
        if reply.status == 200 and parts[-1] == "clone" and self.is_slow:
            number = dict(request.form)["newid"]
            self.tasks.add(json.loads(reply.body)["data"])
            self.cloned.add(number)
            self.unnamed.add(number)
        if reply.status == 200 and parts[-1] == "resources":
            rows = [self._listed(row) for row in json.loads(reply.body)["data"]]
            return HttpReply(200, json.dumps({"data": rows}).encode())
        return reply

    def _listed(self, row: dict[str, Any]) -> dict[str, Any]:
        number = str(row["vmid"])
        if number in self.cloned:
            row |= {"lock": "clone", "tags": ""}
        return row | {"name": f"VM {number}"} if number in self.unnamed else row


def _anyone() -> ssl.SSLContext:
    """A program of our own on this machine, whatever its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _refused(text: str) -> HttpReply:
    return HttpReply(400, json.dumps({"message": text, "detail": text}).encode())
