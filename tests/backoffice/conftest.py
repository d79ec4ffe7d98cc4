"""Browsers of staff."""

from typing import Any

import pytest

from commerce.backoffice.base.context import STAFF_URLS
from tests.make.browser import HttpsTestClient
from tests.make.staff import staff_browser


@pytest.fixture
def web() -> HttpsTestClient:
    """The browser of a super admin."""
    return staff_browser()


@pytest.fixture(autouse=True)
def _staff_urls(settings: Any) -> None:
    """Names of staff pages are known outside of requests, too."""
    settings.ROOT_URLCONF = STAFF_URLS
