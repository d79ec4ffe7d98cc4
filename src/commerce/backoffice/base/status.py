"""States of records as badges, in the words and colors that clients know them by."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from commerce.backoffice.base.columns import Column, badge_column
from commerce.backoffice.base.filters import choice_filter
from commerce.backoffice.base.pages import Text
from commerce.presentation.labels import STATUS_LABELS, status_labels

STATUS = _("Status")

_TONES = {
    "green": "success",
    "blue": "info",
    "yellow": "warning",
    "orange": "warning",
    "red": "danger",
}


def status_column(
    kind: str, getter: str = "status", label: Text = STATUS, **options: Any
) -> Column:
    """The state of a record of this kind in ``STATUS_LABELS``; ``getter`` says where a record has it."""
    words = STATUS_LABELS[kind]
    tones = {value: _TONES[colour] for value, (_text, colour) in words.items() if colour in _TONES}
    return badge_column(label, getter, lambda: status_labels(kind), tones, **options)


def status_filter(kind: str) -> type[DropdownFilter]:
    """A filter of a list by the state of its records, in the words of ``STATUS_LABELS``."""
    return choice_filter("status", STATUS, lambda: status_labels(kind))
