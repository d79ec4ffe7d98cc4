"""Commands about the settings that staff edit; what belongs to the machine is in the environment instead."""

from typing import BinaryIO

import click

from commerce.cli import ready
from commerce.cli.clients import operator


@click.group()
def setting() -> None:
    """Read and change the company's settings."""


@setting.command()
@click.argument("key")
def get(key: str) -> None:
    """Print the value of KEY, as `set` takes it; of a secret only whether it is set."""
    ready.django()
    from commerce.kit.errors import Refused
    from commerce.preferences import current
    from commerce.preferences.keys import KEYS

    if key not in KEYS:
        raise Refused(f"There is no setting {key}. `commerce setting list` has them all.")
    click.echo(KEYS[key].shown(current.get(key)))


@setting.command("set")
@click.argument("key")
@click.argument("value", required=False)
def set_(key: str, value: str | None) -> None:
    """Change KEY to VALUE; it counts at once, on every node.

    Without VALUE it is asked for, which keeps a secret off the screen and out of the shell's history. Another time
    zone counts from the next daily run.
    """
    ready.django()
    from commerce.kit import clock
    from commerce.preferences.actions import set_preference
    from commerce.preferences.keys import KEYS

    if value is None:
        hidden = key in KEYS and KEYS[key].secret
        value = click.prompt(key, default="", show_default=False, hide_input=hidden)
    assert value is not None
    after = set_preference(key=key, value=value, at=clock.now(), actor=operator())
    ready.say(f"{key} is now {KEYS[key].shown(after) or 'empty'}.")


@setting.command()
@click.argument("key")
@click.argument("file", type=click.File("rb"))
def upload(key: str, file: BinaryIO) -> None:
    """Change KEY, branding.logo or branding.favicon, to the picture in FILE; it counts at once, on every node.

    PNG, JPEG or WebP of at most 2 MB. It is drawn anew, without what a camera noted: a logo within 640 x 160 pixels,
    an icon within a square of 128. `reset` takes it away.
    """
    ready.django()
    from commerce.kit import clock, pictures
    from commerce.preferences.actions import upload_picture

    content = file.read(pictures.MOST_BYTES + 1)
    name = upload_picture(key=key, content=content, at=clock.now(), actor=operator())
    width, height = pictures.size_in(name)
    ready.say(f"{key} is now a picture of {width} x {height} pixels.")


@setting.command()
@click.argument("key")
def reset(key: str) -> None:
    """Give KEY its default again; a secret is forgotten, a picture deleted."""
    ready.django()
    from commerce.kit import clock
    from commerce.preferences.actions import reset_preference
    from commerce.preferences.keys import KEYS

    after = reset_preference(key=key, at=clock.now(), actor=operator())
    ready.say(f"{key} is now {KEYS[key].shown(after) or 'empty'}.")


@setting.command("list")
@click.option("--changed", is_flag=True, help="Only those that differ from their default.")
def list_(*, changed: bool) -> None:
    """List all settings with their value and meaning.

    A changed one has a star; a secret is only said to be set.
    """
    ready.django()
    from commerce.preferences import current
    from commerce.preferences.keys import KEYS

    with current.remembered():
        values = {key: current.get(key) for key in KEYS}
    rows = [
        (
            key,
            "*" if values[key] != known.default else " ",
            known.shown(values[key]).replace("\n", " "),
            known.meaning,
        )
        for key, known in KEYS.items()
        if not changed or values[key] != known.default
    ]
    ready.table(rows)
