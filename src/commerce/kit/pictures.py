"""Pictures that somebody gives us: looked at by content, decoded, and drawn anew as a PNG of a size that we chose.

What is kept and sent on is our drawing alone: no place, name or thumbnail of a camera, and no second file behind the
picture. A drawing in SVG is a program that a browser runs, so it is not taken.
"""

import hashlib
import json
import re
from dataclasses import dataclass

from commerce.kit.errors import Refused

MOST_BYTES = 2_000_000
MOST_PIXELS = 16_000_000
"""A file of a few bytes can claim any size, and would fill the memory when it is decoded."""

NAME = re.compile(r"[0-9a-f]{32}-([1-9][0-9]{0,3})x([1-9][0-9]{0,3})\.png")
"""Of a kept picture: what is in it, and its size, so that neither needs a look at the content."""

_PNG = b"\x89PNG\r\n\x1a\n"
_DRAWING = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#let given(..size) = image(bytes(json(bytes(sys.inputs.picture))), ..size)
#let (w, h, most-w, most-h, square) = json(bytes(sys.inputs.size))
#context {
  let seen = measure(given())
  // A camera that was held upright says so beside the picture.
  let (w, h) = if (seen.width > seen.height) == (w > h) { (w, h) } else { (h, w) }
  let scale = calc.min(1, most-w / w, most-h / h)
  let (w, h) = (w, h).map(it => calc.max(1, calc.round(it * scale)) * 1pt)
  let side = calc.max(w, h)
  let (page-w, page-h) = if square { (side, side) } else { (w, h) }
  box(width: page-w, height: page-h, align(center + horizon, given(width: w, height: h)))
}
"""


@dataclass(frozen=True, slots=True)
class Fit:
    """The most pixels that a picture has after it was drawn anew; ``square`` sets it in the middle of a square."""

    width: int
    height: int
    square: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A PNG of ours."""

    png: bytes

    @property
    def name(self) -> str:
        """The name to keep it under: another picture has another one."""
        width, height = _png_size(self.png)
        return f"{hashlib.sha256(self.png).hexdigest()[:32]}-{width}x{height}.png"


def size_in(name: str) -> tuple[int, int]:
    """Width and height of a kept picture, from its name."""
    found = NAME.fullmatch(name)
    assert found is not None, name
    return int(found[1]), int(found[2])


def drawn(content: bytes, fit: Fit) -> Drawn:
    """A PNG, JPEG or WebP drawn anew within ``fit``, never larger than it was. Raises ``Refused`` with the reason."""
    import typst  # each process reads the names of pictures, hardly any draws one

    if len(content) > MOST_BYTES:
        raise Refused(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    width, height = _size(content)
    if not width or not height or width * height > MOST_PIXELS:
        raise Refused(f"A picture may have at most {MOST_PIXELS // 1_000_000} million pixels.")
    size = [width, height, fit.width, fit.height, fit.square]
    try:
        png = typst.compile(
            _DRAWING,
            format="png",
            ppi=72,
            sys_inputs={"picture": json.dumps([*content]), "size": json.dumps(size)},
        )
    except typst.TypstError as error:
        raise Refused("The picture is damaged; save it anew and try again.") from error
    assert isinstance(png, bytes)
    return Drawn(png)


def _size(content: bytes) -> tuple[int, int]:
    """Width and height that the file claims, before anything is decoded. Raises ``Refused`` for another kind."""
    size = None
    if content.startswith(_PNG):
        size = _png_size(content)
    elif content.startswith(b"\xff\xd8\xff"):
        size = _jpeg_size(content)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        size = _webp_size(content)
    if size is None:
        raise Refused(
            "Give a picture as PNG, JPEG or WebP; a drawing in SVG has to be exported as one."
        )
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
