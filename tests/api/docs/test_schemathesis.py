"""The served description against the real server, by a program that knows nothing else of either.

Schemathesis makes requests that fit the description and requests that do not, and holds each reply against it.
"""

import re
import subprocess
import sys
from typing import Any

from tests.server.running import RunningServer, once

pytestmark = once

COMMAND = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]


def test_no_check_fails(server: RunningServer, installation: dict[str, Any]) -> None:
    address = f"https://localhost:{server.port}"
    options = {
        "--url": address,  # the description names the public address
        "--header": f"Authorization: Bearer {installation['alice']}",
        "--tls-verify": str(server.data / "tls" / "ca.pem"),
        "--checks": "all",
        "--phases": "examples,coverage,fuzzing,stateful",
        "--mode": "all",
        "--max-examples": "8",
        "--max-failures": "20",
        "--seed": "1",
    }
    words = [part for option in options.items() for part in option]
    done = subprocess.run(
        [*COMMAND, "run", f"{address}/api/v1/openapi.json", *words],
        cwd=server.data,  # it leaves a folder of what it tried
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    generated, passed = re.findall(r"(\d+) generated, (\d+) passed", done.stdout)[0]
    assert int(generated) == int(passed) > 500
    assert re.search(r"Selected: (\d+)/\1\s+Tested: \1\b", done.stdout), "an operation was left out"
