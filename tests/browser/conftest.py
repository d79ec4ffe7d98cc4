"""A browser for each file, and one demo installation for all that read a demo."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.cli.serving import Running, serving
from tests.make.chromium import running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running() as found:
        yield found


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo company, made from nothing, on a server of its own."""
    folder = tmp_path_factory.mktemp("demo")
    with serving(folder, "demo", ready="Try the API", plain=False) as started:
        yield started
