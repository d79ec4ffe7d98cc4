"""Whether a server works: its module's harmless call, what it says, and the time that it takes."""

import time
from dataclasses import dataclass

from commerce.hosting.models import Server
from commerce.hosting.modules.contract import ask
from commerce.hosting.modules.registry import module_class, module_for
from commerce.hosting.panel_servers import call_log
from commerce.kit.errors import BusinessError
from commerce.kit.remote.certificates import certificate_of, fingerprint_of
from commerce.kit.remote.http import NoAnswerError


@dataclass(frozen=True, slots=True)
class ServerTest:
    """What a server answered, and in which time."""

    answer: str
    milliseconds: int


def try_server(*, server: Server) -> ServerTest:
    """Ask its panel something harmless. Raises ``BusinessError`` with what it says, or that it does not."""
    started = time.monotonic()
    result = ask(module_for(server, call_log(server)).test)
    if not result.ok:
        raise BusinessError("server.test_failed", server=server.name, problem=result.message)
    return ServerTest(result.message, int((time.monotonic() - started) * 1000))


def shown_fingerprint(*, server: Server) -> str:
    """That of the certificate which the server shows now, whoever vouches for it. Raises ``BusinessError``."""
    port = server.port or module_class(server.module).default_port
    try:
        return fingerprint_of(certificate_of(server.hostname, port))
    except (NoAnswerError, ValueError) as problem:
        raise BusinessError(
            "server.no_certificate", server=server.name, problem=problem
        ) from problem
