"""A real panel behind HTTPS, with faults on demand: what a test lets through gets there as it was sent."""

import json
import ssl
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

from tests.doubles.panels.https_server import PanelHttpsServer, _PanelHandler
from tests.doubles.registrars.http_server import HttpReply, HttpRequest

PASSED_ON = ("Authorization", "Content-Type", "Accept")


class _RelayHandler(_PanelHandler):
    do_PATCH = _PanelHandler._any  # noqa: N815 - a name of http.server


class PanelRelay(PanelHttpsServer):
    """Hands calls to ``origin``; ``headers`` says what goes along with one beside what came."""

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


def _anyone() -> ssl.SSLContext:
    """A program of our own on this machine, whatever its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _refused(text: str) -> HttpReply:
    return HttpReply(400, json.dumps({"message": text, "detail": text}).encode())
