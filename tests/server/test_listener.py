"""A listener that is started by whoever, not by our command, which has made everything private already."""

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from commerce.server.listener import ProcessPlan
from tests.server.running import environment, once
from tools.servers import free_port

pytestmark = once


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc tells the umask")
def test_what_a_listener_and_its_worker_make_is_their_owners_alone(data: Path) -> None:
    supervisor_lives, supervisor_ends = os.pipe()
    beats, heartbeat = os.pipe()
    plan = ProcessPlan(
        serves="plain",
        host="127.0.0.1",
        port=free_port(),
        log_folder=str(data / "log"),
        log_days=1,
        parent_pipe=supervisor_lives,
        heartbeat_pipe=heartbeat,
    )
    listener = subprocess.Popen(
        [sys.executable, "-P", "-m", "commerce.server.listener", msgspec.json.encode(plan)],
        env=environment(data),
        stdin=subprocess.DEVNULL,
        pass_fds=(supervisor_lives, heartbeat),
        umask=0,
    )
    try:
        workers = wait_for_workers(listener)
        assert [umask(pid) for pid in (listener.pid, *workers)] == ["0077"] * (1 + len(workers))
    finally:
        listener.terminate()
        listener.wait(60)
        for pipe in (supervisor_lives, supervisor_ends, beats, heartbeat):
            os.close(pipe)


def wait_for_workers(listener: "subprocess.Popen[bytes]") -> list[int]:
    children = Path(f"/proc/{listener.pid}/task/{listener.pid}/children")
    for _ in range(300):
        if found := children.read_text().split():
            return [int(pid) for pid in found]
        assert listener.poll() is None
        time.sleep(0.1)
    raise TimeoutError("the listener has no worker")


def umask(pid: int) -> str:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(line.split()[1] for line in status.splitlines() if line.startswith("Umask:"))
