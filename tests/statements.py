"""Which statements does no test of the run on PostgreSQL try? ``pytest -p tests.statements -m "not browser"``.

Notes on SQLite what each test asks the database, lists of values of any length as one, and tells at the end which
statements only tests have that ``tests/plan.py`` leaves out on PostgreSQL, each with such a test: not the plain ones,
which compare columns with values, join tables by them and put rows in order by them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from tests import plan

_VALUES = re.compile(r"\(?%s(?:\)?, \(?%s)+\)?")
_SAVEPOINTS = ("SAVEPOINT", "RELEASE", "ROLLBACK")
_COLUMN = r'"\w+"(?:\."\w+")?'
_VALUE = rf"(?:%s|\(%s\)|-?\d+|'[^']*'|{_COLUMN})"
_CONDITION = rf"{_COLUMN} (?:(?:=|IN|<|>|<=|>=) {_VALUE}|IS (?:NOT )?NULL)"
_WHERE = rf"(?: WHERE (?:\(|\)| |AND|OR|NOT|{_CONDITION}|{_COLUMN})+?)?"
_SHOWN = rf'(?:{_COLUMN}|1|%s|COUNT\(\*\))(?: AS "\w+")?'
_ORDER = rf"(?:{_COLUMN}|\d+)(?: ASC| DESC)?"
_PLAIN = re.compile(
    rf"SELECT {_SHOWN}(?:, {_SHOWN})* FROM {_COLUMN}"
    rf"(?: (?:INNER|LEFT OUTER) JOIN {_COLUMN} ON \({_COLUMN} = {_COLUMN}\))*{_WHERE}"
    rf"(?: ORDER BY {_ORDER}(?:, {_ORDER})*)?(?: LIMIT \S+)?"
    rf"|INSERT INTO {_COLUMN} \([^()]+\) VALUES (?:%s|\(%s\))(?: RETURNING .*)?"
    rf"|UPDATE {_COLUMN} SET (?:{_COLUMN} = (?:%s|\({_COLUMN} \+ %s\))(?:, )?)+{_WHERE}"
    rf"|DELETE FROM {_COLUMN}{_WHERE}"
)

_asked_by: dict[str, set[str]] = defaultdict(set)
"""The tests that ask it, by statement."""
_running = [""]
_chosen: set[str] = set()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    left_out = set(plan.leave_out(items))
    _chosen.update(item.nodeid for item in items if item not in left_out)
    execute = SQLiteCursorWrapper.execute

    def noted(cursor: Any, query: Any, params: Any = None) -> Any:
        if not str(query).startswith(_SAVEPOINTS):
            _asked_by[str(query)].add(_running[0])
        return execute(cursor, query, params)

    SQLiteCursorWrapper.execute = noted  # type: ignore[method-assign]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _running[0] = item.nodeid
    return (yield)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    for statement, tests in _asked_by.items():
        asked[_VALUES.sub("%s", statement)] |= tests
    missing = {
        one: tests
        for one, tests in asked.items()
        if not tests & _chosen and not _PLAIN.fullmatch(one)
    }
    terminalreporter.section("statements that no test asks on PostgreSQL")
    for one, tests in sorted(missing.items(), key=lambda found: min(found[1])):
        terminalreporter.line(f"{min(tests)}\n    {one[:1000]}")
    terminalreporter.line(f"{len(missing)} of {len(asked)}")
