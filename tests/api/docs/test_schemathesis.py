"""The served descriptions against the real server, by a program that knows nothing else of either.

Schemathesis makes requests that fit the description and requests that do not, and holds each reply against it.
"""

import re
import subprocess
import sys
from typing import Any

import pytest

from tests.house.source import ROOT
from tests.make.draws import draws
from tests.server.running import RunningServer, environment, once

pytestmark = once

COMMAND = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]


@pytest.mark.parametrize(
    ("version", "phases", "examples", "least"),
    [
        ("v1", "coverage,examples,fuzzing,stateful", 5, 500),
        # Coverage tries each edge of each parameter alone: some thousand requests more. Stateful finds no link.
        ("v2", "examples,fuzzing", 3, 100),
    ],
)
def test_no_check_fails(
    server: RunningServer,
    installation: dict[str, Any],
    version: str,
    phases: str,
    examples: int,
    least: int,
) -> None:
    address = f"https://localhost:{server.port}"
    options = {
        "--url": address,  # the description names the public address
        "--header": f"Authorization: Bearer {installation['alice']}",
        "--tls-verify": str(server.data / "tls" / "ca.pem"),
        "--checks": "all",
        "--phases": phases,
        "--mode": "all",
        "--max-examples": str(draws(examples)),
        "--max-failures": "20",
        "--seed": "1",
    }
    words = [part for option in options.items() for part in option]
    done = subprocess.run(
        [*COMMAND, "run", f"{address}/api/{version}/openapi.json", *words],
        cwd=server.data,  # it leaves a folder of what it tried
        env=environment(server.data)
        | {"SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    generated, passed = re.findall(r"(\d+) generated, (\d+) passed", done.stdout)[0]
    assert int(generated) == int(passed) > least
    assert re.search(r"Selected: (\d+)/\1\s+Tested: \1\b", done.stdout), "an operation was left out"
