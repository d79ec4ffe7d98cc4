"""Requests as bytes on the wire, for what no HTTP library would send, and the replies that come back."""

import json
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.server.running import RunningServer


@dataclass(frozen=True)
class RawReply:
    """A reply as it came: version, status, headers in their order with lower-case names, body."""

    version: str
    status: int
    pairs: list[tuple[str, str]]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        names = [name for name, _ in self.pairs]
        assert len(names) == len(set(names)), f"a header came twice: {names}"
        return dict(self.pairs)


def exchange(server: RunningServer, *requests: bytes, tls: bool = True) -> list[RawReply]:
    """Send these requests at once on one connection, and read until the server ends it, which the last one asks for."""
    return parse_replies(send_bytes(server, b"".join(requests), tls=tls), requests)


def send_bytes(server: RunningServer, data: bytes, *, tls: bool = True) -> bytes:
    """All that comes back for these bytes until the server ends the connection."""
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    if tls:
        trust = ssl.create_default_context(cafile=server.data / "tls" / "ca.pem")
        raw = trust.wrap_socket(raw, server_hostname="localhost")
    with raw, suppress(ConnectionError, ssl.SSLError):
        with suppress(ConnectionError, ssl.SSLError):
            raw.sendall(data)  # the server may have said no before all of it was sent
        received = b""
        while piece := raw.recv(65_536):
            received += piece
    return received


def parse_replies(data: bytes, requests: tuple[bytes, ...]) -> list[RawReply]:
    """Replies one after the other; those to HEAD, and 304, have no body whatever their length says."""
    found = []
    for request in requests:
        head, _, data = data.partition(b"\r\n\r\n")
        line, *rest = head.decode("latin-1").split("\r\n")
        version, status, _ = line.split(" ", 2)
        pairs = [
            (name.lower(), value.strip()) for name, _, value in (one.partition(":") for one in rest)
        ]
        bare = request.startswith(b"HEAD ") or status in ("304", "204")
        size = 0 if bare else int(dict(pairs)["content-length"])
        found.append(RawReply(version, int(status), pairs, data[:size]))
        data = data[size:]
    assert data == b"", "more came back than was asked for"
    return found


def request(
    line: str, *headers: str, body: bytes = b"", last: bool = True, host: str = "localhost"
) -> bytes:
    """A request: its line without the version, headers as they are, and the end of the connection after ``last``."""
    lines = [f"{line} HTTP/1.1", f"Host: {host}", *headers]
    if last:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def exchange_one(
    server: RunningServer, line: str, *headers: str, body: bytes = b"", tls: bool = True
) -> RawReply:
    """The reply to one request on a connection of its own."""
    return exchange(server, request(line, *headers, body=body), tls=tls)[0]


def log_lines(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The lines of an installation's ``access`` or ``app`` log."""
    return [
        json.loads(line)
        for file in sorted((folder / "log").glob(f"{kind}-*.log"))
        for line in file.read_text("utf-8")
        .rstrip("\n")
        .split("\n")  # a path may have other separators
    ]
