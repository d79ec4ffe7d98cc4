"""Commands about the settings that staff edit; what belongs to the machine is in the environment instead."""

from typing import BinaryIO

import click

from commerce.cli.adapter_settings import confirm_option, forgotten_told
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, pick, print_list
from commerce.config import console
from commerce.kit import pictures
from commerce.kit.errors import BusinessError
from commerce.kit.request_cache import cached_for_request
from commerce.site_settings import current
from commerce.site_settings.actions import reset_setting, set_setting, upload_setting_picture
from commerce.site_settings.definitions import SETTING_DEFINITIONS


@click.group()
def setting() -> None:
    """Manage settings."""


@setting.command()
@click.argument("key")
def get(key: str) -> None:
    """Print the value of KEY. For secrets, prints only whether they are set."""
    if key not in SETTING_DEFINITIONS:
        raise BusinessError("setting.unknown", key=key)
    click.echo(SETTING_DEFINITIONS[key].display(current.get_setting(key)))


@setting.command("set")
@click.argument("key")
@click.argument("value", required=False)
@confirm_option
def set_(key: str, value: str | None, *, confirm: bool) -> None:
    """Set KEY to VALUE. Takes effect immediately on all nodes.

    Without VALUE, prompts for it, which keeps secrets out of the shell history. A new time zone takes effect with the
    next daily run.
    """
    if value is None:
        hidden = key in SETTING_DEFINITIONS and SETTING_DEFINITIONS[key].secret
        value = click.prompt(key, default="", show_default=False, hide_input=hidden)
    assert value is not None
    with forgotten_told(key):
        ctx = operator_context()
        after = set_setting(key=key, value=value, ctx=ctx, is_confirmed=confirm)
        console.print_message(f"{key} is now {SETTING_DEFINITIONS[key].display(after) or 'empty'}.")


@setting.command()
@click.argument("key")
@click.argument("file", type=click.File("rb"))
def upload(key: str, file: BinaryIO) -> None:
    """Set KEY (branding.logo or branding.favicon) to the image in FILE. Takes effect immediately on all nodes.

    PNG, JPEG, or WebP of up to 2 MB. Logos are scaled to fit 640 x 160 pixels, icons to 128 x 128, and metadata is
    removed. To remove an image, use `reset`.
    """
    content = file.read(pictures.MAX_PICTURE_BYTES + 1)
    name = upload_setting_picture(key=key, content=content, ctx=operator_context())
    width, height = pictures.picture_size_from_name(name)
    console.print_message(f"{key} is now an image of {width} x {height} pixels.")


@setting.command()
@click.argument("key")
@confirm_option
def reset(key: str, *, confirm: bool) -> None:
    """Reset KEY to its default. Deletes secrets and images."""
    with forgotten_told(key):
        after = reset_setting(key=key, ctx=operator_context(), is_confirmed=confirm)
        console.print_message(f"{key} is now {SETTING_DEFINITIONS[key].display(after) or 'empty'}.")


@setting.command("list")
@click.option("--changed", is_flag=True, help="Only settings that differ from their default.")
@json_option
def list_(*, changed: bool, as_json: bool) -> None:
    """List settings with their value and description.

    Changed settings are marked with a star. Secrets aren't shown.
    """
    with cached_for_request():
        values = {key: current.get_setting(key) for key in SETTING_DEFINITIONS}
    records = [
        {
            "key": key,
            "value": definition.display(values[key]),
            "changed": values[key] != definition.default,
            "secret": definition.secret,
            "description": str(definition.description),
        }
        for key, definition in SETTING_DEFINITIONS.items()
        if not changed or values[key] != definition.default
    ]
    rows = [{**record, "changed": "*" if record["changed"] else " "} for record in records]
    table = pick(rows, "key", "changed", "value", "description")
    print_list(records, as_json=as_json, none="No settings have been changed.", table=table)
