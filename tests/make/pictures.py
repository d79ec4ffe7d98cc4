"""Small pictures as files: of one color, 30 pixels wide and 10 high but for ``png()``."""

import math
import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator

JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBk"
    "eFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAKAB4D"
    "ASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAUG/8QAFBEB"
    "AAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AnQE9sAAH/9k="
)
WEBP = {
    "lossy": b64decode(
        "UklGRkIAAABXRUJQVlA4IDYAAAAQAwCdASoeAAoAPtFUo0uoJKMhsAgBABoJQBOl0AAQNgAA/u4KZw2qsrb/5mj7zfZb0j61IAA="
    ),
    "lossless": b64decode("UklGRhwAAABXRUJQVlA4TA8AAAAvHUACAAcQZY7+ByKi/wEA"),
    "extended": b64decode(
        "UklGRi4AAABXRUJQVlA4WAoAAAAAAAAAHQAACQAAVlA4TA8AAAAvHUACAAcQZY7+ByKi/wEA"
    ),
}


def png(width: int = 30, height: int = 10, color: bytes = b"\x0b\x3d\x91\xff") -> bytes:
    """A PNG; ``color`` is red, green, blue and how opaque it is."""
    lines = (b"\0" + color * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def png_claiming_size(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has this size, with a right checksum."""
    content = bytearray(png())
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


def rotated_jpeg(way: int = 6) -> bytes:
    """A JPEG whose camera says how it was held; 6 is that its left side is its top."""
    note = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0%c\0\0\0\0\0\0" % way
    return JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note + JPEG[2:]


def compression_bombs() -> Iterator[tuple[str, bytes]]:
    """PNGs of a megabyte with a gigabyte of zeros behind a color profile, a text, and a text in Unicode."""
    packer = zlib.compressobj(9)
    first, repeated = (
        packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in "12"
    )
    packed = first + repeated * 1023 + packer.flush()
    for kind, before in ((b"iCCP", b"p\0\0"), (b"zTXt", b"t\0\0"), (b"iTXt", b"t\0\1\0\0\0")):
        yield kind.decode(), png()[:33] + _chunk(kind, before + packed) + png()[33:]


def wide_png(pixels: int) -> bytes:
    """A PNG four times as wide as high with so many pixels."""
    height = math.isqrt(pixels // 4)
    return png(4 * height, height)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
