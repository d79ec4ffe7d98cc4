"""How much an account uses: one bar for each kind of figure, and how it went in the last 30 days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.hosting.models import UsageDay
from commerce.hosting.modules.contract import UsageFigure, UsageKind
from commerce.presentation.formats import count_text, format_bytes, format_day
from commerce.presentation.labels import Text

TREND_DAYS = 30
NEARLY_FULL = 80
"""Per cent of a limit from which a bar warns; from the limit on it says so in red."""

USAGE_LABELS: dict[str, Text] = {
    UsageKind.DISK: _lazy("Disk space"),
    UsageKind.TRAFFIC: _lazy("Traffic this month"),
    UsageKind.MEMORY: _lazy("Memory"),
    UsageKind.MAILBOXES: _lazy("Mailboxes"),
    UsageKind.DATABASES: _lazy("Databases"),
}
_IN_BYTES = (UsageKind.DISK, UsageKind.TRAFFIC, UsageKind.MEMORY)
_CHART_WIDTH, _CHART_HEIGHT = 120, 24


@dataclass(frozen=True, slots=True)
class UsageBar:
    """One figure as its client reads it. ``share`` of 100 is None without a limit; ``trend`` are points of a chart."""

    label: Text
    text: str
    share: int | None
    tone: str
    trend: str = ""
    trend_text: str = ""


def usage_now(figures: Iterable[UsageFigure]) -> list[UsageBar]:
    """What a panel says at this moment."""
    return [_bar(figure.kind, figure.used, figure.limit) for figure in figures]


def usage_of_days(days: Iterable[UsageDay], today: date) -> list[UsageBar]:
    """The latest day of each kind, with the days before it, of rows in the order of their days."""
    by_kind: dict[str, list[UsageDay]] = {}
    first = today - timedelta(days=TREND_DAYS)
    for row in days:
        if row.day >= first:
            by_kind.setdefault(row.kind, []).append(row)
    bars = []
    for kind in UsageKind:
        if rows := by_kind.get(kind):
            bars.append(_bar(kind, rows[-1].used, rows[-1].limit, rows))
    return bars


def _bar(kind: UsageKind, used: int, limit: int | None, rows: Sequence[UsageDay] = ()) -> UsageBar:
    share = None if limit is None else min(used * 100 // limit, 100) if limit else 100
    tone = ""
    if share is not None and share >= NEARLY_FULL:
        tone = "red" if share == 100 else "orange"
    figure = _figure(kind, used)
    if limit is not None:
        text = _("%(used)s of %(limit)s") % {"used": figure, "limit": _figure(kind, limit)}
    else:
        text = figure
    trend, words = ("", "") if len(rows) < 2 else (_points(rows), _change(kind, rows))
    return UsageBar(USAGE_LABELS[kind], text, share, tone, trend, words)


def _figure(kind: str, number: int) -> str:
    return format_bytes(number) if kind in _IN_BYTES else count_text(number)


def _points(rows: Sequence[UsageDay]) -> str:
    """A line from the first day to the last, whose top is the most that was used."""
    start, end = rows[0].day, rows[-1].day
    most = max(row.used for row in rows) or 1
    span = (end - start).days or 1
    return " ".join(
        f"{(row.day - start).days * _CHART_WIDTH // span},"
        f"{_CHART_HEIGHT - row.used * (_CHART_HEIGHT - 2) // most - 1}"
        for row in rows
    )


def _change(kind: str, rows: Sequence[UsageDay]) -> str:
    """What came or went since the first of these days, in words; of what begins anew each month, only the day."""
    first, last = rows[0], rows[-1]
    figures = {
        "change": _figure(kind, abs(last.used - first.used)),
        "day": format_day(first.day),
    }
    if kind == UsageKind.TRAFFIC:
        return _("Since %(day)s") % figures
    if last.used > first.used:
        return _("Up %(change)s since %(day)s") % figures
    if last.used < first.used:
        return _("Down %(change)s since %(day)s") % figures
    return _("Unchanged since %(day)s") % figures
