"""The services of an installation under systemd: restarted in order, and whether the server answers then."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from commerce.config import console
from commerce.server.supervisor import ReadinessProbe

WORKERS, SERVER = ("commerce-worker.service", "commerce-jobs@*.service"), "commerce.service"
UP_WITHIN = 60
"""Seconds, of which starting takes two or three."""


def restart_services(server: str, host: str) -> bool:
    """Restart workers, then the server: it asks for jobs that old workers do not know. Whether it answers afterwards.

    Services that do not run are left alone.
    """
    active = _active_units(*WORKERS, SERVER)
    for unit in sorted(active, key=SERVER.__eq__):
        with console.print_step(f"Restarting {unit}"):
            if _systemctl("restart", unit).returncode:
                return False
    return SERVER not in active or answers(server, host)


def answers(server: str, host: str, *, within: int = UP_WITHIN) -> bool:
    """Whether the server at this address answers `/up` before the time is over."""
    parts = urlsplit(server)
    tls = parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    probe = ReadinessProbe(parts.hostname or "", port, tls=tls, probe_host=host)
    with console.print_step(f"Waiting for {server}"):
        end = time.monotonic() + within
        while not (is_up := probe.answers()) and time.monotonic() < end:
            time.sleep(1)
    return is_up


def running_from(folder: Path) -> Iterator[str]:
    """Processes whose interpreter stands below a folder, as number and command."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = entry.read_bytes().decode("utf-8", "replace").split("\0")
            if words[0].startswith(f"{folder}/"):
                yield f"{entry.parent.name} {' '.join(words[1:]).strip()[:80]}"


def _active_units(*patterns: str) -> list[str]:
    words = ("list-units", "--plain", "--no-legend", "--state=active,activating", *patterns)
    listed = _systemctl(*words, capture=True).stdout or ""
    return [line.split()[0] for line in listed.splitlines() if line.strip()]


def _systemctl(*words: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - units of ours
            ["systemctl", *words],  # noqa: S607 - wherever the machine has it
            stdout=subprocess.PIPE if capture else None,
            stderr=subprocess.DEVNULL if capture else None,  # such as that nothing was booted by it
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(words, 0, "")
