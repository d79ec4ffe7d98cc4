"""`commerce upgrade`: database, link and services, step by step, in real folders of two releases.

Their environments hold nothing but a path to the code that is tested. systemd is a script that notes what it is told.
"""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import threading
import venv
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.house.source import ROOT
from tests.server.running import environment, once

pytestmark = once

SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$0.log"
case "$1" in
list-units) printf 'commerce.service loaded active\\ncommerce-worker.service loaded active\\n' ;;
restart) [ "$2" != "$(cat "$0.broken" 2>/dev/null)" ] ;;
esac
"""
TRIGGER = "guard_billing_invoice_delete"


class UpHandler(BaseHTTPRequestHandler):
    """A server that is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not to the screen."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), UpHandler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


class Machine:
    """Two releases side by side, of which the old one is in use, an installation, and a folder for backups."""

    def __init__(self, top: Path, data: Path, server: str) -> None:
        self.top, self.data, self.server = top, data, server
        for name in ("old", "new"):
            self._make_release(name)
        (top / "current").symlink_to("releases/old")
        (top / "backups").mkdir()
        self.systemctl = top / "systemctl"
        self.systemctl.write_text(SYSTEMCTL)
        self.systemctl.chmod(0o755)

    def _make_release(self, name: str) -> None:
        folder = self.top / "releases" / name / ".venv"
        venv.create(folder, symlinks=True)
        [packages] = (folder / "lib").glob("python*/site-packages")
        (packages / "code.pth").write_text(f"{ROOT / 'src'}\n{sysconfig.get_path('purelib')}\n")
        program = folder / "bin" / "commerce"
        program.write_text(f"#!{folder}/bin/python\nfrom commerce.cli import main\nmain()\n")
        program.chmod(0o755)

    def run(self, *words: str, release: str = "new") -> subprocess.CompletedProcess[str]:
        program = self.top / "releases" / release / ".venv/bin/commerce"
        path = f"{self.top}:{os.environ['PATH']}"
        return subprocess.run(
            [program, "upgrade", "--server", self.server, *words],
            env=environment(self.data, PATH=path),
            capture_output=True,
            text=True,
            check=False,
        )

    def restarted(self) -> list[str]:
        """What was restarted since this was asked."""
        log = self.systemctl.with_name("systemctl.log")
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line.removeprefix("restart ") for line in lines if line.startswith("restart")]

    @property
    def in_use(self) -> str:
        return (self.top / "current").resolve().name

    @property
    def backups(self) -> list[Path]:
        return list((self.top / "backups").glob("*.tar.gz"))

    def make_older(self) -> None:
        """A database that this release has something to do in."""
        with closing(sqlite3.connect(self.data / "commerce.sqlite3")) as file:
            file.execute(f"DROP TRIGGER {TRIGGER}")
            file.commit()


@pytest.fixture
def machine(data: Path, tmp_path: Path, server: str) -> Machine:
    return Machine(tmp_path, data, server)


BOTH = ["commerce-worker.service", "commerce.service"]


def test_an_upgrade_and_the_way_back(machine: Machine) -> None:
    machine.make_older()
    done = machine.run("--backup", str(machine.top / "backups"))
    assert done.returncode == 0, done.stderr
    assert "checks hold" in done.stdout
    assert "In use: new." in done.stderr
    assert machine.in_use == "new"
    assert machine.restarted() == BOTH
    assert len(machine.backups) == 1
    # Back: by the name of the former release, whose own command that is then. The database stays.
    done = machine.run("old")
    assert done.returncode == 0, done.stderr
    assert "checks hold" not in done.stdout
    assert machine.in_use == "old"
    assert machine.restarted() == BOTH
    assert len(machine.backups) == 1


def test_what_was_interrupted_before_the_proof_is_proven_when_it_is_run_again(
    machine: Machine,
) -> None:
    state = machine.data / "upgrade.lock"
    state.write_text("new")
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert "checks hold" in done.stdout
    assert state.read_text() == ""
    assert machine.in_use == "new"


def test_a_server_that_does_not_start_brings_the_old_release_back(machine: Machine) -> None:
    (machine.top / "systemctl.broken").write_text("commerce.service")
    done = machine.run()
    assert done.returncode == 1
    assert "old is in use again" in done.stderr
    assert machine.in_use == "old"
    assert machine.restarted() == BOTH * 2


def test_a_step_that_fails_leaves_the_old_release_in_use(machine: Machine) -> None:
    machine.make_older()
    full = machine.top / "backups" / "full"
    full.mkdir()
    machine.data.joinpath("ring.key").write_text("no key")
    done = machine.run("--backup", str(full))
    assert done.returncode == 1
    assert "failed, so the old release stays in use" in done.stderr
    assert machine.in_use == "old"
    assert machine.restarted() == []


def test_two_at_once_and_releases_that_are_not_there_are_refused(machine: Machine) -> None:
    with (machine.data / "upgrade.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = machine.run()
    assert done.returncode == 1
    assert "Another upgrade is in progress" in done.stderr
    done = machine.run("newer")
    assert done.returncode == 1
    assert "There is no release newer" in done.stderr
    assert machine.in_use == "old"


KILLED = """
from pathlib import Path
from commerce.cli.releases import upgrade
upgrade.program_of = lambda _prefix: Path("/bin/sh")
with upgrade._only_upgrade():
    upgrade._run("-c", "echo $$; exec sleep 60")
"""


def test_the_step_of_an_upgrade_that_was_killed_keeps_others_away(data: Path) -> None:
    words = [sys.executable, "-c", KILLED]
    with subprocess.Popen(words, env=environment(data), stdout=subprocess.PIPE) as upgrade:
        assert upgrade.stdout is not None
        step = int(upgrade.stdout.readline())
        upgrade.kill()
        upgrade.wait()
        try:
            with (data / "upgrade.lock").open("a") as lock, pytest.raises(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.kill(step, signal.SIGKILL)
