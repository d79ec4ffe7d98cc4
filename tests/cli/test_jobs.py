"""`commerce worker` and `commerce job`, as processes of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.server.running import COMMAND, environment, run_command, running_server, wait_until_gone
from tests.server.running import once as only_once

pytestmark = only_once

QUEUE = """
from commerce.config import console; console.load_django()
from commerce.jobs.queue import enqueue
from commerce.kit import clock
enqueue(("thing", 1), "thing.unheard_of", "test", clock.now(), {"colour": "red"})
"""


def queue(data: Path) -> None:
    command = [sys.executable, "-P", "-c", QUEUE]
    subprocess.run(command, env=environment(data), check=True, timeout=60)


def parked(data: Path, seconds: float = 20) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if "thing.unheard_of" in run_command(data, "job", "list").stdout:
            return True
    return False


def test_a_worker_runs_until_it_is_told_to_stop(data: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "worker"],
        env=environment(data),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        queue(data)
        assert parked(data)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "The worker has stopped." in said
    finally:
        process.kill()
        process.wait()


def test_serve_runs_one_beside_the_server_and_another_when_it_ends(data: Path) -> None:
    with running_server(data) as server:
        first = server.listener("jobs")
        os.kill(first, signal.SIGKILL)
        queue(data)
        assert parked(data)
        second = server.listener("jobs")
        assert first != second
        assert server.stop() == 0
        assert wait_until_gone({second})


def test_serve_leaves_it_to_others_when_told(data: Path) -> None:
    with running_server(data, "serve", "--no-worker") as server:
        assert not any(
            "jobs" in Path(f"/proc/{pid}/cmdline").read_text() for pid in server.processes()
        )
