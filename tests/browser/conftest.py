"""A browser for each file, and one demo installation for all that read a demo."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import databases
from tests.make.real_browser import running_browser
from tests.server.running import RunningServer, running_server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_browser() as found:
        yield found


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The demo company on a server of its own."""
    folder = Path(shutil.copytree(databases.demo(), tmp_path_factory.mktemp("demo") / "data"))
    with running_server(folder, "demo", ready="Try the API", plain=False) as started:
        yield started
