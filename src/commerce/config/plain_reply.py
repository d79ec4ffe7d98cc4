"""A reply without Django, from the bytes of its body, with its line in the access log."""

from collections.abc import Callable, Sequence
from typing import Any

from commerce.kit import ids, json_log, proxy_headers


def reply(
    environ: dict[str, Any],
    start_response: Callable[..., Any],
    access: json_log.AccessLog,
    *,
    status: str,
    kind: str,
    body: bytes,
    began: float,
    more: Sequence[tuple[str, str]] = (),
) -> list[bytes]:
    """What a WSGI handler returns: ``body`` of a content type, with ``more`` headers beside those of every reply."""
    request_id = ids.valid_request_id(environ.get("HTTP_X_REQUEST_ID"))
    if proxy_headers.NO_ACCESS_LOG_KEY not in environ:
        access.log_request(
            request_id=request_id,
            address=environ["REMOTE_ADDR"],
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1", "replace").decode("utf-8", "replace"),
            status=int(status[:3]),
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
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def is_api(environ: dict[str, Any]) -> bool:
    """Whether a request is one to the API, whose replies are JSON."""
    path: str = environ["PATH_INFO"]
    return path == "/api" or path.startswith("/api/")
