"""`/admin/client-tokens`: who may use the API with what; staff revoke, and never see a token."""

from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import ApiToken
from commerce.accounts.records.clients import TOKEN_FIELDS
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import (
    columns_of,
)
from commerce.backoffice.lists.filters import status_filter
from commerce.record_acts.clients import TOKEN_ACTS


class ApiTokenAdmin(RecordAdmin):
    """API tokens of all clients, the newest first."""

    model = ApiToken
    described_by = TOKEN_FIELDS
    slug = "client-tokens"
    label = _lazy("API tokens")
    view_permission = StaffPermission.CLIENTS_TOKENS
    menu = MenuGroup.CLIENTS
    ordering = ("-pk",)
    list_filter = (status_filter("token"),)
    search_fields = ("name", "maker__email")
    search_help_text = _lazy("Search by token name or email of its creator")
    linked_lookups = ("client",)
    list_display = columns_of(TOKEN_FIELDS, "name client made_by status expires_on last_used_at")
    record_fieldsets = (
        (
            _lazy("Details"),
            columns_of(
                TOKEN_FIELDS,
                "status client made_by scopes networks expires_on created_at last_used_at last_used_from revoked_at",
            ),
        ),
    )
    record_actions = tuple(map(act_button, TOKEN_ACTS))
