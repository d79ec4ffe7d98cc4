"""Connections that nobody needs, ended by the worker that accepted them.

It looks at its own sockets as the system shows them (Linux): the server has no limit for an address, and no time limit
for a connection over which no request has begun.
"""

import logging
import os
import socket
import stat
import struct
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from commerce.kit import proxy_headers

log = logging.getLogger(__name__)

CROWDED_SHARE = 0.75
"""The share of a worker's connections from which on idle ones must go."""
CROWDED_IDLE_SECONDS = 5.0
# linux/tcp.h: tcpi_last_data_sent and tcpi_last_data_recv, in ms, and tcpi_bytes_received
_TCP_INFO = struct.Struct("=44xI4xI72xQ")
_FILES = Path("/proc/self/fd")


class OpenConnection(NamedTuple):
    """An accepted connection: its file number, the other end, for how many seconds no data went either way, and
    whether any ever came."""

    number: int
    peer: tuple[Any, ...]
    idle: float
    is_used: bool


class ConnectionLimits:
    """The connections of this process on its port; ``close_expired`` ends those beyond the limits.

    One address (IPv6: /64) may have ``max_per_address`` open, unless it is in ``trusted``. One may be silent for
    ``idle`` seconds, and for ``arrival_seconds`` before anything came.
    """

    def __init__(
        self,
        port: int,
        *,
        max_per_address: int,
        max_connections: int,
        idle: float,
        arrival_seconds: float,
        trusted: proxy_headers.IpNetworks = (),
    ) -> None:
        self.port, self.idle, self.arrival_seconds = port, idle, arrival_seconds
        self.max_per_address, self.max_connections = max_per_address, max_connections
        self.trusted = trusted

    def close_expired(self) -> int:
        """End what is too much, the most silent ones first; how many that were."""
        found = sorted(self.open(), key=lambda one: one.idle)
        room, of_network = int(self.max_connections * CROWDED_SHARE), defaultdict[str, int](int)
        going = []
        for rank, one in enumerate(found):
            address = str(one.peer[0])
            if not proxy_headers.is_in_networks(proxy_headers.parse_address(address), self.trusted):
                of_network[proxy_headers.rate_limit_network(address)] += 1
            is_silent = one.idle > (self.idle if one.is_used else self.arrival_seconds)
            is_spare = rank >= room and one.idle > CROWDED_IDLE_SECONDS
            if (
                is_silent
                or is_spare
                or of_network[proxy_headers.rate_limit_network(address)] > self.max_per_address
            ):
                going.append(one)
        for one in going:
            with _opened(one.number, self.port) as connection, suppress(OSError):
                if connection and connection.getpeername() == one.peer:
                    connection.shutdown(socket.SHUT_RDWR)
        return len(going)

    def open(self) -> Iterator[OpenConnection]:
        """All connections that were accepted on the port and are not closed."""
        for name in os.listdir(_FILES):  # noqa: PTH208 - only the names, of thousands
            with _opened(int(name), self.port) as connection, suppress(OSError):
                if connection:
                    peer = connection.getpeername()  # a socket that listens has none
                    info = connection.getsockopt(
                        socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size
                    )
                    sent, received, so_far = _TCP_INFO.unpack(info)
                    yield OpenConnection(int(name), peer, min(sent, received) / 1000, so_far > 0)


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
