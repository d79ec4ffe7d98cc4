"""Everything that people read can be translated: it is marked, whole, and not put together from parts."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tests.house.source import PACKAGE, calls, method_name, modules, nodes, parse_source
from tests.house.source import source_position as position
from tests.house.texts import Text, marked_texts, unmarked_texts_of_template
from tools import messages

AS_THEY_ARE = re.compile(
    r"(?x) https?://\S+ | [A-Z]{2,5} | \w+\.(?:md|pdf|csv) | Ctrl | Enter | Authorization | Bearer | QR"
)
"""Words that are the same in every language, or that a program wants so."""

PARTS_OF_PYTHON = {"label", "help_text", "empty_label", "error_messages"}
"""Arguments whose text people read, wherever they stand in a door or an adapter."""

READ_ASIDE = {"success", "info", "warning", "error"}
"""Methods of ``django.contrib.messages``: their second argument is read."""

TABLES = re.compile(r"_(LABELS|TEXTS|MESSAGES|WORDS|CHOICES)$")
"""Tables of ours that hold texts."""

ENGLISH = {
    "api": "the API's reference and messages are for developers",
    "cli": "commands speak English, also before there are settings",
    "demo": "the demo company writes English",
    "mail/sample_values.py": "made-up values, for staff who preview a template",
}
"""Where no text is translated, and why."""

all_texts = cache(messages.new_catalog)
"""Of all modules and templates: two seconds, once."""

UNFINISHED = re.compile(r"(?:^|[\s(])(?:a|an|the|of|and|or|is|are|was|be|than|as)\s*$")
"""How a text ends that another one is to follow."""


def translated() -> list[Path]:
    """The modules whose texts are for everybody."""
    aside = [PACKAGE / name for name in ENGLISH]
    return [path for path in modules(PACKAGE) if not any(path.is_relative_to(one) for one in aside)]


@cache
def marking_calls(path: Path) -> tuple[tuple[ast.Call, str], ...]:
    is_marking = messages.MARKING_MODULE in path.read_text("utf-8")
    return tuple(messages.marking_calls(parse_source(path))) if is_marking else ()


def tell(found: list[Text]) -> list[str]:
    return [one.position for one in found]


@pytest.mark.parametrize(
    "path", messages.template_files(), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_a_template_marks_its_words(path: Path) -> None:
    found = unmarked_texts_of_template(path)
    assert tell([one for one in found if not AS_THEY_ARE.fullmatch(one.words)]) == []


def test_what_is_marked_is_a_constant() -> None:
    """A text that is only known when it is shown stands in no catalog."""
    wrong = [
        position(path, call)
        for path in modules(PACKAGE)
        for call, roles in marking_calls(path)
        if not all(isinstance(arg, ast.Constant) for arg in call.args[: len(roles)])
        and not (isinstance(call.args[0], ast.Name) and call.args[0].id.isupper())  # gettext_noop
    ]
    assert wrong == []


def test_a_text_is_whole() -> None:
    """Neither its beginning nor its end leaves something to another text: word order is the language's own."""
    wrong = [
        one
        for one in marked_texts()
        if one.words != one.words.strip() or UNFINISHED.search(one.words)
    ]
    assert tell(wrong) == []


def test_placeholders_have_names() -> None:
    """``%s`` can stand only once, and only where English has it."""
    wrong = [one for one in marked_texts() if re.search(r"(?<!%)(?:%%)*%[sdr]|\{\}", one.words)]
    assert tell(wrong) == []


def test_no_text_is_put_together_from_parts() -> None:
    assert [found for path in translated() for found in _joined(path)] == []


def _joined(path: Path) -> Iterator[str]:
    marks = {id(call) for call, _ in marking_calls(path)}
    for node in nodes(parse_source(path)) if marks else ():
        parts: list[ast.AST] = []
        if isinstance(node, ast.JoinedStr):
            parts = [one.value for one in node.values if isinstance(one, ast.FormattedValue)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [node.left, node.right]
        if any(id(one) in marks for part in parts for one in nodes(part)):
            yield position(path, node)


def test_labels_and_messages_are_marked() -> None:
    wrong = [found for path in translated() for found in _plain_arguments(path)]
    wrong += [found for path in translated() for found in _plain_tables(path)]
    assert wrong == []


def _plain_arguments(path: Path) -> Iterator[str]:
    for call in calls(parse_source(path)):
        read = [word.value for word in call.keywords if word.arg in PARTS_OF_PYTHON]
        if method_name(call) in READ_ASIDE and ast.unparse(call.func).startswith("messages."):
            read += call.args[1:2]
        if ast.unparse(call.func).endswith("ValidationError"):
            read += call.args[:1]
        yield from _plain(path, read)


def _plain_tables(path: Path) -> Iterator[str]:
    for node in parse_source(path).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            name = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(name, ast.Name) and TABLES.search(name.id):
                yield from _plain(path, node.value.values)


def _plain(path: Path, given: list[ast.expr]) -> Iterator[str]:
    for node in given:
        values = node.values if isinstance(node, ast.Dict) else [node]
        for value in values:
            text = value.value if isinstance(value, ast.Constant) else None
            if isinstance(text, str) and re.search(r"[a-z]{2}", text):
                yield f"{position(path, value)}: {text!r}"


def test_texts_are_extracted_from_templates_and_modules() -> None:
    catalog = all_texts()
    assert "This promo code is no longer available." in catalog
    assert ("in {n} day", "in {n} days") in catalog
    assert any(".html" in place for message in catalog for place, _ in message.locations)
    assert not any("cli/" in place for message in catalog for place, _ in message.locations)


def test_a_catalog_that_lacks_a_text_is_noticed() -> None:
    catalog = Catalog(locale="de")
    catalog.add("Pay now", "Jetzt bezahlen")
    catalog.add("Sign out")
    catalog.add(("%(n)s day", "%(n)s days"), ("%(n)s Tag", ""))
    lacking = ["Sign out", "('%(n)s day', '%(n)s days')"]
    assert messages.missing_texts(catalog) == lacking
    to_come = messages.texts_to_come(catalog)
    assert to_come[-2:] == lacking
    assert "This promo code is no longer available." in to_come
    assert "Pay now" not in to_come


def test_nothing_comes_later_that_there_is_not() -> None:
    assert [name for name in ENGLISH if not (PACKAGE / name).exists()] == []
