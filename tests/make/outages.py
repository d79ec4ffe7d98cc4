"""A database that cannot serve, for real: seen from a thread whose connections are made anew."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from tests.databases import migrated

IS_SQLITE = connection.vendor == "sqlite"
LONG_STATEMENT = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000000) SELECT max(i) FROM n"
    if IS_SQLITE
    else "SELECT pg_sleep(30)"
)
"""A statement of half a minute, for which nobody waits."""


def in_new_thread[R](act: Callable[[], R]) -> R:
    """What ``act`` returns in a thread of its own, whose connections are its own, too."""
    found: list[R] = []

    def run() -> None:
        try:
            found.append(act())
        finally:
            raw = connection.connection
            connections.close_all()
            if IS_SQLITE and raw is not None:
                raw.close()  # Django keeps a database in memory open

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    [one] = found
    return one


@contextmanager
def connection_settings(**settings: Any) -> Iterator[None]:
    """New connections are made with these settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setitem(connections.settings["default"], name, value)
        yield


def database_away() -> Any:
    """No database is where it should be."""
    return connection_settings(
        **({"NAME": "/nowhere/at/all"} if IS_SQLITE else {"HOST": "/nowhere"})
    )


def database_read_only(folder: Path) -> Any:
    """It answers, and takes nothing."""
    options = connections.settings["default"]["OPTIONS"]
    if not IS_SQLITE:
        only = "-c default_transaction_read_only=on"
        return connection_settings(OPTIONS=options | {"options": only})
    kept = {name: value for name, value in options.items() if name != "init_command"}
    return connection_settings(NAME=f"file:{migrated()}?mode=ro&immutable=1", OPTIONS=kept)
