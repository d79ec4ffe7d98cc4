"""Controls for text as the specification wants it, and for the types of which an installation or a registry asks."""

from collections.abc import Sequence
from typing import Any

from django import forms

from commerce.kit.text import clean, clean_line


class Line(forms.CharField):
    """Text on one line, made uniform as the specification wants all text."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class Lines(forms.CharField):
    """The same over several lines."""

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")


def typed_field(
    kind: str, *, label: str, required: bool, options: Sequence[str] = (), length: int = 255
) -> forms.Field:
    """A control for one of the types that an installation, or a registry, can ask for; text for any other."""
    match kind:
        case "checkbox":
            return forms.BooleanField(label=label, required=required)
        case "date":
            widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            formats = ["%Y-%m-%d"]
            return forms.DateField(
                label=label, required=required, widget=widget, input_formats=formats
            )
        case "dropdown" if options:
            choices = [("", "–"), *((one, one) for one in options)]
            return forms.ChoiceField(label=label, required=required, choices=choices)
        case "textarea":
            area = forms.Textarea(attrs={"rows": 3})
            return Lines(label=label, required=required, max_length=length, widget=area)
    return Line(label=label, required=required, max_length=length)


def typed_text(value: Any) -> str:
    """What was filled into such a control, as an action takes it."""
    return "yes" if value is True else str(value or "")
