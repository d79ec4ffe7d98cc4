"""`/admin/members`: who takes part in which client; what staff do for one of them."""

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.members import (
    change_member,
    last_owner_blocked_reason,
    remove_member,
)
from commerce.accounts.actions.mfa import remove_all_factors, remove_all_factors_blocked_reason
from commerce.accounts.actions.passwords import (
    send_reset_link,
    send_reset_link_blocked_reason,
)
from commerce.accounts.actions.users import (
    mark_email_verified,
    send_verification_again,
    unverified_only_blocked_reason,
)
from commerce.accounts.labels import RIGHT_LABELS
from commerce.accounts.mfa import has_factor
from commerce.accounts.models import Client, Membership, User
from commerce.accounts.records.clients import MEMBER_FIELDS
from commerce.accounts.rules import rights_of, role_preset
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.columns import Column, columns_of, instant_column
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.people.member_forms import (
    OWNER_TAKES_PASSWORD,
    RoleForm,
    makes_owner,
    with_rights_to_come,
)
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict

type Data = Mapping[str, Any]


def _change(member: Membership, data: Data, ctx: Context) -> str:
    role = data["role"]
    former = member.rights if role == member.role else role_preset(role)
    rights = with_rights_to_come(data["rights"], former)
    change_member(membership=member, role=role, rights=rights, ctx=ctx)
    return _("Role and permissions saved.")


def _remove(member: Membership, data: Data, ctx: Context) -> Done:
    remove_member(membership=member, ctx=ctx)
    text = _("%(name)s was removed.") % {"name": member.user.get_full_name()}
    return Done(text, reverse("admin:accounts_client_change", args=[member.client_id]))


def _verify(member: Membership, data: Data, ctx: Context) -> str:
    mark_email_verified(user=member.user, ctx=ctx)
    return _("Email verified.")


def _send_verification(member: Membership, data: Data, ctx: Context) -> str:
    send_verification_again(user=member.user, ctx=ctx)
    return _("Sent a verification link to %(email)s.") % {"email": member.user.email}


def _send_reset(member: Membership, data: Data, ctx: Context) -> str:
    send_reset_link(user=member.user, ctx=ctx)
    return _("Sent a password reset link to %(email)s.") % {"email": member.user.email}


def _reset(member: Membership, data: Data, ctx: Context) -> str:
    remove_all_factors(user=member.user, reason=data["reason"], ctx=ctx)
    return _("Two-factor authentication reset. All sessions have ended.")


def _of_user(
    blocked_reason: Callable[[User, Context], StateConflict | None],
) -> Callable[[Membership, Context], StateConflict | None]:
    """What speaks against an action on the user of a membership."""
    return lambda member, ctx: blocked_reason(member.user, ctx)


def _two_factor(member: Membership) -> str:
    return _("On") if has_factor(member.user) else _("Off")


def _rights(member: Membership) -> str:
    granted = rights_of(member.role, member.rights)
    return ", ".join(str(text) for right, text in RIGHT_LABELS.items() if right in granted)


MEMBER_ACTIONS = (
    RecordAction(
        name="edit",
        label=_lazy("Role and permissions"),
        permission=StaffPermission.CLIENTS_EDIT,
        form=RoleForm,
        submit=_lazy("Save changes"),
        run=_change,
        asks_password_if=makes_owner,
        password_hint=OWNER_TAKES_PASSWORD,
    ),
    RecordAction(
        name="verify-email",
        label=_lazy("Verify email"),
        permission=StaffPermission.CLIENTS_EDIT,
        intro=lambda _member: _lazy(
            "They can then sign in without the link that we sent. Make sure the address is theirs."
        ),
        run=_verify,
        blocked=_of_user(unverified_only_blocked_reason),
    ),
    RecordAction(
        name="send-verification",
        label=_lazy("Send verification link"),
        permission=StaffPermission.CLIENTS_EDIT,
        run=_send_verification,
        blocked=_of_user(unverified_only_blocked_reason),
    ),
    RecordAction(
        name="send-reset",
        label=_lazy("Send password reset link"),
        permission=StaffPermission.CLIENTS_EDIT,
        intro=lambda _member: _lazy(
            "The link is emailed to them alone and works once, for 60 minutes. Nobody here sees it."
        ),
        run=_send_reset,
        blocked=_of_user(send_reset_link_blocked_reason),
    ),
    RecordAction(
        name="reset-two-factor",
        label=_lazy("Reset two-factor"),
        permission=StaffPermission.CLIENTS_EDIT,
        intro=lambda _member: _lazy(
            "All their two-factor methods and recovery codes are removed, for every account they"
            " belong to, and all their sessions end."
        ),
        run=_reset,
        asks_reason=True,
        asks_password=True,
        is_danger=True,
        blocked=_of_user(remove_all_factors_blocked_reason),
    ),
    RecordAction(
        name="remove",
        label=_lazy("Remove member"),
        permission=StaffPermission.CLIENTS_EDIT,
        intro=lambda _member: _lazy("Their API tokens for this client are revoked."),
        run=_remove,
        is_danger=True,
        blocked=last_owner_blocked_reason,
    ),
)


class MembershipAdmin(RecordAdmin):
    """People by the clients that they sign in for."""

    model = Membership
    described_by = MEMBER_FIELDS
    slug = "members"
    label = _lazy("Members")
    view_permission = StaffPermission.CLIENTS_VIEW
    menu = MenuGroup.CLIENTS
    icon = "person"
    found_by_search = True
    ordering = ("-pk",)
    search_fields = ("user__email", "user__first_name", "user__last_name")
    search_help_text = _lazy("Search by name or sign-in email")
    list_display = columns_of(MEMBER_FIELDS, "name email client role last_sign_in")
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                *columns_of(MEMBER_FIELDS, "name email"),
                instant_column(_lazy("Email verified"), "user__email_verified_at"),
                Column(_lazy("Two-factor authentication"), _two_factor),
                *columns_of(MEMBER_FIELDS, "last_sign_in"),
                Column(_lazy("Last sign-in from"), "user__last_login_ip"),
                *columns_of(MEMBER_FIELDS, "role"),
                Column(_lazy("Permissions"), _rights),
                *columns_of(MEMBER_FIELDS, "created_at"),
            ),
        ),
    )
    record_actions = MEMBER_ACTIONS
    panels = (
        clients_panel(
            _lazy("Client"),
            lambda one: Client.objects.filter(memberships__user=one.user_id).order_by("-pk"),
        ),
    )

    def record_title(self, record: Membership) -> str:
        return f"{record.user.get_full_name()} · {record.client.name}"
