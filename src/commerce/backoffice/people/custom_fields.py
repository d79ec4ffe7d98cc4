"""`/admin/custom-fields`: what an installation asks of its clients besides, and what staff note of each."""

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from commerce.accounts.actions.custom_fields import (
    change_custom_field,
    create_custom_field,
    delete_custom_field,
)
from commerce.accounts.labels import CUSTOM_FIELD_TYPE_LABELS
from commerce.accounts.models import CustomField
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, choice_column


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
    choice_column(_lazy("Type"), "type", lambda: CUSTOM_FIELD_TYPE_LABELS),
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
    ordering = ("position", "pk")
    list_display = COLUMNS
    record_fieldsets = (
        (
            _lazy("Details"),
            (*COLUMNS, Column(_lazy("Options"), lambda field: ", ".join(field.options))),
        ),
    )
    list_actions = (act_button(create_custom_field),)
    record_actions = (
        act_button(change_custom_field),
        act_button(delete_custom_field),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[CustomField]":
        return CustomField.objects.annotate(value_count=Count("values"))
