"""Staff: who they are, what they may do, and changing it (backoffice.md 1)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.actions import staff as actions
from commerce.accounts.actions.staff import delete_staff
from commerce.accounts.models import Staff
from commerce.accounts.staff_rules import StaffPermission, StaffRole
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.columns import Column, badge_column, choice_column, instant_column
from commerce.backoffice.base.filters import choice_filter
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.staff.labels import (
    PERMISSION_GROUPS,
    is_offered,
    permission_labels,
    role_labels,
    state_labels,
)
from commerce.kit.context import Context
from commerce.portal.base.form_fields import LineField, PlainEmailField
from commerce.record_acts import STAFF_ACTS


class NewStaffForm(StaffForm):
    """A new staff person; the role brings its permissions."""

    email = PlainEmailField(label=_lazy("Email"), max_length=254)
    first_name = LineField(label=_lazy("First name"), max_length=100)
    last_name = LineField(label=_lazy("Last name"), max_length=100)
    role = forms.ChoiceField(label=_lazy("Role"))

    def prepare(self) -> None:
        self.set_choices("role", _roles_for(self.staff))
        self.initial["role"] = StaffRole.SUPPORT


class RoleForm(StaffForm):
    """Another role."""

    role = forms.ChoiceField(
        label=_lazy("Role"),
        help_text=_lazy(
            "A new role replaces the person's permissions with the defaults of that role."
        ),
    )

    def prepare(self) -> None:
        self.set_choices("role", _roles_for(self.staff))
        self.initial["role"] = self.record.role


class PermissionsForm(StaffForm):
    """Single permissions, ticked on or off."""

    permissions = forms.MultipleChoiceField(
        label=_lazy("Permissions"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        labels = permission_labels()
        groups = [
            (group, [(str(one), labels[one]) for one in StaffPermission if one.startswith(prefix)])
            for prefix, group in PERMISSION_GROUPS
        ]
        self.set_choices("permissions", groups)
        self.initial["permissions"] = self.record.permissions


def _roles_for(staff: Staff | None) -> list[tuple[str, Any]]:
    """What a person can choose: nobody but a super admin makes another."""
    is_super = staff is not None and staff.role == StaffRole.SUPER_ADMIN
    return [
        (role, label)
        for role, label in role_labels().items()
        if is_super or role != StaffRole.SUPER_ADMIN
    ]


def _create(record: None, values: Mapping[str, Any], ctx: Context) -> Done:
    staff = actions.create_staff(**values, ctx=ctx)
    text = _("%(email)s is now staff. We sent them a link to choose a password.")
    return Done(text % {"email": staff.user.email})


def _change_role(record: Staff, values: Mapping[str, Any], ctx: Context) -> str:
    actions.change_staff(staff=record, role=values["role"], ctx=ctx)
    return _("Role changed.")


def _change_permissions(record: Staff, values: Mapping[str, Any], ctx: Context) -> str:
    to_come = [one for one in record.permissions if not is_offered(one)]
    permissions = [*values["permissions"], *to_come]
    actions.set_staff_permissions(staff=record, permissions=permissions, ctx=ctx)
    return _("Permissions changed.")


_MANAGE = StaffPermission.STAFF_MANAGE


class StaffAdmin(RecordAdmin):
    """`/admin/staff`."""

    model = Staff
    slug = "staff"
    label = pgettext_lazy("people", "Staff")
    view_permission = StaffPermission.STAFF_VIEW
    menu = MenuGroup.SETTINGS
    icon = "badge"
    list_display = (
        Column(_lazy("Email"), "user__email", order="user__email"),
        Column(_lazy("Name"), lambda staff: staff.user.get_full_name()),
        choice_column(_lazy("Role"), "role", role_labels),
        badge_column(
            _lazy("Status"), "is_active", state_labels, {True: "success", False: "neutral"}
        ),
        instant_column(_lazy("Last sign-in"), "last_sign_in_at"),
        Column(pgettext_lazy("network address", "From"), "last_sign_in_from"),
    )
    list_select_related = ("user",)
    list_filter = (choice_filter("role", _lazy("Role"), role_labels),)
    search_fields = ("user__email", "user__first_name", "user__last_name")
    ordering = ("user__email", "pk")
    found_by_search = True
    record_fieldsets = (
        (pgettext_lazy("people", "Staff"), list_display),
        (
            _lazy("Access"),
            (
                Column(
                    _lazy("Permissions"),
                    lambda staff: ", ".join(
                        str(permission_labels()[one])
                        for one in StaffPermission
                        if one in staff.all_permissions and is_offered(one)
                    ),
                ),
                instant_column(_lazy("Created"), "created_at"),
            ),
        ),
    )
    list_actions = (
        RecordAction(
            name="new",
            label=_lazy("Add staff"),
            permission=_MANAGE,
            form=NewStaffForm,
            run=_create,
            asks_password=True,
        ),
    )
    record_actions = (
        RecordAction(
            name="role",
            label=_lazy("Change role"),
            permission=_MANAGE,
            form=RoleForm,
            run=_change_role,
            blocked=actions.change_staff_blocked_reason,
            asks_password=True,
        ),
        RecordAction(
            name="permissions",
            label=_lazy("Change permissions"),
            permission=_MANAGE,
            form=PermissionsForm,
            run=_change_permissions,
            blocked=actions.set_staff_permissions_blocked_reason,
            asks_password=True,
        ),
        *(
            act_button(one, to=(lambda _staff: "/admin/staff") if one is delete_staff else None)
            for one in STAFF_ACTS
        ),
    )

    def record_title(self, record: Staff) -> str:
        return record.user.get_full_name() or record.user.email

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Staff]":
        return super().get_queryset(request).select_related("user")
