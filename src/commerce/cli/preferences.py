"""Commands about the settings that staff edit; what belongs to the machine is in the environment instead."""

import json

import click

from commerce.cli import ready
from commerce.cli.clients import operator


@click.group()
def setting() -> None:
    """Read and change the company's settings."""


@setting.command()
@click.argument("key")
def get(key: str) -> None:
    """Print the value of KEY."""
    ready.django()
    from commerce.kit.errors import Refused
    from commerce.preferences import current
    from commerce.preferences.keys import KEYS

    if key not in KEYS:
        raise Refused(f"There is no setting {key}. `commerce setting list` has them all.")
    click.echo(shown(current.get(key)))


@setting.command("set")
@click.argument("key")
@click.argument("value")
def set_(key: str, value: str) -> None:
    """Change KEY to VALUE; it counts at once, on every node.

    Another time zone counts from the next daily run.
    """
    ready.django()
    from commerce.kit import clock
    from commerce.preferences.actions import set_preference

    after = set_preference(key=key, value=value, at=clock.now(), actor=operator())
    ready.say(f"{key} is now {shown(after) or 'empty'}.")


@setting.command("list")
@click.option("--changed", is_flag=True, help="Only those that differ from their default.")
def list_(*, changed: bool) -> None:
    """List all settings with their value and meaning; a changed one has a star."""
    ready.django()
    from commerce.preferences import current
    from commerce.preferences.keys import KEYS

    with current.remembered():
        values = {key: current.get(key) for key in KEYS}
    rows = [
        (key, "*" if values[key] != known.default else " ", shown(values[key]), known.meaning)
        for key, known in KEYS.items()
        if not changed or values[key] != known.default
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for row in rows:
        click.echo("  ".join((*map(str.ljust, row[:3], widths), row[3])))


def shown(value: object) -> str:
    """A value in the form in which `set` takes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)
