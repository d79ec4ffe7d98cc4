"""The door for gateways on the real server: sizes, false messages, and the time that an answer takes."""

import time
from pathlib import Path

from tests.server.running import once as only_once
from tests.server.running import running_server

pytestmark = only_once


def test_false_and_long_messages_are_refused_at_once(data: Path) -> None:
    """payments.md 4: an answer within 2 seconds, of which a busy machine takes its own."""
    with running_server(data, "serve", "--no-worker", plain=False) as server:
        for gateway, size, status in [
            ("stripe", 100, 400),
            ("stripe", 256 * 1024, 400),
            ("stripe", 256 * 1024 + 1, 413),
            ("stripe", 900_000, 413),
            ("nope", 100, 404),
        ]:
            connection, began = server.connection(), time.monotonic()
            connection.request("POST", f"/webhooks/{gateway}", body=b"x" * size)
            told = connection.getresponse()
            assert (told.status, told.headers["Set-Cookie"]) == (status, None)
            assert time.monotonic() - began < 10
            connection.close()
