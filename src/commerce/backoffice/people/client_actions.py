"""The buttons of a client's record, each of which calls the action of the app that the command line calls."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.annotations.tags import (
    set_client_tags,
    set_client_tags_blocked_reason,
)
from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.custom_fields import (
    set_custom_values,
    set_custom_values_blocked_reason,
)
from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.registration import open_client_account
from commerce.accounts.impersonation.actions import start_impersonation_blocked_reason
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.people import client_forms
from commerce.backoffice.sales.new_order import PLACE_ORDER
from commerce.kit.context import Context
from commerce.record_acts import CLIENT_ACTS

type Data = Mapping[str, Any]


def _create(_record: None, data: Data, ctx: Context) -> Done:
    details = {name: data[name] for name in client_forms.ClientForm.base_fields}
    details["email"] = details["email"] or data["owner_email"]
    client, _is_new = open_client_account(owner_email=data["owner_email"], ctx=ctx, **details)
    return Done(_("Client created."), reverse("admin:accounts_client_change", args=[client.pk]))


def _edit(client: Client, data: Data, ctx: Context) -> str:
    details = {name: data[name] for name in client_forms.ClientForm.base_fields}
    change_client(client=client, ctx=ctx, **details)
    return _("Client saved.")


def _set_custom_values(client: Client, data: Data, ctx: Context) -> str:
    values = client_forms.changed_custom_values(client, data)
    set_custom_values(client=client, values=values, ctx=ctx)
    return _("Custom fields saved.")


def _set_tags(client: Client, data: Data, ctx: Context) -> str:
    set_client_tags(client=client, tags=list(data["tags"]), ctx=ctx)
    return _("Tags saved.")


NEW_CLIENT = RecordAction(
    name="new",
    label=_lazy("New client"),
    permission=StaffPermission.CLIENTS_CREATE,
    form=client_forms.NewClientForm,
    run=_create,
)

CLIENT_ACTIONS = (
    RecordAction(
        name="edit",
        label=_lazy("Edit"),
        permission=StaffPermission.CLIENTS_EDIT,
        form=client_forms.ClientForm,
        submit=_lazy("Save changes"),
        run=_edit,
    ),
    PLACE_ORDER,
    RecordAction(
        name="tags",
        label=_lazy("Tags"),
        permission=StaffPermission.CLIENTS_NOTES,
        form=client_forms.TagsForm,
        submit=_lazy("Save changes"),
        run=_set_tags,
        depends_on=client_forms.tags_of,
        blocked=set_client_tags_blocked_reason,
    ),
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
        label=_lazy("Go to the client's portal"),
        permission=StaffPermission.CLIENTS_IMPERSONATE,
        leads_to=lambda record: reverse("admin:login_as_client", args=[record.pk]),
        blocked=start_impersonation_blocked_reason,
    ),
    *(act_button(one) for one in CLIENT_ACTS if one is not invite_member),
)
