"""Loading Django when a command needs it, and not before: that takes half a second, which no help text is worth."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

ID = click.IntRange(1, 2**63 - 1)
"""An id that a database can look for."""


def django() -> None:
    """Load the settings and all apps. Raises ``Misconfigured`` for a variable that cannot be used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commerce.config.settings")
    import django as framework

    framework.setup()


def say(text: str) -> None:
    """A message for people."""
    click.echo(text, err=True)
    sys.stderr.flush()


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what is going on, and how long it took if that was more than a second."""
    say(f"{text} …")
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    if seconds > 1:
        say(f"  done in {seconds:.1f} s")
