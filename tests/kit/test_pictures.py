"""Pictures of others: each kind is drawn anew in its size, and nothing else gets through (X9)."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from commerce.kit.errors import BusinessError
from commerce.kit.pictures import (
    MAX_PICTURE_BYTES,
    MAX_PICTURE_PIXELS,
    PictureBounds,
    _size,
    picture_size_from_name,
    render_picture,
)
from tests.make.pictures import (
    JPEG,
    WEBP,
    compression_bombs,
    png,
    png_claiming_size,
    rotated_jpeg,
    wide_png,
)

WIDE = PictureBounds(640, 160)
ICON = PictureBounds(128, 128, square=True)


FRAME = JPEG.index(b"\xff\xc0")


def size(content: bytes, fit: PictureBounds = WIDE) -> tuple[int, int]:
    return picture_size_from_name(render_picture(content, fit).name)


@pytest.mark.parametrize("content", [png(), JPEG, *WEBP.values()])
def test_each_kind_becomes_a_png_of_its_size(content: bytes) -> None:
    made = render_picture(content, WIDE)
    assert made.png.startswith(b"\x89PNG")
    assert picture_size_from_name(made.name) == (30, 10)
    assert render_picture(content, WIDE) == made
    assert size(content, ICON) == (30, 30)


@pytest.mark.parametrize(
    ("width", "height", "shown", "icon"),
    [
        (1280, 320, (640, 160), (128, 128)),
        (4000, 20, (640, 3), (128, 128)),
        (5000, 2, (640, 1), (128, 128)),
        (10, 400, (4, 160), (128, 128)),
        (1, 1, (1, 1), (1, 1)),
    ],
)
def test_a_picture_shrinks_into_its_place_and_never_grows(
    width: int, height: int, shown: tuple[int, int], icon: tuple[int, int]
) -> None:
    assert size(png(width, height)) == shown
    assert size(png(width, height), ICON) == icon


def test_what_a_camera_noted_turns_the_picture_and_is_left_out() -> None:
    made = render_picture(rotated_jpeg(), WIDE)
    assert picture_size_from_name(made.name) == (10, 30)
    assert b"Exif" not in made.png


@pytest.mark.parametrize(
    ("way", "shown"), [(way, (30, 10) if way < 5 else (10, 30)) for way in range(1, 9)]
)
def test_a_picture_stands_as_its_camera_was_held(way: int, shown: tuple[int, int]) -> None:
    assert size(rotated_jpeg(way)) == shown
    assert size(rotated_jpeg(way), PictureBounds(15, 15)) == ((15, 5) if way < 5 else (5, 15))


def saved(kind: str, size: tuple[int, int], mode: str = "RGB", **how: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **how)
    return file.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (300, 517), (16_383, 2), (2, 16_383)])
@pytest.mark.parametrize(
    ("kind", "mode", "how"),
    [
        ("PNG", "RGB", {}),
        ("JPEG", "RGB", {}),
        ("JPEG", "RGB", {"progressive": True, "comment": "x" * 300}),
        ("WEBP", "RGB", {}),
        ("WEBP", "RGBA", {"lossless": True, "exact": True}),
        ("WEBP", "RGB", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}),
    ],
)
def test_the_size_of_each_kind_is_known_before_it_is_decoded(
    kind: str, mode: str, how: dict[str, object], size: tuple[int, int]
) -> None:
    assert _size(saved(kind, size, mode, **how)) == size


def test_a_picture_that_is_to_be_shown_larger_has_its_own_size() -> None:
    """The two upper bits of a lossy WebP's width and height are a wish of how to show it."""
    scaled = bytearray(WEBP["lossy"])
    scaled[27] |= 0xC0
    scaled[29] |= 0x40
    assert _size(bytes(scaled)) == (30, 10)


@pytest.mark.parametrize(
    "before",
    [
        b"\xff",
        b"\xff\xff",
        b"\xff\xfe\0\2",
        b"\xff\xfe\1\2" + b"\xff" * 256,
        *(b"\xff" + kind + b"\0\x09" + b"\1" * 7 for kind in (b"\xc4", b"\xc8", b"\xcc", b"\xd0")),
    ],
)
def test_what_stands_before_the_frame_of_a_jpeg_is_skipped(before: bytes) -> None:
    assert _size(JPEG[:2] + before + JPEG[2:]) == (30, 10)


def test_the_largest_file_that_is_taken_has_2_mb() -> None:
    assert size(png().ljust(MAX_PICTURE_BYTES, b"\0")) == (30, 10)


def test_a_picture_keeps_its_sides_and_stands_in_the_middle_of_a_square() -> None:
    given, file = Image.new("RGB", (30, 10), "red"), io.BytesIO()
    given.paste("blue", (15, 0, 30, 10))
    given.save(file, "PNG")
    with Image.open(io.BytesIO(render_picture(file.getvalue(), ICON).png)) as seen:
        column = [seen.getpixel((0, line)) for line in range(30)]
        assert seen.getpixel((29, 15)) == (0, 0, 255, 255)
    clear, red = (0, 0, 0, 0), (255, 0, 0, 255)
    assert column == [clear] * 10 + [red] * 10 + [clear] * 10


def test_what_is_hidden_behind_a_picture_is_left_out() -> None:
    made = render_picture(png() + b"<script>alert(1)</script>", WIDE)
    assert made == render_picture(png(), WIDE)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Upload a PNG, JPEG, or WebP image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"GIF89a" + bytes(40), "Upload a PNG, JPEG, or WebP image"),
        (b"RIFF\x10\0\0\0WEBPXXXX", "Upload a PNG, JPEG, or WebP image"),
        (JPEG[:40], "Upload a PNG, JPEG, or WebP image"),
        (png_claiming_size(65_000, 65_000), "16 megapixels"),
        (png_claiming_size(0, 10), "16 megapixels"),
        (png_claiming_size(10, 0), "16 megapixels"),
        (png_claiming_size(4000, 4001), "16 megapixels"),
        (png_claiming_size(4000, 4000), "damaged"),
        (png_claiming_size(30 + 2**24, 10), "16 megapixels"),
        (png_claiming_size(30, 10 + 2**24), "16 megapixels"),
        (b"RIFX" + WEBP["lossy"][4:], "Upload a PNG, JPEG, or WebP image"),
        (WEBP["lossy"][:8] + b"AVI " + WEBP["lossy"][12:], "Upload a PNG, JPEG, or WebP image"),
        (JPEG[: FRAME + 9], "Upload a PNG, JPEG, or WebP image"),
        (JPEG[: FRAME + 10], "damaged"),
        (JPEG[:2] + b"\0" + JPEG[2:], "Upload a PNG, JPEG, or WebP image"),
        (png_claiming_size(20, 20), "damaged"),
        (png()[:-30], "damaged"),
        (JPEG[:-80], "damaged"),
        (WEBP["lossless"][:-8], "damaged"),
        (png() + bytes(MAX_PICTURE_BYTES), "2 MB"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(BusinessError, match=why):
        render_picture(content, WIDE)


@given(some.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF0000WEBPVP8 "]), some.data())
def test_no_file_does_more_than_be_refused(start: bytes, data: some.DataObject) -> None:
    content = start + data.draw(some.binary(max_size=60))
    with pytest.raises(BusinessError):
        render_picture(content, WIDE)


SHRINKING = """
import pathlib, resource, sys
from PIL import Image
from commerce.kit.errors import BusinessError
from commerce.kit.pictures import PictureBounds, render_picture
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        said = render_picture(path.read_bytes(), PictureBounds(640, 160)).name[33:]
    except BusinessError as refused:
        said = refused
    print(path.name, said, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used) // 1024, sep=": ")
"""


def test_a_second_size_behind_the_first_is_refused() -> None:
    content = png()[:33] + png_claiming_size(6000, 6000)[8:33] + png()[33:]
    with pytest.raises(BusinessError, match="damaged") as caught:
        render_picture(content, WIDE)
    assert "a second size stands behind" in str(caught.value.__cause__)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_each_kind_of_color_is_taken(mode: str) -> None:
    given, file = Image.new(mode, (30, 10), 0xC000 if mode == "I;16" else 1), io.BytesIO()
    given.save(file, "PNG")
    with Image.open(io.BytesIO(render_picture(file.getvalue(), WIDE).png)) as seen:
        assert (seen.mode, seen.size) == ("RGBA", (30, 10))
        if mode == "I;16":
            assert seen.getpixel((0, 0)) == (0xC0, 0xC0, 0xC0, 255)


def test_no_picture_fills_the_memory(tmp_path: Path) -> None:
    """A compressed color profile, or texts, of a gigabyte; and the largest picture that is taken. 486 KB took 1 GB."""
    for name, content in compression_bombs():
        (tmp_path / f"1 {name}").write_bytes(content)
    (tmp_path / "2 jpeg").write_bytes(saved("JPEG", (8000, 2000)))
    (tmp_path / "3 large").write_bytes(wide_png(MAX_PICTURE_PIXELS))
    child = [sys.executable, "-c", SHRINKING, str(tmp_path)]
    done = subprocess.run(child, capture_output=True, text=True, check=True)
    said = [line.split(": ") for line in done.stdout.splitlines()]
    assert [name for name, *_ in said] == ["1 iCCP", "1 iTXt", "1 zTXt", "2 jpeg", "3 large"]
    assert ["damaged" in what for _name, what, _used in said] == [True, True, True, False, False]
    assert said[3][1] == said[4][1] == "640x160.png"
    assert int(said[3][2]) < 50, "MiB more"
    assert int(said[4][2]) < 300, "MiB more"
