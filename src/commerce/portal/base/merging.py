"""Forms over what is stored, of which two may be open at once: each saves what was changed on its own page."""

import json
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from commerce.portal.base.form_fields import field_text

SHOWN_VALUES = "shown"
"""The hidden field with the values that the page showed."""

type PlainValue = str | list[str]


class MergingForm(forms.Form):
    """A form that leaves alone what its reader left alone, whoever changed that in the meantime.

    Where both changed the same field, it asks again; of several ticks, each counts for itself. Sent without the values
    that it showed, it changes all of them.
    """

    stored_values: Mapping[str, PlainValue] = {}

    def remember_shown(self, stored: Mapping[str, Any]) -> None:
        """Call this once, with the stored values by the names of their fields."""
        self.stored_values = {name: _plain(value) for name, value in stored.items()}
        self.fields[SHOWN_VALUES] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.initial[SHOWN_VALUES] = json.dumps(self.stored_values)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        shown, both = self._shown(), {}
        for name in self._changed(values):
            now, typed = self.stored_values[name], _plain(values[name])
            if isinstance(now, str) and shown.get(name, now) != now and typed != now:
                both[name] = now
        for name, now in both.items():
            self.add_error(name, self._changed_meanwhile(name, now))
        if both:
            data = cast(QueryDict, self.data).copy()
            data[SHOWN_VALUES] = json.dumps(shown | both)
            self.data = data
        return values

    def changes(self) -> dict[str, Any]:
        """What was changed on this page, as it is to be stored."""
        values, shown = self.cleaned_data, self._shown()
        changed = {name: values[name] for name in self._changed(values)}
        for name, typed in changed.items():
            now, before = self.stored_values[name], shown.get(name)
            if isinstance(typed, list) and isinstance(before, list):
                added, taken = set(typed) - set(before), set(before) - set(typed)
                changed[name] = sorted((set(now) | added) - taken)
        return changed

    def _changed(self, values: Mapping[str, Any]) -> list[str]:
        shown = self._shown()
        names = [name for name in self.stored_values if name in values]
        return [name for name in names if _plain(values[name]) != shown.get(name)]

    def _shown(self) -> dict[str, PlainValue]:
        return shown_values(self.data)

    def _changed_meanwhile(self, name: str, now: PlainValue) -> str:
        choices = getattr(self.fields[name], "choices", ())
        value = str(dict(choices).get(now, now))
        if not value:
            return _(
                "This was cleared after you opened the page. Save again to keep what you entered."
            )
        text = _(
            "This was changed to “%(value)s” after you opened the page. Save again to keep what you entered."
        )
        return text % {"value": value}


def shown_values(data: Mapping[str, Any]) -> dict[str, PlainValue]:
    """What the page of a sent form showed, as far as it says so in a form that we gave it."""
    try:
        sent = json.loads(data.get(SHOWN_VALUES) or "{}")
    except (ValueError, RecursionError):
        return {}
    found = sent.items() if isinstance(sent, dict) else ()
    return {name: value for name, value in found if isinstance(value, str | list)}


def _plain(value: Any) -> PlainValue:
    if isinstance(value, list | tuple):
        return sorted(map(str, value))
    return field_text(value)
