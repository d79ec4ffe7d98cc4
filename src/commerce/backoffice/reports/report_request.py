"""What a report is asked for: a span of days, a currency, a month or a gateway, from its address."""

from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from commerce.billing.reports.rules import quarter_of
from commerce.catalog.models import Currency
from commerce.presentation.labels import Text

type Span = tuple[date, date]

MAX_DAYS = 5 * 366


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What one reader asked for; ``first`` and ``last`` are both counted. ``more`` is what only one report knows.

    A page shows so many rows of a long table; ``for_file``: a file has all of them.
    """

    today: date
    first: date
    last: date
    currency_code: str
    more: dict[str, str]
    for_file: bool = False

    def most(self, rows: int) -> int | None:
        """How many rows of a long table to read: so many for a page, all for a file."""
        return None if self.for_file else rows

    def note_of(self, rows: Sized, most: int, text: Text) -> Text:
        """What is said below a long table that has no room for more rows."""
        return text if not self.for_file and len(rows) >= most else ""


def last_30_days(today: date) -> Span:
    """Today and the 29 days before it."""
    return today - timedelta(days=29), today


def this_month(today: date) -> Span:
    """From its first day until today."""
    return today.replace(day=1), today


def end_of_last_month(today: date) -> Span:
    """Its last day: what books are closed by."""
    last = today.replace(day=1) - timedelta(days=1)
    return last, last


def last_quarter(today: date) -> Span:
    """The quarter of the year that has ended: what returns are about."""
    last = quarter_of(today)[0] - timedelta(days=1)
    return quarter_of(last)[0], last


class ReportForm(forms.Form):
    """The fields of a report that has them; what is left empty is as usual."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    currency = forms.ChoiceField(label=_("Currency"))

    def __init__(self, data: QueryDict, fields: Sequence[str], usual: Span, today: date) -> None:
        currencies = list(Currency.objects.order_by("-is_default", "code").values_list("code"))
        codes = [code for (code,) in currencies]
        given = {name: data[name] for name in self.base_fields if data.get(name)}
        span = {"first": usual[0], "last": usual[1], "day": usual[1]}
        usual_values = {**span, "currency": codes[0] if codes else ""}
        super().__init__(usual_values | given)
        choice: Any = self.fields["currency"]
        choice.choices = [(code, code) for code in codes]
        self.usual, self.today = usual_values, today
        for name in self.base_fields:
            if name not in fields:
                del self.fields[name]

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

    def asked(self, today: date, more: dict[str, str], *, for_file: bool) -> ReportRequest:
        """What a valid form says."""
        found = {**self.usual, **self.cleaned_data}
        span = found["first"], found["last"]
        if "day" in self.cleaned_data:
            span = found["day"], found["day"]
        return ReportRequest(today, *span, found["currency"], more, for_file)


type DefaultSpan = Callable[[date], Span]
