"""What a worker has in its memory: nothing that only a few pages have a use for."""

import subprocess
import sys
from pathlib import Path

from tests.server.running import environment, once

_LOAD = """
import io, sys
from commerce.server.listener import pages_handler

answers = []
pages_handler(1)(
    {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/services", "QUERY_STRING": "", "wsgi.input": io.BytesIO(),
     "wsgi.url_scheme": "https", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "SERVER_NAME": "localhost",
     "SERVER_PORT": "443"},
    lambda status, headers: answers.append(status),
)
print(answers[0][:3], *sorted({name.partition(".")[0] for name in sys.modules}))
"""
_FOR_SOME_PAGES = set(
    "PIL babel httpx lxml nh3 requests saxonche segno stdnum stripe typst".split()
)
"""What draws, asks other servers, cleans HTML, judges numbers, charges cards: 1 to 36 MiB each."""


@once
def test_a_worker_that_serves_the_api_loads_nothing_that_only_some_pages_need(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _LOAD],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    status, *loaded = done.stdout.split()
    assert status == "401"
    assert "commerce" in loaded
    assert not _FOR_SOME_PAGES & set(loaded)
