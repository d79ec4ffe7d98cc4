"""A caller of the API as the server sees one: through the WSGI entry, over HTTPS, with any header and address."""

import io
import json
from typing import Any, NamedTuple

from commerce.config.wsgi import application


class ApiAnswer(NamedTuple):
    """What came back: status, headers by lower-case name, body as bytes."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.json["data"]]


def call_api(
    target: str,
    token: str | None = None,
    *,
    method: str = "GET",
    secure: bool = True,
    address: str = "203.0.113.9",
    headers: dict[str, str] | None = None,
    body: Any = None,
) -> ApiAnswer:
    """Ask for ``target``, a path below ``/api/v1`` unless it starts with ``/api``, with its query.

    A ``body`` is sent as JSON, or as the bytes that it is.
    """
    sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    if not target.startswith("/api"):
        target = f"/api/v1{target}"
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_ADDR": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8443",
        "wsgi.url_scheme": "https" if secure else "http",
        "wsgi.input": io.BytesIO(sent),
    }
    if body is not None:
        environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(sent))}
    if token is not None:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    for name, value in (headers or {}).items():
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    seen: dict[str, Any] = {}

    def start_response(status: str, pairs: list[tuple[str, str]]) -> None:
        names = [name.lower() for name, _ in pairs]
        assert len(names) == len(set(names)), f"a header is sent twice: {names}"
        seen.update(status=int(status[:3]), headers={k.lower(): v for k, v in pairs})

    body = b"".join(application(environ, start_response))
    return ApiAnswer(seen["status"], seen["headers"], body)
