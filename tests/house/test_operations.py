"""`docs/operations.md` and `deploy/`: what the units hold, and that what they start is there."""

import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from commerce.jobs.engine_calls import ENGINE_QUEUES
from commerce.jobs.worker import STOP_SECONDS
from tests.house.source import PACKAGE, ROOT, modules
from tests.house.test_repository import is_known

type Unit = dict[str, list[str]]

DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def read_unit(path: Path) -> Unit:
    """The settings of a unit."""
    found: Unit = defaultdict(list)
    text = path.read_text("utf-8").replace("\\\n", "")
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found[name].append(value)
    return found


SERVICES = [read_unit(path) for path in sorted(DEPLOY.glob("*.service"))]
NAMES = [unit["Description"][0] for unit in SERVICES]


def test_there_is_one_for_the_server_the_worker_and_the_backup() -> None:
    work = "Background work of Commerce"
    rehearsal = "Rehearsal of the newest backup of Commerce"
    backup = "Backup of Commerce"
    assert set(NAMES) == {"Commerce", work, f"{work} by Procrastinate, %i", backup, rehearsal}


def test_each_file_of_the_release_is_described() -> None:
    assert [path.name for path in DEPLOY.iterdir() if f"`{path.name}`" not in PAGE] == []


@pytest.mark.parametrize("unit", SERVICES, ids=NAMES)
def test_it_runs_as_a_user_of_its_own_whose_files_are_for_nobody_else(unit: Unit) -> None:
    wanted = {"User": "commerce", "EnvironmentFile": "/etc/commerce.env"}
    wanted |= {"StateDirectory": "commerce", "StateDirectoryMode": "0700", "UMask": "0077"}
    assert {name: unit[name] for name in wanted} == {name: [wanted[name]] for name in wanted}


HARDENED = {
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectProc": "invisible",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
    "SystemCallErrorNumber": "EPERM",
    **dict.fromkeys(
        (
            "NoNewPrivileges",
            "PrivateTmp",
            "PrivateDevices",
            "ProtectHome",
            "ProtectKernelTunables",
            "ProtectControlGroups",
            "ProtectKernelModules",
            "ProtectKernelLogs",
            "ProtectClock",
            "ProtectHostname",
            "LockPersonality",
            "RestrictNamespaces",
            "RestrictRealtime",
            "RestrictSUIDSGID",
        ),
        "yes",
    ),
}


@pytest.mark.parametrize("unit", SERVICES, ids=NAMES)
def test_it_may_do_no_more_than_the_others(unit: Unit) -> None:
    assert {name: unit[name] for name in HARDENED} == {
        name: [value] for name, value in HARDENED.items()
    }


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_little_that_they_may_do() -> None:
    units = sorted(map(str, DEPLOY.glob("*.service")))
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=29", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("unit", SERVICES, ids=NAMES)
def test_what_runs_on_is_started_again_for_as_long_as_it_takes(unit: Unit) -> None:
    wanted = {"Restart": "always", "RestartSec": "5", "StartLimitIntervalSec": "0"}
    once = unit["Type"] == ["oneshot"]
    assert {name: unit[name] for name in wanted} == {
        name: [] if once else [wanted[name]] for name in wanted
    }


@pytest.mark.parametrize("unit", SERVICES, ids=NAMES)
def test_it_starts_a_command_that_there_is(unit: Unit) -> None:
    program, *words = shlex.split(unit["ExecStart"][0])
    assert program == "/opt/commerce/.venv/bin/commerce"
    assert is_known(words)


def test_a_worker_of_several_is_one_with_options() -> None:
    several, one = (read_unit(DEPLOY / f"commerce-{name}.service") for name in ("jobs@", "worker"))
    assert several.pop("Description") != one.pop("Description")
    assert several.pop("ExecStart") == [f"{one.pop('ExecStart')[0]} $WORKER_OPTIONS"]
    assert several == one
    [options] = re.findall(r'Environment="WORKER_OPTIONS=(.*?)"', PAGE)
    name, queues = shlex.split(options)
    assert is_known(["worker", name])
    assert set(queues.split(",")) < set(ENGINE_QUEUES)


@pytest.mark.parametrize("unit", SERVICES, ids=NAMES)
def test_it_is_killed_no_sooner_than_it_would_end_by_itself(unit: Unit) -> None:
    assert all(int(seconds) > STOP_SECONDS for seconds in unit["TimeoutStopSec"])


def test_the_page_named_a_variable_that_nothing_read_any_more() -> None:
    code = "\n".join(path.read_text("utf-8") for path in modules(PACKAGE))
    shipped = [path.read_text("utf-8") for path in DEPLOY.iterdir()]
    named = set(re.findall(r"COMMERCE_[A-Z_]*[A-Z]", "\n".join([PAGE, *shipped])))
    assert {name for name in named if name.removesuffix("_FILE") not in code} == set()
