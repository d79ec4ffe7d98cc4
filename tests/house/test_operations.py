"""`docs/operations.md`: what its units hold, and that what they start is there."""

import re
import shlex
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.house.source import PACKAGE, ROOT, modules
from tests.house.test_repository import is_known

type Unit = dict[str, list[str]]

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def units() -> Iterator[Unit]:
    """The settings of each unit that the page shows."""
    for block in re.findall(r"^```ini\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        found: Unit = defaultdict(list)
        for name, value in re.findall(r"^(\w+)=(.*)$", block.replace("\\\n", ""), re.MULTILINE):
            found[name].append(value)
        yield found


SERVICES = [unit for unit in units() if "ExecStart" in unit]
NAMES = [unit["Description"][0] for unit in SERVICES]


def test_there_is_one_for_the_server_the_worker_and_the_backup() -> None:
    assert NAMES == ["Commerce", "Background work of Commerce", "Backup of Commerce"]


@pytest.mark.parametrize("unit", SERVICES, ids=NAMES)
def test_it_runs_as_a_user_of_its_own_whose_files_are_for_nobody_else(unit: Unit) -> None:
    wanted = {"User": "commerce", "EnvironmentFile": "/etc/commerce/environment"}
    wanted |= {"StateDirectory": "commerce", "StateDirectoryMode": "0700", "UMask": "0077"}
    assert {name: unit[name] for name in wanted} == {name: [wanted[name]] for name in wanted}


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


def test_the_code_is_compiled_before_a_service_that_cannot_write_it_starts() -> None:
    assert PAGE.index("-m compileall") < PAGE.index("systemctl enable --now")


def test_the_page_named_a_variable_that_nothing_read_any_more() -> None:
    code = "\n".join(path.read_text("utf-8") for path in modules(PACKAGE))
    named = set(re.findall(r"COMMERCE_[A-Z_]*[A-Z]", PAGE))
    assert {name for name in named if name.removesuffix("_FILE") not in code} == set()
