"""Sixty daily runs, and one after sixty days off: the same books for all that needs nobody to pay (billing.md 10, R11).

What is free, and what credit pays at issue, is equal to the unit; of everything else days may differ, but no number
is left out, and the proof holds in both.
"""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.server.running import environment, once

pytestmark = once

DAYS = [date(2028, 2, 29) + timedelta(days=n) for n in range(1, 61)]
"""After that of ``test_build``, whose demo is the same."""

CLAIMS = """
    SELECT s.domain, c.period_start, c.period_end, c.status, c.net, c.tax FROM billing_billedperiod c
    JOIN hosting_service s ON s.id = c.service_id JOIN accounts_client a ON a.id = s.client_id
    WHERE a.email = 'frida@example.com' ORDER BY 1, 2
"""
DUE = """
    SELECT s.domain, s.status, s.next_due_date FROM hosting_service s
    JOIN accounts_client a ON a.id = s.client_id WHERE a.email = 'frida@example.com' ORDER BY 1
"""
CREDIT = """
    SELECT a.email, c.currency_code, c.balance FROM billing_creditaccount c
    JOIN accounts_client a ON a.id = c.client_id WHERE a.email = 'frida@example.com'
"""
HISTORY = 58
"""Numbered invoices on the day of building."""

NUMBERS = "SELECT number FROM billing_invoice WHERE number IS NOT NULL ORDER BY id"


OF_RUNS = ("runs_dailyrun", "runs_dailyrunstep", "sqlite_sequence")
"""What a run leaves although it does nothing."""


def live(data: Path, *days: date) -> None:
    command = [sys.executable, "-m", "tests.demo.own_process", "daily", *map(str, days)]
    done = subprocess.run(
        command,
        env=environment(data, COMMERCE_DEMO="1"),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sqlite3.Connection, ...]]:
    """The books of an installation that ran every day, and of one that was off until the last."""
    made = databases.demo_of_leap_day()
    each, late = (shutil.copytree(made, tmp_path_factory.mktemp("demo") / n) for n in "ab")
    live(each, *DAYS)
    live(late, DAYS[-1])
    books = [sqlite3.connect(data / "commerce.sqlite3") for data in (each, late)]
    yield tuple(books)
    for one in books:
        one.close()


def everything(data: Path) -> list[str]:
    """All rows of a database, but those of the runs themselves."""
    books = sqlite3.connect(data / "commerce.sqlite3")
    try:
        said = [line for line in books.iterdump() if line.startswith("INSERT INTO")]
    finally:
        books.close()
    return [line for line in said if line.split('"')[1] not in OF_RUNS]


def test_more_runs_on_one_day_change_nothing(
    two: tuple[sqlite3.Connection, ...], tmp_path: Path
) -> None:
    """R10, with a whole company: what the first of these leaves as it was, the three hundredth finds like it.

    Three hundred of a smaller company are in `runs/test_runner.py`.
    """
    folder = Path(rows(two[0], "PRAGMA database_list")[0][2]).parent
    again = Path(shutil.copytree(folder, tmp_path / "again"))
    before = everything(again)
    live(again, *[DAYS[-1]] * 2)
    assert everything(again) == before


def rows(books: sqlite3.Connection, sql: str) -> list[tuple[Any, ...]]:
    return books.execute(sql).fetchall()


@pytest.mark.parametrize("sql", [CLAIMS, DUE, CREDIT])
def test_what_needs_nobody_is_the_same(two: tuple[sqlite3.Connection, ...], sql: str) -> None:
    each, late = (rows(books, sql) for books in two)
    assert each
    assert each == late


def test_there_is_something_to_compare(two: tuple[sqlite3.Connection, ...]) -> None:
    """Free periods are waived, credit has paid the others, and both kinds have come round more than once."""
    for books in two:
        statuses = [status for _, _, _, status, _, _ in rows(books, CLAIMS)]
        assert statuses.count("waived") >= 2
        assert statuses.count("paid") >= 4
        assert set(statuses) == {"waived", "paid"}
        assert rows(books, CREDIT)[0][2] > 0


def test_no_number_is_left_out(two: tuple[sqlite3.Connection, ...]) -> None:
    for books in two:
        numbers = [number for (number,) in rows(books, NUMBERS)]
        assert len(numbers) > HISTORY
        assert numbers == [f"INV-{n:04d}" for n in range(1, len(numbers) + 1)]
