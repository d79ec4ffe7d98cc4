"""Sizes, names and documentation: what lets a reader find his way."""

import ast
import re

from tests.house.source import PACKAGE, ROOT, modules, nodes, parse_source, source_position

OURS = [ROOT / name for name in ("src", "tests", "bench", "tools")]
NAMES_WITHOUT_MEANING = {"utils.py", "helpers.py", "common.py"}
NOUN_FOLDERS = [PACKAGE / "api" / "v1", PACKAGE / "api" / "v2", PACKAGE / "portal", PACKAGE / "cli"]


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*OURS)}
    assert [f"{path.relative_to(ROOT)}: {n}" for path, n in lengths.items() if n > 400] == []


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{source_position(path, node)} {node.name}: {lines}"
        for path in modules(ROOT / "src", ROOT / "tools")
        for node in nodes(parse_source(path))
        if isinstance(node, ast.FunctionDef) and (lines := length(node)) > 40
    ]
    assert long == []


def length(function: ast.FunctionDef) -> int:
    """Lines of the body; the signature, which keyword-only arguments make long, and the docstring do not count."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_file_has_a_name_without_meaning() -> None:
    named_badly = [path for path in modules(*OURS) if path.name in NAMES_WITHOUT_MEANING]
    layers = [path for path in modules(ROOT / "src") if path.name == "services.py"]
    named_badly += [path for path in layers if not set(NOUN_FOLDERS) & set(path.parents)]
    assert named_badly == []


def test_public_classes_and_actions_say_what_they_are_for() -> None:
    silent = [
        f"{source_position(path, node)} {node.name}"
        for path in modules(PACKAGE)
        for node in parse_source(path).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and must_speak(path.stem, path.parent.name, node)
        and ast.get_docstring(node) is None
    ]
    assert silent == []


def must_speak(module: str, folder: str, node: ast.ClassDef | ast.FunctionDef) -> bool:
    """Models, rules and actions; classes that only carry queries or managers explain themselves by their methods."""
    if node.name.startswith("_") or node.name.endswith(("QuerySet", "Manager")):
        return False
    return module in {"models", "rules", "actions"} or folder == "actions"


def manual(name: str) -> str:
    """The text of a page in ``docs/``; empty if nobody has written it."""
    page = ROOT / "docs" / name
    return page.read_text("utf-8") if page.exists() else ""


def test_each_folder_is_in_the_architecture() -> None:
    folders = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    page = manual("architecture.md")
    assert [name for name in folders if not re.search(rf"\b{name}/", page)] == []


def test_each_setting_is_in_the_operations_manual() -> None:
    settings = (PACKAGE / "config" / "settings.py").read_text("utf-8")
    read = set(re.findall(r"\benv\.\w+\(\s*\"(COMMERCE_\w+)\"", settings))
    assert "COMMERCE_URL" in read
    page = manual("operations.md")
    assert sorted(name for name in read if not re.search(rf"\b{name}\b", page)) == []


def test_decisions_are_numbered_without_gap() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
