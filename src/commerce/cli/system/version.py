"""`commerce version`: which release this is."""

import click

from commerce import __version__


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"commerce {__version__}")
