"""What a worker looks after beside its requests: connections that nobody needs, and whether it still answers.

Both look at the worker's own sockets as the system shows them (Linux): the server has no limit for an address, and no
time limit for a connection over which no request has begun.
"""

import logging
import os
import socket
import ssl
import stat
import struct
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from commerce.kit import transport

log = logging.getLogger(__name__)

CROWDED = 0.75
"""The share of a worker's connections from which on idle ones must go."""
CROWDED_IDLE_SECONDS = 5.0
TRIES = 8
"""How often, for each worker on the port, one of them connects to it until the connection is its own."""
# linux/tcp.h: tcpi_last_data_sent and tcpi_last_data_recv, in ms, and tcpi_bytes_received
_TCP_INFO = struct.Struct("=44xI4xI72xQ")
_FILES = Path("/proc/self/fd")


class Connection(NamedTuple):
    """An accepted connection: its file number, the other end, for how many seconds no data went either way, and
    whether any ever came."""

    number: int
    peer: tuple[Any, ...]
    idle: float
    is_used: bool


class Connections:
    """The connections of this process on its port; ``tidy`` ends those beyond the limits.

    ``each`` is how many one address (IPv6: /64) may have open, ``most`` how many there can be, ``idle`` for how many
    seconds one may be silent, ``patience`` before anything came. Those in ``trusted`` have no limit for an address.
    """

    def __init__(
        self,
        port: int,
        *,
        each: int,
        most: int,
        idle: float,
        patience: float,
        trusted: transport.Networks = (),
    ) -> None:
        self.port, self.each, self.most = port, each, most
        self.idle, self.patience, self.trusted = idle, patience, trusted

    def tidy(self) -> int:
        """End what is too much, the most silent ones first; how many that were."""
        found = sorted(self.open(), key=lambda one: one.idle)
        room, of_network = int(self.most * CROWDED), defaultdict[str, int](int)
        going = []
        for rank, one in enumerate(found):
            address = str(one.peer[0])
            if not transport.within(transport.address(address), self.trusted):
                of_network[transport.network_of(address)] += 1
            is_silent = one.idle > (self.idle if one.is_used else self.patience)
            is_spare = rank >= room and one.idle > CROWDED_IDLE_SECONDS
            if is_silent or is_spare or of_network[transport.network_of(address)] > self.each:
                going.append(one)
        for one in going:
            with _opened(one.number, self.port) as connection, suppress(OSError):
                if connection and connection.getpeername() == one.peer:
                    connection.shutdown(socket.SHUT_RDWR)
        return len(going)

    def open(self) -> Iterator[Connection]:
        """All connections that were accepted on the port and are not closed."""
        for name in os.listdir(_FILES):  # noqa: PTH208 - only the names, of thousands
            with _opened(int(name), self.port) as connection, suppress(OSError):
                if connection:
                    peer = connection.getpeername()  # a socket that listens has none
                    info = connection.getsockopt(
                        socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size
                    )
                    sent, received, so_far = _TCP_INFO.unpack(info)
                    yield Connection(int(name), peer, min(sent, received) / 1000, so_far > 0)


@contextmanager
def _opened(number: int, port: int) -> Iterator[socket.socket | None]:
    """The socket with this file number, opened once more because the server may close it meanwhile.

    None when the number is that of something else, or of a socket that has nothing to do with the port.
    """
    found = None
    with suppress(OSError):
        if _is_socket(number):
            copy = os.dup(number)
            # In between it may have become a file, such as the database's. Closing that would give up all locks that
            # this process has on it (POSIX), so it stays open.
            found = socket.socket(fileno=copy) if _is_socket(copy) else None
        if found and (
            found.family not in (socket.AF_INET, socket.AF_INET6) or found.getsockname()[1] != port
        ):
            found.close()
            found = None
    try:
        yield found
    finally:
        if found:
            found.close()


def _is_socket(number: int) -> bool:
    return stat.S_ISSOCK(os.fstat(number).st_mode)


class Pulse:
    """Asks this very worker `/up` as anybody would, over its port, and tells the supervisor of each answer.

    A line of what is told: the process, and for how many seconds it may be silent from now on.
    """

    def __init__(
        self,
        address: tuple[str, int],
        *,
        tls: bool,
        asked_as: str,
        workers: int,
        within: float,
        told: int,
    ) -> None:
        self.address, self.asked_as, self.workers = address, asked_as, workers
        self.within, self.told = within, told
        self.context = ssl.create_default_context() if tls else None
        if self.context:
            # The certificate is for the public name; here only our own process on this machine is asked.
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE

    def tell(self, seconds: float) -> None:
        with suppress(OSError):
            os.write(self.told, b"%d %d\n" % (os.getpid(), seconds))

    def run(self, asking: Callable[[tuple[str, str]], None]) -> None:
        """Ask again and again; three questions without an answer are more than a worker may be silent."""
        while True:
            try:
                if self.answers(asking):
                    self.tell(4.5 * self.within)
            except OSError:
                pass  # no answer
            except Exception:
                log.exception("A worker could not ask itself.")
            time.sleep(self.within / 2)

    def answers(self, asking: Callable[[tuple[str, str]], None]) -> bool:
        """Whether this worker answers; ``asking`` is told from which address and port it is asked."""
        for _ in range(TRIES * self.workers):
            with socket.create_connection(self.address, self.within) as connection:
                name = connection.getsockname()
                if self.workers > 1 and not self._is_ours(name):
                    continue
                asking((name[0], str(name[1])))
                if self.context is None:
                    return self._asked(connection)
                with self.context.wrap_socket(connection) as secured:
                    return self._asked(secured)
        return False

    def _is_ours(self, name: tuple[Any, ...]) -> bool:
        """Whether this process has accepted the connection from there: workers share the port."""
        wanted = (transport.address(name[0]), name[1])
        mine = Connections(self.address[1], each=0, most=0, idle=0, patience=0)
        for pause in (0.001, 0.01, 0.05, 0.1):
            time.sleep(pause)
            if any((transport.address(one.peer[0]), one.peer[1]) == wanted for one in mine.open()):
                return True
        return False

    def _asked(self, connection: socket.socket) -> bool:
        request = f"GET /up HTTP/1.1\r\nHost: {self.asked_as}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        return connection.recv(64).startswith(b"HTTP/1.1 ")
