"""The servers that are compared: each the product's own server with another application behind it."""

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench.machine import StoreServers
from tools import servers

ROOT = Path(__file__).resolve().parent.parent
THREADS = 2


@dataclass(frozen=True)
class Contestant:
    """A way to answer: its key in the results, the application, and what its environment adds."""

    key: str
    application: str
    environment: dict[str, str] = field(default_factory=dict)
    workers: int = 1


class RunningServer(NamedTuple):
    """A contestant that answers: its port, its first process, and where it writes what goes wrong."""

    port: int
    pid: int
    log: Path


def contestants(stores: StoreServers, sqlite: Path) -> dict[str, Contestant]:
    """All of them by key; ``ours`` is the product as it is installed, all features on."""
    ours = "ours"
    django = "bench.peers.wsgi:application"
    valkey, two = {"COMMERCE_COUNTERS": stores.valkey}, {"COMMERCE_WORKERS": "2"}
    found = [
        Contestant("limit", "bench.peers.limit:application"),
        Contestant("ours", ours),
        Contestant("ours_valkey", ours, valkey),
        Contestant("ours_sqlite", ours, {"COMMERCE_DATABASE_URL": f"sqlite://{sqlite}"}),
        Contestant("values", django, {"DJANGO_SETTINGS_MODULE": "bench.peers.bare_settings"}),
        Contestant("drf", django, {"DJANGO_SETTINGS_MODULE": "bench.peers.settings"}),
        Contestant("limit_2", "bench.peers.limit:application", workers=2),
        Contestant("ours_2", ours, two, workers=2),
        Contestant("ours_2_valkey", ours, two | valkey, workers=2),
    ]
    return {contestant.key: contestant for contestant in found}


def environment(stores: StoreServers) -> dict[str, str]:
    """What every contestant is told: the database, and of ours a rate that nobody reaches and the trusted caller."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        "DJANGO_SETTINGS_MODULE": "commerce.config.settings",
        "COMMERCE_DATABASE_URL": stores.postgres,
        "COMMERCE_SECRET_KEY": "bench-0123456789-bench-0123456789-bench-0123456789-bench",
        "COMMERCE_TRUSTED_PROXIES": "127.0.0.1",
        "COMMERCE_API_RATE": "1000000/60s",
    }


@contextmanager
def running_server(
    contestant: Contestant, shared: dict[str, str], folder: Path
) -> Iterator[RunningServer]:
    """A contestant that is ready, on a free port; its standard error goes to a file in ``folder``."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    data = folder / f"{contestant.key}-data"
    variables = {**shared, "COMMERCE_DATA_DIR": str(data), **contestant.environment}
    command = [shutil.which("env") or "env", "-i"]
    command += [f"{name}={value}" for name, value in variables.items()]
    command += [sys.executable, "-m", "bench.serve", contestant.application, str(port)]
    command += [str(contestant.workers), str(THREADS)]
    log = folder / f"{contestant.key}.log"
    with servers.running(command, log) as server:
        servers.wait_for(lambda: servers.accepts(port), server, log)
        yield RunningServer(port, server.pid, log)
