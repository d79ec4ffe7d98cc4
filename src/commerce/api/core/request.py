"""A request on its way through the client API."""

from typing import Any

from commerce.api.core.errors import HeaderList


class ApiRequest:
    """A request as the door sees it, and what becomes known of it on its way."""

    __slots__ = ("address", "environ", "limit_headers", "path", "secure", "token_id")

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.path: str = environ["PATH_INFO"]
        self.secure = environ["wsgi.url_scheme"] == "https"
        self.address: str = environ["REMOTE_ADDR"]
        self.limit_headers: HeaderList = []
        self.token_id: int | None = None
