"""Plant small faults, one at a time, into the statements of the nightly proof, and tell those that no test finds.

``python tools/mutate_proof.py [-- TEST…]``. The tests (those of the proof that want the exact set of what is told,
unless named) run once. Wherever one of them makes a check, each fault of its statement is tried on the same rows: it is
found where it tells something and the statement tells nothing, or the other way round. What the database refuses is no
fault. Faults in what a row of the report shows are counted, not judged. ``tools/mutate.py`` judges the rest.
"""

import inspect
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

TESTS = [
    f"tests/proof/test_{name}.py"
    for name in (
        "planted",
        "numbers",
        "clean",
        "dates",
        "reasons",
        "ends",
        "books",
        "reversals",
        "owners_and_sums",
    )
]
_TOKEN = re.compile(r"%\(\w+\)s|%%|'[^']*'|[\w.]+|->>|\|\||<>|<=|>=|[^\s\w]")
_NAME = re.compile(r"([a-z]\w*\.)?[a-z]\w*")
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')
_COMPARED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "="}
_COMPUTED = {"+": "-", "-": "+", "*": "+", "/": "*", "%%": "/"}
_SWAPPED = {
    "AND": "OR",
    "OR": "AND",
    "min": "max",
    "max": "min",
    "sum": "max",
}
_OPENS = {"WHERE", "HAVING", "ON", "WHEN"}
_BEFORE_NAMES = {"AS", "FROM", "JOIN", ")"}
_CLOSES = {
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LEFT",
    "JOIN",
    "UNION",
    "LIMIT",
    "WINDOW",
    "THEN",
    "ON",
}
_WORDS = {
    "coalesce",
    "sum",
    "min",
    "max",
    "extract",
    "length",
    "substr",
    "rtrim",
    "count",
    "abs",
    "lag",
    "date",
}
_KINDS = {
    "date": re.compile(r"(date|start|end|until)$"),
    "instant": re.compile(r"(^|_)at$"),
    "id": re.compile(r"(^|_)id$"),
    "text": re.compile(
        r"(status|kind|reason|action|source|name|label|cycle|number|code|email|way|form)$"
    ),
}


class Fault(NamedTuple):
    """``what`` is changed at ``start`` of a statement; ``shown``: in a column of the report."""

    start: int
    what: str
    sql: str
    shown: bool


class Statement:
    """The tokens of a statement, how deep each is nested, and whether it is in what a found row shows."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = list(_TOKEN.finditer(sql))
        self.words = [token[0] for token in self.tokens]
        self.depths, self.shown, self.grouped = [], [], []
        depth, shows, groups = 0, False, False
        for word in self.words:
            depth -= word in (")", "END")
            if depth == 0 and word in ("SELECT", "FROM"):
                shows = word == "SELECT"
            groups = word == "GROUP" or (groups and word != "HAVING")
            self.grouped.append(
                groups and depth == 0
            )  # by a key, so that the columns after it are one
            self.depths.append(depth)
            self.shown.append(shows)
            depth += word in ("(", "CASE")

    def faults(self) -> list[Fault]:
        found: dict[str, Fault] = {}
        for first, last, other in self._changes():
            start, end = self.tokens[first].start(), self.tokens[last].end()
            sql = f"{self.sql[:start]}{other}{self.sql[end:]}"
            before = " ".join(self.sql[start:end].split())
            line = self.sql.count("\n", 0, start)
            around = self.sql.split("\n")[line].strip()
            what = f"{before[:100]} → {other or 'nothing'}   in: {around[:110]}"
            found.setdefault(sql, Fault(start, what, sql, self.shown[first]))
        return [fault for sql, fault in found.items() if sql != self.sql]

    def _changes(self) -> Iterator[tuple[int, int, str]]:
        """From which token to which, and what stands there instead."""
        for at in range(len(self.words)):
            yield from self._of(at)
            region = self._region(at)
            if region:
                yield from self._dropped(*region)

    def _of(self, at: int) -> Iterator[tuple[int, int, str]]:
        word, before = self.words[at], self.words[at - 1] if at else ""
        after = self.words[at + 1] if at + 1 < len(self.words) else ""
        if other := _COMPARED.get(word) or _COMPUTED.get(word) or _SWAPPED.get(word):
            if not (word == "*" and (before in ("SELECT", "(") or before.endswith("."))):
                yield at, at, other
        elif (
            word == "JOIN" and before == "LEFT"
        ):  # the other way round is no fault: keys are held by the database
            yield at - 1, at, "JOIN"
        elif word == "PARTITION":
            end = next(i for i in range(at, len(self.words)) if self.words[i] in ("ORDER", ")"))
            yield at, end - 1, ""
        elif word.startswith("%("):
            others = sorted({other for other in self.words if other.startswith("%(")})
            yield from ((at, at, other) for other in others)
        elif after not in ("(", "AS") and before not in _BEFORE_NAMES and not self.grouped[at]:
            yield from ((at, at, other) for other in self._alike(word))
        yield from self._turned(at, word, before, after)

    @staticmethod
    def _turned(at: int, word: str, before: str, after: str) -> Iterator[tuple[int, int, str]]:
        """What is asked turned round, and constants that are next to it."""
        if word in ("NOT", "DESC"):
            yield at, at, ""
        elif word in ("IN", "EXISTS", "LIKE") and before != "NOT":
            yield at, at, f"NOT {word}"
        elif word == "IS":
            yield at, at + (after == "NOT"), "IS" if after == "NOT" else "IS NOT"
        elif word == "UNION":
            yield at, at + 1, "UNION"
        elif word.isdigit() and before != "SELECT":
            yield at, at, str(int(word) + 1)
            yield at, at, str(int(word) - 1)
        elif word.startswith("'"):
            yield at, at, f"'{word[1:-1]}_x'"

    def _alike(self, word: str) -> Iterator[str]:
        """The next column of the same kind and table, and the same column of another table."""
        names = {w for w in self.words if _NAME.fullmatch(w)} - _WORDS
        if word not in names:
            return
        table, _, column = word.rpartition(".")
        alike = sorted(
            w for w in names if w.rpartition(".")[0] == table and _kind(w) == _kind(word)
        )
        if len(alike) > 1:
            yield alike[(alike.index(word) + 1) % len(alike)]
        if table:
            yield from sorted(w for w in names if w.endswith(f".{column}") and w != word)[:1]

    def _region(self, at: int) -> tuple[int, int] | None:
        """The tokens of the condition that follows this one, if one does."""
        depth = self.depths[at]
        if self.words[at] in _OPENS:
            ends = (
                i
                for i in range(at + 1, len(self.words))
                if self.depths[i] < depth or (self.depths[i] == depth and self.words[i] in _CLOSES)
            )
            return at + 1, next(ends, len(self.words)) - 1
        if self.words[at] == "(" and self.words[at + 1] != "SELECT":
            end = next(i for i in range(at + 1, len(self.words)) if self.depths[i] == depth)
            if any(
                self.depths[i] == depth + 1 and self.words[i] in ("AND", "OR")
                for i in range(at, end)
            ):
                return at + 1, end - 1
        return None

    def _dropped(self, first: int, last: int) -> Iterator[tuple[int, int, str]]:
        """Each part of a condition left out: TRUE among those that AND joins, FALSE among those that OR does."""
        depth = self.depths[first]
        cuts = [
            i
            for i in range(first, last)
            if self.depths[i] == depth and self.words[i] in ("AND", "OR")
        ]
        edges = [first - 1, *cuts, last + 1]
        joins = ["", *(self.words[i] for i in cuts), ""]
        for n in range(len(edges) - 1):
            neutral = (
                "FALSE" if "AND" not in joins[n : n + 2] and "OR" in joins[n : n + 2] else "TRUE"
            )
            yield edges[n] + 1, edges[n + 1] - 1, neutral
        ors = [first - 1, *(i for i in cuts if self.words[i] == "OR"), last + 1]
        if len(ors) > 2:
            for start, end in pairwise(ors):
                yield start + 1, end - 1, "FALSE"


def _kind(word: str) -> str:
    column = word.rpartition(".")[2]
    return next((kind for kind, like in _KINDS.items() if like.search(column)), "number")


class Planter:
    """Pytest's plugin: wherever a statement is asked, its faults that nothing has found yet are, too."""

    def __init__(self) -> None:
        self.faults: dict[str, list[Fault]] = {}
        self.names: dict[str, tuple[str, str]] = {}
        self.invalid: set[str] = set()
        self.found: Counter[str] = Counter()
        self.serialized: set[str] = set()

    def pytest_runtest_call(self) -> None:
        self.serialized.clear()

    def _note(self, execute: Any, sql: str, *more: Any) -> Any:
        if written := _WRITES.match(sql):
            self.serialized.add(written[1])
        return execute(sql, *more)

    def pytest_collection_finish(self) -> None:
        import commerce.proof.check as module
        from commerce.proof.checks.all_checks import CHECKS

        for check in CHECKS:
            known = inspect.getclosurevars(check.run).nonlocals
            if "sql" in known:
                statement = str(known["sql"])
                self.faults[statement] = Statement(statement).faults()
                self.names[statement] = (_file(check.name), check.name)
        from django.db import DatabaseError, connection

        connection.execute_wrappers.append(self._note)
        ask = module._rows

        def asked(sql: str, values: Any) -> list[dict[str, Any]]:
            rows = ask(sql, values)
            if self.serialized and not any(table in sql for table in self.serialized):
                return rows
            left = []
            for fault in self.faults.get(sql, ()):
                try:
                    told = bool(ask(fault.sql, values))
                except DatabaseError:  # it is no statement
                    self.invalid.add(fault.sql)
                    continue
                if fault.shown or told == bool(rows):
                    left.append(fault)
                else:
                    self.found[sql] += 1
            self.faults[sql] = left
            return rows

        module._rows = asked


def _file(name: str) -> str:
    from commerce.proof.checks import all_checks

    for module in vars(all_checks).values():
        if inspect.ismodule(module) and any(c.name == name for c in getattr(module, "CHECKS", ())):
            return module.__name__.rpartition(".")[2]
    return "?"


def main(words: list[str]) -> int:
    tests = words[words.index("--") + 1 :] if "--" in words else TESTS
    planter = Planter()
    failed = pytest.main(
        ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests], plugins=[planter]
    )
    score: dict[str, Counter[str]] = defaultdict(Counter)
    for sql, (file, name) in planter.names.items():
        score[file]["found"] += planter.found[sql]
        for fault in sorted(planter.faults[sql]):
            score[file]["shown" if fault.shown else "survived"] += 1
            if not fault.shown:
                print(f"{file}: {name}: {fault.what}")
    print(f"{len(planter.invalid)} faults that the database refuses are left out")
    for file, counts in score.items():
        judged = counts["found"] + counts["survived"]
        print(f"{counts['found']:5} of {judged:5} found, {counts['shown']} shown  checks/{file}.py")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
