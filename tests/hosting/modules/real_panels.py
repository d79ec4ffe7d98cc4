"""Real panels, started once for each process of tests, when the first of them wants one.

They are killed in the end: nothing of them is kept, and one that still has a caller takes 20 seconds to end politely.
"""

import json
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.house.source import ROOT
from tests.make.until_the_end import UNTIL_THE_END
from tools.modoboa_instance import INSTANCE
from tools.servers import accepts, free_port, running, valkey, wait_for

FAKEPVE = ROOT / ".venv" / "fakepve" / "bin" / "fakepve"
MODOBOA_PYTHON = INSTANCE.parent / "bin" / "python"
TEMPLATE = {
    "vmid": 9000,
    "name": "debian-13",
    "template": True,
    "config": {
        "template": 1,
        "cores": 1,
        "memory": 1024,
        "boot": "order=scsi0",
        "scsi0": "local-lvm:base-9000-disk-0,size=4G",
        "ide2": "local-lvm:vm-9000-cloudinit,media=cdrom",
        "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0",
        "agent": "1",
    },
}
SERVE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "instance.settings"
import django
django.setup()
from modoboa.core.models import User
from rest_framework.authtoken.models import Token
Token.objects.create(user=User.objects.get(username="admin"), key=sys.argv[1])
from modoboa.parameters import tools
for level in ("global", "user"):
    tools.registry._load_default_values(level)
tools.Registry._load_default_values = lambda *_: None  # made anew for each request they were a fifth of its time
from django.core.management import call_command
call_command("runserver", f"127.0.0.1:{sys.argv[2]}", use_reloader=False, skip_checks=True)
"""


@dataclass(frozen=True)
class RunningPanel:
    """A panel that runs: where it answers, and what it wants to be told."""

    origin: str
    secret: str


@cache
def running_fakepve() -> RunningPanel:
    """A Proxmox VE with one template."""
    _need(FAKEPVE, ".venv/.fakepve")
    return _started(fakepve(_folder(), [TEMPLATE]))


@cache
def running_modoboa() -> RunningPanel:
    """A Modoboa without domains."""
    _need(INSTANCE / "modoboa.db", ".venv/.modoboa")
    return _started(modoboa(_folder()))


@contextmanager
def modoboa(folder: Path) -> Iterator[RunningPanel]:
    """Its secret is the token of its administrator."""
    instance, log, token, port = (
        folder / "instance",
        folder / "log",
        secrets.token_hex(20),
        free_port(),
    )
    shutil.copytree(INSTANCE, instance)
    (folder / "valkey").mkdir()
    command = [str(MODOBOA_PYTHON), "-c", SERVE, token, str(port)]
    with (
        valkey(folder / "valkey") as counters,
        running(
            command,
            log,
            folder=instance,
            environment=_modoboa_environment(counters),
            end=signal.SIGKILL,
        ) as server,
    ):
        wait_for(lambda: accepts(port), server, log)
        yield RunningPanel(f"http://localhost:{port}", token)


def _modoboa_environment(counters: str) -> Mapping[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("DJANGO_")}
    redis = counters.replace("valkey:", "redis:") + "/0"
    return kept | {"PANEL_REDIS": redis, "PYTHONWARNINGS": "ignore", "PYTHONPATH": "."}


@contextmanager
def fakepve(folder: Path, guests: list[dict[str, object]]) -> Iterator[RunningPanel]:
    """Its tasks are over at once; its secret is the password of ``root@pam``."""
    (folder / "guests.json").write_text(json.dumps({"guests": guests}))
    password, port, log = secrets.token_hex(8), free_port(), folder / "log"
    command = [str(FAKEPVE), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--password", password, "--time-scale", "0", str(folder / "guests.json")]
    with running(command, log, end=signal.SIGKILL) as server:
        wait_for(lambda: accepts(port), server, log)
        yield RunningPanel(f"https://127.0.0.1:{port}", password)


def _need(path: Path, target: str) -> None:
    if not path.exists() and not os.environ.get("CI"):
        pytest.skip(f"not here: `make {target}` brings it")


def _folder() -> Path:
    return Path(UNTIL_THE_END.enter_context(tempfile.TemporaryDirectory(prefix="panel-")))


def _started(panel: AbstractContextManager[RunningPanel]) -> RunningPanel:
    return UNTIL_THE_END.enter_context(panel)
