"""A stand-in for the file of reference rates of the European Central Bank, in the form in which it was seen."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from commerce.catalog.exchange_rates import ecb

RATES = {"USD": "1.0815", "JPY": "163.20", "GBP": "0.8571"}


def reference_rates(day: str = "2026-04-08", rates: Mapping[str, str] = RATES) -> bytes:
    """The document of a day."""
    cubes = "".join(
        f"\n\t\t\t<Cube currency='{code}' rate='{rate}'/>" for code, rate in rates.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
\t\t<Cube time='{day}'>{cubes}
\t\t</Cube>
\t</Cube>
</gesmes:Envelope>""".encode()


class FakeEcb:
    """What the stand-in says next, and how often it was asked."""

    def __init__(self) -> None:
        self.body, self.status, self.pause = reference_rates(), 200, 0.0
        self.moved_to = ""
        self.asked = 0

    def says(self, body: bytes, *, status: int = 200) -> None:
        """Answer with these bytes."""
        self.body, self.status = body, status


@contextmanager
def serve_ecb(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEcb]:
    """Serve it in the bank's place until the block ends."""
    stand = FakeEcb()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand.asked += 1
            self.send_response(stand.status)
            self.send_header("Content-Type", "text/xml")
            if stand.moved_to:
                self.send_header("Location", stand.moved_to)
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
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 1 / 50}, daemon=True)
    thread.start()
    monkeypatch.setattr(
        ecb, "ECB_URL", f"http://127.0.0.1:{server.server_port}/eurofxref-daily.xml"
    )
    try:
        yield stand
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
