"""`docs/first-hour.md`: each block can be run by `make first-hour` or says why not, and calls what there is."""

import importlib.util
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.house.source import ROOT
from tests.house.test_repository import is_known

SPEC = importlib.util.spec_from_file_location("first_hour", ROOT / "tools" / "first_hour.py")
assert SPEC
assert SPEC.loader
first_hour = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(first_hour)

PAGE = (ROOT / "docs" / "first-hour.md").read_text("utf-8")
BLOCKS = list(first_hour.page_blocks(PAGE))


def test_each_block_is_seen_and_each_mark_belongs_to_one() -> None:
    assert len(BLOCKS) == len(re.findall(r"^```\w", PAGE, re.MULTILINE))
    marks = [block.mark for block in BLOCKS if block.mark]
    assert marks == re.findall(r"first-hour: (.+?) -->", PAGE)
    assert set(marks) == {"skip root", "start services", "start caddy", "may fail"}


def test_only_what_needs_root_or_systemd_is_left_out() -> None:
    needs = re.compile(r"^(apt-get|useradd|chown|systemctl|certbot)\b", re.MULTILINE)
    for block in BLOCKS:
        assert bool(needs.search(block.text)) == block.mark.startswith(("skip", "start")), block


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block.line))
def test_it_calls_commands_that_there_are(block: object) -> None:
    text = block.text.replace("\\\n", " ")  # type: ignore[attr-defined]
    for words in re.findall(r"(?:^|\(|/)commerce ([a-z][^\n)]*)", text, re.MULTILINE):
        assert is_known(shlex.split(words)), words


def test_what_is_run_is_a_program_of_the_shell_that_leaves_this_machine_alone(
    tmp_path: Path,
) -> None:
    machine = first_hour.FreshMachine(tmp_path / "top")
    subprocess.run(["bash", "-n", "-c", machine.script(iter(BLOCKS))], check=True)
    typed = [machine.typed(block.text) for block in BLOCKS if not block.mark]
    text = "\n".join(typed).replace(str(machine.top), "TOP")
    assert "TOP/etc/commerce.env" in text
    assert re.findall(r"(?<![\w.~$}/-])/(?:etc|var|usr|opt)\b", text) == []
