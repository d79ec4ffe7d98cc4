"""`docs/extending.md` and the guide of gateways name files, folders, names and tasks that there are."""

import re
from pathlib import Path

from tests.house.source import PACKAGE, ROOT

GUIDE = (ROOT / "docs" / "extending.md").read_text("utf-8")
PATH = re.compile(r"`((?:[\w.-]+/)+[\w-]+(?:\.\w+|/))`")
TASKS = re.compile(r"`make ([a-z-]+)`")
BESIDE = re.compile(r"`(test_\w+\.py)`")
NAMED_IN = re.compile(r"`@?(\w+)` of\s+`((?:[\w.-]+/)+[\w-]+\.py)`")


def places(path: str) -> list[Path]:
    """Where a path of the guide may be: in the package, or at the root."""
    return [one for one in (PACKAGE / path, ROOT / path) if one.exists()]


def test_each_file_and_folder_is_there() -> None:
    named = set(PATH.findall(GUIDE))
    assert len(named) > 30
    assert sorted(path for path in named if not places(path)) == []
    tests = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert set(BESIDE.findall(GUIDE)) - tests == set()


def test_each_name_is_in_the_file_beside_it() -> None:
    named = NAMED_IN.findall(GUIDE)
    assert len(named) > 3
    missing = [
        f"{name} of {path}"
        for name, path in named
        if not any(re.search(rf"\b{name}\b", one.read_text("utf-8")) for one in places(path))
    ]
    assert missing == []


def test_each_task_of_make_is_one() -> None:
    pages = [ROOT / "CONTRIBUTING.md", ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    tasks = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {task for page in pages for task in TASKS.findall(page.read_text("utf-8"))}
    assert "acts" in named
    assert named - tasks == set()
