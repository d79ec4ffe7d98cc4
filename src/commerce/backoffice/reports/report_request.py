"""What a report is asked for: a period, a currency, a month or a gateway, from its address."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from commerce.billing.reports.rules import first_of_month, quarter_of
from commerce.billing.tax.accounting import books_currency
from commerce.catalog.models import Currency
from commerce.catalog.queries import currencies_by_code
from commerce.kit.periods import add_months
from commerce.presentation.labels import Text

type Span = tuple[date, date]

MAX_DAYS = 5 * 366


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What one reader asked for; ``first`` and ``last`` are both counted. ``more`` is what only one report knows.

    A page shows so many rows of a long table; ``for_file``: a file has all of them. ``currency_code`` is that of charts
    and of tables of one currency; ``only_currency`` that of all tables, if it is not empty. ``in_books``: amounts of
    documents are those in the currency of the books.
    """

    today: date
    first: date
    last: date
    currency_code: str
    more: dict[str, str]
    for_file: bool = False
    only_currency: str = ""
    in_books: bool = False

    def has_month(self, month: date) -> bool:
        """Whether a month, by its first day, is in the period."""
        return first_of_month(self.first) <= month <= self.last

    def most(self, rows: int) -> int | None:
        """How many rows of a long table to read: so many for a page, all for a file."""
        return None if self.for_file else rows

    def note_of(self, rows: Sized, most: int, text: Text) -> Text:
        """What is said below a long table that has no room for more rows."""
        return text if not self.for_file and len(rows) >= most else ""


def _days_until(today: date, days: int) -> Span:
    return today - timedelta(days=days - 1), today


def _months_until(last: date, months: int) -> Span:
    """Whole months, of which the last one is that of ``last``."""
    return add_months(first_of_month(last), 1 - months), add_months(
        first_of_month(last), 1
    ) - timedelta(days=1)


def _quarter(day: date) -> Span:
    first, after = quarter_of(day)
    return first, after - timedelta(days=1)


def _before(span: Span) -> date:
    return span[0] - timedelta(days=1)


class ReportPeriod(NamedTuple):
    """A period that is asked for by its name; ``span`` gives its days, of which some may be still to come."""

    label: Text
    span: Callable[[date], Span]


PERIODS: Mapping[str, ReportPeriod] = {
    "last_month": ReportPeriod(
        _("Last month"), lambda today: _months_until(_before(_months_until(today, 1)), 1)
    ),
    "this_month": ReportPeriod(_("This month"), lambda today: _months_until(today, 1)),
    "last_quarter": ReportPeriod(
        _("Last quarter"), lambda today: _quarter(_before(_quarter(today)))
    ),
    "this_quarter": ReportPeriod(_("This quarter"), _quarter),
    "last_year": ReportPeriod(
        _("Last year"), lambda today: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    ),
    "this_year": ReportPeriod(
        _("This year"), lambda today: (date(today.year, 1, 1), date(today.year, 12, 31))
    ),
    "last_30_days": ReportPeriod(_("Last 30 days"), lambda today: _days_until(today, 30)),
    "last_12_months": ReportPeriod(_("Last 12 months"), lambda today: _months_until(today, 12)),
}
"""The periods that every report offers, the usual one of an accountant first."""
BOOKS, OWN = "books", "own"
"""In place of a currency: all documents, in that of the books, or each in its own."""


class ReportForm(forms.Form):
    """The fields of a report that has them; what is left empty is as usual."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    currency = forms.ChoiceField(label=_("Amounts"))

    def __init__(
        self,
        data: QueryDict,
        fields: Sequence[str],
        usual_period: str,
        today: date,
        *,
        has_books: bool = False,
    ) -> None:
        codes = list(
            Currency.objects.order_by("-is_default", "code").values_list("code", flat=True)
        )
        given = {name: data[name] for name in self.base_fields if data.get(name)}
        self.today, self.default_currency = today, codes[0] if codes else ""
        self.period = "" if {"first", "last", "day"} & given.keys() else usual_period
        if self.period and data.get("period") in PERIODS:
            self.period = str(data["period"])
        first, last = PERIODS[self.period or usual_period].span(today)
        usual = BOOKS if has_books else OWN
        self.usual = {"first": first, "last": last, "day": min(last, today), "currency": usual}
        super().__init__({**self.usual, **given})
        choice: Any = self.fields["currency"]
        books = (
            BOOKS,
            _("In %(currency)s, as in your books")
            % {"currency": books_currency(currencies_by_code())},
        )
        choice.choices = [
            *([books] if has_books else []),
            (OWN, _("Each in its own currency")),
            *((code, _("Only %(currency)s") % {"currency": code}) for code in codes),
        ]
        for name in self.base_fields:
            if name not in fields:
                del self.fields[name]

    def periods(self, query: QueryDict) -> Iterator[tuple[Text, str, bool]]:
        """The periods to choose from: label, address, and whether it is the one."""
        if not {"first", "day"} & self.fields.keys():
            return
        for name, period in PERIODS.items():
            asked = query.copy()
            for field in ("first", "last", "day"):
                asked.pop(field, None)
            asked["period"] = name
            yield period.label, f"?{asked.urlencode()}", name == self.period

    def clean(self) -> dict[str, Any]:
        """A span runs forwards, and no longer than five years; a day has begun."""
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last and first > last:
            self.add_error("last", _("The last day can't be before the first day."))
        elif first and last and last - first > timedelta(days=MAX_DAYS):
            self.add_error("last", _("Choose a period of up to 5 years."))
        if (day := found.get("day")) and day > self.today:
            self.add_error("day", _("Choose a day that isn't in the future."))
        return found

    def asked(self, more: dict[str, str], *, for_file: bool) -> ReportRequest:
        """What a valid form says."""
        found = {**self.usual, **self.cleaned_data}
        span = found["first"], found["last"]
        if "day" in self.cleaned_data:
            span = found["day"], found["day"]
        only = "" if found["currency"] in {BOOKS, OWN} else found["currency"]
        return ReportRequest(
            self.today,
            *span,
            only or self.default_currency,
            more,
            for_file,
            only_currency=only,
            in_books=found["currency"] == BOOKS,
        )
