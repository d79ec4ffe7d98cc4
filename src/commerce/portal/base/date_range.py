"""A span of days, such as that of a download."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d")


class DateRangeForm(forms.Form):
    """The first and the last day of what is downloaded; empty is without an end."""

    first = forms.DateField(
        label=pgettext_lazy("date range", "From"), required=False, widget=_day()
    )
    last = forms.DateField(label=pgettext_lazy("date range", "To"), required=False, widget=_day())

    @property
    def date_range(self) -> tuple[date | None, date | None]:
        """Both days of a valid form."""
        return self.cleaned_data["first"], self.cleaned_data["last"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and first > last:
            self.add_error("last", _("The end date is before the start date."))
        return values
