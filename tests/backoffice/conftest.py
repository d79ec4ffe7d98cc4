"""Browsers of staff."""

import pytest

from tests.make.browser import HttpsTestClient
from tests.make.staff import staff_browser


@pytest.fixture
def web() -> HttpsTestClient:
    """The browser of a super admin."""
    return staff_browser()
