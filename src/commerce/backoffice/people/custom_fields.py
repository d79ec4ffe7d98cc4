"""`/admin/custom-fields`: what an installation asks of its clients besides, and what staff note of each."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, pgettext

from commerce.accounts.actions.custom_fields import (
    MAX_NAME_LENGTH,
    change_custom_field,
    create_custom_field,
    remove_custom_field,
)
from commerce.accounts.models import CustomField
from commerce.accounts.rules import CustomFieldType
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.columns import Column, choice_column
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.kit.context import Context
from commerce.portal.base.form_fields import LineField, MultilineField, WholeNumberField
from commerce.presentation.labels import Text

type Data = Mapping[str, Any]

TYPE_LABELS: dict[str, Text] = {
    CustomFieldType.TEXT: _lazy("Single line of text"),
    CustomFieldType.TEXTAREA: _lazy("Several lines of text"),
    CustomFieldType.DROPDOWN: _lazy("Dropdown"),
    CustomFieldType.CHECKBOX: _lazy("Checkbox"),
    CustomFieldType.DATE: _lazy("Date"),
}


def _tick(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


class CustomFieldForm(StaffForm):
    """What a field is called, what it takes, and where it is asked and shown."""

    name = LineField(label=_lazy("Name"), max_length=MAX_NAME_LENGTH)
    type = forms.ChoiceField(label=_lazy("Type"), choices=list(TYPE_LABELS.items()))
    options = MultilineField(
        label=_lazy("Options"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_lazy("For a dropdown: one per line."),
    )
    required = _tick(_lazy("Required"))
    show_on_registration = _tick(_lazy("Ask at registration"))
    show_on_order = _tick(_lazy("Ask with an order"))
    show_on_invoice = _tick(_lazy("Show on invoices"))
    admin_only = _tick(_lazy("For staff only"))
    position = WholeNumberField(
        label=_lazy("Position"),
        required=False,
        min_value=0,
        help_text=_lazy("Leave empty to put it last."),
    )

    def prepare(self) -> None:
        field: CustomField | None = self.record
        if field is not None:
            self.initial.update(
                {name: getattr(field, name) for name in CustomFieldForm.base_fields}
            )
            self.initial["options"] = "\n".join(field.options)
            self.fields["position"].required = True
            self.fields["position"].help_text = ""


def _fields(data: Data) -> dict[str, Any]:
    found = {name: data[name] for name in CustomFieldForm.base_fields}
    found["options"] = [line for line in data["options"].splitlines() if line.strip()]
    return found


def _create(_record: None, data: Data, ctx: Context) -> str:
    fields = _fields(data)
    if fields["position"] is None:
        del fields["position"]
    create_custom_field(**fields, ctx=ctx)
    return _("Custom field created.")


def _change(field: CustomField, data: Data, ctx: Context) -> str:
    change_custom_field(field=field, **_fields(data), ctx=ctx)
    return _("Custom field saved.")


def _delete(field: CustomField, data: Data, ctx: Context) -> Done:
    remove_custom_field(field=field, with_values=True, ctx=ctx)
    return Done(_("Custom field deleted."), reverse("admin:accounts_customfield_changelist"))


def _what_goes(field: CustomField) -> str:
    count = field.values.count()
    text = ngettext(
        "The answer of %(count)d client is deleted with it. Issued invoices keep what they say.",
        "The answers of %(count)d clients are deleted with it. Issued invoices keep what they say.",
        count,
    )
    return text % {"count": count}


def _places(field: CustomField) -> str:
    if field.admin_only:
        return _("Staff area")
    shown = [
        (field.show_on_registration, pgettext("sign-up", "Registration")),
        (field.show_on_order, _("Orders")),
        (field.show_on_invoice, _("Invoices")),
    ]
    return ", ".join([_("Profile"), *(place for is_shown, place in shown if is_shown)])


COLUMNS = (
    Column(_lazy("Name"), "name"),
    choice_column(_lazy("Type"), "type", lambda: TYPE_LABELS),
    Column(_lazy("Required"), lambda field: _("Yes") if field.required else _("No")),
    Column(_lazy("Shown on"), _places),
    Column(_lazy("Clients with a value"), "value_count"),
)


class CustomFieldAdmin(RecordAdmin):
    """Custom fields in the order in which people see them."""

    model = CustomField
    slug = "custom-fields"
    label = _lazy("Custom fields")
    view_permission = StaffPermission.SETTINGS_MANAGE
    menu = MenuGroup.SETTINGS
    icon = "list_alt"
    ordering = ("position", "pk")
    list_display = COLUMNS
    record_fieldsets = (
        (
            _lazy("Details"),
            (*COLUMNS, Column(_lazy("Options"), lambda field: ", ".join(field.options))),
        ),
    )
    list_actions = (
        RecordAction(
            name="new",
            label=_lazy("New custom field"),
            permission=StaffPermission.SETTINGS_MANAGE,
            form=CustomFieldForm,
            run=_create,
        ),
    )
    record_actions = (
        RecordAction(
            name="edit",
            label=_lazy("Edit"),
            permission=StaffPermission.SETTINGS_MANAGE,
            form=CustomFieldForm,
            submit=_lazy("Save changes"),
            run=_change,
        ),
        RecordAction(
            name="delete",
            label=_lazy("Delete"),
            permission=StaffPermission.SETTINGS_MANAGE,
            intro=_what_goes,
            run=_delete,
            is_danger=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[CustomField]":
        return CustomField.objects.annotate(value_count=Count("values"))
