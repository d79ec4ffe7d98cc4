"""A line to a registry that is over in time, and never used again once something has gone wrong on it (RFC 5734)."""

import asyncio
import re
import secrets
import socket
import ssl
import struct
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from epptools import Client, Config, Response
from epptools import namespaces as ns
from epptools.exceptions import ConfigException, ConnectionException
from epptools.frame import Frame
from epptools.transport import Transport

from commerce.kit.remote.calls import noted_call
from commerce.kit.remote.xml import XmlRefusedError, parse_xml

CONNECT_SECONDS = 10
ABOUT_US = (
    "CERTIFICATE",
    "CERTIFICATE_REQUIRED",
    "CERTIFICATE_REVOKED",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_UNKNOWN",
    "UNKNOWN_CA",
    "ACCESS_DENIED",
    "HANDSHAKE_FAILURE",
)
"""Ends of the alerts by which a server refuses a certificate, or none."""
MAX_FRAME_BYTES = 1024 * 1024
OBJECTS = (ns.DOMAIN, ns.CONTACT, ns.HOST)
LANGUAGE_TAG = "http://www.verisign.com/epp/idnLang-1.0"
LANGUAGE_TABLE = "urn:ietf:params:xml:ns:idn-1.0"
"""Extensions by which a registry is told the language of a name with letters of its own."""
EXTENSIONS = (ns.SECDNS, ns.RGP, ns.FEE, ns.LOGINSEC, LANGUAGE_TAG, LANGUAGE_TABLE)


class CredentialsRefusedError(ConnectionException):
    """Our certificate or its key is of no use, or the registry does not accept it."""


_COMMAND = re.compile(r"<(?:[\w-]+:)?command>\s*<(?:[\w-]+:)?([\w-]+)")
_SESSION = ("login", "logout")


class RegistryClient(Client):
    """A client whose next command may say something that the library has no word for."""

    _adds: Callable[[Frame], None] | None = None

    @contextmanager
    def adding(self, adds: Callable[[Frame], None] | None) -> Iterator[None]:
        """Commands within the block have this in addition."""
        self._adds = adds
        try:
            yield
        finally:
            self._adds = None

    def _transact(self, xml: str) -> Response:
        """Each command is noted with its code; one that only begins or ends a session is, if it is refused."""
        what = _COMMAND.search(xml)
        verb = what[1] if what else "hello"
        with noted_call("EPP", f"/{verb}", xml.encode()) as call:
            response = super()._transact(xml)
            call.code, call.answer = response.code(), str(response.raw).encode()
            call.is_noted = verb not in _SESSION or not response.is_success()
        return response

    def request(self, frame: Frame | str) -> Response:
        if self._adds is not None and isinstance(frame, Frame):
            self._adds(frame)
        return super().request(frame)


def connect(settings: Mapping[str, Any], *, until: float) -> "tuple[RegistryClient, TimedLine]":
    """A client whose greeting is read, nobody logged in yet, and its line, which is over at ``until`` (monotonic)."""
    config = Config(
        host=settings["host"].strip(),
        port=port_of(settings),
        clid=settings["client_id"].strip(),
        password=settings["password"],
        cltrid_prefix=f"CM-{secrets.token_hex(4)}",
    )
    line = TimedLine((config.host, config.port), tls_context(settings), until)
    client = RegistryClient(config, line)
    try:
        greeting = client.connect()
    except BaseException:
        line.close()
        raise
    # Left to itself the client announces what no greeting offered, or what nobody here understands.
    config.obj_uris = [uri for uri in greeting.service_obj_uris() if uri in OBJECTS]
    config.ext_uris = [uri for uri in greeting.service_ext_uris() if uri in EXTENSIONS]
    return client, line


def port_of(settings: Mapping[str, Any]) -> int:
    """The port; 700 if none is set. Raises ``ConfigException`` for what is none."""
    port = settings["port"].strip() or "700"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ConfigException("The port is not a number from 1 to 65535")
    return int(port)


def tls_context(settings: Mapping[str, Any]) -> ssl.SSLContext:
    """At least TLS 1.2, with our certificate; the registry's is checked against its authority, or the system's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if settings["authority"].strip():
            context.load_verify_locations(cadata=settings["authority"])
        else:
            context.load_default_certs()
        if settings["certificate"].strip():
            _load_own_certificate(context, settings["certificate"], settings["key"])
    except (ssl.SSLError, ValueError) as error:
        raise CredentialsRefusedError(
            "The certificate, its key or the authority is not valid PEM"
        ) from error
    return context


def _load_own_certificate(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Python reads a key from a file only: one of our user alone, in memory where it can be, gone at once.

    An encrypted key is refused.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the file there has a name of its own, and is our user's
    with tempfile.NamedTemporaryFile("w", dir=memory if memory.is_dir() else None) as both:
        both.write(f"{certificate.strip()}\n{key.strip()}\n")
        both.flush()
        context.load_cert_chain(both.name, password=lambda: b"")


class TimedLine(Transport):
    """Frames over TLS. An error ends it: the next answer could be that of the command before."""

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext, until: float) -> None:
        self._address, self._context, self._until = address, context, until
        self._socket: ssl.SSLSocket | None = None
        self._is_greeted = False

    def open(self) -> None:
        plain = self._connected()
        try:
            self._socket = self._context.wrap_socket(plain, server_hostname=self._address[0])
        except (OSError, ValueError) as error:
            plain.close()
            raise self._failure(error) from error

    def _connected(self) -> socket.socket:
        """A connection to the first of its addresses that answers."""
        failure: OSError = OSError("The host has no address")
        try:
            for address in self._addresses():
                try:
                    return socket.create_connection(
                        address, timeout=min(self._seconds_left(), CONNECT_SECONDS)
                    )
                except OSError as error:
                    failure = error
        except OSError as error:
            failure = error
        raise ConnectionException(f"No connection: {_reason_of(failure)}") from failure

    def _addresses(self) -> list[tuple[str, int]]:
        """Those of the host. A name server that takes its time is waited for no longer than there is some."""
        host, port = self._address
        loop = asyncio.new_event_loop()
        try:
            look_up = loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = loop.run_until_complete(asyncio.wait_for(look_up, self._seconds_left()))
        finally:
            loop.close()
        return [(str(address[0]), port) for *_, address in found]

    def is_open(self) -> bool:
        return self._socket is not None

    def write_frame(self, xml: str) -> None:
        body = xml.encode()
        frame = struct.pack("!I", len(body) + 4) + body
        self._with_line(lambda line: line.sendall(frame))

    def read_frame(self) -> str:
        (length,) = struct.unpack("!I", self._read(4))
        if not 4 < length <= MAX_FRAME_BYTES:
            self.close()
            raise ConnectionException("The answer has no frame")
        try:
            frame = self._read(length - 4)
            parse_xml(frame)
            text = frame.decode("utf-8-sig")
        except XmlRefusedError as error:
            self.close()
            raise ConnectionException(f"The answer is refused: {error}") from error
        self._is_greeted = True
        return text

    def close(self) -> None:
        line, self._socket = self._socket, None
        if line is not None:
            line.close()

    def end_at(self, until: float) -> None:
        """Have less time, or more."""
        self._until = until

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            parts += self._receive(size - len(parts))
        return bytes(parts)

    def _receive(self, size: int) -> bytes:
        part = self._with_line(lambda line: line.recv(size))
        if not part:
            self.close()
            raise ConnectionException("The connection was closed without an answer")
        return part

    def _with_line[T](self, use: Callable[[ssl.SSLSocket], T]) -> T:
        if self._socket is None:
            raise ConnectionException("The connection is over")
        try:
            self._socket.settimeout(self._seconds_left())
            return use(self._socket)
        except (OSError, ConnectionException) as error:
            self.close()
            raise self._failure(error) from error

    def _seconds_left(self) -> float:
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise ConnectionException("No answer in time")
        return seconds

    def _failure(self, error: Exception) -> ConnectionException:
        """Such an alert instead of the greeting is about our certificate; anything else is silence."""
        if isinstance(error, ConnectionException):
            return error
        said = _reason_of(error)
        alert = error.reason or "" if isinstance(error, ssl.SSLError) else ""
        if "ALERT" in alert and alert.endswith(ABOUT_US) and not self._is_greeted:
            return CredentialsRefusedError(f"The registry refuses our certificate: {said}")
        return ConnectionException(f"No answer: {said}")


def _reason_of(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the registry's certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return (error.reason or "TLS").replace("_", " ").lower()
    if isinstance(error, TimeoutError):
        return "the time is over"
    return getattr(error, "strerror", None) or type(error).__name__
