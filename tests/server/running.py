"""Real servers for tests: the command in a process of its own, with a data folder and an environment of its own."""

import http.client
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from tools.servers import free_port

once = pytest.mark.skipif(
    connection.vendor == "postgresql",
    reason="its programs have an SQLite of their own: the run on SQLite was the same one",
)
"""For tests of whole programs that never meet the database of the run."""

COMMAND = [sys.executable, "-P", "-c", "from commerce.cli import main; main()"]


def environment(data: Path, **more: str) -> dict[str, str]:
    """What a command sees: nothing of this run of tests, and its own SQLite."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMMERCE_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return kept | {"COMMERCE_DATA_DIR": str(data)} | more


def run_command(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(data, **more),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@dataclass
class HttpReply:
    """A reply with its headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def http_get(
    connection: http.client.HTTPConnection,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> HttpReply:
    """The reply to one request on a connection that stays open."""
    connection.request(method, path, headers=dict(headers or {}))
    reply = connection.getresponse()
    found = {name.lower(): value for name, value in reply.getheaders()}
    return HttpReply(reply.status, found, reply.read())


@dataclass
class RunningServer:
    """A server that is ready."""

    process: subprocess.Popen[bytes]
    port: int
    plain: int
    data: Path
    log: Path

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        plain: bool = False,
        tls: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """One request, over HTTPS with the installation's own authority unless told otherwise."""
        connection = self.connection(plain=plain, tls=tls)
        try:
            return http_get(connection, path, method=method, headers=headers)
        finally:
            connection.close()

    def connection(self, *, plain: bool = False, tls: bool = True) -> http.client.HTTPConnection:
        """A connection to one of its ports, not open yet."""
        if plain or not tls:
            port = self.plain if plain else self.port
            return http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        trust = ssl.create_default_context(cafile=self.data / "tls" / "ca.pem")
        return http.client.HTTPSConnection("localhost", self.port, timeout=60, context=trust)

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def processes(self) -> dict[int, int]:
        """All processes of this server that live, each with its parent."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError, NotADirectoryError):
                if entry.name.isdecimal():
                    parents[int(entry.name)] = int(
                        (entry / "stat").read_text().rpartition(")")[2].split()[1]
                    )
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return {pid: parents[pid] for pid in found if pid in parents}

    def listener(self, serves: str) -> int:
        """The process id of a listener, the parent of its workers."""
        for pid, parent in self.processes().items():
            if (
                parent == self.process.pid
                and f'"serves":"{serves}"' in Path(f"/proc/{pid}/cmdline").read_text()
            ):
                return pid
        raise LookupError(serves)

    def workers(self, serves: str = "pages") -> set[int]:
        main = self.listener(serves)
        return {pid for pid, parent in self.processes().items() if parent == main}


def wait_until_gone(pids: set[int], seconds: float = 60) -> bool:
    """Whether all these processes end in time; one that nobody has reaped yet has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(_lives(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@contextmanager
def running_server(
    data: Path,
    *arguments: str,
    ready: str = "Ready on",
    plain: bool = True,
    port: int = 0,
    **more: str,
) -> Iterator[RunningServer]:
    """``commerce serve`` (or what ``arguments`` say) until the end of the block, on this ``port`` or a free one.

    A process each less: ``--no-worker`` where nothing runs jobs, not ``plain`` where nobody asks without TLS.
    """
    port, beside = port or free_port(), free_port()
    words = list(arguments) or ["serve"]
    words += ["--port", str(port)]
    if plain:
        words += ["--http-port", str(beside)]
    elif words[0] == "serve" and "--behind-proxy" not in words:
        words += ["--http-port", "0"]
    log = data / f"said-{port}"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*COMMAND, *words],
            env=environment(data, **more),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    running = RunningServer(process, port, beside, data, log)
    try:
        # A demo is made first; on a busy machine that takes minutes.
        deadline = time.monotonic() + 400
        while ready not in running.said():
            assert process.poll() is None, running.said()
            assert time.monotonic() < deadline, running.said()
            time.sleep(0.05)
        yield running
    finally:
        if process.poll() is None:
            running.stop(signal.SIGTERM)
