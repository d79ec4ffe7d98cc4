"""The machine: the programs that the benchmark needs, its own database servers, and the processor time that is used."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tools import servers

OLDEST_POSTGRES = 15
POSTGRES_OPTIONS = {
    "shared_buffers": "1GB",  # all of the data
    "work_mem": "16MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",  # no disk is read here
    "max_wal_size": "2GB",
}
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class StoreServers:
    """The running stores: their addresses, and their process ids by the name that results use."""

    postgres: str
    valkey: str
    pids: dict[str, int]


def require_programs(*, without: str) -> None:
    """End the program with what this machine lacks for it; ``without`` is a program that it does not use."""
    if lacking := [line for line in missing_programs() if not line.startswith(without)]:
        sys.exit("\n  ".join(["The benchmark needs:", *lacking]))


def missing_programs() -> list[str]:
    """A line for each program that the benchmark needs and this machine lacks, with how to install it."""
    lines = []
    if not shutil.which("wrk"):
        lines.append("wrk, the load generator: apt-get install wrk")
    if not (shutil.which("valkey-server") or shutil.which("redis-server")):
        lines.append("valkey-server (or redis-server): apt-get install valkey-server")
    if _postgres_version() < OLDEST_POSTGRES:
        lines.append(f"PostgreSQL {OLDEST_POSTGRES} or later: apt-get install postgresql")
    return lines


def _postgres_version() -> int:
    if not (shutil.which("initdb") or list(Path("/").glob("usr/lib/postgresql/*/bin/initdb"))):
        return 0
    initdb = servers.program("initdb", folders="usr/lib/postgresql/*/bin")
    said = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=True).stdout
    return int("".join(c if c.isdigit() else " " for c in said).split()[0])


@contextmanager
def running_stores(
    folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[StoreServers]:
    """A PostgreSQL on a unix socket and a Valkey, both in ``folder``, ended whatever happens; the rows stay there.

    ``settings`` are of PostgreSQL, besides those of all benchmarks.
    """
    with ExitStack() as stack:
        parts = [folder / "postgres", folder / "valkey"]
        for part in parts:
            part.mkdir(exist_ok=True)
        postgres = stack.enter_context(
            servers.postgres(parts[0], POSTGRES_OPTIONS | dict(settings or {}))
        )
        counters = stack.enter_context(servers.valkey(parts[1]))
        postgres_pid = int((parts[0] / "data" / "postmaster.pid").read_text().split()[0])
        pids = {"postgres": postgres_pid, "valkey": _valkey_pid(counters)}
        # By a socket in the file system, as PostgreSQL is.
        yield StoreServers(postgres, f"unix://{parts[1] / 'socket'}", pids)


def _valkey_pid(url: str) -> int:
    """The server's process id, which it tells itself."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "127.0.0.1", where.port or 6379)) as asked:
        asked.sendall(b"INFO server\r\n")
        said = asked.recv(65_536).decode()
    return int(said.partition("process_id:")[2].split()[0])


def _stat(pid: int) -> tuple[int, list[int]]:
    """The parent of a process and its four processor times in ticks: own, and of its ended children."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    fields = text.rpartition(")")[2].split()
    return int(fields[1]), [int(ticks) for ticks in fields[11:15]]


def process_tree(root: int) -> list[int]:
    """A process and everything that it started, directly or not."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(_stat(int(entry.name))[0], []).append(int(entry.name))
            except OSError:
                continue  # ended meanwhile
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_ms(root: int) -> float:
    """Processor milliseconds that a process and all its descendants, living or ended, have used so far."""
    total = 0
    for pid in process_tree(root):
        try:
            total += sum(_stat(pid)[1])
        except OSError:
            continue
    return total * _TICK_MS


def resident_kib(pid: int) -> int:
    """Memory of one process that is in RAM, in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise LookupError(f"process {pid} has no memory")


def stolen_ms() -> float:
    """Processor milliseconds that the machine's host has taken from it so far: a measure of noise."""
    first = Path("/proc/stat").read_text().splitlines()[0].split()
    return int(first[8]) * _TICK_MS


def machine_description() -> dict[str, str]:
    """What the figures depend on, for the record."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "processor": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "python": sys.version.split()[0],
        "postgresql": str(_postgres_version()),
    }


def machine_sentence() -> str:
    """Where a benchmark without a load generator was measured: "2 cores of …, Python …, PostgreSQL …"."""
    about = machine_description()
    return (
        f"{about['cores']} cores of {about['processor']}, Python {about['python']},"
        f" PostgreSQL {about['postgresql']}"
    )
