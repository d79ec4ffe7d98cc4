"""HTTPS for the double of a panel, with a certificate that nobody vouches for, and with faults on demand."""

import ssl
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from socket import socket
from typing import Any

from commerce.kit.remote.certificates import fingerprint_of
from tests.doubles.epp.certificates import make_certificates
from tests.doubles.registrars.http_server import (
    HttpReply,
    HttpRequest,
    RegistrarServer,
    _Handler,
)
from tests.make.until_the_end import UNTIL_THE_END


@cache
def panel_certificate() -> tuple[Path, Path]:
    """The certificate of all panels of a process, and its key."""
    folder = UNTIL_THE_END.enter_context(tempfile.TemporaryDirectory(prefix="panel-certificate-"))
    made = make_certificates(Path(folder))
    return made.server, made.server_key


def panel_fingerprint() -> str:
    return fingerprint_of(panel_certificate()[0].read_text())


class PanelHttpsServer(RegistrarServer):
    """``RegistrarServer`` by HTTPS. ``clock_offset`` is how many seconds the panel's clock is ahead of ours."""

    def __init__(
        self,
        name: Callable[[HttpRequest], str],
        reply: Callable[[HttpRequest], HttpReply],
        refusal: Callable[[str], HttpReply],
    ) -> None:
        self.clock_offset = 0
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(*panel_certificate())
        super().__init__(name, reply, refusal)
        self.RequestHandlerClass = _PanelHandler
        self.origin = f"https://127.0.0.1:{self.server_port}"

    def get_request(self) -> tuple[socket, Any]:
        """The handshake is the handler's, whose thread is its own."""
        plain, address = super().get_request()
        return self.tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    @property
    def now(self) -> int:
        return int(time.time()) + self.clock_offset


class _PanelHandler(_Handler):
    server: PanelHttpsServer

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(timestamp or self.server.now)
