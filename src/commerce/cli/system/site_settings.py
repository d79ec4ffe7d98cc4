"""Commands about the settings that staff edit; what belongs to the machine is in the environment instead."""

from typing import BinaryIO

import click

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
    """Read and change the company's settings."""


@setting.command()
@click.argument("key")
def get(key: str) -> None:
    """Print the value of KEY, as `set` takes it; of a secret only whether it is set."""
    if key not in SETTING_DEFINITIONS:
        raise BusinessError("setting.unknown", key=key)
    click.echo(SETTING_DEFINITIONS[key].display(current.get_setting(key)))


@setting.command("set")
@click.argument("key")
@click.argument("value", required=False)
def set_(key: str, value: str | None) -> None:
    """Change KEY to VALUE; it counts at once, on every node.

    Without VALUE it is asked for, which keeps a secret off the screen and out of the shell's history. Another time
    zone counts from the next daily run.
    """
    if value is None:
        hidden = key in SETTING_DEFINITIONS and SETTING_DEFINITIONS[key].secret
        value = click.prompt(key, default="", show_default=False, hide_input=hidden)
    assert value is not None
    after = set_setting(key=key, value=value, ctx=operator_context())
    console.print_message(f"{key} is now {SETTING_DEFINITIONS[key].display(after) or 'empty'}.")


@setting.command()
@click.argument("key")
@click.argument("file", type=click.File("rb"))
def upload(key: str, file: BinaryIO) -> None:
    """Change KEY, branding.logo or branding.favicon, to the picture in FILE; it counts at once, on every node.

    PNG, JPEG or WebP of at most 2 MB. It is drawn anew, without what a camera noted: a logo within 640 x 160 pixels,
    an icon within a square of 128. `reset` takes it away.
    """
    content = file.read(pictures.MAX_PICTURE_BYTES + 1)
    name = upload_setting_picture(key=key, content=content, ctx=operator_context())
    width, height = pictures.picture_size_from_name(name)
    console.print_message(f"{key} is now a picture of {width} x {height} pixels.")


@setting.command()
@click.argument("key")
def reset(key: str) -> None:
    """Give KEY its default again; a secret is forgotten, a picture deleted."""
    after = reset_setting(key=key, ctx=operator_context())
    console.print_message(f"{key} is now {SETTING_DEFINITIONS[key].display(after) or 'empty'}.")


@setting.command("list")
@click.option("--changed", is_flag=True, help="Only those that differ from their default.")
@json_option
def list_(*, changed: bool, as_json: bool) -> None:
    """List all settings with their value and meaning.

    A changed one has a star; a secret is only said to be set.
    """
    with cached_for_request():
        values = {key: current.get_setting(key) for key in SETTING_DEFINITIONS}
    records = [
        {
            "key": key,
            "value": definition.display(values[key]),
            "changed": values[key] != definition.default,
            "secret": definition.secret,
            "description": definition.description,
        }
        for key, definition in SETTING_DEFINITIONS.items()
        if not changed or values[key] != definition.default
    ]
    rows = [{**record, "changed": "*" if record["changed"] else " "} for record in records]
    table = pick(rows, "key", "changed", "value", "description")
    print_list(records, as_json=as_json, none="Nothing is changed.", table=table)
