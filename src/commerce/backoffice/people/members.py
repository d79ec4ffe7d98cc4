"""`/admin/members`: who takes part in which client; what staff do for one of them."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.members import remove_member
from commerce.accounts.labels import RIGHT_LABELS
from commerce.accounts.mfa import has_factor
from commerce.accounts.models import Client, Membership
from commerce.accounts.records.clients import MEMBER_FIELDS
from commerce.accounts.rules import rights_of
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, columns_of, instant_column
from commerce.portal.base.security.sessions import live_sessions
from commerce.record_acts.clients import MEMBER_ACTS


def _two_factor(member: Membership) -> str:
    return _("On") if has_factor(member.user) else _("Off")


def _rights(member: Membership) -> str:
    granted = rights_of(member.role, member.rights)
    return ", ".join(str(text) for right, text in RIGHT_LABELS.items() if right in granted)


def _client_url(member: Membership) -> str:
    return reverse("admin:accounts_client_change", args=[member.client_id])


class MembershipAdmin(RecordAdmin):
    """People by the clients that they sign in for."""

    model = Membership
    described_by = MEMBER_FIELDS
    slug = "members"
    label = _lazy("Members")
    view_permission = StaffPermission.CLIENTS_VIEW
    menu = MenuGroup.CLIENTS
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
    record_actions = tuple(
        act_button(one, to=_client_url if one is remove_member else None) for one in MEMBER_ACTS
    )
    panels = (
        clients_panel(
            _lazy("Client"),
            lambda one: Client.objects.filter(memberships__user=one.user_id).order_by("-pk"),
        ),
        Panel(
            title=_lazy("Sessions"),
            permission=StaffPermission.CLIENTS_EDIT,
            columns=(
                Column(_lazy("Device"), "device"),
                Column(_lazy("IP address"), "address"),
                instant_column(_lazy("Last active"), "last_seen_at"),
            ),
            rows=lambda one: live_sessions(one.user),
        ),
    )

    def record_title(self, record: Membership) -> str:
        return f"{record.user.get_full_name()} · {record.client.name}"
