"""Complete requests: between the server's asynchronous interface (ASGI) and a WSGI handler.

The handler is called when the whole body is there, so that a caller who sends slowly, or never, holds no thread; its
reply is handed over whole, so that one who reads slowly holds none either.
"""

import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from io import BytesIO
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from commerce.kit import proxy_headers

type WsgiHandler = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
type AsgiReceive = Callable[[], Awaitable[dict[str, Any]]]
type AsgiSend = Callable[[dict[str, Any]], Awaitable[None]]

METHODS_WITHOUT_BODY = ("GET", "HEAD")
"""Methods whose body means nothing (RFC 9110, 9.3): it is not read."""
MAX_WAITING_BYTES = 64 * 1024 * 1024
"""Bytes of bodies that have begun to come, of all callers; beyond it those that have more than their share are asked
to come again, and a form of a few bytes still arrives."""
MAX_REPLY_IN_MEMORY = 1024 * 1024
"""A longer reply is handed over as a file that has no name."""
FILE_SECONDS = 60.0
"""How long such a file is kept for the server to open it."""
_NAMES_KEPT = 256

_SAME = {
    "SCRIPT_NAME": "",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": False,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}


class AsgiBridge:
    """The ASGI application of a worker; ``refuse`` answers what is not to be asked, see ``REJECTED_STATUS_KEY``."""

    def __init__(self, handler: WsgiHandler, refuse: WsgiHandler) -> None:
        self.handler, self.refuse = handler, refuse
        self._own_probe: tuple[str, str] | None = None
        self._names: dict[bytes, str] = {}
        self._bodies = self._waiting = 0
        self._lock = Lock()
        self._files: deque[tuple[float, IO[bytes]]] = deque()

    def expect_own_probe(self, client: tuple[str, str]) -> None:
        """From this address and port the worker is about to ask itself whether it answers; that is not logged."""
        self._own_probe = client

    async def __call__(self, scope: dict[str, Any], receive: AsgiReceive, send: AsgiSend) -> None:
        environ = self._environ(scope)
        method, handler = scope["method"], self.handler
        body: bytes | None = None
        if proxy_headers.REJECTED_STATUS_KEY not in environ and method not in METHODS_WITHOUT_BODY:
            try:
                body = await self._body(environ, receive)
            except TimeoutError:
                environ[proxy_headers.REJECTED_STATUS_KEY] = 408
            except _ClientGone:
                environ[proxy_headers.REJECTED_STATUS_KEY] = 400
        if proxy_headers.REJECTED_STATUS_KEY in environ:
            handler = self.refuse
        environ["wsgi.input"] = BytesIO(body or b"")
        start = _StartResponse()
        reply = handler(environ, start)
        whole = b"".join(reply) if type(reply) is list else self._whole(reply)
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in start.headers
        ]
        if body is None and _has_body(environ) and scope["http_version"] != "2":
            headers.append((b"connection", b"close"))  # what was not read is no next request
        await send({"type": "http.response.start", "status": start.code, "headers": headers})
        if method == "HEAD":
            whole = b""
        if isinstance(whole, bytes):
            await send({"type": "http.response.body", "body": whole})
        else:
            await send({"type": "http.response.pathsend", "path": whole})

    def close_expired(self) -> None:
        """Let go of the files that were handed over; to be called now and then."""
        now = time.monotonic()
        while self._files and self._files[0][0] < now:
            self._files.popleft()[1].close()

    def _environ(self, scope: dict[str, Any]) -> dict[str, Any]:
        environ: dict[str, Any] = _SAME.copy()
        path: bytes = scope["raw_path"]
        client = scope["client"]
        environ["REQUEST_METHOD"] = scope["method"]
        environ["PATH_INFO"] = (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
        environ["QUERY_STRING"] = scope["query_string"].decode("latin-1")
        environ["SERVER_PROTOCOL"] = "HTTP/" + scope["http_version"]
        environ["SERVER_NAME"], environ["SERVER_PORT"] = scope["server"]
        environ["REMOTE_ADDR"] = client[0]
        environ["wsgi.url_scheme"] = scope["scheme"]
        names = self._names
        hosts = 0
        for header, content in scope["headers"]:
            name = names.get(header) or self._name(header)
            value = content.decode("latin-1")
            if name == "HTTP_HOST":
                hosts += 1
            if name in environ:
                value = environ[name] + ("; " if name == "HTTP_COOKIE" else ",") + value
            environ[name] = value
        # A name with an underscore would be the same as one with a hyphen, which only a proxy may send.
        environ.pop("", None)
        if hosts > 1 or (not environ.get("HTTP_HOST") and scope["http_version"] != "1"):
            environ[proxy_headers.REJECTED_STATUS_KEY] = 400
        if client == self._own_probe:
            environ[proxy_headers.NO_ACCESS_LOG_KEY] = True
        return environ

    def _name(self, header: bytes) -> str:
        name = header.decode("latin-1").upper().replace("-", "_")
        if b"_" in header:
            return ""
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = "HTTP_" + name
        if len(self._names) < _NAMES_KEPT:
            self._names[header] = name
        return name

    async def _body(self, environ: dict[str, Any], receive: AsgiReceive) -> bytes | None:
        """The body; None where it is not read to its end, because it is too long for the handler. Raises ``_Gone``.

        What counts is the bytes that come; a declared length only spares them.
        """
        declared = environ.get("CONTENT_LENGTH", "")
        if declared.isdecimal() and int(declared[:20]) > proxy_headers.MAX_BODY_BYTES:
            return None
        body, more = bytearray(), True
        with self._lock:
            self._bodies += 1
        try:
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    raise _ClientGone
                part, more = message["body"], message["more_body"]
                body += part
                with self._lock:
                    self._waiting += len(part)
                    has_room = self._waiting <= MAX_WAITING_BYTES
                    has_room |= len(body) * self._bodies <= MAX_WAITING_BYTES
                if len(body) > proxy_headers.MAX_BODY_BYTES:
                    environ["CONTENT_LENGTH"] = str(len(body))
                    return None
                if not has_room:
                    environ[proxy_headers.REJECTED_STATUS_KEY] = 503
                    return None
        finally:
            with self._lock:
                self._bodies -= 1
                self._waiting -= len(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        return bytes(body)

    def _whole(self, reply: Iterable[bytes]) -> bytes | str:
        """All of a reply, or the path of a file with it."""
        parts: list[bytes] = []
        size, file = 0, None
        try:
            for part in reply:
                size += len(part)
                if file is not None:
                    file.write(part)
                    continue
                parts.append(part)
                if size > MAX_REPLY_IN_MEMORY and sys.platform == "linux":
                    file = TemporaryFile()  # noqa: SIM115 - it stays open until the server has opened it, too
                    file.writelines(parts)
        finally:
            if hasattr(reply, "close"):
                reply.close()
        if file is None:
            return b"".join(parts)
        file.flush()
        self._files.append((time.monotonic() + FILE_SECONDS, file))
        return f"/proc/self/fd/{file.fileno()}"


def _has_body(environ: dict[str, Any]) -> bool:
    length = environ.get("CONTENT_LENGTH")
    return "HTTP_TRANSFER_ENCODING" in environ or (length is not None and length != "0")


class _ClientGone(Exception):
    """The caller went before the end of what it sends."""


class _StartResponse:
    """WSGI's ``start_response``."""

    __slots__ = ("code", "headers")

    code: int
    headers: list[tuple[str, str]]

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> None:
        self.code, self.headers = int(status[:3]), headers
