"""Loading Django when a command needs it, and not before: that takes half a second, which no help text is worth."""

import atexit
import gc
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

log = logging.getLogger(__name__)


def load_django(*, accept_new_key_ring: bool = False) -> None:
    """Load the settings and all apps. Raises ``ConfigurationError`` for a variable that cannot be used.

    A key ring that was lost stops every command but the one that gives up what was under it (``accept_new_key_ring``).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commerce.config.settings")
    import django as framework

    with without_collector():
        framework.setup()
    from django.db import connections

    from commerce.config import key_files

    atexit.register(
        connections.close_all
    )  # nothing else does: the collector looks for them no more

    if key_files.created_key_files and not accept_new_key_ring:
        from commerce.config.encrypted_data import reject_new_key_ring

        reject_new_key_ring()


@contextmanager
def without_collector() -> Iterator[None]:
    """What is loaded in this block stays for good: the collector looks at none of it, neither now nor when the process
    ends, which was a quarter of what a command took.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def is_django_loaded() -> bool:
    """Whether the apps are there already, as in a test."""
    registry = sys.modules.get("django.apps")
    return registry is not None and registry.apps.ready


def load_django_apart(folder: str) -> None:
    """Load Django with an empty installation in ``folder``: for what the release can say without this machine's own."""
    os.environ["COMMERCE_DATA_DIR"] = folder
    for variable in ("COMMERCE_DATABASE_URL", "COMMERCE_DATABASE_URL_FILE"):
        os.environ.pop(variable, None)
    load_django()


_runs_on = False


def log_from_now_on() -> None:
    """This process runs on, perhaps for months: from now on what it says, and what it dies of, are lines of the log.

    Needs the settings.
    """
    global _runs_on
    from commerce.config import log_config

    log_config.log_crashes()
    _runs_on = True


def print_message(text: str, *, level: int = logging.INFO) -> None:
    """A message for people; of a process that runs on, a line of the log, which a person at a terminal sees as text.

    Where the log goes to files only, nobody sees the latter.
    """
    seen = not _runs_on or (sys.stderr.isatty() and _logs_to_stderr())
    if seen:
        click.echo(text, err=True)
        sys.stderr.flush()
    if _runs_on:
        log.log(level, "%s", text, extra={"seen": seen})


def _logs_to_stderr() -> bool:
    from commerce.kit import json_log

    return json_log.writes_to_stderr()


def table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of texts with their columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(map(str.ljust, row, widths)).rstrip())


@contextmanager
def print_step(text: str) -> Iterator[None]:
    """Say what is going on, and how long it took if that was more than a second."""
    print_message(f"{text} …")
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    if seconds > 1:
        print_message(f"  done in {seconds:.1f} s")


@contextmanager
def print_progress(text: str) -> Iterator[Callable[[str], None]]:
    """One line that says what is going on, to whose end the block tells each part; it goes when the block ends.

    A file or a pipe gets the line alone.
    """
    rewrites = sys.stderr.isatty()

    def tell(part: str) -> None:
        if rewrites:
            line = f"{text} … {part}"[: shutil.get_terminal_size().columns - 1]
            click.echo(f"\r\x1b[K{line}", err=True, nl=False)

    if not rewrites:
        print_message(f"{text} …")
    try:
        tell("")
        yield tell
    finally:
        if rewrites:
            click.echo("\r\x1b[K", err=True, nl=False)
