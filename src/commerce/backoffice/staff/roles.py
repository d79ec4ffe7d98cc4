"""`/admin/roles`: what staff may do, by role, and what each role comes to (backoffice.md 1)."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.actions.staff_people.roles import (
    create_staff_role,
    delete_staff_role,
    edit_staff_role,
)
from commerce.accounts.models import MachineAccount, StaffRole
from commerce.accounts.records.machine_accounts import MACHINE_ACCOUNT_FIELDS
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import are_enough
from commerce.backoffice.base.acts import ActForm, act_button
from commerce.backoffice.base.pages import MenuGroup, Text, page_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, columns_of, instant_column
from commerce.backoffice.staff.labels import (
    PERMISSION_GROUPS,
    is_offered,
    permission_choices,
    permission_words,
)
from commerce.backoffice.staff.staff import role_choices
from commerce.catalog.models import Currency
from commerce.kit.acts.act import act_of
from commerce.kit.money import CURRENCY_EXPONENTS
from commerce.presentation.amounts import format_money


class NewRoleForm(ActForm):
    """A new role, from one that the person could give."""

    act = act_of(create_staff_role)

    def prepare(self) -> None:
        super().prepare()
        assert self.staff is not None
        self.set_choices("copy_of", role_choices(self.staff))


class EditRoleForm(ActForm):
    """What a role is called, and what whoever has it may do: of what the person has themselves."""

    act = act_of(edit_staff_role)
    previewed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    """The choice whose outcome for people the page has shown."""

    def prepare(self) -> None:
        super().prepare()
        assert self.staff is not None
        self.set_choices("permissions", permission_choices(self.staff.all_permissions))

    def clean_permissions(self) -> list[str]:
        """Those that allow nothing yet stay as they are."""
        role: StaffRole = self.record
        to_come = [str(one) for one in role.own_permissions if not is_offered(one)]
        return [*self.cleaned_data["permissions"], *to_come]

    def clean(self) -> dict[str, Any]:
        """Only what was shown is confirmed: another choice since is shown first."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = sha256(repr(sorted(values.get("permissions", ()))).encode()).hexdigest()
        if values.get("previewed") != chosen:
            values["confirmed"] = []
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["previewed"] = chosen  # type: ignore[index]
        return values


def _origin(role: StaffRole) -> Text:
    if not role.is_shipped:
        return _("Own")
    return _("Shipped") if role.is_as_shipped else _("Shipped, edited")


def _daily_limit(role: StaffRole) -> Text:
    if role.daily_limit is None:
        return _("None")
    code = Currency.objects.get(is_default=True).code
    return format_money(role.daily_limit * 10 ** CURRENCY_EXPONENTS[code], code)


def _words_of(prefix: str) -> Any:
    return lambda role: permission_words(
        {one for one in role.all_permissions if one.startswith(prefix)}
    )


class StaffRoleAdmin(RecordAdmin):
    """Roles with who has them, and the menu and buttons that result."""

    model = StaffRole
    slug = "roles"
    label = pgettext_lazy("staff", "Roles")
    view_permission = StaffPermission.STAFF_VIEW
    menu = MenuGroup.STAFF
    ordering = ("created_at", "pk")
    key_converter = "str"
    list_display = (
        Column(_lazy("Name"), str, order="name"),
        Column(_lazy("Origin"), _origin),
        Column(_lazy("People"), "people_count"),
        Column(_lazy("Daily limit"), _daily_limit),
        instant_column(_lazy("Created"), "created_at"),
    )
    record_fieldsets = (
        (_lazy("Details"), list_display),
        (
            _lazy("Permissions"),
            tuple(Column(title, _words_of(prefix)) for prefix, title in PERMISSION_GROUPS),
        ),
    )
    list_actions = (act_button(create_staff_role, form=NewRoleForm, to=page_of),)
    record_actions = (
        act_button(edit_staff_role, form=EditRoleForm),
        act_button(delete_staff_role),
    )
    panels = (
        Panel(
            title=_lazy("People"),
            permission=StaffPermission.STAFF_VIEW,
            columns=(
                Column(_lazy("Email"), str),
                Column(_lazy("Name"), "full_name"),
                Column(
                    _lazy("Extra permissions"),
                    lambda staff: permission_words(staff.extra_permissions),
                ),
                Column(
                    _lazy("Removed from the role"),
                    lambda staff: permission_words(staff.removed_permissions),
                ),
            ),
            rows=lambda role: role.people.people().select_related("user").order_by("user__email"),
            limit=200,
        ),
        Panel(
            title=_lazy("Machine accounts"),
            permission=StaffPermission.STAFF_VIEW,
            columns=columns_of(MACHINE_ACCOUNT_FIELDS, "name owner"),
            rows=lambda role: (
                MachineAccount.objects.filter(role=role)
                .select_related("owner__user")
                .order_by("machine_name")
            ),
        ),
    )
    record_template = "backoffice/staff/role.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return (
            super()
            .get_queryset(request)
            .annotate(people_count=Count("people", filter=Q(people__user__isnull=False)))
        )

    def record_notices(self, request: HttpRequest, record: Any) -> Iterable[Text]:
        """What came with a release since somebody edited it."""
        if record.new_permissions:
            text = _(
                "New in this installation since the role was last edited: %(permissions)s. Edit the role to"
                " decide on them."
            )
            yield text % {"permissions": permission_words(record.new_permissions)}

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """The menu that the role results in, and the buttons of each of its entries."""
        site: Any = self.admin_site
        admins = {f"{one.names}_changelist": one for one in site.record_admins}
        held = record.all_permissions
        return {
            "menu_of_role": [
                {
                    "group": group.label,
                    "label": item.label,
                    "buttons": _buttons(admins.get(item.page), held),
                }
                for group, items in site.menu.readable(held).items()
                for item, _url in items
            ]
        }


def _buttons(admin: RecordAdmin | None, held: frozenset[StaffPermission]) -> str:
    """The words of the buttons that somebody has there."""
    if admin is None:
        return ""
    actions = (*admin.list_actions, *admin.record_actions)
    return ", ".join(str(one.label) for one in actions if are_enough(held, one.permission))
