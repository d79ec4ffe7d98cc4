"""The rules of the `commerce` command: where its files import, and what each list and show prints."""

import ast

from tests.house.source import PACKAGE, modules, parse_source, source_position

BEFORE_DJANGO = {
    "__init__.py": "what it opens is private before anything is imported",
    "root.py": "an error of Django is only one if Django is there",
    "system/demo.py": "the demo's environment comes before the settings that read it",
    "system/serve.py": "the number of workers comes before the settings that read it",
    "system/restore.py": "the keys of the backup come before the settings that read them",
}
"""The files that run before Django is loaded, and why: only these import inside functions."""


def test_commands_import_at_the_top_of_their_files() -> None:
    folder = PACKAGE / "cli"
    inside = {
        path: source_position(path, node)
        for path in modules(folder)
        for function in ast.walk(parse_source(path))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    excepted = {folder / name for name in BEFORE_DJANGO}
    assert [position for path, position in inside.items() if path not in excepted] == []
    assert excepted <= inside.keys(), "an exception that is none any more"
