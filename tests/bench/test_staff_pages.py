"""The pages of the staff area that are measured with a million invoices."""

import pytest
from django.urls import resolve

from bench.staff_paths import staff_paths
from commerce.backoffice.base.context import STAFF_URLS


@pytest.mark.parametrize(
    "path", sorted({path.partition("?")[0] for path in staff_paths().values()})
)
def test_a_measured_page_is_there(path: str) -> None:
    assert resolve(path, STAFF_URLS).url_name
