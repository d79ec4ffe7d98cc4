"""Staff: who they are, what they may do, and changing it (backoffice.md 1)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.actions.staff_people.changing import (
    change_staff,
    deactivate_staff,
    delete_staff,
    reactivate_staff,
    reset_staff_factors,
    set_staff_permissions,
)
from commerce.accounts.actions.staff_people.making import create_staff
from commerce.accounts.labels import PERMISSION_LABELS, STAFF_ROLE_LABELS
from commerce.accounts.models import Staff
from commerce.accounts.staff_rules import StaffPermission, StaffRole
from commerce.backoffice.base.acts import ActForm, act_button
from commerce.backoffice.base.columns import Column, badge_column, choice_column, instant_column
from commerce.backoffice.base.filters import choice_filter
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.staff.labels import (
    PERMISSION_GROUPS,
    is_offered,
    state_labels,
)
from commerce.kit.acts.act import act_of


class RoleForm(ActForm):
    """Another role: nobody but a super admin makes another."""

    act = act_of(change_staff)

    def prepare(self) -> None:
        super().prepare()
        if self.staff is None or self.staff.role != StaffRole.SUPER_ADMIN:
            choices = self.fields["role"].choices  # type: ignore[attr-defined]
            self.set_choices("role", [one for one in choices if one[0] != StaffRole.SUPER_ADMIN])


class NewStaffForm(RoleForm):
    """A new staff person; the role brings its permissions."""

    act = act_of(create_staff)


class PermissionsForm(ActForm):
    """Single permissions, ticked on or off; those that allow nothing yet stay as they are."""

    act = act_of(set_staff_permissions)

    def prepare(self) -> None:
        super().prepare()
        groups = [
            (
                group,
                [
                    (str(one), PERMISSION_LABELS[one])
                    for one in StaffPermission
                    if one.startswith(prefix)
                ],
            )
            for prefix, group in PERMISSION_GROUPS
        ]
        self.set_choices("permissions", groups)

    def clean_permissions(self) -> list[str]:
        to_come = [one for one in self.record.permissions if not is_offered(one)]
        return [*self.cleaned_data["permissions"], *to_come]


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
        choice_column(_lazy("Role"), "role", lambda: STAFF_ROLE_LABELS),
        badge_column(
            _lazy("Status"), "is_active", state_labels, {True: "success", False: "neutral"}
        ),
        instant_column(_lazy("Last sign-in"), "last_sign_in_at"),
        Column(pgettext_lazy("network address", "From"), "last_sign_in_from"),
    )
    list_select_related = ("user",)
    list_filter = (choice_filter("role", _lazy("Role"), lambda: STAFF_ROLE_LABELS),)
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
                        str(PERMISSION_LABELS[one])
                        for one in StaffPermission
                        if one in staff.all_permissions and is_offered(one)
                    ),
                ),
                instant_column(_lazy("Created"), "created_at"),
            ),
        ),
    )
    list_actions = (act_button(create_staff, form=NewStaffForm),)
    record_actions = (
        act_button(change_staff, form=RoleForm),
        act_button(set_staff_permissions, form=PermissionsForm),
        act_button(reset_staff_factors),
        act_button(deactivate_staff),
        act_button(reactivate_staff),
        act_button(delete_staff),
    )

    def record_title(self, record: Staff) -> str:
        return record.user.get_full_name() or record.user.email

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Staff]":
        return super().get_queryset(request).select_related("user")
