"""Pictures that somebody gives us: looked at by content, decoded, and drawn anew as a PNG of a size that we chose.

What is kept and sent on is our drawing alone: no place, name or thumbnail of a camera, and no second file behind the
picture. A drawing in SVG is a program that a browser runs, so it is not taken.
"""

import hashlib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commerce.kit.errors import BusinessError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PICTURE_BYTES = 2_000_000
MAX_PICTURE_PIXELS = 16_000_000
"""A file of a few bytes can claim any size, and would fill the memory when it is decoded."""

PICTURE_NAME = re.compile(r"[0-9a-f]{32}-([1-9][0-9]{0,3})x([1-9][0-9]{0,3})\.png")
"""Of a kept picture: what is in it, and its size, so that neither needs a look at the content."""

_PNG = b"\x89PNG\r\n\x1a\n"
_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
"""Values of a camera's note after which width and height change places."""


@dataclass(frozen=True, slots=True)
class PictureBounds:
    """The most pixels that a picture has after it was drawn anew; ``square`` sets it in the middle of a square."""

    width: int
    height: int
    square: bool = False


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """A PNG of ours."""

    png: bytes

    @property
    def name(self) -> str:
        """The name to keep it under: another picture has another one."""
        width, height = _png_size(self.png)
        return f"{hashlib.sha256(self.png).hexdigest()[:32]}-{width}x{height}.png"


def picture_size_from_name(name: str) -> tuple[int, int]:
    """Width and height of a kept picture, from its name."""
    found = PICTURE_NAME.fullmatch(name)
    assert found is not None, name
    return int(found[1]), int(found[2])


def render_picture(content: bytes, bounds: PictureBounds) -> RenderedPicture:
    """A PNG, JPEG or WebP drawn anew within ``bounds``, never larger than it was. Raises ``BusinessError`` with the
    reason.

    The memory that it takes is bounded, whatever the file holds: by its pixels, which are told before any is decoded,
    and by Pillow's own limits on what is compressed beside them (1 MiB for each profile or text, 64 MiB in all).
    """
    if len(content) > MAX_PICTURE_BYTES:
        raise BusinessError("picture.too_large", megabytes=MAX_PICTURE_BYTES // 1_000_000)
    width, height = _size(content)
    if not width or not height or width * height > MAX_PICTURE_PIXELS:
        raise BusinessError("picture.too_many_pixels", megapixels=MAX_PICTURE_PIXELS // 1_000_000)
    try:
        return RenderedPicture(_drawn(content, bounds))
    except Exception as error:  # a parser of other people's files raises whatever it likes
        raise BusinessError("picture.damaged") from error


def _drawn(content: bytes, fit: PictureBounds) -> bytes:
    # Here, since each process reads the names of pictures, and hardly any draws one.
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
        if image.width * image.height > MAX_PICTURE_PIXELS:
            raise ValueError("a second size stands behind the one that was read first")
        upright = image.getexif().get(_ORIENTATION) not in _SIDEWAYS
        size = _within(image.size, (fit.width, fit.height) if upright else (fit.height, fit.width))
        image.draft("RGB", size)  # a large JPEG is decoded small
        drawing = _in_rgba(image).resize(size, Image.Resampling.LANCZOS)
        drawing.getexif()[_ORIENTATION] = image.getexif().get(_ORIENTATION, 1)
    drawing = ImageOps.exif_transpose(drawing)
    page = (max(drawing.size), max(drawing.size)) if fit.square else drawing.size
    # Drawn on a new page, so that nothing beside the pixels goes along.
    made = Image.new("RGBA", page)
    made.paste(drawing, ((page[0] - drawing.width) // 2, (page[1] - drawing.height) // 2))
    written = io.BytesIO()
    made.save(written, "PNG", optimize=True)
    return written.getvalue()


def _in_rgba(image: "Image") -> "Image":
    """With 8 bits for each color; of a gray one with 16 the upper half."""
    if image.mode.startswith("I"):
        return image.point(lambda grey: grey / 256).convert("L").convert("RGBA")
    return image.convert("RGBA")


def _within(size: tuple[int, int], most: tuple[int, int]) -> tuple[int, int]:
    """The size of a picture that shrinks into ``most`` and keeps its form; at least one pixel."""
    part, whole = min(zip(most, size, strict=True), key=lambda pair: pair[0] / pair[1])
    if part >= whole:
        return size
    width, height = (max(1, (2 * side * part + whole) // (2 * whole)) for side in size)
    return width, height


def _size(content: bytes) -> tuple[int, int]:
    """Width and height that the file claims, before anything is decoded. Raises ``BusinessError`` for another kind."""
    size = None
    if content.startswith(_PNG):
        size = _png_size(content)
    elif content.startswith(b"\xff\xd8\xff"):
        size = _jpeg_size(content)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        size = _webp_size(content)
    if size is None:
        raise BusinessError("picture.format_unknown")
    return size


def _png_size(content: bytes) -> tuple[int, int]:
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """From the first frame header; what stands before it is skipped by its lengths."""
    at = 2
    while content[at : at + 1] == b"\xff" and at + 9 < len(content):
        marker = content[at + 1]
        if marker in range(0xC0, 0xD0) and marker not in (0xC4, 0xC8, 0xCC):
            height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
            return int.from_bytes(width), int.from_bytes(height)
        at += 1 if marker == 0xFF else 2 + max(2, int.from_bytes(content[at + 2 : at + 4]))
    return None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """From the first chunk: an extended file, one without loss, or one with."""

    def little(start: int, end: int) -> int:
        return int.from_bytes(content[start:end], "little")

    kind = content[12:16]
    if kind == b"VP8X":
        return little(24, 27) + 1, little(27, 30) + 1
    if kind == b"VP8L":
        bits = little(21, 25)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return little(26, 28) & 0x3FFF, little(28, 30) & 0x3FFF
    return None
