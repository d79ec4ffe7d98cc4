"""Typed text made uniform."""

import pytest

from commerce.kit.text import clean_line, clean_text, has_control_characters, reaches_itself


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


@pytest.mark.parametrize("letter", [*map(chr, range(0x20)), "\x7f", "\x80", "\x9f"])
def test_control_characters_are_found_but_for_line_breaks_and_tabs(letter: str) -> None:
    assert has_control_characters(f"a{letter}b") == (letter not in "\n\t\r")
    assert has_control_characters(f"a{letter}b", also_forbidden="\n\t\r")


def test_other_characters_are_found_where_they_are_forbidden() -> None:
    assert not has_control_characters("a b\xa0é")
    assert not has_control_characters("ab", also_forbidden="cd")
    assert has_control_characters("abd", also_forbidden="cd")
    assert not has_control_characters("", also_forbidden="c")


@pytest.mark.parametrize(
    ("address", "reaches"),
    [
        ("alice@example.com", True),
        ("Alice.O'Neil+news@Mail.Example.COM", True),
        ("alice@bücher.example", True),
        ("alice@xn--bcher-kva.example", True),
        ("alice@пример.рф", True),
        ("alice@example.com\u200b", False),
        ("alice@exam\u00adple.com", False),
        ("ali\u200dce@example.com", False),
        ("alice@exam\ufe0fple.com", False),  # dropped on the way, and no format character
        ("alice@exam\u034fple.com", False),
        ("alice@ｅxample.com", False),
        ("alice@example。com", False),
        ("alice@straße.example", False),  # the mail would go to strasse.example
        ("root@localhost", False),
        ("root@example.com.", True),
        ("a@[127.0.0.1]", False),
        ("a@[IPv6:2001:db8::1.2]", False),
        (f"a@{'x' * 64}.example", False),
        ("a@.example", False),
        ("a@", False),
        ("", False),
    ],
)
def test_mail_to_an_address_reaches_no_other(address: str, *, reaches: bool) -> None:
    assert reaches_itself(address) is reaches
