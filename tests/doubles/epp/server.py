"""The registry on this machine: TLS with certificates on both sides, frames, sessions, and faults."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.doubles.epp import contacts, domains
from tests.doubles.epp.certificates import Certificates
from tests.doubles.epp.frames import (
    EPP,
    NAMESPACES,
    PREFIXES,
    Element,
    EppError,
    all_texts,
    find,
    greeting,
    mistakes_in,
    read_frame,
    response,
    stamp,
    text_of,
    written,
)
from tests.doubles.epp.registry import EppRegistry
from tests.doubles.epp.session import Answer, Command, EppSession

COMMANDS: dict[str, Callable[[Command], Answer]] = {
    "domain:check": domains.check,
    "domain:info": domains.info,
    "domain:create": domains.create,
    "domain:update": domains.update,
    "domain:delete": domains.delete,
    "domain:renew": domains.renew,
    "domain:transfer": domains.transfer,
    "contact:check": contacts.check_contacts,
    "contact:info": contacts.info_contact,
    "contact:create": contacts.create_contact,
    "contact:update": contacts.update_contact,
    "contact:delete": contacts.delete_contact,
    "host:check": contacts.check_hosts,
    "host:info": contacts.info_host,
    "host:create": contacts.create_host,
    "host:update": contacts.update_host,
    "host:delete": contacts.delete_host,
}
LONGEST_FRAME = 512 * 1024
IDLE_SECONDS = 20
SENTINEL = "[LOGIN-SECURITY]"


@dataclass(slots=True)
class EppFault:
    """How the next ``times`` commands of a name (``domain:create``, ``login``) go wrong.

    ``silent``: nothing is done, and the line goes dead. ``lost``: it is done, and the line goes dead. ``slow``: it is
    done, and the answer takes ``seconds``. ``cut``: it is done, and half of the answer comes. ``nonsense``: it is done,
    and the answer is no XML. ``huge``: it is done, and the answer has no end. ``says``: it is done, and ``body`` is the
    answer. ``other``: it is done, and the answer is another command's. A code (``"2400"``): that is the answer, and
    nothing is done. ``echo``: it is refused, with all that was sent as the reason. An empty ``command`` is any.
    """

    command: str
    kind: str
    times: int = 1
    seconds: float = 0
    body: bytes = b""


class LineDeadError(Exception):
    """The connection ends without an answer."""


class EppServer:
    """Serves a registry on a free port of 127.0.0.1, as long as the block lasts."""

    def __init__(self, registry: EppRegistry, certificates: Certificates) -> None:
        self.registry = registry
        self.faults: list[EppFault] = []
        self.received: list[str] = []
        """The names of all commands that came."""
        self.refused: list[str] = []
        """What the schemas found wrong with frames of clients."""
        self.own_mistakes: list[str] = []
        """What they found wrong with the registry's own."""
        self.frames: list[bytes] = []
        self._sessions: list[EppSession] = []
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self.tls.load_cert_chain(certificates.server, certificates.server_key)
        self.tls.load_verify_locations(certificates.authority)
        self.tls.verify_mode = ssl.CERT_REQUIRED
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    @property
    def open_sessions(self) -> int:
        """How many are logged in."""
        return len(self._sessions)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                caller.settimeout(IDLE_SECONDS)
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        session = EppSession()
        with (
            suppress(OSError, LineDeadError),
            caller,
            self.tls.wrap_socket(caller, server_side=True) as line,
        ):
            try:
                self._talk(line, session)
            finally:
                self._sessions = [other for other in self._sessions if other is not session]

    def _talk(self, line: ssl.SSLSocket, session: EppSession) -> None:
        self._send(line, self._greeting())
        while True:
            (length,) = struct.unpack("!I", received(line, 4))
            if not 4 < length <= LONGEST_FRAME:
                return
            body = received(line, length - 4)
            self.frames.append(body)
            answer, goes_on, fault = self._answer(body, session)
            if fault is not None and fault.kind == "slow":
                time.sleep(fault.seconds)
            if fault is not None and fault.kind in ("cut", "nonsense", "huge", "says"):
                spoil(line, written(answer), fault)
                return
            self._send(line, answer)
            if not goes_on:
                return

    def _greeting(self) -> Element:
        registry = self.registry
        return greeting(registry.services, registry.extensions, registry.now())

    def _send(self, line: ssl.SSLSocket, answer: Element) -> None:
        body = written(answer)
        if mistakes := mistakes_in(read_frame(body)):
            self.own_mistakes.append(f"{mistakes}\n{body.decode()}")
        line.sendall(struct.pack("!I", len(body) + 4) + body)

    def _answer(self, body: bytes, session: EppSession) -> tuple[Element, bool, EppFault | None]:
        """The answer to a frame, whether the session goes on, and the fault to give it with."""
        client_id, fault = "", None
        ids = self.registry.next_id()
        try:
            frame = read_frame(body)
            client_id = text_of(frame, "epp:command/epp:clTRID")
            if mistakes := mistakes_in(frame):
                self.refused.append(f"{mistakes}\n{body.decode(errors='replace')}")
                raise EppError(2001, mistakes)
            if find(frame, "epp:hello") is not None:
                return self._greeting(), True, None
            verb = find(frame, "epp:command")[0]
            name = name_of(verb)
            self.received.append(name)
            fault = self._fault(name)
            if fault is not None and fault.kind == "silent":
                raise LineDeadError
            if fault is not None and fault.kind.isdigit():
                raise EppError(int(fault.kind))
            if fault is not None and fault.kind == "echo":
                raise EppError(2308, " ".join(frame.itertext()) + body.decode())
            with self.registry.lock:
                self.registry.settle()
                answer = self._do(name, verb, find(frame, "epp:command/epp:extension"), session)
        except EppError as error:
            refusal = response(error.code, ids=(client_id, ids), reason=error.reason)
            return refusal, error.code < 2500, fault
        if fault is not None and fault.kind == "lost":
            raise LineDeadError
        if fault is not None and fault.kind == "other":
            client_id = "another-command"
        shown = response(
            answer.code,
            ids=(client_id, ids),
            queue=answer.queue,
            data=answer.data,
            extensions=answer.extensions,
        )
        return shown, answer.code != 1500, fault

    def _fault(self, name: str) -> EppFault | None:
        for fault in self.faults:
            if fault.command in (name, "") and fault.times:
                fault.times -= 1
                return fault
        return None

    def _do(self, name: str, verb: Element, extension: Element, session: EppSession) -> Answer:
        if name == "login":
            return self._log_in(verb, extension, session)
        if not session.registrar:
            raise EppError(2002, "Nobody is logged in")
        if name == "logout":
            return Answer(1500)
        if name == "poll":
            return self._poll(verb, session)
        kind = name.partition(":")[0]
        if kind not in session.services:
            raise EppError(2307)
        if name not in COMMANDS:
            raise EppError(2101)
        command = Command(self.registry, session, verb[0], extension, verb.get("op", ""))
        command.check_extensions()
        return COMMANDS[name](command)

    def _log_in(self, verb: Element, extension: Element, session: EppSession) -> Answer:
        registry, registrar = self.registry, text_of(verb, "epp:clID")
        password = text_of(verb, "epp:pw")
        if password == SENTINEL and extension is not None:
            password = text_of(extension, "loginSec:loginSec/loginSec:pw")
        if session.registrar:
            raise EppError(2002)
        if registry.passwords.get(registrar) != password:
            raise EppError(2200)
        services = all_texts(verb, "epp:svcs/epp:objURI")
        extensions = all_texts(verb, "epp:svcs/epp:svcExtension/epp:extURI")
        offered = {NAMESPACES[one] for one in (*registry.services, *registry.extensions)}
        if not offered.issuperset([*services, *extensions]):
            raise EppError(2307)
        open_now = sum(other.registrar == registrar for other in self._sessions)
        if open_now >= registry.session_limit:
            raise EppError(2502)
        if new := text_of(verb, "epp:newPW"):
            registry.passwords[registrar] = new
        session.registrar = registrar
        session.services = {PREFIXES[uri] for uri in services}
        session.extensions = {PREFIXES[uri] for uri in extensions} & set(registry.extensions)
        self._sessions.append(session)
        return Answer()

    def _poll(self, verb: Element, session: EppSession) -> Answer:
        queue = self.registry.queues[session.registrar]
        if verb.get("op") == "ack":
            if not queue or queue[0].id != verb.get("msgID"):
                raise EppError(2303)
            gone = queue.pop(0)
            return Answer(queue=EPP.msgQ(count=str(len(queue)), id=gone.id))
        if not queue:
            return Answer(1300)
        first = queue[0]
        shown = EPP.msgQ(
            EPP.qDate(stamp(first.date)), EPP.msg(first.text), count=str(len(queue)), id=first.id
        )
        return Answer(1301, data=contacts.copied(first.data), queue=shown)


def name_of(verb: Element) -> str:
    """A command's name: its verb, after the kind of object that it is about."""
    name: str = verb.tag.rpartition("}")[2]
    if name in ("login", "logout", "poll"):
        return name
    kind = PREFIXES.get(verb[0].tag[1:].partition("}")[0], "unknown")
    return f"{kind}:{name}"


def received(line: ssl.SSLSocket, size: int) -> bytes:
    """That many bytes. Raises ``LineDeadError`` where the client goes away before."""
    parts = b""
    while len(parts) < size:
        part = line.recv(size - len(parts))
        if not part:
            raise LineDeadError
        parts += part
    return parts


def spoil(line: ssl.SSLSocket, body: bytes, fault: EppFault) -> None:
    """Send half of an answer, something else of its length, something else, or something without an end."""
    if fault.kind == "huge":
        line.sendall(struct.pack("!I", 0xFFFF_FFFF))
        while True:
            line.sendall(b" " * 65_536)
    sent = {"cut": body[: len(body) // 2], "nonsense": b"<" * len(body), "says": fault.body}
    length = len(fault.body) if fault.kind == "says" else len(body)
    line.sendall(struct.pack("!I", length + 4) + sent[fault.kind])
