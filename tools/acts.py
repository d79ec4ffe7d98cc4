"""`make acts`: all that can be done, told from the code: docs/acts, with a page for each part of the staff area.

A button and a command are the same act where both come to the same action. `tests/house/test_acts.py` fails while
the pages are not as this writes them.
"""

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import click
import django

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "acts"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commerce.config.settings")
django.setup()

from django.db.models import Model  # noqa: E402
from django.urls import URLPattern  # noqa: E402
from django.utils.translation import override  # noqa: E402

from commerce.backoffice.base.actions import RecordAction  # noqa: E402
from commerce.backoffice.base.pages import Access, Needed, permissions_of  # noqa: E402
from commerce.backoffice.reference.described import DescribedAction, describe  # noqa: E402
from commerce.backoffice.reference.source import actions_behind  # noqa: E402
from commerce.backoffice.reference.values import plain_function  # noqa: E402
from commerce.backoffice.site import staff_site  # noqa: E402
from commerce.billing.tax.actions import refresh_vat_check  # noqa: E402
from commerce.cli.acts import ActCommand  # noqa: E402
from commerce.cli.root import commerce  # noqa: E402
from commerce.dns.actions.checks import ask_parent_ds  # noqa: E402
from commerce.presentation.records import RecordFields  # noqa: E402

PREPARATIONS = {plain_function(refresh_vat_check), plain_function(ask_parent_ds)}
"""What is asked of the world before an action; to share it makes no act the same."""

PARTS = {
    "people": ("clients.md", "Clients and their members"),
    "sales": ("sales.md", "Orders, services and requests"),
    "money": ("money.md", "Invoices, payments and credit"),
    "catalog": ("catalog.md", "Catalog, currencies, taxes and prices"),
    "domains": ("domains.md", "Domains, zones and TLDs"),
    "content": ("content.md", "Content"),
    "staff": ("staff.md", "Staff"),
    "system": ("system.md", "Servers, jobs and emails"),
}
"""The rooms of the staff area whose records can be changed: a file, and what it is about."""

INTRODUCTION = """\
# Everything that can be done

Made by `make acts` from the code; nothing here is written by hand. Whoever changes what can be done runs it again.
The same stands in the staff area behind **What can be done here**, above each list.

* **Staff** need the named permission, and **members** the named right, where they can do the same in their portal.
* **Not while** has the codes of the errors, and what they say; `…` stands for a value. Where it lacks, the record
  always takes the act.
* **Audit log** has the entries that it may write, with all that follows in the same transaction. What a job does later
  is not among them.
* **Act** is the key by which programs know it. [The staff API](../staff-api.md) does what has one, at the path of its
  page below `/api/staff/v1/` in place of `/admin/`.
* `ID` is the number of a record. Commands and pages that stand together call the same action: they refuse the same and
  leave the same entries.

| Page | Kinds of records |
|---|---|
"""
COMMANDS = """\
# Commands

Each command, and the pages of the staff area that do or show the same.
[The operations manual](../operations.md#the-commands) says how they are used, and why some have no page.

| Command | What it does | Page |
|---|---|---|
"""
PAGES = """\
# Pages of the staff area

Each address, what reading it needs, what sending its form needs, and the commands that do the same.

| Page | Read | Send | Commands |
|---|---|---|---|
"""


def written_pages() -> dict[str, str]:
    """The text of each file of docs/acts, by its name."""
    with override(None):
        parts = {name: _part(room, title) for room, (name, title) in PARTS.items()}
        return {
            "README.md": _introduction(),
            **parts,
            "commands.md": COMMANDS + "".join(map(_command_row, sorted(commands()))),
            "pages.md": PAGES + "".join(map(_page_row, sorted(routes(), key=address_of))),
        }


@cache
def commands() -> dict[str, click.Command]:
    """Each command that does something, by its words."""
    return dict(_commands(commerce, ""))


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        whole = f"{path} {name}".strip()
        if isinstance(found, click.Group):
            yield from _commands(found, whole)
        elif found:
            yield whole, found


@cache
def routes() -> dict[str, str]:
    """The route below ``/admin/`` of each page, by its URL name."""
    return {
        str(one.name): str(one.pattern)
        for one in staff_site.get_urls()
        if isinstance(one, URLPattern)
    }


def address_of(name: str) -> str:
    """The address of a page: ``/admin/services/ID/rename``."""
    return f"/admin/{re.sub(r'<(?:\w+:)?(\w+)>', _place, routes()[name])}".rstrip("/")


def _place(found: re.Match[str]) -> str:
    return "ID" if found[1] in ("object_id", "pk", "key") else found[1].upper()


# --- what calls the same action ---------------------------------------------------------------------------------------


@cache
def actions_of_commands() -> dict[str, set[FunctionType]]:
    return {name: _actions_of_command(one) for name, one in commands().items()}


def _actions_of_command(command: click.Command) -> set[FunctionType]:
    if isinstance(command, ActCommand):
        return {found for found in [plain_function(command.act.action)] if found}
    return set(actions_behind(command.callback)) - PREPARATIONS if command.callback else set()


@cache
def actions_of_pages() -> dict[str, set[FunctionType]]:
    """By URL name."""
    found = {
        page.name: set(actions_behind(page.view))
        for room in staff_site.rooms
        for page in room.pages
    }
    for _owner, action, name in buttons():
        does = action.act.action if action.act else action.run
        plain = (
            {plain_function(does)} if action.act else set(actions_behind(does)) if does else set()
        )
        found[name] = {one for one in plain if one} - PREPARATIONS
    return found


def buttons() -> Iterator[tuple[Any, RecordAction, str]]:
    """Each button of a record or a list, with its URL name; empty where another page does it."""
    for record_admin in staff_site.record_admins:
        for action in record_admin.list_actions:
            yield record_admin, action, record_admin.action_name(action, of_list=True)
        for action in record_admin.record_actions:
            yield record_admin, action, "" if action.leads_to else record_admin.action_name(action)


def commands_like(page: str) -> list[str]:
    """The commands that do what a page does."""
    mine = actions_of_pages().get(page, set())
    return [name for name, actions in actions_of_commands().items() if actions & mine]


def pages_like(command: str) -> list[str]:
    """The addresses of the pages that do or show what a command does."""
    mine = actions_of_commands()[command]
    same = [name for name, actions in actions_of_pages().items() if name and actions & mine]
    return sorted(map(address_of, same)) or _pages_that_show(command)


def _pages_that_show(command: str) -> list[str]:
    """The list, or the record's page, of that which a command shows."""
    shown = _models_in(commands()[command].callback)
    for model in shown:
        for record_admin in staff_site.record_admins:
            if record_admin.model is model:
                is_list = command.endswith("list") or not record_admin.has_record_page
                end = "changelist" if is_list else "change"
                return [address_of(f"{record_admin.names}_{end}")]
    return []


def _models_in(callback: Callable[..., Any] | None) -> Iterator[type[Model]]:
    """The models that a function names: by their fields, as themselves, or by who finds a row."""
    plain = plain_function(callback)
    for name in plain.__code__.co_names if plain else ():
        found = plain.__globals__.get(name) if plain else None
        if isinstance(found, RecordFields):
            yield found.model
        kind = (
            found
            if isinstance(found, type)
            else getattr(found, "__annotations__", {}).get("return")
        )
        if isinstance(kind, type) and issubclass(kind, Model):
            yield kind


# --- the pages --------------------------------------------------------------------------------------------------------


def _introduction() -> str:
    rows = [
        f"| [{title}]({name}) | {', '.join(str(one.label) for one in _kinds(room))} |\n"
        for room, (name, title) in PARTS.items()
    ]
    ends = [
        f"| [Commands](commands.md) | all {len(commands())} |\n",
        f"| [Pages](pages.md) | all {len(routes())} of the staff area |\n",
    ]
    return INTRODUCTION + "".join([*rows, *ends])


def _kinds(room: str) -> list[Any]:
    """The kinds of records of a room with which anything can be done."""
    prefix = f"commerce.backoffice.{room}."
    return [
        one
        for one in staff_site.record_admins
        if type(one).__module__.startswith(prefix) and one.has_actions
    ]


def _part(room: str, title: str) -> str:
    sections = [f"# {title}\n"]
    for record_admin in _kinds(room):
        sections.append(
            f"\n## {record_admin.label}\n\n`/admin/{record_admin.slug}`, {_needed(record_admin.view_permission)}.\n"
        )
        sections += [
            _section(describe(action), name)
            for owner, action, name in buttons()
            if owner is record_admin
        ]
    return "".join(sections)


def _section(one: DescribedAction, name: str) -> str:
    said = commands_like(name)
    places = [f"`{address_of(name)}`"] if name else ["Another page"]
    lines = [
        f"\n### {one.action.label}\n\n",
        ", ".join([*places, *(f"`commerce {x}`" for x in said)]),
        "\n\n",
    ]
    if one.act:
        lines.append(f"* Act: `{one.act.key}`\n")
    lines.append(f"* Staff: {_needed(one.action.permission)}{_asked(one.action)}\n")
    lines += [f"* Members: with `{right}`\n" for right in one.rights]
    if one.reasons:
        lines.append("* Not while:\n")
        lines += [f"  * {_reason(code, text)}\n" for code, text in one.reasons.items()]
    if one.entries:
        lines.append(f"* Audit log: {', '.join(f'`{key}`' for key in one.entries)}\n")
    return "".join(lines)


def _reason(code: str, text: str) -> str:
    return text if code == text or " " in code else f"`{code}`: {text}"


def _asked(action: RecordAction) -> str:
    asked = [
        *(["a reason"] if action.asks_reason else []),
        *(["their password"] if action.asks_password else []),
        *(["their password with some values"] if action.asks_password_if else []),
    ]
    return f"; they give {' and '.join(asked)}" if asked else ""


def _needed(needed: Needed | None) -> str:
    if needed is None:
        return "–"
    if isinstance(needed, Access):
        return "anyone" if needed is Access.PUBLIC else "all staff"
    joined = " or " if isinstance(needed, frozenset) else " and "
    with_all = joined.join(f"`{one}`" for one in permissions_of(needed))
    return f"with {with_all}" if with_all else "all staff"


def _command_row(name: str) -> str:
    command = commands()[name]
    about = command.get_short_help_str(200).rstrip(".").replace("|", "\\|")
    return f"| `{name}` | {about} | {_listed(pages_like(name))} |\n"


def _page_row(name: str) -> str:
    rule = staff_site.rules[name]
    read, write = _needed(rule.read), _needed(rule.write)
    return f"| `{address_of(name)}` | {read} | {write} | {_listed(commands_like(name))} |\n"


def _listed(several: list[str]) -> str:
    return ", ".join(f"`{one}`" for one in several) or "–"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    pages = written_pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (FOLDER / name).write_text(text, "utf-8")
    print(f"Wrote {len(pages)} pages to docs/acts.")


if __name__ == "__main__":
    main()
