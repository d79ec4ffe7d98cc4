"""What a request gets that did not arrive as HTTP wants it, before anybody has looked at what it asks for."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from commerce.config import plain_reply
from commerce.kit import json_log, proxy_headers

_TEXTS = {
    400: ("400 Bad Request", "A request names exactly one host, and its body comes as announced."),
    408: ("408 Request Timeout", "The request did not arrive in time."),
    503: ("503 Service Unavailable", "Too much is arriving at once. Please try again."),
}


class RejectionHandler:
    """The WSGI handler of requests with a status in ``REJECTED_STATUS_KEY``."""

    def __init__(self, access: json_log.AccessLog, trusted: proxy_headers.IpNetworks) -> None:
        self.access, self.trusted = access, trusted

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began = time.perf_counter()
        proxy_headers.apply_proxy_headers(environ, self.trusted)
        line, text = _TEXTS[environ[proxy_headers.REJECTED_STATUS_KEY]]
        if plain_reply.is_api(environ):
            kind, body = "application/json", msgspec.json.encode({"message": text})
        else:
            kind, body = "text/plain; charset=utf-8", text.encode() + b"\n"
        return plain_reply.reply(
            environ,
            start_response,
            self.access,
            status=line,
            kind=kind,
            body=body,
            began=began,
            more=[("Retry-After", "5")]
            if environ[proxy_headers.REJECTED_STATUS_KEY] == 503
            else [],
        )
