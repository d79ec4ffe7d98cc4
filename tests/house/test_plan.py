"""The list of tests that run once names what is there."""

from tests import plan
from tests.house.source import ROOT


def test_what_runs_once_or_first_is_there() -> None:
    listed = [path for paths in plan.ONCE.values() for path in paths]
    assert [path for path in (*listed, *plan.LONG) if not (ROOT / path).exists()] == []
    assert len(set(listed)) == len(listed)
