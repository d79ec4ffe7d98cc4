"""Custom fields in the forms of registration, profile and checkout, built and read in one place (accounts.md 9)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from commerce.accounts.custom_fields import in_words
from commerce.accounts.models import Client, CustomField, CustomValue
from commerce.accounts.rules import CUSTOM_LONGEST, custom_key
from commerce.portal.typed_fields import typed_field, typed_text


class CustomFieldsForm(forms.Form):
    """A form that asks for custom fields besides its own; call ``ask`` once it has them."""

    wide = frozenset({"textarea", "checkbox"})
    asked: Sequence[CustomField] = ()

    def ask(self, asked: Iterable[CustomField], client: Client | None = None) -> None:
        """Add a control for each field, filled with what the client has in it. Never give it admin-only ones (T9)."""
        self.asked = list(asked)
        rows = CustomValue.objects.for_client(client).filter(field__in=self.asked)
        stored = dict(rows.values_list("field_id", "value")) if client else {}
        for one in self.asked:
            key = custom_key(one.pk)
            self.fields[key] = typed_field(
                one.type,
                label=one.name,
                required=one.required,
                options=one.options,
                length=CUSTOM_LONGEST.get(one.type, 0),
            )
            self.initial[key] = stored.get(one.pk, "")

    def custom(self) -> list[tuple[forms.BoundField, bool]]:
        """The controls, each with whether it takes the whole row of a form in columns."""
        return [(self[custom_key(one.pk)], one.type in self.wide) for one in self.asked]

    def answers(self) -> Mapping[int, str]:
        """What was filled in, by the ids of the fields."""
        data = self.cleaned_data
        return {one.pk: typed_text(data[custom_key(one.pk)]) for one in self.asked}

    def said(self) -> list[tuple[str, str]]:
        """Label and value of those in which the client's record says something, for who only reads."""
        values = [(one, self.initial[custom_key(one.pk)]) for one in self.asked]
        return [(one.name, in_words(one.type, value)) for one, value in values if value]

    def own(self) -> dict[str, Any]:
        """What was filled into the form's own fields."""
        keys = {custom_key(one.pk) for one in self.asked}
        return {name: value for name, value in self.cleaned_data.items() if name not in keys}
