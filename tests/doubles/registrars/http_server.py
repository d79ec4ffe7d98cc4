"""An HTTP server for the double of a registrar: what was asked, and what shall go wrong."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlsplit


@dataclass(slots=True)
class HttpFault:
    """How the next ``times`` calls of a name go wrong; an empty name is any.

    ``dead``: nothing is done, and the line goes dead. ``lost``: it is done, and the line goes dead. ``hangs``: it is
    done, and nothing comes. ``garbage``: it is done, and HTML comes. ``error``: 503 and nothing is done. ``huge``:
    nothing is done, and an answer without end comes. ``says``: nothing is done, and ``body`` comes. ``refused``:
    nothing is done, and the double's refusal comes, with all that was sent in its message.
    """

    call: str
    kind: str
    body: bytes = b""
    status: int = 200
    times: int = 1


class HttpReply(NamedTuple):
    status: int
    body: bytes
    content_type: str = "application/json"


class HttpRequest(NamedTuple):
    """What was asked: the method, the path, the fields of query and form one after the other, the body as it came."""

    method: str
    path: str
    query: list[tuple[str, str]]
    form: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> list[tuple[str, str]]:
        return [*self.query, *self.form]


GARBAGE = b"<!DOCTYPE html><html><body>We'll be back soon.</body></html>"


class RegistrarServer(ThreadingHTTPServer):
    """Serves a double on a free port of this machine: ``name`` says what a call is, ``reply`` does it, ``refusal``
    writes a refusal with this message.
    """

    daemon_threads = True

    def __init__(
        self,
        name: Callable[[HttpRequest], str],
        reply: Callable[[HttpRequest], HttpReply],
        refusal: Callable[[str], HttpReply],
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name, self.reply, self.refusal = name, reply, refusal
        self.faults: list[HttpFault] = []
        self.requests: list[HttpRequest] = []
        self.over = threading.Event()
        self.origin = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def fault_of(self, request: HttpRequest) -> HttpFault | None:
        name = self.name(request)
        fault = next((each for each in self.faults if each.call in ("", name)), None)
        if fault is not None:
            fault.times -= 1
            if not fault.times:
                self.faults.remove(fault)
        return fault

    def handle_error(self, *_: object) -> None:
        """Who asked has gone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: RegistrarServer

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        is_form = "form-urlencoded" in self.headers.get("Content-Type", "")
        form = parse_qsl(body.decode(), keep_blank_values=True) if is_form else []
        query = parse_qsl(parts.query, keep_blank_values=True)
        request = HttpRequest(self.command, parts.path, query, form, dict(self.headers), body)
        self.server.requests.append(request)
        fault = self.server.fault_of(request)
        kind = fault.kind if fault else ""
        self.close_connection = True
        if kind == "dead":
            return
        if kind == "huge":
            self._send_without_end()
            return
        if fault and kind in ("error", "says"):
            status = 503 if kind == "error" else fault.status
            self._send(HttpReply(status, fault.body))
            return
        if kind == "refused":
            self._send(self.server.refusal(f"{unquote_plus(self.path)} {request.form} {body!r}"))
            return
        reply = self.server.reply(request)
        if kind == "hangs":
            self.server.over.wait(30)
        elif kind != "lost":
            self._send(HttpReply(200, GARBAGE, "text/html") if kind == "garbage" else reply)

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - names of http.server

    def _send(self, reply: HttpReply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def _send_without_end(self) -> None:
        self.send_response(200)
        self.end_headers()
        part = b'{"status": "' + b"x" * (1 << 20)
        while not self.server.over.is_set():
            self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        """Nothing is written."""
