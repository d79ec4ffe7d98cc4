"""Each story and race leaves books that are proven."""

import pytest


@pytest.fixture(autouse=True)
def _proven(proven: None) -> None:
    """Here no test has to ask for it."""
