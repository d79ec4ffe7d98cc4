"""The plain port beside HTTPS: it sends pages to HTTPS and refuses the API, and knows nothing else (client-api.md 1).

Nothing of Django is loaded here.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from commerce.config import env
from commerce.kit import ids, journal, transport

HTTPS_REQUIRED = b'{"message":"HTTPS is required."}'
LONGEST = 3500
"""Characters of an address that is sent on: no header of ours reaches 4 KiB."""

_STATUS = {403: "403 Forbidden", 308: "308 Permanent Redirect"}


class Plain:
    """The handler of the plain port. ``address`` is where HTTPS is: the host that is asked for is not believed."""

    def __init__(self, address: str, access: journal.Access) -> None:
        self.address, self.access = address, access

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began = time.perf_counter()
        transport.settle(environ, ())
        path = environ["PATH_INFO"]
        if path == "/api" or path.startswith("/api/"):
            status, kind, body, more = 403, "application/json", HTTPS_REQUIRED, []
        else:
            asked = _again(path, environ["QUERY_STRING"])
            target = self.address + (asked if len(asked) <= LONGEST else "/")
            status, kind, body, more = 308, "text/plain", b"", [("Location", target)]
        request_id = ids.request_id(environ.get("HTTP_X_REQUEST_ID"))
        if transport.QUIET not in environ:
            self.access.note(
                request_id=request_id,
                address=environ["REMOTE_ADDR"],
                method=environ["REQUEST_METHOD"],
                path=path.encode("latin-1", "replace").decode("utf-8", "replace"),
                status=status,
                began=began,
            )
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", request_id),
            *more,
        ]
        start_response(_STATUS[status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _again(path: str, query: str) -> str:
    """Path and query as the caller wrote them, so far as it matters; nothing that could end a header."""
    start = quote(path.encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~-._")
    end = quote(query.encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~-._?%")
    return (start if start.startswith("/") else "/") + (f"?{end}" if end else "")


def application() -> Plain:
    """The handler of this installation, from its environment."""
    log = env.folder("COMMERCE_DATA_DIR", "var") / "log"
    keep_days = env.integer("COMMERCE_LOG_DAYS", 14, least=1)
    address = env.url("COMMERCE_URL", "https://localhost:8443")
    return Plain(address, journal.Access(log, "access", keep_days=keep_days))
