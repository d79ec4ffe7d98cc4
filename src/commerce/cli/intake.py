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

from commerce.kit import transport

type Handler = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
type Receive = Callable[[], Awaitable[dict[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]

WITHOUT_BODY = ("GET", "HEAD")
"""Methods whose body means nothing (RFC 9110, 9.3): it is not read."""
MOST_WAITING = 64 * 1024 * 1024
"""Bytes of bodies that have begun to come, of all callers; beyond it those that have more than their share are asked
to come again, and a form of a few bytes still arrives."""
IN_MEMORY = 1024 * 1024
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


class Intake:
    """The ASGI application of a worker; ``refuse`` answers what is not to be asked, see ``transport.REFUSED``."""

    def __init__(self, handler: Handler, refuse: Handler) -> None:
        self.handler, self.refuse = handler, refuse
        self.asking: tuple[str, str] | None = None
        """Address and port of the worker's own question whether it answers; such requests are not logged."""
        self._names: dict[bytes, str] = {}
        self._bodies = self._waiting = 0
        self._lock = Lock()
        self._files: deque[tuple[float, IO[bytes]]] = deque()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        environ = self._environ(scope)
        method, handler = scope["method"], self.handler
        body: bytes | None = None
        if transport.REFUSED not in environ and method not in WITHOUT_BODY:
            try:
                body = await self._body(environ, receive)
            except TimeoutError:
                environ[transport.REFUSED] = 408
            except _Gone:
                environ[transport.REFUSED] = 400
        if transport.REFUSED in environ:
            handler = self.refuse
        environ["wsgi.input"] = BytesIO(body or b"")
        start = _Start()
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

    def tidy(self) -> None:
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
            environ[transport.REFUSED] = 400
        if client == self.asking:
            environ[transport.QUIET] = True
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

    async def _body(self, environ: dict[str, Any], receive: Receive) -> bytes | None:
        """The body; None where it is not read to its end, because it is too long for the handler. Raises ``_Gone``.

        What counts is the bytes that come; a declared length only spares them.
        """
        declared = environ.get("CONTENT_LENGTH", "")
        if declared.isdecimal() and int(declared[:20]) > transport.MOST_BYTES:
            return None
        body, more = bytearray(), True
        with self._lock:
            self._bodies += 1
        try:
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    raise _Gone
                part, more = message["body"], message["more_body"]
                body += part
                with self._lock:
                    self._waiting += len(part)
                    has_room = self._waiting <= MOST_WAITING
                    has_room |= len(body) * self._bodies <= MOST_WAITING
                if len(body) > transport.MOST_BYTES:
                    environ["CONTENT_LENGTH"] = str(len(body))
                    return None
                if not has_room:
                    environ[transport.REFUSED] = 503
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
                if size > IN_MEMORY and sys.platform == "linux":
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


class _Gone(Exception):
    """The caller went before the end of what it sends."""


class _Start:
    """WSGI's ``start_response``."""

    __slots__ = ("code", "headers")

    code: int
    headers: list[tuple[str, str]]

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> None:
        self.code, self.headers = int(status[:3]), headers
