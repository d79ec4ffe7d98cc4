"""Browsers of staff."""

import pytest
from django.conf import settings

from commerce.backoffice.base.context import STAFF_URLS
from tests.make.browser import HttpsTestClient
from tests.make.staff import staff_browser


@pytest.fixture
def web() -> HttpsTestClient:
    """The browser of a super admin."""
    return staff_browser()


@pytest.fixture(autouse=True)
def _staff_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of staff pages are known outside of requests, too.

    Set without Django's signal, which would have each test read all addresses anew: a sixth of its time.
    """
    monkeypatch.setattr(settings, "ROOT_URLCONF", STAFF_URLS)
