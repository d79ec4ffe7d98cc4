"""The buttons of a client's record, each of which calls the action of the app that the command line calls."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.annotations.tags import set_client_tags
from commerce.accounts.actions.custom_fields import (
    set_custom_values,
    set_custom_values_blocked_reason,
)
from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.impersonation.actions import start_impersonation_blocked_reason
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import page_of
from commerce.backoffice.people import client_forms
from commerce.backoffice.sales.new_order import NEW_ORDER
from commerce.catalog.actions.client_details import edit_client, open_client
from commerce.kit.context import Context
from commerce.record_acts.clients import CLIENT_ACTS, CLIENTS_ACTS

type Data = Mapping[str, Any]


def _set_custom_values(client: Client, data: Data, ctx: Context) -> str:
    values = client_forms.changed_custom_values(client, data)
    set_custom_values(client=client, values=values, ctx=ctx)
    return _("Custom fields saved.")


_PLACED = (open_client, edit_client, set_client_tags, invite_member)
"""Those that have their place before all others."""

ACTIONS_OF_MANY = tuple(map(act_button, CLIENTS_ACTS))

NEW_CLIENT = act_button(open_client, to=page_of)

CLIENT_ACTIONS = (
    act_button(edit_client),
    NEW_ORDER,
    act_button(set_client_tags, depends_on=client_forms.tags_of),
    RecordAction(
        name="custom-fields",
        label=_lazy("Custom fields"),
        permission=StaffPermission.CLIENTS_EDIT,
        form=client_forms.CustomValuesForm,
        submit=_lazy("Save changes"),
        run=_set_custom_values,
        depends_on=client_forms.custom_values_of,
        blocked=set_custom_values_blocked_reason,
    ),
    act_button(invite_member),
    RecordAction(
        name="portal",
        label=_lazy("Open portal"),
        permission=StaffPermission.CLIENTS_IMPERSONATE,
        leads_to=lambda record: reverse("admin:login_as_client", args=[record.pk]),
        blocked=start_impersonation_blocked_reason,
    ),
    *(act_button(one) for one in CLIENT_ACTS if one not in _PLACED),
)
