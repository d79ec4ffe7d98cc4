"""A client of Valkey (or Redis) for one script call and its reply, within one time limit for all that it takes.

The usual client limits each step (look-up, connection, each read) on its own and repeats what failed; here a call ends
in time whatever the network does. Connections are kept and used again, one call at a time on each.
"""

import hashlib
import os
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from urllib.parse import parse_qs, unquote, urlsplit
from weakref import finalize

type CommandWord = str | int
type ValkeyReply = str | int | list[ValkeyReply] | None

_LONGEST_REPLY = 65_536
_TLS = {"valkey": False, "redis": False, "valkeys": True, "rediss": True, "unix": False}


class ServerErrorReply(Exception):
    """The server answered with an error; ``code`` is its first word, such as ``NOSCRIPT``."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.code = text.partition(" ")[0]


class LuaScript:
    """A script that the server runs as one step; it is sent by its hash, and whole when the server has forgotten it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is, and how to be let in."""

    host: str
    port: int
    path: str
    tls: bool
    greeting: Sequence[Sequence[CommandWord]] = field(repr=False)

    @classmethod
    def of(cls, url: str) -> "ServerAddress":
        """From ``valkey://user:password@host:6379/0``, ``valkeys://`` for TLS, or ``unix:///path?db=0``.

        ``redis`` and ``rediss`` are the same. Raises ``ValueError`` with what is wrong, without the address: it may
        hold a password.
        """
        parts = urlsplit(url)
        if parts.scheme not in _TLS:
            raise ValueError(
                "must start with valkey://, valkeys://, redis://, rediss:// or unix://"
            )
        local_path = unquote(parts.path) if parts.scheme == "unix" else ""
        number = (
            parse_qs(parts.query).get("db", ["0"])[0] if local_path else parts.path.strip("/")
        ) or "0"
        if not number.isascii() or not number.isdecimal():
            raise ValueError("the database must be a number, as in valkey://127.0.0.1:6379/0")
        if not (parts.hostname or local_path):
            raise ValueError("names no host")
        greeting: list[list[CommandWord]] = []
        if parts.password:
            who = [unquote(parts.username)] if parts.username else []
            greeting.append(["AUTH", *who, unquote(parts.password)])
        if int(number):
            greeting.append(["SELECT", int(number)])
        host, tls = parts.hostname or "", _TLS[parts.scheme]
        return cls(host, parts.port or 6379, local_path, tls, greeting)


class Deadline:
    """When a call has to be over.

    A busy machine may let this process wait, and what it waited for may be there by then: therefore some last looks
    are allowed, of 2 ms each.
    """

    __slots__ = ("_ends", "_looks")

    def __init__(self, seconds: float) -> None:
        self._ends, self._looks = time.monotonic() + seconds, 5

    def left(self) -> float:
        """Seconds that the next step may take; raises ``TimeoutError`` when there are none."""
        left = self._ends - time.monotonic()
        if left > 0:
            return left
        self._looks -= 1
        if self._looks < 0:
            raise TimeoutError("the server did not answer in time")
        return 0.002


class ValkeyConnection:
    """One connection, of one process, for one call at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._pid = sock, os.getpid()
        self._readable = select.poll()
        self._readable.register(sock, select.POLLIN | select.POLLHUP | select.POLLERR)
        finalize(
            self, sock.close
        )  # threads of the server come and go; each takes its connection along

    def usable(self) -> bool:
        """Whether nothing but silence came since the last reply: not the end, nor a reply to somebody else."""
        if self._pid != os.getpid():
            return False
        if not self._readable.poll(0):
            return True
        self._sock.settimeout(0)
        try:
            self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True  # TLS talked to itself
        except OSError:
            return False
        return False

    def ask(self, words: Sequence[CommandWord], deadline: Deadline) -> ValkeyReply:
        """Send a command and read its reply. After anything but ``ServerErrorReply`` the connection is of no more
        use.
        """
        self._sock.settimeout(deadline.left())
        self._sock.sendall(_command(words))
        data = b""
        while True:
            self._sock.settimeout(deadline.left())
            piece = self._sock.recv(4096)
            if not piece:
                raise ConnectionError("the server closed the connection")
            data += piece
            found = _parse(data, 0)
            if found is not None:
                if found[1] != len(data):
                    raise ConnectionError("more than one reply came")
                if isinstance(found[0], ServerErrorReply):
                    raise found[0]
                return found[0]
            if len(data) > _LONGEST_REPLY:
                raise ConnectionError("the reply is too long")

    def close(self) -> None:
        self._sock.close()


class ValkeyClient:
    """Calls of one server; threads may share it. Each call ends within ``seconds``."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self.place = ServerAddress.of(url)
        self._seconds = seconds
        self._free: deque[ValkeyConnection] = deque()
        self._addresses: list[str] = []

    def connect(self, number: int) -> None:
        """Have connections for this many calls at once, before the first call needs one. Raises ``OSError``."""
        while len(self._free) < number:
            self._free.append(self._connected(Deadline(self._seconds)))

    def run(self, script: LuaScript, key: str, *arguments: CommandWord) -> ValkeyReply:
        """The script's result for one key. Raises ``OSError`` (too late, not there) or ``ServerErrorReply`` (an
        error).
        """
        deadline = Deadline(self._seconds)
        try:
            return self._ask(["EVALSHA", script.sha, 1, key, *arguments], deadline)
        except ServerErrorReply as error:
            if error.code != "NOSCRIPT":
                raise
        return self._ask(["EVAL", script.source, 1, key, *arguments], deadline)

    def ask(self, *words: CommandWord) -> ValkeyReply:
        """The reply to one command; raises like ``run``."""
        return self._ask(words, Deadline(self._seconds))

    def _ask(self, words: Sequence[CommandWord], deadline: Deadline) -> ValkeyReply:
        link = self._kept() or self._connected(deadline)
        try:
            reply = link.ask(words, deadline)
        except ServerErrorReply:
            self._free.append(link)
            raise
        except BaseException:
            link.close()  # a late reply must not become the answer to the next question
            raise
        self._free.append(link)
        return reply

    def _kept(self) -> ValkeyConnection | None:
        """A connection that is free and of use; those that have ended meanwhile are dropped."""
        while True:
            try:
                link = self._free.pop()
            except IndexError:
                return None
            if link.usable():
                return link
            link.close()

    def _connected(self, deadline: Deadline) -> ValkeyConnection:
        sock = self._open(deadline)
        try:
            sock.settimeout(deadline.left())
            if self.place.tls:
                context = ssl.create_default_context()
                sock = context.wrap_socket(sock, server_hostname=self.place.host)
            link = ValkeyConnection(sock)
            for words in self.place.greeting:
                link.ask(words, deadline)
        except BaseException:
            sock.close()
            raise
        return link

    def _open(self, deadline: Deadline) -> socket.socket:
        if self.place.path:
            sock = socket.socket(socket.AF_UNIX)
            try:
                sock.settimeout(deadline.left())
                sock.connect(self.place.path)
            except BaseException:
                sock.close()
                raise
            return sock
        addresses = self._look_up(deadline)
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                share = deadline.left() / left
                sock = socket.create_connection((address, self.place.port), timeout=share)
            except OSError:
                if left == 1:
                    raise
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        raise ConnectionError("the host has no address")

    def _look_up(self, deadline: Deadline) -> list[str]:
        """The host's addresses. A look-up cannot be stopped, so it has its own thread; late, it helps the next call."""
        try:
            socket.getaddrinfo(self.place.host, None, flags=socket.AI_NUMERICHOST)
        except socket.gaierror:
            pass
        else:
            return [self.place.host]
        done = Event()

        def look_up() -> None:
            try:
                found = socket.getaddrinfo(self.place.host, None, type=socket.SOCK_STREAM)
                self._addresses = [str(one[4][0]) for one in found]
            except OSError:
                pass
            finally:
                done.set()

        Thread(target=look_up, daemon=True).start()
        done.wait(deadline.left())
        if not self._addresses:
            raise ConnectionError("the host's name could not be looked up in time")
        return self._addresses


def _command(words: Sequence[CommandWord]) -> bytes:
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        text = str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(text), text))
    return b"".join(parts)


def _parse(data: bytes, at: int) -> "tuple[ValkeyReply | ServerErrorReply, int] | None":
    """The reply that starts at ``at`` and where it ends; None while it is not complete."""
    end = data.find(b"\r\n", at)
    if end < 0:
        return None
    kind, text, after = data[at : at + 1], data[at + 1 : end], end + 2
    if kind == b":":
        return int(text), after
    if kind == b"+":
        return text.decode(), after
    if kind == b"-":
        return ServerErrorReply(text.decode("utf-8", "replace")), after
    if kind == b"$":
        return _parse_text(data, after, int(text))
    if kind == b"*":
        return _parse_list(data, after, int(text))
    raise ConnectionError("this is not a Valkey server")


def _parse_text(data: bytes, at: int, size: int) -> tuple[ValkeyReply, int] | None:
    if size < 0:
        return None, at
    end = at + size
    return (data[at:end].decode("utf-8", "replace"), end + 2) if len(data) >= end + 2 else None


def _parse_list(data: bytes, at: int, size: int) -> tuple[ValkeyReply, int] | None:
    items: list[ValkeyReply] = []
    for _ in range(size):
        found = _parse(data, at)
        if found is None:
            return None
        item, at = found
        if isinstance(item, ServerErrorReply):
            raise ConnectionError("an error inside of a list")
        items.append(item)
    return items, at
