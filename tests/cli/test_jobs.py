"""`commerce worker` and `commerce job`, as processes of their own; the worker of `commerce serve` is `test_serve`'s."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.server.running import COMMAND, environment, run_command
from tests.server.running import once as only_once

pytestmark = only_once

QUEUE = """
from commerce.config import console; console.load_django()
from commerce.jobs.queue import enqueue
from commerce.kit import clock
enqueue(("thing", 1), "thing.unheard_of", "test", clock.now(), {"color": "red"})
"""


def queue_unknown_job(data: Path) -> None:
    """It parks as soon as somebody works."""
    command = [sys.executable, "-P", "-c", QUEUE]
    subprocess.run(command, env=environment(data), check=True, timeout=60)


def parks(data: Path, seconds: float = 20) -> bool:
    """Whether the job parks in time."""
    ends = time.monotonic() + seconds
    found = "SELECT 1 FROM jobs_job WHERE status = 'parked' AND action = 'thing.unheard_of'"
    with closing(sqlite3.connect(data / "commerce.sqlite3")) as file:
        while time.monotonic() < ends:
            if file.execute(found).fetchone():
                return True
            time.sleep(0.05)
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
        queue_unknown_job(data)
        assert parks(data)
        assert "thing.unheard_of" in run_command(data, "job", "list").stdout
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "The worker has stopped." in said
    finally:
        process.kill()
        process.wait()
