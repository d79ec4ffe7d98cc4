"""Typed text made uniform."""

import pytest

from commerce.kit.text import clean_line, clean_text


@pytest.mark.parametrize(
    ("typed", "kept", "line"),
    [
        ("", "", ""),
        ("  two  words ", "two  words", "two words"),
        ("a\r\n\tb\n", "a\n\tb", "a b"),
        (
            "nul\x00, bell\x07, escape\x1b[1m, \x9b",
            "nul, bell, escape[1m,",
            "nul, bell, escape[1m,",
        ),
        ("e\u0301", "\xe9", "\xe9"),
        ("half a pair \ud800", "half a pair", "half a pair"),
        ("a\xa0b", "a\xa0b", "a b"),
        ("\u202etfel \u2066a\u2069", "tfel a", "tfel a"),
        ("\u05d0\u200f\u05d1", "\u05d0\u200f\u05d1", "\u05d0\u200f\u05d1"),
    ],
)
def test_text_is_made_uniform(typed: str, kept: str, line: str) -> None:
    assert (clean_text(typed), clean_line(typed)) == (kept, line)
