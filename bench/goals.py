"""What to reach: each goal with the figure that was found, and by how much it is met or missed."""

from typing import NamedTuple

from bench.measure import BenchmarkFigures, FigureSpread

NO_GROWTH_MIB = 1.0
"""Growth below this over half of the requests is an allocator's noise."""


class MemoryFigures(NamedTuple):
    """A worker's memory: requests sent, MiB after half of them, MiB after all."""

    sent: int
    half: float
    full: float


class PerformanceGoal(NamedTuple):
    """A figure and its bound; ``at_least`` says on which side of it the figure must lie. ``note`` is for reading."""

    name: str
    found: float
    bound: float
    unit: str
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        return self.found >= self.bound if self.at_least else self.found <= self.bound

    @property
    def verdict(self) -> str:
        """``met`` or ``not met``, and by how many percent of the bound."""
        away = min(abs(self.found / self.bound - 1) * 100, 999)
        return f"{'met' if self.met else 'NOT met'} by {away:.0f} %"


# Name, case, the case it is compared with, what is compared, bound, whether the ratio must be at least that.
_RATIOS = (
    ("list, CPU per request, to the limit", "ours", "limit", "sum", 1.5, False),
    (
        "list of version 2 by cursor, CPU per request, to the limit",
        "ours_v2",
        "limit",
        "sum",
        1.4,
        False,
    ),
    ("list, CPU per request, to Django REST framework", "ours", "drf", "sum", 0.2, False),
    ("requests per second, 2 workers, to the limit", "ours_2", "limit_2", "rps", 0.7, True),
    ("p99 at 8 connections, to the limit", "ours", "limit", "p99", 2.0, False),
    ("304, CPU, to the same request answered 200", "ours_304", "ours", "sum", 0.6, False),
    ("50,000 services, page 1, CPU", "large_first", "small_first", "sum", 3.0, False),
    ("50,000 services, pages of the middle, CPU", "large_middle", "small_first", "sum", 3.0, False),
    ("50,000 services, last page, CPU", "large_last", "small_first", "sum", 3.0, False),
)


def goals(figures: BenchmarkFigures, memory: MemoryFigures | None = None) -> list[PerformanceGoal]:
    """Every goal whose cases were measured, in the order of ``docs/performance.md``."""
    found = []
    for name, case, to, what, bound, at_least in _RATIOS:
        if figures.has(case, to):
            ratio = figures.ratio(case, to, what)
            found.append(PerformanceGoal(name, ratio.middle, bound, "×", at_least, _between(ratio)))
    if memory is not None:
        growth = max(memory.full - memory.half, 0.0)
        after = f"memory of a worker after {memory.sent:,} requests"
        found.append(PerformanceGoal(after, memory.full, 100, "MiB"))
        found.append(PerformanceGoal("its growth over the last half", growth, NO_GROWTH_MIB, "MiB"))
    if figures.has("ours_valkey", "ours"):
        more = figures.difference("ours_valkey", "ours", "total")
        found.append(
            PerformanceGoal(
                "rate limit on Valkey, CPU more", more.middle, 0.1, "ms", note=_between(more)
            )
        )
    if figures.has("ours_sqlite", "ours"):
        ratio = figures.ratio("ours_sqlite", "ours", "rps")
        name = "SQLite, one worker, requests per second, to PostgreSQL"
        found.append(
            PerformanceGoal(name, ratio.middle, 1.0, "×", at_least=True, note=_between(ratio))
        )
    return found


def _between(spread: FigureSpread) -> str:
    return f"{spread.least:.2f} to {spread.most:.2f}"
