"""Acting for a client, and what a documented request about personal data asks of staff (accounts.md 10)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.data_export.actions import (
    request_data_export,
    request_data_export_blocked_reason,
)
from commerce.accounts.erasure.actions.requests import (
    request_erasure,
    request_erasure_blocked_reason,
    withdraw_erasure,
    withdraw_erasure_blocked_reason,
)
from commerce.accounts.impersonation.actions import start_impersonation_blocked_reason
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.kit.context import Context


def _export(record: Client, values: Mapping[str, Any], ctx: Context) -> str:
    request_data_export(client=record, ctx=ctx)
    return _("Data export requested")


def _erase(record: Client, values: Mapping[str, Any], ctx: Context) -> str:
    request_erasure(client=record, reason=values["reason"], ctx=ctx)
    return _("Erasure requested. We've emailed all owners.")


def _keep(record: Client, values: Mapping[str, Any], ctx: Context) -> str:
    withdraw_erasure(client=record, ctx=ctx)
    return _("Data erasure withdrawn")


DATA_ACTIONS = (
    RecordAction(
        name="portal",
        label=_lazy("Go to the client's portal"),
        permission=StaffPermission.CLIENTS_IMPERSONATE,
        leads_to=lambda record: reverse("admin:login_as_client", args=[record.pk]),
        blocked=start_impersonation_blocked_reason,
    ),
    RecordAction(
        name="export-data",
        label=_lazy("Request export"),
        permission=StaffPermission.CLIENTS_ERASE,
        run=_export,
        blocked=request_data_export_blocked_reason,
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
        blocked=request_erasure_blocked_reason,
    ),
    RecordAction(
        name="keep-data",
        label=_lazy("Withdraw request"),
        permission=StaffPermission.CLIENTS_ERASE,
        run=_keep,
        blocked=withdraw_erasure_blocked_reason,
    ),
)
