"""A browser for each file, and one demo installation for all that read a demo."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import databases
from tests.cli.serving import Running, serving
from tests.make.chromium import running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running() as found:
        yield found


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo company on a server of its own."""
    folder = Path(shutil.copytree(databases.demo(), tmp_path_factory.mktemp("demo") / "data"))
    with serving(folder, "demo", ready="Try the API", plain=False) as started:
        yield started
