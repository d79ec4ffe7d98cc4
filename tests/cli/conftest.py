"""An installation to copy: preparing its database takes seconds, copying it does not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commerce.cli.root import commerce
from tests.cli.serving import call

type Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """A command of this installation, in this process."""
    return lambda *words: CliRunner().invoke(commerce, [str(word) for word in words])


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database is up to date and empty."""
    folder = tmp_path_factory.mktemp("prepared")
    done = call(folder, "migrate")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """A prepared data folder of this test's own."""
    return Path(shutil.copytree(prepared, tmp_path / "data"))
