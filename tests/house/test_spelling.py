"""Code, its documents and its texts are spelled as in America, so that a word is found by one spelling."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, ROOT, modules, nodes, parse_source, tracked
from tests.house.texts import mail_texts, marked_texts

ENDS_IN_ISE = (
    "anonym|apolog|author|capital|categor|character|critic|custom|emphas|equal|final|general|initial|international|item"
    "|legal|local|maxim|memor|minim|modern|normal|optim|organ|penal|personal|prior|priorit|random|real|recogn|sanit"
    "|serial|special|stabil|standard|summar|synchron|token|util|visual"
)
BRITISH = re.compile(
    rf"(?:un|re|de)?(?:{ENDS_IN_ISE})is(?:e|es|ed|er|ers|ing|able|ation|ations)"
    r"|(?:un|dis)?(?:behavi|col|endeav|fav|flav|hon|lab|neighb|rum)our\w*"
    r"|(?:label|model|signal|travel|tunnel)l(?:ed|er|ers|ing)|fulfils?|fulfilment|enrolment"
    r"|analys(?:e|ed|er|ing)|catalogues?|cheques?|centres?|(?:kilo)?metres?|litres?|licences?|defences?|offences?"
    r"|programmes?|greys?|whilst|amongst|learnt|spelt|judgements?|artefacts?|practis(?:e|ed|ing)"
)
"""The usual ones; ``cancelled``, ``postcode`` and ``ageing`` are words of the API's contract and of `docs/spec/`."""

KEPT_NAMES = {
    "grey": "the name of a tone in `presentation/labels.py`, as billing.md 2 has it",
}
"""Pieces of names that stay, and why."""

WORDS = re.compile(r"[A-Za-z]+")
PIECES = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
IN_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S+")

type Found = Iterator[tuple[int, str]]
"""A line, and what stands there."""


def in_prose(text: str) -> list[str]:
    return [one for one in WORDS.findall(IN_CODE.sub(" ", text)) if BRITISH.fullmatch(one.lower())]


def in_name(name: str) -> list[str]:
    pieces = (one.lower() for one in PIECES.findall(name))
    return [one for one in pieces if BRITISH.fullmatch(one) and one.rstrip("s") not in KEPT_NAMES]


def names_and_docstrings(tree: ast.Module) -> Found:
    for node in nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from ((node.lineno, one) for one in in_name(node.name))
        elif isinstance(node, ast.arg):
            yield from ((node.lineno, one) for one in in_name(node.arg))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield from ((node.lineno, one) for one in in_name(node.id))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield from ((node.lineno, one) for one in in_prose(str(node.value.value)))


def comments(source: str) -> Found:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield from ((token.start[0], one) for one in in_prose(token.string))


def in_module(path: Path) -> Found:
    source = path.read_text("utf-8")
    if BRITISH.search(source.lower()):  # to take each file apart would cost seconds
        yield from names_and_docstrings(parse_source(path))
        yield from comments(source)
    yield from ((1, one) for one in in_name(path.stem))


def found(path: Path, lines: Found) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{line}: {word}" for line, word in lines]


def test_code_is_spelled_as_in_america() -> None:
    assert [one for path in modules(PACKAGE) for one in found(path, in_module(path))] == []


def test_texts_and_emails_are_spelled_so() -> None:
    texts = [*marked_texts(), *mail_texts()]
    assert [one.position for one in texts if in_prose(one.words)] == []


def test_documents_are_spelled_so() -> None:
    pages = [page for page in tracked() if page.suffix == ".md" and "spec" not in page.parts]
    wrong = [
        f"{page.relative_to(ROOT)}:{number}: {word}"
        for page in pages
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1)
        for word in in_prose(line)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "words",
    [
        "the colours",
        "Its behaviour",
        "a licence",
        "an organisation",
        "Authorised",
        "labelled",
        "a catalogue",
        "analysed",
    ],
)
def test_british_words_are_found(words: str) -> None:
    assert in_prose(words)


@pytest.mark.parametrize(
    "words",
    ["cancelled", "raised", "the author", "realm", "exercise", "dialog", "gray", "`colour`"],
)
def test_american_words_are_not(words: str) -> None:
    assert in_prose(words) == []
