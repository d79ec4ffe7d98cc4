"""What `tests/plan.py` lists is there: a test that is renamed would leave its list without a word."""

import re

from tests import plan
from tests.house.source import ROOT


def _is_there(listed: str) -> bool:
    path, *names = listed.partition("[")[0].split("::")
    if not (ROOT / path).exists():
        return False
    text = (ROOT / path).read_text("utf-8") if names else ""
    return all(re.search(rf"^\s*(?:def|class) {one}\b", text, re.MULTILINE) for one in names)


def test_what_is_listed_is_there() -> None:
    nightly = {*plan.NIGHTLY_ON_POSTGRESQL, *plan.NIGHTLY_ON_SQLITE}
    listed = {*plan.BOTH, *plan.LONG, *plan.BY_THE_CLOCK, *nightly}
    listed |= plan.ONE_FOR_ALL.keys()
    for each in (plan.ONCE, plan.NIGHTLY):
        listed |= {path for paths in each.values() for path in paths}
    assert len(listed) > 200
    assert sorted(one for one in listed if not _is_there(one)) == []
