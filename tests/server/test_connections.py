"""What a worker does about connections that nobody needs: on sockets of this very process."""

import fcntl
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest

from commerce.server import listener
from commerce.server.connections import ConnectionLimits
from tests.server.half_requests import closed, connected


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as found:
        yield found


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


def accepted(
    listening: socket.socket, stack: ExitStack, *sources: str, says: bytes = b"GET"
) -> list[socket.socket]:
    """Callers from these addresses, each accepted here."""
    found = []
    for source in sources:
        caller = stack.enter_context(connected(listening.getsockname()[1], source=source))
        caller.sendall(says)
        stack.enter_context(listening.accept()[0])
        found.append(caller)
    return found


def limits(listening: socket.socket, **more: float | list[object]) -> ConnectionLimits:
    values = {"max_per_address": 99, "max_connections": 99, "idle": 60, "arrival_seconds": 20}
    return ConnectionLimits(listening.getsockname()[1], **values | more)  # type: ignore[arg-type]


def is_open(caller: socket.socket) -> bool:
    return closed(caller, 0.01) is None


def test_an_address_has_so_many_and_its_most_silent_ones_go(
    listening: socket.socket, stack: ExitStack
) -> None:
    old = accepted(listening, stack, "127.0.0.2", "127.0.0.2")
    other = accepted(listening, stack, "127.0.0.3")
    time.sleep(0.05)
    new = accepted(listening, stack, "127.0.0.2", "127.0.0.2")
    assert limits(listening, max_per_address=2).close_expired() == 2
    assert [is_open(one) for one in (*old, *other, *new)] == [False, False, True, True, True]


def test_a_trusted_proxy_has_no_limit(listening: socket.socket, stack: ExitStack) -> None:
    callers = accepted(listening, stack, *["127.0.0.2"] * 5)
    assert (
        limits(listening, max_per_address=2, trusted=[ip_network("127.0.0.2")]).close_expired() == 0
    )
    assert all(is_open(one) for one in callers)


def test_silence_has_an_end_and_a_shorter_one_before_anything_came(
    listening: socket.socket, stack: ExitStack
) -> None:
    (used,) = accepted(listening, stack, "127.0.0.2")
    (never,) = accepted(listening, stack, "127.0.0.3", says=b"")
    time.sleep(0.1)
    assert limits(listening, idle=10, arrival_seconds=0.05).close_expired() == 1
    assert (is_open(used), is_open(never)) == (True, False)
    limits(listening, idle=0.05, arrival_seconds=0.05).close_expired()
    assert not is_open(used)


def test_when_a_worker_is_crowded_those_that_were_silent_longest_make_room(
    listening: socket.socket, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commerce.server.connections.CROWDED_IDLE_SECONDS", 1)
    old = accepted(listening, stack, "127.0.0.2", "127.0.0.3")
    time.sleep(1.1)
    new = accepted(listening, stack, "127.0.0.4", "127.0.0.5", "127.0.0.6")
    assert limits(listening, max_connections=4).close_expired() == 2
    assert [is_open(one) for one in (*old, *new)] == [False, False, True, True, True]


def test_other_sockets_of_the_process_are_left_alone(
    listening: socket.socket, stack: ExitStack
) -> None:
    other = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    callers = accepted(other, stack, "127.0.0.2")
    assert limits(listening, max_per_address=0).close_expired() == 0
    assert is_open(callers[0])


@pytest.mark.parametrize(
    ("files", "connections"),
    [(resource.RLIM_INFINITY, 4096), (65_536, 4096), (1024, 768), (200, 1)],
)
def test_where_few_files_may_be_open_there_are_fewer_connections(
    monkeypatch: pytest.MonkeyPatch, files: int, connections: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert listener.max_connections() == connections


def test_looking_at_connections_gives_up_no_lock_on_a_file(
    listening: socket.socket, tmp_path: Path
) -> None:
    """Closing any descriptor of a file gives up all locks that the process has on it: SQLite's, once."""
    locked = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with (tmp_path / "database").open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        limits(listening).close_expired()
        other = subprocess.run(
            [sys.executable, "-c", locked, file.name], capture_output=True, check=False
        )
    assert b"BlockingIOError" in other.stderr
