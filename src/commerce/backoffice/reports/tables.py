"""What a report shows: tables whose figures link to the list that they were counted from, and charts of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Model
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse

from commerce.kit.money import Money, round_half_up
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import (
    count_text,
    format_day,
    format_instant,
    format_month,
    format_period,
    format_tax_rate,
)
from commerce.presentation.labels import Text


@dataclass(frozen=True, slots=True)
class PercentShare:
    """A part of a whole, shown in percent with one decimal; of nothing there is no part."""

    part: int
    whole: int

    def __str__(self) -> str:
        if not self.whole:
            return ""
        milli = round_half_up(Fraction(abs(self.part) * 1000, self.whole)) * 100
        return format_tax_rate(milli)

    @property
    def percent(self) -> str:
        """For a file: ``12.5``."""
        if not self.whole:
            return ""
        tenths = round_half_up(Fraction(abs(self.part) * 1000, self.whole))
        return f"{tenths // 10}.{tenths % 10}"


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """What a page shows in the form of the reader's language, and a file has in one that programs read."""

    shown: str
    for_file: str

    def __str__(self) -> str:
        return self.shown


def month_value(month: date) -> WrittenValue:
    """A month by a day of it: ``Sep 2026``, in a file ``2026-09``."""
    return WrittenValue(format_month(month), f"{month:%Y-%m}")


def quarter_value(first: date, last: date) -> WrittenValue:
    """A quarter by its ends: ``Jul 1 – Sep 30, 2026``, in a file ``2026-Q3``."""
    return WrittenValue(format_period(first, last), f"{first:%Y}-Q{(first.month + 2) // 3}")


def rate_value(milli: int) -> WrittenValue:
    """A rate in thousandths of a percent: ``8.875%``, in a file ``8.875``."""
    percent = Decimal(milli).scaleb(-3).normalize()
    return WrittenValue(format_tax_rate(milli), f"{percent:f}")


type Value = str | int | Money | date | datetime | PercentShare | WrittenValue | Text | None


@dataclass(frozen=True, slots=True)
class TableCell:
    """A value of a table, and the list or record that it links to."""

    value: Value
    url: str = ""

    @property
    def text(self) -> str:
        """As a page shows it."""
        match self.value:
            case None | "":
                return "–"
            case Money():
                return format_money(self.value.amount, self.value.currency)
            case datetime():
                return format_instant(self.value)
            case date():
                return format_day(self.value)
            case int():
                return count_text(self.value)
        return str(self.value) or "–"

    @property
    def for_file(self) -> str:
        """As a file has it: exact amounts, ISO days, instants in UTC."""
        match self.value:
            case None:
                return ""
            case Money():
                return f"{self.value.decimal():f}"
            case datetime():
                return self.value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            case PercentShare():
                return self.value.percent
            case WrittenValue():
                return self.value.for_file
        return str(self.value)

    @property
    def is_zero(self) -> bool:
        """Whether there is nothing that a list could show."""
        return self.value == 0 or (isinstance(self.value, Money) and not self.value.amount)

    @property
    def is_short(self) -> bool:
        """Whether it stands in one line: a day, a month, a code."""
        return isinstance(self.value, date) or len(self.text) <= 12

    @property
    def is_number(self) -> bool:
        """Whether it stands at the right of its column."""
        return isinstance(self.value, Money | int | PercentShare)


def cells(*values: Value | TableCell) -> list[TableCell]:
    """A row."""
    return [value if isinstance(value, TableCell) else TableCell(value) for value in values]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One table: ``key`` names it in addresses and file names, ``heads`` its columns; ``empty`` is said in place of no
    rows.
    """

    key: str
    title: Text
    heads: Sequence[Text]
    rows: Sequence[Sequence[TableCell]]
    note: Text = ""
    empty: Text = ""


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One line of a chart, or the bars of one color: minor units of ``currency_code``, or whole numbers."""

    label: Text
    values: Sequence[int]
    currency_code: str = ""

    def points(self) -> list[str]:
        """Exact decimals as text: no float touches money, and the chart reads text as well."""
        if not self.currency_code:
            return [str(value) for value in self.values]
        return [f"{Money(value, self.currency_code).decimal():f}" for value in self.values]


COLORS = ("--color-primary-600", "--color-base-400", "--color-primary-300")
"""Of the style of the staff area, by the order of the series."""


@dataclass(frozen=True, slots=True)
class ReportChart:
    """A chart; its title says what it shows, and its table has the values for those who don't see it."""

    key: str
    title: Text
    head: Text
    labels: Sequence[str]
    series: Sequence[ChartSeries]
    kind: str = "bar"

    @property
    def data(self) -> dict[str, Any]:
        """What the script draws."""
        sets = [
            {
                "label": str(one.label),
                "values": one.points(),
                "unit": one.currency_code,
                "color": color,
            }
            for one, color in zip(self.series, COLORS, strict=False)
        ]
        return {"kind": self.kind, "labels": list(self.labels), "sets": sets}

    @property
    def script_id(self) -> str:
        """Where the page has ``data``."""
        return f"chart-{self.key}"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for one in self.series for value in one.values)

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The same as a table, for those who don't see it."""
        columns = [[_shown(one, value) for value in one.values] for one in self.series]
        return [(label, [c[n] for c in columns]) for n, label in enumerate(self.labels)]


def _shown(series: ChartSeries, value: int) -> str:
    return TableCell(Money(value, series.currency_code) if series.currency_code else value).text


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What a report found."""

    tables: Sequence[ReportTable]
    charts: Sequence[ReportChart] = ()
    notes: Iterable[Text] = field(default=())

    def of_currency(self, code: str) -> "ReportContent":
        """Without rows of amounts in another currency; with all of them where none is named."""
        if not code:
            return self
        tables = [replace(one, rows=list(filter(_is_in(code), one.rows))) for one in self.tables]
        return replace(self, tables=tables)


def _is_in(code: str) -> Callable[[Sequence[TableCell]], bool]:
    return lambda row: (
        {cell.value.currency for cell in row if isinstance(cell.value, Money)} <= {code}
    )


def list_url(model: type[Model], **lookups: Any) -> str:
    """The list of these records with filters, such as ``status__in="unpaid,overdue"``; empty where there is none."""
    names = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    try:
        url = reverse(f"{names}_changelist")
    except NoReverseMatch:
        return ""
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in lookups.items()})
    return f"{url}?{query.urlencode()}" if lookups else url


def record_url(model: type[Model], pk: int) -> str:
    """The page of a record; empty where there is none."""
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])
    except NoReverseMatch:
        return ""


def currencies_of(*found: Mapping[str, Any]) -> list[str]:
    """The currencies of some figures, in order."""
    return sorted(set().union(*found))
