"""Settings of an adapter at the command line, be it of a gateway or a registrar: shown, typed and set."""

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from commerce.cli.lookup import operator_context
from commerce.config import console
from commerce.site_settings.actions import stored_secrets
from commerce.site_settings.adapter_fields import AdapterField, set_adapter_field, shown_fields

confirm_option = click.option(
    "--confirm", is_flag=True, help="Save even if the account there lacks what you have in it."
)


def field_records(prefix: str, fields: Iterable[AdapterField]) -> list[dict[str, Any]]:
    """The fields of ``show``; secrets only as set or not set."""
    return [
        {
            "field": shown.field.name,
            "value": shown.value or ("not set" if shown.field.secret else ""),
            "required": shown.field.required,
            "secret": shown.field.secret,
            "description": str(shown.field.help or shown.field.label),
        }
        for shown in shown_fields(prefix, fields)
    ]


def set_field(
    prefix: str,
    field: AdapterField,
    value: str | None,
    *,
    clear: bool,
    is_confirmed: bool = False,
) -> None:
    """Set a field to what was given as an argument, typed at the terminal or piped, and say so.

    Raises ``click.UsageError`` for a secret among the arguments, where the shell's history keeps it.
    """
    if value is not None and (field.secret or clear):
        why = "with --clear" if clear else "for secrets; type or pipe it"
        raise click.UsageError(f"Omit VALUE {why}.")
    if not clear and value is None:
        value = typed_value(field)
    with forgotten_told(f"{prefix}.{field.name}"):
        typed, ctx = None if clear else value, operator_context()
        shown = set_adapter_field(prefix, field, typed, ctx, is_confirmed=is_confirmed)
        none = "not set" if field.secret else "empty"
        console.print_message(f"{field.name} of {prefix.partition('.')[2]} is now {shown or none}.")


@contextmanager
def forgotten_told(key: str) -> Iterator[None]:
    """Say which secrets did not outlive the change of a setting that says where they are sent."""
    before = stored_secrets(key)
    yield
    if gone := before - stored_secrets(key):
        say_forgotten(gone, "commerce setting set")


def say_forgotten(secrets: Iterable[str], command: str) -> None:
    """They were not taken to another address: the operator types them again."""
    names = ", ".join(sorted(secrets))
    console.print_message(
        f"Deleted, because it's now sent to a different address: {names}. Set it again with `{command}`.",
        level=logging.WARNING,
    )


def typed_value(field: AdapterField) -> str:
    """What is typed at the terminal, unseen if it is a secret, or comes through a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.read().strip()
    typed: str = click.prompt(field.name, default="", show_default=False, hide_input=field.secret)
    return typed
