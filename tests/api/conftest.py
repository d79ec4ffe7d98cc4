"""Tests of the API: the thread that notes a token's use must not outlive a test's transaction, so it is not started.

``installation`` and ``server`` are for tests of the real server: a process and a database of their own.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house.source import ROOT
from tests.server.running import RunningServer, environment, running_server


@pytest.fixture(scope="session")
def installation(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An installation with two clients, made by a process of its own: its folder, tokens and ids."""
    folder = shutil.copytree(prepared, tmp_path_factory.mktemp("live") / "data")
    done = subprocess.run(
        [sys.executable, "-m", "tests.api.installation"],
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {"folder": folder, **json.loads(done.stdout)}


@pytest.fixture(scope="session")
def server(installation: dict[str, Any]) -> Iterator[RunningServer]:
    """``commerce serve`` for it, with a limit that no test meets.

    Without a worker: the daily run would change what the tests read, and with it each tag.
    """
    rates = {f"COMMERCE_API_{name}RATE": "100000/60s" for name in ("", "WRITE_", "AUTH_FAILURE_")}
    with running_server(installation["folder"], "serve", "--no-worker", **rates) as running:
        yield running


@pytest.fixture(scope="session")
def bearer(installation: dict[str, Any]) -> str:
    """The header with Alice's token."""
    return f"Authorization: Bearer {installation['alice']}"
