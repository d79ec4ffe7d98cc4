"""Controls for text as the specification wants it, and for the types of which an installation or a registry asks."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.forms.utils import flatatt
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.labels import ADDRESS_LABELS
from commerce.accounts.rules import CustomFieldType
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.kit.number_parsing import parse_integer
from commerce.kit.text import (
    ascii_digits,
    clean_line,
    clean_text,
    has_control_characters,
)
from commerce.presentation import countries
from commerce.presentation.email_addresses import is_email_address
from commerce.presentation.formats import number_signs


class CountrySelect(forms.Select):
    """Django's, without its two templates for each of 250 countries, which were half of the checkout's time."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        return select_html(self.get_context(name, value, attrs)["widget"])


class CountryField(forms.ChoiceField):
    """One of the countries."""

    widget = CountrySelect

    def __init__(self, *, choices: Any = countries.country_choices, **options: Any) -> None:
        options.setdefault("label", ADDRESS_LABELS["country"])
        super().__init__(choices=choices, **options)


class GroupedTicks(forms.CheckboxSelectMultiple):
    """Choices to tick, those of a group together under a heading."""

    template_name = "portal/base/partials/forms/grouped_ticks.html"


def select_html(widget: dict[str, Any]) -> SafeString:
    """A select from its widget's context."""
    parts = [f'<select name="{_escaped(widget["name"])}"{flatatt(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        parts += [f'<optgroup label="{_escaped(group)}">'] if group else []
        for one in options:
            attrs = flatatt(one["attrs"]) if one["attrs"] else ""
            value, label = _escaped(one["value"]), _escaped(one["label"])
            parts.append(f'<option value="{value}"{attrs}>{label}</option>')
        parts += ["</optgroup>"] if group else []
    return mark_safe("\n".join([*parts, "</select>"]))  # noqa: S308 - each part is escaped


def _escaped(value: Any) -> str:
    """As templates do it; Django's own function takes ten times as long, since it looks for lazy texts."""
    return str(value) if hasattr(value, "__html__") else escape(str(value))


class _NoControlCharacters:
    """Refuses control characters other than line breaks and tabs."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)  # type: ignore[misc]
        if isinstance(text, str) and has_control_characters(text):
            raise ValidationError(
                _(
                    "This contains characters that can't be displayed. Remove them, or type it again."
                )
            )
        return text


class PlainTextField(_NoControlCharacters, forms.CharField):
    """Text as it was typed: a code, a password, a key."""

    depends = False
    """Whether another field decides if this one is required: its label then doesn't say that it is optional."""


class AmountField(PlainTextField):
    """An amount of money as the reader's locale writes it, with a decimal point; its form knows the currency."""

    def __init__(self, **options: Any) -> None:
        typed = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label=_lazy("Amount"), max_length=30, widget=typed, **options)

    def to_python(self, value: Any) -> str:
        return with_decimal_point(super().to_python(value))


class KnownEmailField(_NoControlCharacters, forms.EmailField):
    """An email address that is looked up, and may have been taken when more were."""


class PlainEmailField(KnownEmailField):
    """An email address that is going to be kept."""

    def clean(self, value: Any) -> Any:
        address = super().clean(value)
        if address and not is_email_address(address):
            raise ValidationError(EmailValidator.message, code="invalid")
        return address


class WholeNumberField(forms.IntegerField):
    """A whole number in ASCII digits; Django's own takes ``1_000`` and digits of other scripts."""

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str) and value.strip():
            try:
                return parse_integer(value)
            except ValueError as wrong:
                raise ValidationError(self.error_messages["invalid"], code="invalid") from wrong
        return super().to_python(value)


class LineField(PlainTextField):
    """Text on one line, made uniform as the specification wants all text."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class MultilineField(PlainTextField):
    """The same over several lines."""

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")


_REGISTRY_PHONE = re.compile(r"\+([0-9]{1,3})[ .]\s*([0-9][0-9 ()/-]{2,24})")


class ContactFields(forms.Form):
    """Name and address of one contact, as the registries of domains take them."""

    first_name = LineField(label=_lazy("First name"), max_length=100)
    last_name = LineField(label=_lazy("Last name"), max_length=100)
    company = LineField(label=_lazy("Company"), max_length=200, required=False)
    email = PlainEmailField(label=_lazy("Email"), max_length=254)
    phone = LineField(
        label=_lazy("Phone"),
        max_length=30,
        help_text=_lazy("With the country code, such as +49 301234"),
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    address1 = LineField(label=ADDRESS_LABELS["address1"], max_length=200)
    address2 = LineField(label=_lazy("Address line 2"), max_length=200, required=False)
    postcode = LineField(label=ADDRESS_LABELS["postcode"], max_length=20)
    city = LineField(label=ADDRESS_LABELS["city"], max_length=100)
    state = LineField(label=ADDRESS_LABELS["state"], max_length=100, required=False)
    country = CountryField()

    def clean_phone(self) -> str:
        """`+CC.number`, as registries take it."""
        found = _REGISTRY_PHONE.fullmatch(ascii_digits(str(self.cleaned_data["phone"])))
        if not found:
            raise forms.ValidationError(
                _("Enter the country code, a space and the number, such as +49 301234.")
            )
        return f"+{found[1]}.{re.sub(r'[^0-9]', '', found[2])}"


def field_of_type(
    kind: str, *, label: str, required: bool, options: Sequence[str] = (), length: int = 255
) -> forms.Field:
    """A control for one of the types that an installation, or a registry, can ask for; text for any other."""
    match kind:
        case CustomFieldType.CHECKBOX:
            return forms.BooleanField(label=label, required=required)
        case CustomFieldType.DATE:
            widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            formats = ["%Y-%m-%d"]
            return forms.DateField(
                label=label, required=required, widget=widget, input_formats=formats
            )
        case CustomFieldType.DROPDOWN if options:
            choices = [("", "–"), *((one, one) for one in options)]
            return forms.ChoiceField(label=label, required=required, choices=choices)
        case CustomFieldType.TEXTAREA:
            area = forms.Textarea(attrs={"rows": 3})
            return MultilineField(label=label, required=required, max_length=length, widget=area)
    return LineField(label=label, required=required, max_length=length)


def field_text(value: Any) -> str:
    """What was filled into such a control, as an action takes it."""
    return "yes" if value is True else str(value or "")


def with_decimal_point(typed: str) -> str:
    """A typed number with a point where the reader's locale has a comma; with both it stays, and is no number.

    Nor is one with thousands set apart by points: ``1.000`` is not one to who writes a thousand like that.
    """
    decimal, thousands = number_signs()
    if thousands == "." and re.search(r"\.[0-9]{3}(?![0-9])", typed):
        return typed.replace(".", ",")
    return typed.replace(decimal, ".") if "." not in typed else typed


def add_business_error(form: forms.Form, error: BusinessError) -> None:
    """Put what an action refused beside its field, or above the form.

    A missing right is raised again: it has its own page (``client_page``).
    """
    if isinstance(error, PermissionDenied):
        raise error
    text = forms.ValidationError(str(error), code=error.code)
    form.add_error(error.field if error.field in form.fields else None, text)
