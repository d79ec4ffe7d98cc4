"""The list of tests that run once names what is there."""

import re

from tests import plan
from tests.house.source import ROOT


def test_what_runs_once_or_first_is_there() -> None:
    listed = [path for paths in plan.ONCE.values() for path in paths]
    parts = [path.partition("::") for path in (*plan.BOTH, *plan.LONG)]
    files = (*listed, *(file for file, _, _ in parts))
    assert [path for path in files if not (ROOT / path).exists()] == []
    tests = [(ROOT / file, test) for file, _, test in parts if test]
    unknown = [
        test
        for file, test in tests
        if not re.search(rf"\b(def|class) {test.partition('[')[0]}\b", file.read_text("utf-8"))
    ]
    assert unknown == []
    assert len(set(listed)) == len(listed)
