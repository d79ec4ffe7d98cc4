"""Custom fields in the forms of registration, profile and checkout, built and read in one place (accounts.md 9)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms

from commerce.accounts.custom_fields import custom_value_text
from commerce.accounts.models import Client, CustomField, CustomValue
from commerce.accounts.rules import (
    CUSTOM_FIELD_PREFIX,
    MAX_CUSTOM_VALUE_LENGTH,
    CustomFieldType,
    custom_field_key,
)
from commerce.portal.base.form_fields import field_of_type, field_text


class CustomFieldsForm(forms.Form):
    """A form that asks for custom fields besides its own; call ``add_custom_fields`` once it has them."""

    restored_fields: ClassVar[tuple[str, ...]] = (f"{CUSTOM_FIELD_PREFIX}*",)

    wide = frozenset({CustomFieldType.TEXTAREA, CustomFieldType.CHECKBOX})
    custom_fields: Sequence[CustomField] = ()

    def add_custom_fields(
        self, fields: Iterable[CustomField], client: Client | None = None
    ) -> None:
        """Add a control for each field, filled with what the client has in it. Never give it admin-only ones (T9)."""
        self.custom_fields = list(fields)
        stored: dict[int, str] = {}
        if client and self.custom_fields:
            rows = CustomValue.objects.for_client(client).filter(field__in=self.custom_fields)
            stored = dict(rows.values_list("field_id", "value"))
        for one in self.custom_fields:
            key = custom_field_key(one.pk)
            self.fields[key] = field_of_type(
                one.type,
                label=one.name,
                required=one.required,
                options=one.options,
                length=MAX_CUSTOM_VALUE_LENGTH.get(one.type, 0),
            )
            self.initial[key] = stored.get(one.pk, "")

    def custom_controls(self) -> list[tuple[forms.BoundField, bool]]:
        """The controls, each with whether it takes the whole row of a form in columns."""
        return [
            (self[custom_field_key(one.pk)], one.type in self.wide) for one in self.custom_fields
        ]

    def answers(self) -> Mapping[int, str]:
        """What was filled in, by the ids of the fields."""
        data = self.cleaned_data
        return {one.pk: field_text(data[custom_field_key(one.pk)]) for one in self.custom_fields}

    def filled_in(self) -> list[tuple[str, str]]:
        """Label and value of those in which the client's record says something, for who only reads."""
        values = [(one, self.initial[custom_field_key(one.pk)]) for one in self.custom_fields]
        return [(one.name, custom_value_text(one.type, value)) for one, value in values if value]

    def own_values(self) -> dict[str, Any]:
        """What was filled into the form's own fields."""
        keys = {custom_field_key(one.pk) for one in self.custom_fields}
        return {name: value for name, value in self.cleaned_data.items() if name not in keys}
