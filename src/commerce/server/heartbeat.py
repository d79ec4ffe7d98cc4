"""Whether a worker still answers: it asks itself, and says so to the supervisor, who replaces one that falls silent."""

import logging
import os
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from commerce.kit import proxy_headers
from commerce.server.connections import ConnectionLimits

log = logging.getLogger(__name__)

PROBE_TRIES = 8
"""How often, for each worker on the port, one of them connects to it until the connection is its own."""


def context_without_authorities() -> ssl.SSLContext:
    """TLS to our own process on this machine, whose certificate is for the public name.

    No authority is loaded: that takes 14 ms, and more memory.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class WorkerHeartbeat:
    """Asks this very worker `/up` as anybody would, over its port, and tells the supervisor of each answer.

    A line on ``pipe`` is the process, and for how many seconds it may be silent from now on.
    """

    def __init__(
        self,
        address: tuple[str, int],
        *,
        tls: bool,
        probe_host: str,
        workers: int,
        answer_seconds: float,
        pipe: int,
    ) -> None:
        self.address, self.probe_host, self.workers = address, probe_host, workers
        self.answer_seconds, self.pipe = answer_seconds, pipe
        self.context = context_without_authorities() if tls else None

    def send_beat(self, seconds: float) -> None:
        with suppress(OSError):
            os.write(self.pipe, b"%d %d\n" % (os.getpid(), seconds))

    def run(self, expect_probe: Callable[[tuple[str, str]], None]) -> None:
        """Ask again and again; three questions without an answer are more than a worker may be silent."""
        while True:
            try:
                if self.answers(expect_probe):
                    self.send_beat(4.5 * self.answer_seconds)
            except OSError:
                pass  # no answer
            except Exception:
                log.exception("A worker could not ask itself.")
            time.sleep(self.answer_seconds / 2)

    def answers(self, expect_probe: Callable[[tuple[str, str]], None]) -> bool:
        """Whether this worker answers; ``expect_probe`` gets the address and port from which it will be asked."""
        for _ in range(PROBE_TRIES * self.workers):
            with socket.create_connection(self.address, self.answer_seconds) as connection:
                name = connection.getsockname()
                if self.workers > 1 and not self._is_ours(name):
                    continue
                expect_probe((name[0], str(name[1])))
                if self.context is None:
                    return self._ask(connection)
                with self.context.wrap_socket(connection) as secured:
                    return self._ask(secured)
        return False

    def _is_ours(self, name: tuple[Any, ...]) -> bool:
        """Whether this process has accepted the connection from there: workers share the port."""
        wanted = (proxy_headers.parse_address(name[0]), name[1])
        mine = ConnectionLimits(
            self.address[1], max_per_address=0, max_connections=0, idle=0, arrival_seconds=0
        )
        for pause in (0.001, 0.01, 0.05, 0.1):
            time.sleep(pause)
            if any(
                (proxy_headers.parse_address(one.peer[0]), one.peer[1]) == wanted
                for one in mine.open()
            ):
                return True
        return False

    def _ask(self, connection: socket.socket) -> bool:
        request = f"GET /up HTTP/1.1\r\nHost: {self.probe_host}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        return connection.recv(64).startswith(b"HTTP/1.1 ")
