"""The rules of the `commerce` command: where its files import, and which help shows an example."""

import ast
import shlex
from collections.abc import Iterator

import click
import pytest

from commerce.cli.root import commerce
from tests.house.source import PACKAGE, modules, nodes, parse_source, source_position

BEFORE_DJANGO = {
    "__init__.py": "what it opens is private before anything is imported",
    "root.py": "an error of Django is only one if Django is there",
    "system/demo.py": "the demo's environment comes before the settings that read it",
    "system/serve.py": "the number of workers comes before the settings that read it",
    "databases/restore.py": "the keys of the backup come before the settings that read them",
}
"""The files that run before Django is loaded, and why: only these import inside functions."""


def test_commands_import_at_the_top_of_their_files() -> None:
    folder = PACKAGE / "cli"
    inside = {
        path: source_position(path, node)
        for path in modules(folder)
        for function in nodes(parse_source(path))
        if isinstance(function, ast.FunctionDef)
        for node in nodes(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    excepted = {folder / name for name in BEFORE_DJANGO}
    assert [position for path, position in inside.items() if path not in excepted] == []
    assert excepted <= inside.keys(), "an exception that is none any more"


def leaves(group: click.Group = commerce, path: tuple[str, ...] = ()) -> Iterator[click.Context]:
    """Each command that does something, with the words that lead to it as the name of its context."""
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            if isinstance(command, click.Group):
                yield from leaves(command, (*path, name))
            elif command is not None:
                yield click.Context(command, info_name=" ".join([*path, name]))


def examples(command: click.Context) -> list[list[str]]:
    """The calls that the help of a command ends with, each as its words."""
    _, _, shown = (command.command.help or "").partition("\b\nExample")
    _, _, lines = shown.partition(":\n")
    return [shlex.split(line) for line in lines.splitlines() if line.strip()]


def test_the_help_of_what_is_not_obvious_ends_with_an_example() -> None:
    silent = [
        command.info_name
        for command in leaves()
        if (
            sum(param.required for param in command.command.params) > 2
            or any("=" in (param.metavar or "") for param in command.command.params)
        )
        and not examples(command)
    ]
    assert silent == []


@pytest.mark.parametrize("command", list(leaves()), ids=lambda command: command.info_name)
def test_an_example_is_a_call_that_is_understood(command: click.Context) -> None:
    for words in examples(command):
        path = ["commerce", *str(command.info_name).split()]
        assert words[: len(path)] == path
        command.command.make_context(words[len(path) - 1], words[len(path) :])
