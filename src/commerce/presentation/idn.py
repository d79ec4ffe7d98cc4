"""Domain names as people read them, and as they are stored (domains.md 1)."""

import unicodedata

_TOGETHER = (
    {"CJK", "HIRAGANA", "KATAKANA", "LATIN"},
    {"CJK", "HANGUL", "LATIN"},
    {"CJK", "BOPOMOFO", "LATIN"},
)
"""Scripts that one language writes side by side."""

MAX_TYPED_LENGTH = 300
"""No name is longer, and the time to convert a text grows with the square of its length."""
_MAX_LABEL_LENGTH = 63


def readable_name(name: str) -> str:
    """A stored name in letters of its own, unless a label mixes scripts (a way to pass off one name as another)."""
    return ".".join(_readable(label) for label in name.split("."))


def ascii_name(text: str) -> str:
    """A typed name, or a part of one, as it is stored; what cannot be a name stays as it is."""
    if len(text) > MAX_TYPED_LENGTH:
        return text
    try:
        return text.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return text


def stored_name(typed: str) -> str:
    """A whole name that was typed, as it is stored. One that would become another name (``straße``) stays as it is."""
    if len(typed) > MAX_TYPED_LENGTH:
        return typed
    text = unicodedata.normalize("NFC", typed).lower().removesuffix(".")
    try:
        name = text.encode("idna")
        return name.decode("ascii") if name.decode("idna") == text or text.isascii() else typed
    except UnicodeError:
        return typed


def _readable(label: str) -> str:
    if not label.startswith("xn--") or len(label) > _MAX_LABEL_LENGTH:
        return label
    try:
        decoded = label.encode("ascii").decode("idna")
    except UnicodeError:
        return label
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in decoded if letter.isalpha()}
    if len(scripts) == 1 or any(scripts <= together for together in _TOGETHER):
        return decoded
    return label
