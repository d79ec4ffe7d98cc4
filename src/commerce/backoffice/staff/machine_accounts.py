"""`/admin/machine-accounts`: staff without sign-in, for programs. Owners see theirs; who sees staff sees them all."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.staff_people.api_tokens import create_machine_token
from commerce.accounts.actions.staff_people.machine_accounts import (
    confirm_machine_account,
    create_machine_account,
    deactivate_machine_account,
    reactivate_machine_account,
    set_machine_account_owner,
    set_machine_account_role,
)
from commerce.accounts.models import MachineAccount
from commerce.accounts.records.machine_accounts import MACHINE_ACCOUNT_FIELDS
from commerce.accounts.records.staff_tokens import STAFF_TOKEN_FIELDS
from commerce.accounts.staff_rules import ShippedRole, StaffPermission
from commerce.backoffice.base.access import may, signed_in_staff
from commerce.backoffice.base.acts import ActForm, act_button
from commerce.backoffice.base.pages import Access, MenuGroup, Text, page_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, badge_column, columns_of
from commerce.backoffice.staff.api_tokens import NewTokenForm
from commerce.backoffice.staff.labels import permission_words, state_labels
from commerce.backoffice.staff.staff import role_choices
from commerce.kit import clock
from commerce.kit.acts.act import act_of
from commerce.presentation.formats import format_day


class NewMachineAccountForm(ActForm):
    """A new one: its role is one that the person could give, its owner they themselves unless they say so."""

    act = act_of(create_machine_account)

    def prepare(self) -> None:
        super().prepare()
        assert self.staff is not None
        self.set_choices("role", [("", _("Choose…")), *machine_role_choices(self.staff)])
        self.initial.setdefault("owner", str(self.staff))


class MachineRoleForm(ActForm):
    """Another role for one."""

    act = act_of(set_machine_account_role)

    def prepare(self) -> None:
        super().prepare()
        assert self.staff is not None
        self.set_choices("role", machine_role_choices(self.staff))
        self.initial.setdefault("role", self.record.role_id)


class MachineTokenForm(NewTokenForm):
    """A token of a machine account."""

    act = act_of(create_machine_token)


def machine_role_choices(staff: Any) -> list[tuple[str, str]]:
    """The roles that somebody can give to a machine account."""
    return [one for one in role_choices(staff) if one[0] != ShippedRole.SUPER_ADMIN]


class MachineAccountAdmin(RecordAdmin):
    """Machine accounts, by name."""

    model = MachineAccount
    described_by = MACHINE_ACCOUNT_FIELDS
    slug = "machine-accounts"
    label = _lazy("Machine accounts")
    view_permission = Access.ANY_STAFF
    menu = MenuGroup.STAFF
    ordering = ("machine_name", "pk")
    search_fields = ("machine_name",)
    list_display = (
        *columns_of(MACHINE_ACCOUNT_FIELDS, "name owner"),
        Column(_lazy("Role"), "role"),
        badge_column(
            _lazy("Status"), "is_active", state_labels, {True: "success", False: "neutral"}
        ),
        *columns_of(MACHINE_ACCOUNT_FIELDS, "confirmed_on"),
    )
    list_select_related = ("owner__user", "role")
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                *list_display,
                Column(
                    _lazy("Permissions"), lambda machine: permission_words(machine.all_permissions)
                ),
                *columns_of(MACHINE_ACCOUNT_FIELDS, "created_at"),
            ),
        ),
    )
    list_actions = (act_button(create_machine_account, form=NewMachineAccountForm, to=page_of),)
    record_actions = (
        act_button(confirm_machine_account),
        act_button(create_machine_token, form=MachineTokenForm),
        act_button(set_machine_account_role, form=MachineRoleForm),
        act_button(set_machine_account_owner),
        act_button(deactivate_machine_account),
        act_button(reactivate_machine_account),
    )
    panels = (
        Panel(
            title=_lazy("Staff API tokens"),
            permission=Access.ANY_STAFF,
            columns=columns_of(STAFF_TOKEN_FIELDS, "name status expires_on last_used_at"),
            rows=lambda machine: machine.api_tokens.order_by("-pk"),
        ),
    )

    def record_title(self, record: MachineAccount) -> str:
        return record.machine_name

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows = super().get_queryset(request).select_related("owner__user", "owner__role", "role")
        if may(request, StaffPermission.STAFF_VIEW):
            return rows
        return rows.filter(owner=signed_in_staff(request))

    def record_notices(self, request: HttpRequest, record: Any) -> Iterable[Text]:
        """That its owner is asked, and that it does nothing without an answer or while they cannot sign in."""
        if record.is_active and record.stops_after:
            text = (
                _("Is it still needed? Without an answer, its tokens stop working after %(day)s.")
                if record.stops_after >= clock.now().astimezone(UTC).date()
                else _(
                    "Nobody said that it's still needed: its tokens stopped working after %(day)s."
                )
            )
            yield text % {"day": format_day(record.stops_after)}
        if not (record.owner.is_active and record.owner.person.is_active):
            yield _("Its owner can no longer sign in, so its tokens don't work. Change the owner.")
