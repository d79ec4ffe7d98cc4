"""Rows that are written at the end of an act: once, in order, and only with what they tell of (decision 163)."""

from collections.abc import Sequence
from contextlib import suppress

import pytest
from django.db import transaction

from commerce.db.later_rows import rows_written_at_end, write_rows

pytestmark = pytest.mark.django_db
written: list[list[str]] = []


@pytest.fixture(autouse=True)
def _nothing_written() -> None:
    written.clear()


def plain(rows: Sequence[str]) -> None:
    written.append(list(rows))


def with_more(rows: Sequence[str]) -> None:
    written.append(list(rows))
    write_rows(plain, [f"more of {row}" for row in rows])


def test_rows_of_a_kind_are_written_together_at_the_end_and_otherwise_at_once() -> None:
    write_rows(plain, ["before"])
    with rows_written_at_end():
        for row in ("a", "b"):
            write_rows(with_more, [row])
            write_rows(plain, [row])
        assert written == [["before"]]
    assert written[1:] == [["a", "b"], ["a", "b", "more of a", "more of b"]]


def test_what_fails_leaves_nothing_to_be_written() -> None:
    with suppress(ValueError), rows_written_at_end():
        write_rows(plain, ["a"])
        raise ValueError
    write_rows(plain, ["b"])
    assert written == [["b"]]


def test_rows_of_a_savepoint_go_with_it() -> None:
    with transaction.atomic(), rows_written_at_end():
        with transaction.atomic(savepoint=False):  # it is undone with the whole alone
            write_rows(plain, ["a"])
        with transaction.atomic():
            write_rows(plain, ["b"])
        assert written == [["b"]]
        with rows_written_at_end():
            write_rows(plain, ["c"])
        assert written == [["b"], ["c"]]
    assert written == [["b"], ["c"], ["a"]]
