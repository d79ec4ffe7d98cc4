"""Metrics for a monitoring system, answered on a port of their own, in a thread of the supervisor."""

import io
import logging
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

log = logging.getLogger(__name__)

_FOLDER = ".counts-"


def new_metrics_folder(data: Path) -> Path:
    """A folder in which the processes of this node count; what a killed `serve` left goes."""
    for old in data.glob(f"{_FOLDER}*"):
        if not Path(f"/proc/{old.name.removeprefix(_FOLDER)}").exists():
            shutil.rmtree(old, ignore_errors=True)
    folder = data / f"{_FOLDER}{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


class MetricsPort(WSGIServer):
    """Answers `GET /metrics` to one caller after the other, in a thread of this process."""

    request_queue_size = 16

    def __init__(self, host: str, port: int, folder: Path) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.folder = folder
        super().__init__((host, port), _QuietRequestHandler)
        self.set_app(self.answer)

    def start(self) -> None:
        """Answer from now on, until ``end``."""
        Thread(target=self.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Answer nobody any more, and forget what was counted."""
        self.shutdown()
        self.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.warning("A scrape broke off: %s", sys.exception())

    def answer(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        from prometheus_client import CONTENT_TYPE_LATEST

        from commerce.server.metrics import metrics_text

        if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] != "GET":
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"GET /metrics\n"]
        try:
            body = metrics_text(self.folder)
        except Exception:
            log.exception("The metrics could not be told.")
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
            return [b"The application log has the reason.\n"]
        start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
        return [body]


class _QuietRequestHandler(WSGIRequestHandler):
    timeout = 5
    """Seconds for which a caller may hold up the next."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """A scrape is no line of the log."""

    def get_stderr(self) -> Any:
        """Nowhere: what went wrong with a scrape is told by ``answer``, as a line of the log."""
        return io.StringIO()

    def handle(self) -> None:
        with suppress(OSError):  # a caller that went away, or said nothing
            super().handle()
