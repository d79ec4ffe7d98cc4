"""Requests that never end, over both versions of HTTP, and connections over which none begins."""

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _SETTINGS = 0, 1, 4
_END_HEADERS = 4

# A cookie and an origin that let the form be read before it is refused.
CSRF_COOKIE_NAME = "__Host-commerce_csrf"
COOKIE = f"{CSRF_COOKIE_NAME}={'a' * 32}"
_POST = (
    f"POST /client/login HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nCookie: {COOKIE}\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
).encode()
HALF_HEAD = _POST + b"Content-Le"
HALF_BODY = _POST + b"Content-Length: 500\r\n\r\nemail="
HALF_CHUNK = _POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nemail\r\n"


def frame(kind: int, flags: int, stream: int, content: bytes = b"") -> bytes:
    """One frame of HTTP/2 (RFC 9113, 4.1)."""
    return struct.pack(">I", len(content))[1:] + struct.pack(">BBI", kind, flags, stream) + content


def head(*fields: tuple[str, str]) -> bytes:
    """Header fields as HPACK writes those that nobody is to remember (RFC 7541, 6.2.2)."""
    return b"".join(
        b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in field) for field in fields
    )


def half_streams(count: int) -> bytes:
    """The start of an HTTP/2 connection with so many streams, each a form whose body never ends."""
    fields = head(
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "localhost"),
        (":path", "/client/login"),
        ("origin", "https://localhost"),
        ("cookie", COOKIE),
        ("content-type", "application/x-www-form-urlencoded"),
    )
    sent = [_PREFACE, frame(_SETTINGS, 0, 0)]
    for number in range(1, 2 * count, 2):
        sent += [frame(_HEADERS, _END_HEADERS, number, fields), frame(_DATA, 0, number, b"email=")]
    return b"".join(sent)


def connected(port: int, *, source: str = "127.0.0.1", alpn: str | None = None) -> socket.socket:
    """A connection from an address of this machine; with ``alpn`` over TLS, and it is not asked whose."""
    connection = socket.create_connection(("127.0.0.1", port), 10, (source, 0))
    if alpn is None:
        return connection
    return _context(alpn).wrap_socket(connection, server_hostname="localhost")


@cache
def _context(alpn: str) -> ssl.SSLContext:
    """Without authorities, whose loading takes 14 ms: nobody is asked who they are."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([alpn])
    return context


@contextmanager
def half_sent(port: int, *, count: int, tls: bool = True) -> Iterator[list[socket.socket]]:
    """So many unfinished requests of each kind, until the end of the block, when all are dropped at once."""
    with ExitStack() as stack:
        held = []
        for number in range(count):
            connection = connected(port, alpn="http/1.1" if tls else None)
            held.append(stack.enter_context(connection))
            connection.sendall((HALF_HEAD, HALF_BODY, HALF_CHUNK)[number % 3])
        if tls:
            for streams in (count // 2, count - count // 2):
                connection = connected(port, alpn="h2")
                held.append(stack.enter_context(connection))
                connection.sendall(half_streams(streams))
        yield held


def closed(connection: socket.socket, seconds: float) -> bytes | None:
    """What came before the other side closed; None when it did not within the time."""
    connection.settimeout(seconds)
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except TimeoutError:
        return None
    except OSError:
        pass
    return b"".join(parts)
