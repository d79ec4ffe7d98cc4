"""The fields of a TLD that its registry asks for: what is set of them (domains.md 2)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.forms import StaffForm
from commerce.domains.actions.tlds import set_tld
from commerce.domains.models import Tld
from commerce.domains.registrars.known_fields import known_registry_fields
from commerce.domains.registrars.registry_fields import (
    MAX_FIELDS,
    RegistryField,
    RegistryFieldType,
    known_text,
    options_of_field,
    read_options,
    type_of_field,
    write_options,
)
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.portal.base.form_fields import LineField, MultilineField
from commerce.presentation.labels import Text

BLANK_ROWS = 3

FIELD_TYPE_LABELS: Mapping[str, Text] = {
    RegistryFieldType.TEXT: _lazy("Text"),
    RegistryFieldType.CHOICE: _lazy("Choice"),
    RegistryFieldType.COUNTRY: _lazy("Country"),
    RegistryFieldType.DATE: _lazy("Date"),
    RegistryFieldType.TICK: _lazy("Check box"),
    RegistryFieldType.FIXED: _lazy("Fixed value, not asked"),
}


def described_field(field: RegistryField) -> dict[str, Any]:
    """A field for the page of its TLD."""
    return {
        "name": field["name"],
        "label": known_text(field["label"]),
        "kind": FIELD_TYPE_LABELS[type_of_field(field)],
        "required": field["required"],
        "options": [known_text(text) or value for value, text in options_of_field(field)],
    }


def fields_intro(tld: Tld) -> Text:
    """Where the fields come from, and what becomes of them."""
    if not tld.extra_fields and known_registry_fields(tld.tld):
        return _lazy(
            "We propose what the registry is known to require, by the names that this registrar uses."
            " Compare it with the registrar's documentation, then save."
        )
    return _lazy(
        "Clients fill these in at checkout, and they are sent to the registrar by their names. Clear a name to"
        " remove its field."
    )


class RegistryFieldsForm(StaffForm):
    """A part for each field, and some blank ones; proposed where nothing is set and something is known."""

    def prepare(self) -> None:
        stored: list[RegistryField] = self.record.extra_fields
        shown = stored or known_registry_fields(self.record.tld)
        rows = min(len(shown) + BLANK_ROWS, MAX_FIELDS)
        parts = []
        for number in range(rows):
            names = self._add_row(number, shown[number] if number < len(shown) else {})
            parts.append((_("Field %(number)s") % {"number": number + 1}, names))
        self.fieldsets = tuple(parts)  # type: ignore[misc]

    def _add_row(self, number: int, field: Mapping[str, Any]) -> tuple[str, ...]:
        condition, values = field.get("needed_if") or ("", ())
        controls = {
            "name": LineField(
                label=_("Name"),
                max_length=63,
                required=False,
                initial=field.get("name", ""),
                help_text=_("As the registrar's API has it."),
            ),
            "label": LineField(
                label=_("Label"), max_length=200, required=False, initial=field.get("label", "")
            ),
            "type": forms.ChoiceField(
                label=_("Type"),
                choices=list(FIELD_TYPE_LABELS.items()),
                initial=str(type_of_field(field)),
            ),
            "required": forms.BooleanField(
                label=_("Required"), required=False, initial=bool(field.get("required"))
            ),
            "options": MultilineField(
                label=_("Choices"),
                max_length=20_000,
                required=False,
                initial=write_options(field),
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("One per line: the value that is sent, an equals sign, and its label."),
            ),
            "needed_if": LineField(
                label=_("Only if"),
                max_length=500,
                required=False,
                initial=f"{condition}={','.join(values)}" if condition else "",
                help_text=_("Another field and its values, such as: nexus=C31,C32"),
            ),
        }
        for name, control in controls.items():
            self.fields[f"{name}-{number}"] = control
        return tuple(f"{name}-{number}" for name in controls)


def _typed_fields(typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of a form, without the parts that have no name."""
    found = []
    for number in range(MAX_FIELDS):
        if not (name := typed.get(f"name-{number}")):
            continue
        field = {part: typed[f"{part}-{number}"] for part in ("label", "type", "required")}
        field |= {"name": name, "options": read_options(typed[f"options-{number}"])}
        condition, _sign, values = typed[f"needed_if-{number}"].partition("=")
        if condition:
            field["needed_if"] = [condition.strip(), [one.strip() for one in values.split(",")]]
        found.append(field)
    return found


def save_registry_fields(tld: Tld, typed: Mapping[str, Any], ctx: Context) -> str:
    """What the registry of a TLD asks for."""
    try:
        set_tld(tld=tld.tld, extra_fields=_typed_fields(typed), ctx=ctx)
    except BusinessError as error:
        error.field = ""
        raise
    return _("The registry fields were saved. Existing domains don't change.")
