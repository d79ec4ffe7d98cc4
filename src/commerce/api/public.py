"""What the API serves to everyone: bytes that are made once in a process and told apart by their own tag."""

import gzip
import hashlib
from typing import Any

from commerce.api import replies
from commerce.api.errors import Headers
from commerce.api.replies import Reply


class Public:
    """One public reply in both codings, with a tag for each."""

    def __init__(self, body: bytes, headers: Headers) -> None:
        self._plain = body
        self._small = gzip.compress(body, mtime=0)
        self._headers = headers
        self._digest = hashlib.blake2b(body + repr(headers).encode()).hexdigest()

    def __call__(self, environ: dict[str, Any]) -> Reply:
        """The reply to a GET or HEAD; 304 when the caller has it already."""
        small = replies.takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        etag = replies.tag(self._digest, small)
        caching = [
            ("ETag", etag),
            ("Cache-Control", "public, no-cache"),
            ("Vary", "Accept-Encoding"),
        ]
        have = environ.get("HTTP_IF_NONE_MATCH")
        if have is not None and (have.strip() == "*" or replies.matches(have, etag)):
            return Reply(304, caching)
        if small:
            return Reply(200, [*self._headers, *caching, ("Content-Encoding", "gzip")], self._small)
        return Reply(200, [*self._headers, *caching], self._plain)
