"""Text as search compares it: without case and accents, ``ß`` as ``ss``. One table for Python and for SQL, so that
what a database stores and what is typed are folded alike.

The SQL is of what each database has of itself: a function of our own in SQLite would be shorter; the former release,
started once more on the same file, could then not write a row. What PostgreSQL does by ``translate`` and ``reverse``,
SQLite does letter by letter.
"""

import unicodedata
from typing import NamedTuple

_LETTERS = (range(0xC0, 0x250), range(0x370, 0x460), range(0x1E00, 0x1F00))
"""Latin, Greek, Cyrillic, and Latin with the accents of Vietnamese; what lies elsewhere is found as it is written."""
_WITHOUT_PARTS = {
    "Đ": "d", "đ": "d", "Ø": "o", "ø": "o", "Ł": "l", "ł": "l", "Ħ": "h", "ħ": "h", "ı": "i", "Ð": "d", "ð": "d",
}  # fmt: skip
"""Letters with a stroke, which Unicode does not take apart."""
TWO_LETTERS = {
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th",
}  # fmt: skip
"""Letters that become two."""
_BLANKS = "\t\n\r-.,;:&/()[]'\"+_|\\"
"""Between words of a name."""


def _simple_letters() -> dict[str, str]:
    found = {chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    found |= dict.fromkeys(_BLANKS, " ") | _WITHOUT_PARTS
    for letter in (chr(code) for codes in _LETTERS for code in codes):
        parts = unicodedata.normalize("NFKD", letter).casefold()
        folded = "".join(one for one in parts if not unicodedata.combining(one))
        if len(folded) == 1 and folded != letter and letter not in TWO_LETTERS:
            found.setdefault(letter, folded)
    return found


_SIMPLE = _simple_letters()
_MARKS = "".join(chr(code) for code in range(0x300, 0x370))
FOLDED_LETTERS = "".join(_SIMPLE) + _MARKS
"""Each letter that is folded; those that have no place in ``FOLDED_TO`` are accents, which go."""
FOLDED_TO = "".join(_SIMPLE.values())
_TABLE = str.maketrans(_SIMPLE | TWO_LETTERS | dict.fromkeys(_MARKS, ""))


def fold_words(text: str) -> list[str]:
    """The words of a name as they are compared: ``Bäckerei Groß`` is ``backerei gross``."""
    return text.translate(_TABLE).split()


def ascii_lower(text: str) -> str:
    """With the letters A to Z as small ones, as both databases do it."""
    return "".join(one.lower() if "A" <= one <= "Z" else one for one in text)


MAX_REVERSED = 60
"""Of a number its last so many letters are searched."""
_MAX_NAMES = 402
"""First name, last name and company, with a blank between each."""
_PLACES = f"'[{','.join(str(place) for place in range(1, _MAX_NAMES + 1))}]'"
_FROM_THE_END = f"'[{','.join(str(place) for place in range(MAX_REVERSED, 0, -1))}]'"


class SearchSql(NamedTuple):
    """Expressions over a column, in the words of one database."""

    is_lite: bool

    def lower(self, text: str) -> str:
        """With A to Z as small letters."""
        return f"lower({text})" if self.is_lite else f'lower(({text}) COLLATE "C")'

    def host(self, address: str) -> str:
        """What stands behind the ``@`` of an address."""
        at = f"{'instr' if self.is_lite else 'strpos'}({address}, '@')"
        return f"CASE WHEN {at} > 0 THEN {self.lower(f'substr({address}, {at} + 1)')} ELSE '' END"

    def words(self, text: str) -> tuple[str, str]:
        """The table of the folded words of a name, and its column; a word may come twice."""
        for letter, two in TWO_LETTERS.items():
            text = f"replace({text}, '{letter}', '{two}')"
        letters, to = _quoted(FOLDED_LETTERS), _quoted(FOLDED_TO)
        if not self.is_lite:
            return f"unnest(string_to_array(translate({text}, {letters}, {to}), ' ')) AS w", "w"
        each = (
            f"SELECT substr(t, value, 1) AS c, instr({letters}, substr(t, value, 1)) AS i"  # noqa: S608 - our own words
            f" FROM (SELECT {text} AS t), json_each({_PLACES}) WHERE value <= length(t)"
        )
        folded = f"SELECT group_concat(CASE i WHEN 0 THEN c ELSE substr({to}, i, 1) END, '') FROM ({each})"  # noqa: S608
        parted = f"replace(json_quote(coalesce(({folded}), '')), ' ', '\",\"')"
        return f"json_each('[' || {parted} || ']') AS w", "w.value"

    def reversed(self, text: str, *, kept: str = "", dashes: str = "") -> str:
        """The end of a text, last letter first, small: only letters of the class ``kept``, if one is given; each of
        ``dashes`` as a dash.
        """
        small = self.lower(text)
        if not self.is_lite:
            if kept:
                small = f"regexp_replace({small}, '[^{kept}]', '', 'g')"
            if dashes:
                small = f"translate({small}, {_quoted(dashes)}, '{'-' * len(dashes)}')"
            return f"reverse(right({small}, {MAX_REVERSED}))"
        letter = "substr(t, value, 1)"
        shown = f"CASE WHEN instr({_quoted(dashes)}, {letter}) > 0 THEN '-' ELSE {letter} END"
        end = f"substr({small}, -{MAX_REVERSED})"
        which = f" AND {letter} GLOB '[{kept}]'" if kept else ""
        return (
            f"(SELECT group_concat({shown if dashes else letter}, '') FROM (SELECT {end} AS t),"  # noqa: S608
            f" json_each({_FROM_THE_END}) WHERE value <= length(t){which})"
        )

    def in_byte_order(self, text: str) -> str:
        """As the column of keys compares."""
        return text if self.is_lite else f'({text}) COLLATE "C"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
