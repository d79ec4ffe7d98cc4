"""Reading our own source: what the tests of the house's rules share."""

import ast
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "commerce"
DOORS = ("api", "portal", "webhooks", "backoffice")


def modules(*folders: Path) -> list[Path]:
    """All Python files below these folders, migrations left out."""
    found = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def doors() -> list[Path]:
    """The Python files of the doors."""
    return modules(*(PACKAGE / door for door in DOORS))


def files_named(*names: str) -> list[Path]:
    """The files that each app may have under these names: ``actions`` is ``actions.py`` or a folder ``actions``."""
    return [
        path
        for path in modules(PACKAGE)
        if any(part in names for part in (path.stem, path.parent.name))
    ]


@cache
def parse_source(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def nodes(tree: ast.AST) -> Sequence[ast.AST]:
    """What ``ast.walk`` gives, in a third of its time; of a whole module only once."""
    return _nodes_of_module(tree) if isinstance(tree, ast.Module) else _nodes(tree)


def _nodes(tree: ast.AST) -> list[ast.AST]:
    found = [tree]
    for node in found:  # it grows meanwhile
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [one for one in value if isinstance(one, ast.AST)]
    return found


_nodes_of_module = cache(_nodes)


def source_position(path: Path, node: ast.AST) -> str:
    """Where a finding stands: ``src/commerce/kit/money.py:12``."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


@cache
def calls(node: ast.AST) -> tuple[ast.Call, ...]:
    return tuple(inner for inner in nodes(node) if isinstance(inner, ast.Call))


def method_name(call: ast.Call) -> str:
    """The name after the last dot of what is called; empty if it is not a method."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def function_name(call: ast.Call) -> str:
    """The plain name that is called; empty if it is a method."""
    return call.func.id if isinstance(call.func, ast.Name) else ""


@cache
def tracked() -> list[Path]:
    """The files that git has or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
