"""Staff: who they are, what they may do, and changing it (backoffice.md 1)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
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
from commerce.accounts.actions.staff_people.making import create_staff, invite_staff_again
from commerce.accounts.finding import all_staff_roles
from commerce.accounts.models import MachineAccount, Staff, StaffRole
from commerce.accounts.records.machine_accounts import MACHINE_ACCOUNT_FIELDS
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import ActForm, act_button
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import (
    Column,
    LinkColumn,
    badge_column,
    columns_of,
    instant_column,
)
from commerce.backoffice.lists.filters import choice_filter
from commerce.backoffice.staff.labels import (
    is_offered,
    permission_choices,
    permission_words,
    state_labels,
)
from commerce.kit.acts.act import act_of


class RoleForm(ActForm):
    """Another role: one of those that the person could have themselves."""

    act = act_of(change_staff)

    def prepare(self) -> None:
        super().prepare()
        assert self.staff is not None
        self.set_choices(
            "role", role_choices(self.staff, self.record.role if self.record else None)
        )


def role_choices(staff: Staff, current: StaffRole | None = None) -> list[tuple[str, str]]:
    """The roles that somebody can give, and the one that is there now."""
    held = staff.all_permissions
    return [
        (role.key, str(role))
        for role in all_staff_roles()
        if role == current
        or (role.all_permissions <= held and (staff.is_super_admin or not role.is_super_admin))
    ]


class NewStaffForm(RoleForm):
    """A new staff person, with a role: none is chosen yet, for the first of the list may do the most."""

    act = act_of(create_staff)

    def prepare(self) -> None:
        super().prepare()
        assert self.staff is not None
        self.set_choices("role", [("", _("Choose…")), *role_choices(self.staff)])


class PermissionsForm(ActForm):
    """What a person has besides their role; what was taken from it can only be given back."""

    act = act_of(set_staff_permissions)

    def prepare(self) -> None:
        super().prepare()
        assert self.staff is not None
        staff: Staff = self.record
        offered = self.staff.all_permissions.union(staff.extra_permissions)
        self.set_choices(
            "extra_permissions", permission_choices(offered - staff.role.all_permissions)
        )
        self.set_choices("removed_permissions", permission_choices(staff.removed_permissions))
        if not any(map(is_offered, staff.removed_permissions)):
            del self.fields["removed_permissions"]

    def clean_extra_permissions(self) -> list[str]:
        """Those that allow nothing yet stay as they are."""
        return [*self.cleaned_data["extra_permissions"], *_to_come(self.record.extra_permissions)]

    def clean_removed_permissions(self) -> list[str]:
        """The same."""
        kept = _to_come(self.record.removed_permissions)
        return [*self.cleaned_data["removed_permissions"], *kept]


def _to_come(permissions: list[str]) -> list[str]:
    return [one for one in permissions if not is_offered(one)]


def _roles_by_id() -> dict[Any, Any]:
    return {role.key: str(role) for role in all_staff_roles()}


class StaffAdmin(RecordAdmin):
    """`/admin/staff`."""

    model = Staff
    slug = "staff"
    label = pgettext_lazy("people", "Staff")
    view_permission = StaffPermission.STAFF_VIEW
    menu = MenuGroup.STAFF
    list_display = (
        Column(_lazy("Email"), "user__email", order="user__email"),
        Column(_lazy("Name"), "full_name", order="user__first_name user__last_name"),
        Column(_lazy("Role"), "role"),
        badge_column(
            _lazy("Status"), "is_active", state_labels, {True: "success", False: "neutral"}
        ),
        instant_column(_lazy("Last sign-in"), "last_sign_in_at"),
        Column(pgettext_lazy("network address", "From"), "last_sign_in_from"),
    )
    list_select_related = ("user", "role")
    list_filter = (choice_filter("role", _lazy("Role"), _roles_by_id),)
    search_fields = ("user__email", "user__first_name", "user__last_name")
    ordering = ("user__email", "pk")
    found_by_search = True
    record_fieldsets = (
        (pgettext_lazy("people", "Staff"), list_display),
        (
            _lazy("Access"),
            (
                LinkColumn(_lazy("Role"), "role"),
                Column(
                    _lazy("From the role"),
                    lambda staff: permission_words(staff.role.all_permissions),
                ),
                Column(
                    _lazy("Extra permissions"),
                    lambda staff: permission_words(staff.extra_permissions),
                ),
                Column(
                    _lazy("Removed from the role"),
                    lambda staff: permission_words(staff.removed_permissions),
                ),
                instant_column(_lazy("Created"), "created_at"),
            ),
        ),
    )
    list_actions = (act_button(create_staff, form=NewStaffForm),)
    record_actions = (
        act_button(change_staff, form=RoleForm),
        act_button(set_staff_permissions, form=PermissionsForm),
        act_button(invite_staff_again),
        act_button(reset_staff_factors),
        act_button(deactivate_staff),
        act_button(reactivate_staff),
        act_button(delete_staff),
    )

    panels = (
        Panel(
            title=_lazy("Machine accounts"),
            permission=StaffPermission.STAFF_VIEW,
            columns=columns_of(MACHINE_ACCOUNT_FIELDS, "name role confirmed_on"),
            rows=lambda staff: MachineAccount.objects.filter(owner=staff).order_by("machine_name"),
        ),
    )

    def record_title(self, record: Staff) -> str:
        return record.full_name or str(record)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Staff]":
        rows = super().get_queryset(request)
        return rows.filter(user__isnull=False).select_related("user", "role")
