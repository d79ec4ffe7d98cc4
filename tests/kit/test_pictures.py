"""Pictures of others: each kind is drawn anew in its size, and nothing else gets through (X9)."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from commerce.kit.errors import Refused
from commerce.kit.pictures import MOST_BYTES, MOST_PIXELS, Fit, drawn, size_in
from tests.make.pictures import JPEG, WEBP, bombs, claiming, held_upright, held_wide, png

WIDE = Fit(640, 160)
ICON = Fit(128, 128, square=True)


def size(content: bytes, fit: Fit = WIDE) -> tuple[int, int]:
    return size_in(drawn(content, fit).name)


@pytest.mark.parametrize("content", [png(), JPEG, *WEBP.values()])
def test_each_kind_becomes_a_png_of_its_size(content: bytes) -> None:
    made = drawn(content, WIDE)
    assert made.png.startswith(b"\x89PNG")
    assert size_in(made.name) == (30, 10)
    assert drawn(content, WIDE) == made
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
    made = drawn(held_upright(), WIDE)
    assert size_in(made.name) == (10, 30)
    assert b"Exif" not in made.png


def test_what_is_hidden_behind_a_picture_is_left_out() -> None:
    made = drawn(png() + b"<script>alert(1)</script>", WIDE)
    assert made == drawn(png(), WIDE)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "PNG, JPEG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"GIF89a" + bytes(40), "PNG, JPEG or WebP"),
        (b"RIFF\x10\0\0\0WEBPXXXX", "PNG, JPEG or WebP"),
        (JPEG[:40], "PNG, JPEG or WebP"),
        (claiming(65_000, 65_000), "16 million pixels"),
        (claiming(0, 10), "16 million pixels"),
        (claiming(20, 20), "damaged"),
        (png()[:-30], "damaged"),
        (JPEG[:-80], "damaged"),
        (WEBP["lossless"][:-8], "damaged"),
        (png() + bytes(MOST_BYTES), "2 MB"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        drawn(content, WIDE)


@given(some.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF0000WEBPVP8 "]), some.data())
def test_no_file_does_more_than_be_refused(start: bytes, data: some.DataObject) -> None:
    content = start + data.draw(some.binary(max_size=60))
    with pytest.raises(Refused):
        drawn(content, WIDE)


SHRINKING = """
import pathlib, resource, sys
from PIL import Image
from commerce.kit.errors import Refused
from commerce.kit.pictures import Fit, drawn
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        said = drawn(path.read_bytes(), Fit(640, 160)).name[33:]
    except Refused as refused:
        said = refused
    print(path.name, said, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used) // 1024, sep=": ")
"""


def test_a_second_size_behind_the_first_is_refused() -> None:
    content = png()[:33] + claiming(6000, 6000)[8:33] + png()[33:]
    with pytest.raises(Refused, match="damaged"):
        drawn(content, WIDE)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_each_kind_of_colour_is_taken(mode: str) -> None:
    given, file = Image.new(mode, (30, 10), 0xC000 if mode == "I;16" else 1), io.BytesIO()
    given.save(file, "PNG")
    with Image.open(io.BytesIO(drawn(file.getvalue(), WIDE).png)) as seen:
        assert (seen.mode, seen.size) == ("RGBA", (30, 10))
        if mode == "I;16":
            assert seen.getpixel((0, 0)) == (0xC0, 0xC0, 0xC0, 255)


def test_no_picture_fills_the_memory(tmp_path: Path) -> None:
    """A compressed colour profile, or texts, of a gigabyte; and the largest picture that is taken. 486 KB took 1 GB."""
    for name, content in bombs():
        (tmp_path / f"1 {name}").write_bytes(content)
    (tmp_path / "2 large").write_bytes(held_wide(MOST_PIXELS))
    child = [sys.executable, "-c", SHRINKING, str(tmp_path)]
    done = subprocess.run(child, capture_output=True, text=True, check=True)
    said = [line.split(": ") for line in done.stdout.splitlines()]
    assert [name for name, _what, _used in said] == ["1 iCCP", "1 iTXt", "1 zTXt", "2 large"]
    assert ["damaged" in what for _name, what, _used in said] == [True, True, True, False]
    assert said[3][1] == "640x160.png"
    assert int(said[2][2]) < 50, "MiB more"
    assert int(said[3][2]) < 300, "MiB more"
