"""Receivers of webhooks over HTTPS, on this machine: each answers as it is told, well or badly."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from commerce.kit import clock
from commerce.server.certificates import local_certificate

HOST = "localhost"


class ReceivedPost(NamedTuple):
    """What came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    """When, in seconds since 1970."""


@cache
def certificate_files() -> tuple[Path, Path, Path]:
    """Certificate and key of this machine, and the authority that vouches for them; made once."""
    made = local_certificate(Path(mkdtemp("receiver")), host=HOST, at=clock.now())
    assert made.authority is not None
    return made.chain, made.key, made.authority


@cache
def trust() -> ssl.SSLContext:
    """Trust in receivers."""
    return ssl.create_default_context(cafile=certificate_files()[2])


class WebhookReceiver:
    """A receiver at ``url``; ``received`` is what came. Without further word it answers 204."""

    def __init__(self) -> None:
        self.received: list[ReceivedPost] = []
        self.answers: Callable[[ReceivedPost], tuple[int, dict[str, str], bytes]] = lambda _post: (
            204,
            {},
            b"",
        )
        self.seconds = 0.0
        self.connections = 0
        self.port = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://{HOST}:{self.port}/hook"

    def says(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer so from now on."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers = lambda _post: (status, named, body)


def _handler(receiver: WebhookReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            receiver.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            post = ReceivedPost(self.path, headers, body, time.time())
            receiver.received.append(post)
            time.sleep(receiver.seconds)
            status, told, answer = receiver.answers(post)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **told}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_args: object) -> None:
        """Whoever called has gone."""


@contextmanager
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """One that listens until the end of the block."""
    receiver = WebhookReceiver()
    server = _Server(("127.0.0.1", 0), _handler(receiver))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate_files()[:2])
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
