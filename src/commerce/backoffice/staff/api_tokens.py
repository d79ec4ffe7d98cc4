"""`/admin/api-tokens`: tokens of the staff API. Each person has their own; who sees staff sees them all."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.staff_people.api_tokens import (
    STAFF_WRITES_SHOWN,
    create_staff_token,
    is_never_by_token,
    revoke_staff_token,
)
from commerce.accounts.models import StaffToken
from commerce.accounts.records.staff_tokens import STAFF_TOKEN_FIELDS, STAFF_TOKEN_WRITE_FIELDS
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, signed_in_staff
from commerce.backoffice.base.acts import ActForm, act_button
from commerce.backoffice.base.pages import Access, MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import columns_of
from commerce.backoffice.lists.filters import status_filter
from commerce.backoffice.staff.labels import permission_choices
from commerce.kit.acts.act import act_of, all_acts


class NewTokenForm(ActForm):
    """A new token: it can be given what its person may, and acts that ask for their password by name."""

    act = act_of(create_staff_token)

    def prepare(self) -> None:
        super().prepare()
        of_whom = self.record or self.staff
        assert of_whom is not None
        self.set_choices("permissions", permission_choices(of_whom.all_permissions))
        label, hint = self.fields["acts"].label, self.fields["acts"].help_text
        self.fields["acts"] = forms.MultipleChoiceField(
            label=label,
            help_text=hint,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[
                (one.key, f"{one.label} ({one.key})")
                for one in all_acts()
                if one.staff and one.asks_password and not is_never_by_token(one.key)
            ],
        )


def _writes(token: StaffToken) -> "QuerySet[Any]":
    return token.writes.order_by("-at", "-pk")


class StaffTokenAdmin(RecordAdmin):
    """Tokens of the staff API, the newest first."""

    model = StaffToken
    described_by = STAFF_TOKEN_FIELDS
    slug = "api-tokens"
    label = _lazy("Staff API tokens")
    view_permission = Access.ANY_STAFF
    menu = MenuGroup.STAFF
    ordering = ("-pk",)
    list_filter = (status_filter("token"),)
    list_display = columns_of(STAFF_TOKEN_FIELDS, "name staff status expires_on last_used_at")
    record_fieldsets = (
        (
            _lazy("Details"),
            columns_of(
                STAFF_TOKEN_FIELDS,
                "status staff permissions acts networks spending_limit expires_on created_at last_used_at"
                " last_used_from revoked_at",
            ),
        ),
    )
    list_actions = (act_button(create_staff_token, form=NewTokenForm),)
    record_actions = (act_button(revoke_staff_token),)
    panels = (
        Panel(
            title=_lazy("Recent writes"),
            permission=Access.ANY_STAFF,
            columns=columns_of(STAFF_TOKEN_WRITE_FIELDS, "at path status code"),
            rows=_writes,
            limit=STAFF_WRITES_SHOWN,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows = super().get_queryset(request).select_related("staff__user")
        if may(request, StaffPermission.STAFF_VIEW):
            return rows
        own = signed_in_staff(request)
        return rows.filter(Q(staff=own) | Q(staff__owner=own))
