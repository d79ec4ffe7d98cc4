"""A worker that is killed in the middle, for real: its job is run again, and its effect is there once (O1, R20)."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.server.running import environment

SETUP = """
import sys, time
from pathlib import Path
from commerce.config.console import load_django; load_django()
from commerce.jobs.handlers import job_handler
from commerce.jobs.job_states import requeue_lost_jobs
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.site_settings.models import SiteSetting
mark = Path(sys.argv[2])

@job_handler("thing.do", in_transaction=True)
def do(run):
    SiteSetting.objects.create(key=f"effect {time.time()}", value=1)
    if not mark.exists():
        mark.touch()
        time.sleep(60)
"""
WORK = SETUP + (
    "enqueue(('thing', 1), 'thing.do', 'order 1', clock.now())\nrun_due_jobs(at=clock.now())"
)
AGAIN = SETUP + (
    "from datetime import timedelta; later = clock.now() + timedelta(minutes=11)\n"
    "print(len(run_due_jobs(at=clock.now())), requeue_lost_jobs(at=clock.now()),"
    " requeue_lost_jobs(at=later), len(run_due_jobs(at=later)),"
    " Job.objects.get(action='thing.do').status, SiteSetting.objects.count())"
)


def python(code: str, data: Path) -> list[str]:
    return [sys.executable, "-P", "-c", code, "unused", str(data / "mark")]


def test_killed_in_the_middle_the_effect_is_there_once(data: Path) -> None:
    process = subprocess.Popen(python(WORK, data), env=environment(data))
    try:
        ends = time.monotonic() + 120
        while not (data / "mark").exists() and time.monotonic() < ends:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    again = subprocess.run(
        python(AGAIN, data), env=environment(data), capture_output=True, text=True, check=True
    )
    # Nothing is due, nor lost before its lease ran out; afterwards it is given back and run, and has one effect.
    assert again.stdout.split() == ["0", "0", "1", "1", "succeeded", "1"]
