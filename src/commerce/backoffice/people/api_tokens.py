"""`/admin/api-tokens`: who may use the API with what; staff revoke, and never see a token."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.labels import SCOPE_LABELS
from commerce.accounts.models import ApiToken
from commerce.accounts.rules import TokenStatus
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.columns import Column, day_column, instant_column, status_column
from commerce.backoffice.base.filters import status_filter
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.kit.context import Context
from commerce.presentation.labels import Text


def _revoke(token: ApiToken, data: Mapping[str, Any], ctx: Context) -> str:
    revoke_token(token=token, reason=data["reason"], ctx=ctx)
    return _("Token revoked. Requests with it are refused from now on.")


def _has_ended(token: ApiToken) -> Text | None:
    return None if token.status == TokenStatus.LIVE else _lazy("This token has already ended.")


def _scopes(token: ApiToken) -> str:
    return ", ".join(str(SCOPE_LABELS.get(scope, scope)) for scope in token.scopes)


def _networks(token: ApiToken) -> str:
    return ", ".join(token.networks) or _("Any network")


class ApiTokenAdmin(RecordAdmin):
    """API tokens of all clients, the newest first."""

    model = ApiToken
    slug = "api-tokens"
    label = _lazy("API tokens")
    view_permission = StaffPermission.CLIENTS_TOKENS
    menu = MenuGroup.CLIENTS
    icon = "key"
    ordering = ("-pk",)
    list_filter = (status_filter("token"),)
    search_fields = ("name", "maker__email")
    search_help_text = _lazy("Search by token name or email of its creator")
    linked_lookups = ("client",)
    list_display = (
        Column(_lazy("Name"), "name"),
        Column(_lazy("Client"), "client__name"),
        Column(_lazy("Created by"), "maker__email"),
        status_column("token"),
        day_column(_lazy("Expires"), "expires_on"),
        instant_column(_lazy("Last used"), "last_used_at"),
    )
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                status_column("token"),
                Column(_lazy("Client"), "client__name"),
                Column(_lazy("Created by"), "maker__email"),
                Column(_lazy("Scopes"), _scopes),
                Column(_lazy("Networks"), _networks),
                day_column(_lazy("Expires"), "expires_on"),
                instant_column(_lazy("Created"), "created_at"),
                instant_column(_lazy("Last used"), "last_used_at"),
                Column(_lazy("Last used from"), "last_used_from"),
                instant_column(_lazy("Revoked on"), "revoked_at"),
            ),
        ),
    )
    record_actions = (
        RecordAction(
            name="revoke",
            label=_lazy("Revoke"),
            permission=StaffPermission.CLIENTS_TOKENS,
            run=_revoke,
            asks_reason=True,
            is_danger=True,
            unavailable=_has_ended,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ApiToken]":
        return ApiToken.objects.select_related("client", "maker")
