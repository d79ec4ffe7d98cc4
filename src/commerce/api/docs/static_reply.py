"""What the API serves to everyone: bytes that are made once in a process and told apart by their own tag."""

import gzip
import hashlib
from typing import Any

from commerce.api.core import replies
from commerce.api.core.errors import HeaderList
from commerce.api.core.replies import ApiReply


class StaticReply:
    """One public reply in both codings, with a tag for each."""

    def __init__(self, body: bytes, headers: HeaderList) -> None:
        self._plain = body
        self._small = gzip.compress(body, mtime=0)
        self._headers = headers
        self._digest = hashlib.blake2b(body + repr(headers).encode()).hexdigest()

    def __call__(self, environ: dict[str, Any]) -> ApiReply:
        """The reply to a GET or HEAD; 304 when the caller has it already."""
        small = replies.allows_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        etag = replies.make_etag(self._digest, small)
        caching = [
            ("ETag", etag),
            ("Cache-Control", "public, no-cache"),
            ("Vary", "Accept-Encoding"),
        ]
        have = environ.get("HTTP_IF_NONE_MATCH")
        if have is not None and (have.strip() == "*" or replies.etag_matches(have, etag)):
            return ApiReply(304, caching)
        if small:
            return ApiReply(
                200, [*self._headers, *caching, ("Content-Encoding", "gzip")], self._small
            )
        return ApiReply(200, [*self._headers, *caching], self._plain)
