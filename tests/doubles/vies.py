"""A stand-in for VIES on this machine: it answers with what the real one was seen to answer."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

VALID = {
    "countryCode": "SE",
    "vatNumber": "556677889901",
    "requestDate": "2026-04-08T14:33:10.123Z",
    "valid": True,
    "requestIdentifier": "WAPIAAAAZ1234567",
    "name": "LINDQVIST DESIGN AB",
    "address": "SKEPPSBRON 20 \n111 30 STOCKHOLM",
    "traderName": "---",
}
INVALID = VALID | {"valid": False, "requestIdentifier": "", "name": "---", "address": "---"}
BLOCKED = INVALID | {"userError": "IP_BLOCKED"}
UNAVAILABLE = {
    "actionSucceed": False,
    "errorWrappers": [{"error": "MS_UNAVAILABLE"}],
}


class FakeVies:
    """What the stand-in says next, and what it was asked."""

    def __init__(self) -> None:
        self.body: bytes = b""
        self.status = 200
        self.pause = 0
        self.asked: list[dict[str, Any]] = []
        self.accepted = ""
        self.encoding = ""
        self.url = ""

    def says(self, reply: object, *, status: int = 200, encoding: str = "") -> None:
        """Answer with JSON, or with these very bytes."""
        self.body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.status, self.pause, self.encoding = status, 0, encoding


@contextmanager
def serve_vies() -> Iterator[FakeVies]:
    """Serve it until the block ends."""
    stand = FakeVies()
    stand.says(VALID)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            stand.accepted = self.headers["Accept-Encoding"]
            stand.asked.append(json.loads(self.rfile.read(length)))
            self.send_response(stand.status)
            self.send_header("Content-Type", "application/json")
            if stand.encoding:
                self.send_header("Content-Encoding", stand.encoding)
            self.end_headers()
            try:
                for byte in stand.body if stand.pause else []:
                    self.wfile.write(bytes([byte]))
                    time.sleep(stand.pause)
                if not stand.pause:
                    self.wfile.write(stand.body)
            except OSError:  # who asked has gone
                pass

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand.url = f"http://127.0.0.1:{server.server_port}/check-vat-number"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 1 / 50}, daemon=True)
    thread.start()
    try:
        yield stand
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
