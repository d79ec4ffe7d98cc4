"""Tests of the API: the thread that notes a token's use must not outlive a test's transaction, so it is not started."""

import pytest

from commerce.api import usage


@pytest.fixture(autouse=True)
def _uses_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "_start", lambda: None)
    usage._noted.clear()
    while not usage._pending.empty():
        usage._pending.get()
