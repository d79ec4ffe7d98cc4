"""Acting for a client, and what a documented request about personal data asks of staff (accounts.md 10)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.data_export.actions import request_data_export
from commerce.accounts.erasure.actions.requests import request_erasure, withdraw_erasure
from commerce.accounts.erasure.hooks import erasure_blockers
from commerce.accounts.erasure.rules import ErasureStatus
from commerce.accounts.labels import named_blockers
from commerce.accounts.models import Client, Erasure
from commerce.accounts.rules import ClientStatus
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.pages import Text
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


def _export(record: Client, values: Mapping[str, Any], ctx: Context) -> str:
    request_data_export(client=record, ctx=ctx)
    return _("Data export requested")


def _erase(record: Client, values: Mapping[str, Any], ctx: Context) -> str:
    request_erasure(client=record, reason=values["reason"], ctx=ctx)
    return _("Erasure requested. We've emailed all owners.")


def _keep(record: Client, values: Mapping[str, Any], ctx: Context) -> str:
    erasure = _open_erasure(record)
    if erasure is None:
        raise StateConflict("move.another_was_first")
    withdraw_erasure(erasure=erasure, ctx=ctx)
    return _("Data erasure withdrawn")


def _open_erasure(record: Client) -> Erasure | None:
    return Erasure.objects.for_client(record).open().first()


def _not_to_act_for(record: Client) -> Text | None:
    closed = _lazy("This account is closed. You can't sign in as it.")
    return closed if record.status == ClientStatus.CLOSED else None


def _not_to_erase(record: Client) -> Text | None:
    asked = Erasure.objects.for_client(record).exclude(status=ErasureStatus.WITHDRAWN).first()
    if asked is None:
        return None
    if asked.status == ErasureStatus.BLOCKED and (open_ones := erasure_blockers(record)):
        text = _("Erasure was requested, and is blocked by these: %(records)s.")
        return text % {"records": named_blockers(open_ones)}
    return _lazy("Erasure of this data has already been requested.")


def _not_to_keep(record: Client) -> Text | None:
    return None if _open_erasure(record) else _lazy("There's no erasure request to withdraw.")


DATA_ACTIONS = (
    RecordAction(
        name="portal",
        label=_lazy("Go to the client's portal"),
        permission=StaffPermission.CLIENTS_IMPERSONATE,
        leads_to=lambda record: reverse("admin:login_as_client", args=[record.pk]),
        unavailable=_not_to_act_for,
    ),
    RecordAction(
        name="export-data",
        label=_lazy("Request export"),
        permission=StaffPermission.CLIENTS_ERASE,
        run=_export,
        asks_password=True,
    ),
    RecordAction(
        name="erase-data",
        label=_lazy("Request erasure"),
        permission=StaffPermission.CLIENTS_ERASE,
        run=_erase,
        asks_reason=True,
        asks_password=True,
        is_danger=True,
        unavailable=_not_to_erase,
    ),
    RecordAction(
        name="keep-data",
        label=_lazy("Withdraw request"),
        permission=StaffPermission.CLIENTS_ERASE,
        run=_keep,
        unavailable=_not_to_keep,
    ),
)
