"""A server of somebody who means us no good, on this machine: any headers, any bytes, as often as it is asked."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

MIB = 1024 * 1024


def packed(*parts: bytes, times: int = 1) -> bytes:
    """The parts, ``times`` over, as gzip packs them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    done = [packer.compress(part) for _time in range(times) for part in parts]
    return b"".join([*done, packer.flush()])


@dataclass
class HostileServer:
    """What it says next, and the headers that it was sent."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def says(self, body: bytes, *headers: tuple[str, str], status: int = 200) -> None:
        self.body, self.headers, self.status = body, list(headers), status


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """It answers until the block ends."""
    there = HostileServer()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            there.paths.append(self.path)
            there.asked.append({name.lower(): text for name, text in self.headers.items()})
            self.send_response(there.status)
            for name, text in [*there.headers, ("Content-Length", str(len(there.body)))]:
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(there.body)

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self._any
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Who asked has gone."""

    server = Server(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
