"""Errors have codes: each is raised somewhere, and has one text, which names what it is raised with."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from django.apps import apps

from commerce.kit.errors import error_texts
from tests.house.source import (
    PACKAGE,
    ROOT,
    calls,
    function_name,
    method_name,
    modules,
    nodes,
    parse_source,
)
from tests.house.source import source_position as position

CODE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")

NO_VALUES = {"field", "is_moot", "seen", "what"}
"""Arguments of errors that are not for their text."""

MADE_BY = {"text_matching": 1}
"""Functions of ours that take a code, and where: the error is raised there with what follows."""


@cache
def error_classes() -> dict[str, ast.ClassDef | None]:
    """``BusinessError`` and every class that is one, by name."""
    defined = [
        node
        for path in modules(PACKAGE)
        for node in parse_source(path).body
        if isinstance(node, ast.ClassDef)
    ]
    found: dict[str, ast.ClassDef | None] = {"BusinessError": None}
    while new := [
        node
        for node in defined
        if node.name not in found
        and {ast.unparse(base).rpartition(".")[2] for base in node.bases} & found.keys()
    ]:
        found |= {node.name: node for node in new}
    return found


def tables() -> list[Path]:
    """The files that hold texts: ``errors.py`` of an app. That of `kit` has the classes, that of a door its pages."""
    return [path for path in PACKAGE.glob("*/errors.py") if path.parent.name != "kit"]


@cache
def raised() -> list[tuple[str, frozenset[str], str]]:
    """Each place that makes an error: its code, the names of its values, and where it stands."""
    found = []
    for path in modules(PACKAGE):
        for code, call in _codes(parse_source(path)):
            names = {str(one.arg) for one in call.keywords} - NO_VALUES
            found.append((_text(code), frozenset(names), position(path, call)))
    return found


def _codes(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.Call]]:
    of_their_own = {
        name: call for name, node in error_classes().items() if node and (call := _own_code(node))
    }
    inside = {
        id(call)
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef) and node.name in MADE_BY
        for call in calls(node)
    }
    for call in calls(tree):
        name = function_name(call)
        if call in of_their_own.values():
            yield call.args[0], call
        elif id(call) in inside or name in of_their_own:
            continue
        elif name in error_classes() or name in MADE_BY:
            yield call.args[MADE_BY.get(name, 0)], call


def _own_code(node: ast.ClassDef) -> ast.Call | None:
    """Where a class says the one code that its errors have."""
    supers = (call for call in calls(node) if method_name(call) == "__init__" and call.args)
    return next((call for call in supers if isinstance(call.args[0], ast.Constant)), None)


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def texts() -> list[tuple[str, str, Path]]:
    """Each entry of a table: its code and its text, read without translating it."""
    return [
        (_text(key), "".join(_constants(value)), path)
        for path in tables()
        for key, value in _entries(path)
    ]


def _entries(path: Path) -> list[tuple[ast.expr, ast.expr]]:
    for node in parse_source(path).body:
        if isinstance(node, ast.Assign) and _text(node.targets[0]) == "ERRORS":
            assert isinstance(node.value, ast.Dict)
            return [
                (key, value)
                for key, value in zip(node.value.keys, node.value.values, strict=True)
                if key
            ]
    return []


def _constants(node: ast.expr) -> list[str]:
    return [one.value for one in nodes(node) if isinstance(one, ast.Constant)]


def nouns() -> set[str]:
    """The words of the glossary and of our models, and the names of rooms, as codes write them."""
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    words = {word.strip() for row in rows for word in re.split(r",| or ", row)}
    words |= {
        str(model._meta.verbose_name)
        for model in apps.get_models()
        if model.__module__.startswith("commerce.")
    }
    words |= {path.name for path in PACKAGE.rglob("*") if path.is_dir()}
    words |= {word.removesuffix("s") for word in words}
    return {word.lower().replace(" ", "_").replace("-", "_") for word in words}


def test_each_error_is_raised_with_a_code_that_has_a_text() -> None:
    known = {code for code, _, _ in texts()}
    wrong = [f"{where}: {code}" for code, _, where in raised() if code not in known]
    assert wrong == []


def test_what_a_command_alone_explains_is_raised_by_commands_alone() -> None:
    """Pages and the APIs do not have the table of commands: what it explains would be a fault of the server there."""
    of_commands = {code for code, _, path in texts() if path == PACKAGE / "cli" / "errors.py"}
    wrong = [
        f"{where}: {code}"
        for code, _, where in raised()
        if code in of_commands and "/cli/" not in where
    ]
    assert wrong == []


def test_each_code_has_one_text_and_each_text_one_code() -> None:
    codes = Counter(code for code, _, _ in texts())
    assert [code for code, number in codes.items() if number > 1] == []
    said = Counter((text, path) for _, text, path in texts())
    assert [text for (text, _), number in said.items() if number > 1] == []


def test_each_code_of_a_table_is_raised() -> None:
    used = {code for code, _, _ in raised()}
    assert [code for code, _, _ in texts() if code not in used] == []


def test_an_error_is_raised_with_what_its_text_names_and_nothing_else() -> None:
    named = {code: set(PLACEHOLDER.findall(text)) for code, text, _ in texts()}
    wrong = [
        f"{where}: {code} has {sorted(names)}, its text names {sorted(named[code])}"
        for code, names, where in raised()
        if code in named and names != named[code]
    ]
    assert wrong == []


def test_a_code_is_a_noun_and_what_is_wrong_with_it() -> None:
    known = nouns()
    codes = [code for code, _, _ in texts()]
    assert [code for code in codes if not CODE.fullmatch(code)] == []
    assert {code.partition(".")[0] for code in codes} - known == set()


def _texts_of(value: ast.expr) -> list[ast.expr]:
    """The text of an entry; both where members and staff read different ones."""
    if isinstance(value, ast.Call) and function_name(value) == "TwoTexts":
        return [keyword.value for keyword in value.keywords]
    return [value]


def _is_marked(text: ast.expr) -> bool:
    return isinstance(text, ast.Call) and function_name(text) in ("_", "_n")


def test_each_text_is_marked_for_translation_and_can_be_filled_in() -> None:
    unmarked = [
        f"{position(path, value)}: {ast.unparse(key)}"
        for path in tables()
        for key, value in _entries(path)
        if not all(_is_marked(text) for text in _texts_of(value))
    ]
    assert unmarked == []
    for code, text, _ in texts():
        values = dict.fromkeys(PLACEHOLDER.findall(text), 1)
        assert "%(" not in text % values, code


def test_all_tables_are_joined() -> None:
    """An app that is not named in ``wiring.py`` would show codes to people."""
    import_module("commerce.cli.root")
    assert set(error_texts()) == {code for code, _, _ in texts()}


def test_a_table_reads_like_one() -> None:
    for path in tables():
        codes = [_text(key) for key, _ in _entries(path)]
        assert codes == sorted(codes), path
