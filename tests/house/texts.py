"""What people read: texts of templates, marked texts of Python, mails, commands and guides, with where they stand."""

import ast
import html
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from django.template.base import DebugLexer, Token, TokenType

from tests.house.source import PACKAGE, ROOT, calls, function_name, modules, nodes, parse_source
from tools import messages

TEXT_ATTRIBUTES = {"alt", "aria-label", "data-label", "label", "placeholder", "title"}
"""What an element says to its reader beside its content."""

NOT_READ = {"script", "style"}
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_TAG_MARK = " "


class Text(NamedTuple):
    """One text, and the file and line from which people get it."""

    path: Path
    line: int
    words: str

    @property
    def position(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.words!r}"


def _outside_of_marks(source: str) -> Iterator[str]:
    """The source of a template without its tags, and without what is marked or not read; its lines stay."""
    inside = ""
    tokens: list[Token] = DebugLexer(source).tokenize()
    for token in tokens:
        kind, words = token.token_type, token.contents
        if kind == TokenType.BLOCK:
            name = words.split()[0]
            if inside:
                inside = "" if name == f"end{inside}" else inside
            elif name in ("blocktranslate", "blocktrans", "comment"):
                inside = name
            elif name == "block" and re.search(r"class|\bwide", words):
                inside = "block"
        if kind == TokenType.TEXT and not inside:
            yield words
        else:
            start, end = token.position or (0, 0)
            yield _TAG_MARK + "\n" * source.count("\n", start, end)


class _Reader(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[int, str]] = []
        self.skipped = ""

    def _take(self, words: str | None) -> None:
        if words and _LETTERS.search(words):
            text = " ".join(words.split())
            if _LETTERS.search(text):
                self.found.append((self.getpos()[0], text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skipped = tag if tag in NOT_READ else self.skipped
        for name, value in attrs:
            if name in TEXT_ATTRIBUTES:
                self._take(value)

    def handle_endtag(self, tag: str) -> None:
        self.skipped = "" if tag == self.skipped else self.skipped

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self._take(data)


def unmarked_texts_of_template(path: Path) -> list[Text]:
    """Words of a template that stand outside of ``translate`` and ``blocktranslate``."""
    reader = _Reader()
    reader.feed("".join(_outside_of_marks(path.read_text("utf-8"))))
    reader.close()
    return [Text(path, line, html.unescape(words)) for line, words in reader.found]


@cache
def marked_texts() -> list[Text]:
    """Every text that is marked for translation, each of its plurals by itself."""
    return [
        Text(marked.path, marked.line, words)
        for marked in messages.marked_texts()
        for words in (marked.text, marked.plural)
        if words
    ]


def mail_texts() -> list[Text]:
    """The lines of the shipped English mails."""
    return [
        Text(path, number, line)
        for path in sorted((messages.MAILS_FOLDER / "en").glob("*.txt"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if line.strip()
    ]


def command_texts() -> Iterator[Text]:
    """What commands say: their help, their options, and constants that they print or mark."""
    for path in modules(PACKAGE / "cli"):
        tree = parse_source(path)
        for node in nodes(tree):
            if isinstance(node, ast.FunctionDef) and "command" in _decorators(node):
                if described := ast.get_docstring(node):
                    yield Text(path, node.lineno, described)
            elif isinstance(node, ast.keyword) and node.arg in ("help", "none"):
                yield from _constants(path, node.value)
        for call in calls(tree):
            called = function_name(call) or getattr(call.func, "attr", "")
            if called in ("_", "echo", "print_message", "UsageError", "BadParameter", "confirm"):
                for arg in call.args:
                    yield from _constants(path, arg)


def _decorators(node: ast.FunctionDef) -> str:
    return " ".join(
        "command" for one in node.decorator_list if re.search(r"command|group", ast.unparse(one))
    )


def _constants(path: Path, node: ast.AST) -> Iterator[Text]:
    for one in nodes(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value:
            yield Text(path, one.lineno, one.value)


def setting_texts() -> Iterator[Text]:
    """What `commerce setting list` says of each setting."""
    path = PACKAGE / "site_settings" / "definitions.py"
    for call in calls(parse_source(path)):
        if function_name(call) == "SettingDefinition":
            yield from _constants(path, call.args[2])


def guide_texts() -> Iterator[Text]:
    """The prose of the guides; code in them is as it is typed. ``terms.md`` lists what not to say."""
    guides = {ROOT / "README.md", *(ROOT / "docs").glob("*.md")} - {ROOT / "docs" / "terms.md"}
    for path in sorted(guides):
        fenced = False
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            fenced ^= line.lstrip().startswith("```")
            if not fenced and not line.startswith("    "):
                yield Text(path, number, re.sub(r"`[^`]*`|\]\([^)]*\)", "…", line))
