"""What a check is: one sentence about all rows, and one statement that finds those of which it is not true."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from commerce.presentation.labels import Text

_EXTRACT = re.compile(r"extract\((YEAR|MONTH|DAY) FROM ([a-z_.]+)\)")
_JSON = re.compile(r"json_text\(([a-z_.]+)\)")
_LETTER = {"YEAR": "%%Y", "MONTH": "%%m", "DAY": "%%d"}


@dataclass(frozen=True, slots=True)
class ProofTime:
    """The instant of the proof, and its business date."""

    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class CheckViolation:
    """One record of which a check is not true; ``text`` names it and its figures, amounts in minor units."""

    check: str
    record: tuple[str, int]
    text: str


@dataclass(frozen=True, slots=True)
class CheckFindings:
    """How many records break a check, and the first of them by id."""

    count: int = 0
    violations: list[CheckViolation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """``name`` starts with the number in invariants.md; ``run`` gets the most violations that it should list.

    ``is_notice``: what it finds is work that waits, not a fault; it is told, and the proof holds all the same.
    ``reminder``: who must not wait for somebody to ask gets a mail each day, by its event; ``words`` say in the
    reader's language what waits, by the ids of its records.
    """

    name: str
    statement: str
    run: Callable[["ProofCheck", ProofTime, int], CheckFindings]
    is_notice: bool = False
    reminder: str = ""
    words: Callable[[Sequence[int]], list[Text]] | None = None

    @property
    def number(self) -> str:
        """The number of the invariant."""
        return self.name.partition("-")[0]


SqlParameters = Mapping[str, Any]


def finds_no_row(
    record_kind: str,
    text: str,
    sql: str,
    parameters: Callable[[ProofTime], SqlParameters | None] | None = None,
) -> Callable[[ProofCheck, ProofTime, int], CheckFindings]:
    """That ``sql`` finds no row. Its columns fill ``text``; ``id`` is that of a record of the kind ``record_kind``.

    One statement over whole tables, whatever their size; only the rows that are listed leave the database.
    ``parameters`` are its parameters, None when there is nothing to check.
    """

    def run(check: ProofCheck, asked: ProofTime, most: int) -> CheckFindings:
        values = parameters(asked) if parameters else {}
        if values is None:
            return CheckFindings()
        rows = _rows(sql, {**values, "most": most})
        violations = [
            CheckViolation(check.name, (record_kind, row["id"]), text.format(**row)) for row in rows
        ]
        return CheckFindings(rows[0]["rows_found"] if rows else 0, violations)

    return run


def _rows(sql: str, values: SqlParameters) -> list[dict[str, Any]]:
    text = (
        "SELECT found.*, count(*) OVER () AS rows_found"  # noqa: S608 - statements of our own
        f" FROM ({sql}) found ORDER BY found.id LIMIT %(most)s"
    )
    if connection.vendor == "sqlite":
        text = _EXTRACT.sub(
            lambda part: f"CAST(strftime('{_LETTER[part[1]]}', {part[2]}) AS integer)", text
        )
    # As an element of another JSON is written: SQLite keeps the blanks of a whole one.
    text = _JSON.sub(r"json(\1)" if connection.vendor == "sqlite" else r"CAST(\1 AS text)", text)
    for name, value in values.items():
        if isinstance(value, list):  # of ids; 0 is nobody's
            text = text.replace(
                f"%({name})s", f"({', '.join(str(int(one)) for one in [0, *value])})"
            )
    single = {n: _stored(value) for n, value in values.items() if not isinstance(value, list)}
    with connection.cursor() as cursor:
        cursor.execute(text, single)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _stored(value: Any) -> Any:
    """As the database keeps it: SQLite has instants and days as text."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value
