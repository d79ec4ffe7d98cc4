"""The result, for a reader and as a file."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.data import DataSize
from bench.goals import MemoryFigures, PerformanceGoal
from bench.measure import BenchmarkFigures, BenchmarkPace

TITLES = {
    "limit": "the limit: bare WSGI, psycopg, one prepared statement",
    "ours": "ours, everything on but TLS",
    "ours_v2": "ours, version 2, by cursor and by status",
    "ours_304": "ours, answered 304",
    "ours_valkey": "ours, rate limit on Valkey",
    "ours_sqlite": "ours on SQLite",
    "values": "Django ORM `.values()`, no middleware",
    "drf": "Django REST framework, ORM, usual middleware",
    "limit_2": "the limit, 2 workers",
    "ours_2": "ours, 2 workers",
    "ours_2_valkey": "ours, 2 workers, rate limit on Valkey",
    "small_first": "60 services, page 1",
    "large_first": "50,000 services, page 1",
    "large_middle": "50,000 services, pages 950 to 1,050 of 2,000",
    "large_last": "50,000 services, page 2,000 of 2,000",
}
_PLACE = ("<!-- results -->", "<!-- end of results -->")


def heading(about: Mapping[str, Any], size: DataSize) -> str:
    """What was measured where, in two sentences."""
    kind = (
        "A quick run, with fewer rows and shorter rounds: expect noise."
        if about["quick"]
        else "A full run."
    )
    return (
        f"{kind} {size.clients:,} clients, {size.services:,} services, {size.callers:,} tokens in turn;"
        f" {about['cores']} cores of {about['processor']} shared with the load generator, Python {about['python']},"
        f" PostgreSQL {about['postgresql']}; the machine's host took {about['stolen_percent']} % of the time."
    )


def case_table(figures: BenchmarkFigures) -> str:
    """Processor time and speed of every case; ratios are to the limit, and of single pages to the small client's."""
    rows: list[Sequence[str]] = [
        ("Way", "server", "PG", "Valkey", "sum", "× base", "req/s", "p50 ms", "p99 ms")
    ]
    for key, title in TITLES.items():
        if not figures.has(key):
            continue
        base = base_of(key)
        ratio = f"{figures.ratio(key, base, 'sum').middle:.2f}" if figures.has(base) else "–"
        times = [f"{figures.middle(key, w):.3f}" for w in ("server", "postgres", "valkey", "sum")]
        speeds = [f"{figures.middle(key, 'rps'):.0f}"]
        speeds += [f"{figures.middle(key, what):.1f}" for what in ("p50", "p99")]
        rows.append((title, *times, ratio, *speeds))
    return markdown(rows)


def base_of(key: str) -> str:
    """What a case's ratio is to."""
    if key.startswith(("small", "large")):
        return "small_first"
    return "limit_2" if "_2" in key else "limit"


def goal_table(goals: Sequence[PerformanceGoal]) -> str:
    """The table "What to reach"."""
    rows: list[Sequence[str]] = [("What", "found", "rounds", "reach", "verdict")]
    for goal in goals:
        bound = f"{'≥' if goal.at_least else '≤'} {goal.bound:g} {goal.unit}"
        found = f"{goal.found:.2f} {goal.unit}"
        rows.append((goal.name, found, goal.note, bound, goal.verdict))
    return markdown(rows)


def cold_start_table(times: Mapping[str, float]) -> str:
    """First requests to fresh processes, in ms as the caller waits."""
    rows: list[Sequence[str]] = [("First request of a client to a fresh process", "ms", "× small")]
    for key, ms in times.items():
        rows.append((TITLES[key], f"{ms:.2f}", f"{ms / times['small_first']:.2f}"))
    return markdown(rows)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table; the first row is its head, the first column is text, the others are aligned right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([lines[0], _line(rule, widths), *lines[1:]])


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(padded)} |"


def record_in_page(page: Path, text: str, *, mark: str = "") -> None:
    """Put the tables in the place that the page keeps for them; ``mark`` names another than the API's."""
    start, end = (place.replace("results", f"{mark} results".strip()) for place in _PLACE)
    before, found, rest = page.read_text(encoding="utf-8").partition(start)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"{page.name} has no place between {start} and {end}")
    page.write_text(f"{before}{found}\n\n{text}\n\n{ended}{after}", encoding="utf-8")


def save_results(
    folder: Path,
    *,
    about: Mapping[str, Any],
    pace: BenchmarkPace,
    figures: BenchmarkFigures,
    goals: Sequence[PerformanceGoal],
    memory: MemoryFigures | None,
    cold: Mapping[str, float],
) -> Path:
    """Every sample and verdict as JSON, in a file that is named after the present second."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    result = {
        "at": now.isoformat(timespec="seconds"),
        "about": about,
        "pace": asdict(pace),
        "samples": {key: [s._asdict() for s in each] for key, each in figures.samples.items()},
        "goals": [goal._asdict() | {"verdict": goal.verdict} for goal in goals],
        "memory": memory._asdict() if memory else None,
        "cold_ms": dict(cold),
    }
    path = folder / f"{now:%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
