"""A browser, a demo installation and a shop, each once for all files of this folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from tests import databases
from tests.house.source import ROOT
from tests.make.real_browser import running_browser
from tests.server.running import RunningServer, run_command, running_server

expect.set_options(
    timeout=30_000
)  # as long as for all else: another row of tests has the cores as well


class StoreSite(NamedTuple):
    """A shop: its address, and the folder in which it keeps the mails that it would send."""

    url: str
    mails: Path


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with running_browser() as found:
        yield found


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The demo company on a server of its own."""
    folder = Path(shutil.copytree(databases.demo(), tmp_path_factory.mktemp("demo") / "data"))
    with running_server(folder, "demo", ready="Try the API", plain=False) as started:
        yield started


@pytest.fixture(scope="package")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreSite]:
    data = Path(shutil.copytree(prepared, tmp_path_factory.mktemp("shop") / "data"))
    filled = [
        "manage",
        "shell",
        "-c",
        "from tests.make.store_catalog import fill_store; fill_store()",
    ]
    done = run_command(data, *filled, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    with running_server(data, "serve") as shop:
        yield StoreSite(f"https://localhost:{shop.port}", data / "mail")
