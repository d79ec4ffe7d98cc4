"""`docs/staff-pages.md`: each command stands beside the page that does the same, or beside why there is none."""

import re
from collections.abc import Iterator

import click
from django.urls import Resolver404, resolve

from commerce.cli.root import commerce
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "staff-pages.md").read_text("utf-8")
ROWS = [line.split("|")[1:3] for line in PAGE.splitlines() if line.startswith("| `")]


def commands(group: click.Group = commerce, path: str = "") -> Iterator[str]:
    """All commands that do something, without the groups that hold them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        whole = f"{path} {name}".strip()
        if isinstance(found, click.Group):
            yield from commands(found, whole)
        else:
            yield whole


def test_each_command_is_in_the_table_once_and_no_other_is() -> None:
    written = [name for cell, _page in ROWS for name in re.findall(r"`([^`]+)`", cell)]
    assert sorted(written) == sorted(commands())


def _is_page(address: str) -> bool:
    try:
        resolve(address.replace("ID", "1"), urlconf="commerce.config.staff_urls")
    except Resolver404:
        return False
    return True


def test_each_page_that_it_names_is_there() -> None:
    named = set(re.findall(r"`(/admin[^`]*)`", PAGE))
    assert sorted(one for one in named if not _is_page(one)) == []
