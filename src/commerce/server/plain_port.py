"""The plain port beside HTTPS: it sends pages to HTTPS and refuses the API, and knows nothing else (client-api.md 1).

Nothing of Django is loaded here.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from commerce.config import env, plain_reply
from commerce.kit import json_log, proxy_headers

HTTPS_REQUIRED = b'{"message":"HTTPS is required."}'


class PlainPortHandler:
    """The handler of the plain port. ``address`` is where HTTPS is: the host that is asked for is not believed."""

    def __init__(self, address: str, access: json_log.AccessLog) -> None:
        self.address, self.access = address, access

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began = time.perf_counter()
        proxy_headers.apply_proxy_headers(environ, ())
        if plain_reply.is_api(environ):
            status, kind, body, more = "403 Forbidden", "application/json", HTTPS_REQUIRED, []
        else:
            asked = _again(environ["PATH_INFO"], environ["QUERY_STRING"])
            target = self.address + (asked if len(asked) <= proxy_headers.LONGEST_ADDRESS else "/")
            more = [("Location", target)]
            status, kind, body = "308 Permanent Redirect", "text/plain", b""
        return plain_reply.reply(
            environ,
            start_response,
            self.access,
            status=status,
            kind=kind,
            body=body,
            began=began,
            more=more,
        )


def _again(path: str, query: str) -> str:
    """Path and query as the caller wrote them, so far as it matters; nothing that could end a header."""
    start = quote(path.encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~-._")
    end = quote(query.encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~-._?%")
    return (start if start.startswith("/") else "/") + (f"?{end}" if end else "")


def plain_port_application() -> PlainPortHandler:
    """The handler of this installation, from its environment."""
    log = env.folder("COMMERCE_DATA_DIR", "var") / "log"
    keep_days = env.integer("COMMERCE_LOG_DAYS", 14, least=1)
    address = env.url("COMMERCE_URL", "https://localhost:8443")
    return PlainPortHandler(address, json_log.AccessLog(log, "access", keep_days=keep_days))
