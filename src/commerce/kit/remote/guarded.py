"""Calls to addresses that strangers give, such as those of webhooks.

HTTPS alone; the name is resolved once, each of its addresses is looked at, and exactly that one is connected to, while
the certificate must be of the name. No proxy, no redirect, a limit for the whole of it, and a short answer.
"""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self, cast
from urllib.parse import urlsplit

from commerce.kit.remote import silence
from commerce.kit.remote.http import HttpAnswer, NoAnswerError, usual_certificates
from commerce.kit.remote.permits import ask_permit
from commerce.kit.remote.public_addresses import (
    AnyAddress,
    AnyNetwork,
    is_public,
    parse_address,
)

CONNECT_SECONDS = 5
MAX_URL = 500
_HOST = re.compile(r"[0-9a-z.:-]{1,253}")
_PATH = re.compile(r"[!-~]*")

type Resolver = Callable[..., Sequence[tuple[Any, ...]]]
"""As ``socket.getaddrinfo``."""


class GuardedTarget(NamedTuple):
    """An address as it was given, in its parts; ``path`` is with its query."""

    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """Host and port, as the ``Host`` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"


def read_target(url: str) -> GuardedTarget:
    """The parts of an address that may be called. Raises ``ValueError``."""
    if len(url) > MAX_URL or any(each <= " " or each in "\\#\x7f" for each in url):
        raise ValueError("no address")
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").encode("idna").decode()
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    if parts.scheme != "https" or "@" in parts.netloc:
        raise ValueError("no address")
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(path):
        raise ValueError("no address")
    port = 443 if parts.port is None else parts.port
    if port != 443 and port < 1024:
        raise ValueError("no such port")
    return GuardedTarget(host, port, path)


class GuardedConnection:
    """Calls of one address, one after the other, over a connection that is kept while the other side keeps it."""

    def __init__(
        self,
        target: GuardedTarget,
        *,
        allowed: Sequence[AnyNetwork] = (),
        certificates: ssl.SSLContext | None = None,
        resolve: Resolver = socket.getaddrinfo,
    ) -> None:
        self._target, self._allowed, self._resolve = target, allowed, resolve
        self._certificates = certificates
        self._addresses: list[AnyAddress] = []
        self._stream: _TimedStream | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        if self._stream is not None:
            self._stream.end()
        self._stream = None

    def post(
        self, headers: Mapping[str, str], content: bytes, *, seconds: float, max_bytes: int
    ) -> HttpAnswer:
        """Send it once; of the answer's body only the first ``max_bytes``. Raises ``NoAnswerError``.

        Once more over a new connection, where the kept one turns out to be closed.
        """
        ask_permit()
        ends_at, was_kept = time.monotonic() + seconds, self._stream is not None
        try:
            try:
                return self._ask(headers, content, ends_at, max_bytes)
            except ConnectionError:
                if not was_kept:
                    raise
                self.close()
                return self._ask(headers, content, ends_at, max_bytes)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise self._silence(error) from error

    def _silence(self, error: Exception) -> NoAnswerError:
        if isinstance(error, NoAnswerError):
            return error
        broke_off = not isinstance(error, OSError) or (
            isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError)
        )
        reason = silence.BROKEN_OFF if broke_off else silence.connection_reason(error)
        return NoAnswerError(silence.silence_text(self._target.place, reason))

    def _ask(
        self, headers: Mapping[str, str], content: bytes, ends_at: float, max_bytes: int
    ) -> HttpAnswer:
        stream = self._stream = self._stream or self._connected(ends_at)
        stream.ends_at = ends_at
        connection = http.client.HTTPConnection(self._target.host, self._target.port)
        connection.sock = stream
        asked = {"Host": self._target.place, "Accept-Encoding": "identity", **headers}
        connection.request("POST", self._target.path, content, asked)
        answer = connection.getresponse()
        body = answer.read(max_bytes)
        if answer.will_close or not answer.isclosed():  # the rest of its body is of no use
            self.close()
        return HttpAnswer(answer.status, cast("Mapping[str, str]", answer.headers), body)

    def _connected(self, ends_at: float) -> "_TimedStream":
        """A connection to the first address that takes one; all of them must be public. Raises ``OSError``."""
        if not self._addresses:
            self._addresses = self._public_addresses()
        problem: OSError = TimeoutError()
        for address in self._addresses:
            left = min(CONNECT_SECONDS, ends_at - time.monotonic())
            if left <= 0:
                break
            try:
                plain = socket.create_connection((str(address), self._target.port), timeout=left)
            except OSError as error:
                problem = error
                continue
            return self._secured(plain, ends_at)
        raise problem

    def _secured(self, plain: socket.socket, ends_at: float) -> "_TimedStream":
        trust = self._certificates or usual_certificates()
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(max(ends_at - time.monotonic(), 0.001))
            return _TimedStream(trust.wrap_socket(plain, server_hostname=self._target.host))
        except BaseException:
            plain.close()
            raise

    def _public_addresses(self) -> list[AnyAddress]:
        found = self._resolve(self._target.host, self._target.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(parse_address(each[4][0]) for each in found))
        if not addresses or not all(self._may_be_called(each) for each in addresses):
            text = silence.silence_text(self._target.place, silence.NOT_PUBLIC)
            raise NoAnswerError(text, was_sent=False)
        return sorted(addresses, key=lambda each: each.version)

    def _may_be_called(self, address: AnyAddress) -> bool:
        allowed = any(address in network for network in self._allowed)
        return allowed or (is_public(address) and not _is_own(address))


def _is_own(address: AnyAddress) -> bool:
    """Whether this machine has it: then packets to it would come from itself. Nothing is sent."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return parse_address(probe.getsockname()[0]) == address
    except OSError:
        return False  # there is no way to it


class _TimedStream:
    """A connection as ``http.client`` takes one, whose reads and writes all end at ``ends_at``: a limit for each would
    let a slow server take for ever.
    """

    def __init__(self, plain: ssl.SSLSocket) -> None:
        self._socket, self.ends_at = plain, 0.0

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._left())
        self._socket.sendall(data)

    def receive(self, buffer: Any) -> int:
        self._socket.settimeout(self._left())
        return self._socket.recv_into(buffer)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_StreamReader(self))

    def close(self) -> None:
        """Nothing: ``http.client`` does it before it has read the answer."""

    def end(self) -> None:
        self._socket.close()

    def _left(self) -> float:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _StreamReader(io.RawIOBase):
    def __init__(self, stream: _TimedStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._stream.receive(buffer)
