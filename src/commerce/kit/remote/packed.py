"""The body of an answer, unpacked as it comes: what it takes here is bounded, however small it is on the way."""

import zlib

ACCEPT_ENCODING = "gzip, identity"
"""What we ask for, and all that is taken: one layer, which can be unpacked piece by piece."""

_GZIP = 16 + zlib.MAX_WBITS


class BodyRefusedError(ValueError):
    """The body of an answer is too large, packed in another way than was asked for, or damaged."""


class BodyReader:
    """Takes the parts of a body as they come. ``encoding`` is its ``Content-Encoding``; neither what comes nor what it
    is unpacked is more than ``max_bytes``. Raises ``BodyRefusedError``.
    """

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._body, self._max_bytes, self._received = bytearray(), max_bytes, 0
        match encoding.strip().lower():
            case "" | "identity":
                self._unpacker = None
            case "gzip" | "x-gzip":
                self._unpacker = zlib.decompressobj(_GZIP)
            case _:
                raise BodyRefusedError("the answer is packed in a way that was not asked for")

    def take(self, part: bytes) -> None:
        """One more part."""
        self._received += len(part)
        if self._received > self._max_bytes:
            raise BodyRefusedError("the answer is too large")
        if self._unpacker is None:
            self._body += part
            return
        if self._unpacker.eof:
            return  # zlib would keep what is behind the end, and copy all of it with each part
        # One byte more than there is room for tells that there would be more: no other is unpacked.
        room = self._max_bytes - len(self._body) + 1
        try:
            self._body += self._unpacker.decompress(part, room)
        except zlib.error as error:
            raise BodyRefusedError("the answer can't be unpacked") from error
        if len(self._body) > self._max_bytes:
            raise BodyRefusedError("the answer is too large")

    def whole(self) -> bytes:
        """The body once its last part has come."""
        if self._unpacker is not None and self._received and not self._unpacker.eof:
            raise BodyRefusedError("the answer is cut off")
        return bytes(self._body)
