"""The buttons of a client's record, each of which calls the action of the app that the command line calls."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.accounts.actions.annotations.notes import add_note
from commerce.accounts.actions.annotations.tags import (
    set_client_tags,
    set_client_tags_blocked_reason,
)
from commerce.accounts.actions.client_flags import (
    dunning_off_blocked_reason,
    dunning_on_blocked_reason,
    end_exemption,
    end_exemption_blocked_reason,
    exempt_client,
    set_api_rate,
    set_dunning,
)
from commerce.accounts.actions.client_groups import set_client_group
from commerce.accounts.actions.clients import (
    change_client,
    close_client_blocked_reason,
    reopen_client,
    reopen_client_blocked_reason,
    suspend_client,
    suspend_client_blocked_reason,
)
from commerce.accounts.actions.custom_fields import (
    set_custom_values,
    set_custom_values_blocked_reason,
)
from commerce.accounts.actions.invitations import invite_member, invite_member_blocked_reason
from commerce.accounts.actions.registration import open_client_account
from commerce.accounts.models import Client
from commerce.accounts.rules import role_preset
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import Done, RecordAction
from commerce.backoffice.people import client_forms
from commerce.backoffice.people.client_data import DATA_ACTIONS
from commerce.backoffice.people.member_forms import (
    OWNER_TAKES_PASSWORD,
    InvitationForm,
    makes_owner,
)
from commerce.backoffice.people.vat_actions import VAT_ACTIONS
from commerce.backoffice.sales.new_order import PLACE_ORDER
from commerce.hosting.actions.client_services import (
    suspend_client_services,
    suspend_client_services_blocked_reason,
)
from commerce.kit.context import Context
from commerce.orders.actions.account_closing import close_client_account
from commerce.presentation.amounts import format_money

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


def _set_group(client: Client, data: Data, ctx: Context) -> str:
    set_client_group(client=client, group=data["group"], ctx=ctx)
    return _("Client group saved.")


def _add_note(client: Client, data: Data, ctx: Context) -> str:
    add_note(client=client, body=data["body"], is_sticky=data["is_sticky"], ctx=ctx)
    return _("Note added.")


def _invite(client: Client, data: Data, ctx: Context) -> str:
    role = data["role"]
    invite_member(client=client, email=data["email"], role=role, rights=role_preset(role), ctx=ctx)
    return _("Invitation sent to %(email)s.") % {"email": data["email"]}


def _suspend(client: Client, data: Data, ctx: Context) -> str:
    suspend_client(client=client, reason=data["reason"], ctx=ctx)
    return _("Client suspended. Members can still sign in and pay, but can't order.")


def _reopen(client: Client, data: Data, ctx: Context) -> str:
    reopen_client(client=client, reason=data["reason"], ctx=ctx)
    return _("Client reactivated.")


def _suspend_services(client: Client, data: Data, ctx: Context) -> str:
    count = suspend_client_services(client=client, reason=data["reason"], ctx=ctx)
    text = ngettext(
        "%(count)d service is being suspended.", "%(count)d services are being suspended.", count
    )
    return text % {"count": count}


def _close(client: Client, data: Data, ctx: Context) -> str:
    left = close_client_account(
        client=client, reason=data["reason"], end_everything=data["end_everything"], ctx=ctx
    )
    if not left:
        return _("Account closed.")
    credit = ", ".join(format_money(money.amount, money.currency) for money in left)
    return _("Account closed. Credit to pay out: %(credit)s.") % {"credit": credit}


def _exempt(client: Client, data: Data, ctx: Context) -> str:
    exempt_client(client=client, reason=data["reason"], until=data["until"], ctx=ctx)
    return _("Client is exempt from tax.")


def _end_exemption(client: Client, data: Data, ctx: Context) -> str:
    end_exemption(client=client, reason=data["reason"], ctx=ctx)
    return _("Client is no longer exempt from tax.")


def _dunning_off(client: Client, data: Data, ctx: Context) -> str:
    set_dunning(client=client, on=False, reason=data["reason"], ctx=ctx)
    return _("Dunning turned off.")


def _dunning_on(client: Client, data: Data, ctx: Context) -> str:
    set_dunning(client=client, on=True, reason=data["reason"], ctx=ctx)
    return _("Dunning turned on.")


def _set_rate(client: Client, data: Data, ctx: Context) -> str:
    set_api_rate(client=client, rate=data["rate"], ctx=ctx)
    return _("API rate saved.")


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
        name="note",
        label=_lazy("Add note"),
        permission=StaffPermission.CLIENTS_NOTES,
        form=client_forms.NoteForm,
        run=_add_note,
    ),
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
        name="group",
        label=_lazy("Client group"),
        permission=StaffPermission.CLIENTS_EDIT,
        form=client_forms.GroupChoiceForm,
        submit=_lazy("Save changes"),
        run=_set_group,
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
    RecordAction(
        name="invite",
        label=_lazy("Invite member"),
        permission=StaffPermission.CLIENTS_EDIT,
        form=InvitationForm,
        run=_invite,
        asks_password_if=makes_owner,
        password_hint=OWNER_TAKES_PASSWORD,
        blocked=invite_member_blocked_reason,
    ),
    RecordAction(
        name="api-rate",
        label=_lazy("API rate"),
        permission=StaffPermission.CLIENTS_TOKENS,
        form=client_forms.ApiRateForm,
        submit=_lazy("Save changes"),
        run=_set_rate,
    ),
    RecordAction(
        name="exempt",
        label=_lazy("Exempt from tax"),
        permission=StaffPermission.CLIENTS_EDIT,
        form=client_forms.ExemptionForm,
        run=_exempt,
        asks_reason=True,
    ),
    RecordAction(
        name="end-exemption",
        label=_lazy("End tax exemption"),
        permission=StaffPermission.CLIENTS_EDIT,
        run=_end_exemption,
        asks_reason=True,
        blocked=end_exemption_blocked_reason,
    ),
    RecordAction(
        name="dunning-off",
        label=_lazy("Turn off dunning"),
        permission=StaffPermission.CLIENTS_EDIT,
        run=_dunning_off,
        asks_reason=True,
        blocked=dunning_off_blocked_reason,
    ),
    RecordAction(
        name="dunning-on",
        label=_lazy("Turn on dunning"),
        permission=StaffPermission.CLIENTS_EDIT,
        run=_dunning_on,
        asks_reason=True,
        blocked=dunning_on_blocked_reason,
    ),
    RecordAction(
        name="suspend",
        label=_lazy("Suspend client"),
        permission=StaffPermission.CLIENTS_SUSPEND,
        run=_suspend,
        asks_reason=True,
        blocked=suspend_client_blocked_reason,
    ),
    RecordAction(
        name="reopen",
        label=_lazy("Reactivate client"),
        permission=StaffPermission.CLIENTS_SUSPEND,
        run=_reopen,
        asks_reason=True,
        blocked=reopen_client_blocked_reason,
    ),
    RecordAction(
        name="suspend-services",
        label=_lazy("Suspend all services"),
        permission=StaffPermission.CLIENTS_SUSPEND,
        run=_suspend_services,
        asks_reason=True,
        asks_password=True,
        is_danger=True,
        blocked=suspend_client_services_blocked_reason,
    ),
    RecordAction(
        name="close",
        label=_lazy("Close account"),
        permission=StaffPermission.CLIENTS_SUSPEND,
        form=client_forms.CloseForm,
        run=_close,
        asks_reason=True,
        asks_password=True,
        is_danger=True,
        blocked=close_client_blocked_reason,
    ),
    *VAT_ACTIONS,
    *DATA_ACTIONS,
)
