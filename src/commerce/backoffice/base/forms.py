"""Forms of the staff area: what an action asks for, drawn as its pages are."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.forms.widgets import Input
from unfold.widgets import (
    CHECKBOX_CLASSES,
    INPUT_CLASSES,
    RADIO_CLASSES,
    SELECT_CLASSES,
    TEXTAREA_CLASSES,
)

from commerce.accounts.models import Staff

_CLASSES: tuple[tuple[type[forms.Widget], list[str]], ...] = (
    (forms.CheckboxSelectMultiple, CHECKBOX_CLASSES),
    (forms.RadioSelect, RADIO_CLASSES),
    (forms.CheckboxInput, CHECKBOX_CLASSES),
    (forms.Select, SELECT_CLASSES),
    (forms.Textarea, TEXTAREA_CLASSES),
    (Input, INPUT_CLASSES),
)


class StaffForm(forms.Form):
    """What a form of the staff area derives from: it knows the ``record`` (none for a list's action) and the ``staff``
    person who fills it in, and the ``query`` of its address.

    Fields that depend on these are made in ``prepare``, which also sets initial values.
    """

    fieldsets: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = ()
    """Title and names of fields of each part; one part without a title if empty."""

    def __init__(
        self,
        *args: Any,
        record: Any = None,
        staff: Staff | None = None,
        query: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.staff, self.query = record, staff, query or {}
        self.prepare()
        for field in self.fields.values():
            draw(field.widget)

    def set_choices(self, name: str, choices: Any) -> None:
        """Offer these in a field of choices, once they are known."""
        field: Any = self.fields[name]
        field.choices = choices

    def prepare(self) -> None:
        """Set initial values and choices from ``self.record`` and ``self.staff``."""

    def show_anew(self) -> None:
        """Another was first: have hidden fields say what the page shows now, which is sent along with the form."""


def draw(widget: forms.Widget) -> None:
    """Give a control the looks of the staff area."""
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        widget.template_name = (
            "backoffice/base/ticks.html"  # Django's gives the class to the list as well
        )
    for kind, classes in () if widget.is_hidden else _CLASSES:
        if isinstance(widget, kind):
            own = widget.attrs.get("class", "")
            widget.attrs["class"] = " ".join([own, *classes]).strip()
            return
