"""What staff fill in about a client in a form of its own: custom fields."""

from collections.abc import Mapping
from typing import Any

from commerce.accounts.models import (
    Client,
    ClientTag,
    CustomField,
    CustomValue,
)
from commerce.accounts.rules import custom_field_key
from commerce.backoffice.base.forms import StaffForm
from commerce.portal.base.custom_fields import CustomFieldsForm
from commerce.portal.base.form_fields import field_text


class CustomValuesForm(StaffForm, CustomFieldsForm):
    """All custom fields of a client, those for staff alone too."""

    def prepare(self) -> None:
        self.add_custom_fields(CustomField.objects.in_order(), self.record)
        for field in self.fields.values():  # staff correct one answer without knowing the others
            field.required = False


def changed_custom_values(client: Client, data: Mapping[str, Any]) -> dict[CustomField, str]:
    """What was typed into the form above, where it differs from what the record says."""
    stored = dict(CustomValue.objects.for_client(client).values_list("field_id", "value"))
    typed = {
        field: field_text(data[custom_field_key(field.pk)])
        for field in CustomField.objects.in_order()
        if custom_field_key(field.pk) in data
    }
    return {field: text for field, text in typed.items() if text != stored.get(field.pk, "")}


def custom_values_of(client: Client) -> list[tuple[int, str]]:
    """What is stored of a client, to see whether another person changes it meanwhile."""
    rows = CustomValue.objects.for_client(client).order_by("field_id")
    return list(rows.values_list("field_id", "value"))


def tags_of(client: Client) -> list[int]:
    """The same of its tags."""
    return sorted(ClientTag.objects.for_client(client).values_list("pk", flat=True))
