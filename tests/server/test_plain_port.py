"""What the plain port answers, without a server around it."""

from pathlib import Path
from typing import Any

import pytest

from commerce.kit import json_log, proxy_headers
from commerce.server.plain_port import PlainPortHandler


@pytest.mark.parametrize("letter", ["a", "&", "%", "\xff", "\x00", '"'])
@pytest.mark.parametrize("most", [10, 1000, 3000, proxy_headers.LONGEST_ADDRESS, 60_000])
def test_it_sends_on_no_address_without_end(tmp_path: Path, letter: str, most: int) -> None:
    plain = PlainPortHandler(
        "https://" + "h" * 190, json_log.AccessLog(tmp_path, "access", to_stderr=False)
    )
    told: dict[str, Any] = {}
    for path, query in ((f"/{letter * most}", ""), ("/x", letter * most)):
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": "203.0.113.9",
            "wsgi.url_scheme": "http",
        }
        plain(environ, lambda status, headers: told.update(dict(headers), status=status))
        assert told["status"] == "308 Permanent Redirect"
        assert len(f"Location: {told['Location']}\r\n") < 4096
        assert most > 1000 or told["Location"] != plain.address + "/"
