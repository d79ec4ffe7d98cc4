"""The buttons by which staff have the panel of a service asked for something: each is a job."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.system.server_trials import TRY_NOW_INTRO, try_now, without_trouble
from commerce.hosting.account_requests import (
    account_blocked_reason,
    apply_service_package,
    new_password_blocked_reason,
    package_blocked_reason,
    refresh_blocked_reason,
    request_account,
    request_new_password,
    request_refresh,
)
from commerce.hosting.models import Service
from commerce.kit.context import Context

type Data = Mapping[str, Any]


def _create(service: Service, data: Data, ctx: Context) -> str:
    request_account(service=service, ctx=ctx)
    return _("The account is being set up.")


def _change_package(service: Service, data: Data, ctx: Context) -> str:
    apply_service_package(service=service, ctx=ctx)
    return _("The package is being changed.")


def _new_password(service: Service, data: Data, ctx: Context) -> str:
    request_new_password(service=service, ctx=ctx)
    return _("A new password is being set. The client can see it once in the portal.")


def _refresh(service: Service, data: Data, ctx: Context) -> str:
    request_refresh(service=service, ctx=ctx)
    return _("The control panel is being asked.")


PANEL_ACTIONS = (
    RecordAction(
        name="try-now",
        label=_lazy("Try now"),
        permission=StaffPermission.SERVICES_PROVISION,
        run=lambda service, _data, ctx: try_now(service.server, ctx),
        is_atomic=False,
        unavailable=lambda service: without_trouble(service.server),
        intro=lambda _service: TRY_NOW_INTRO,
    ),
    RecordAction(
        name="create",
        label=_lazy("Create account now"),
        permission=StaffPermission.SERVICES_PROVISION,
        run=_create,
        blocked=account_blocked_reason,
        intro=lambda _service: _lazy("A failed try starts again from the beginning."),
    ),
    RecordAction(
        name="package",
        label=_lazy("Apply package"),
        permission=StaffPermission.SERVICES_PROVISION,
        run=_change_package,
        blocked=package_blocked_reason,
        intro=lambda service: (
            _lazy("The account gets the package and options of its product: %(package)s.")
            % {"package": service.product.package or service.product.name}
        ),
    ),
    RecordAction(
        name="password",
        label=_lazy("Set new password"),
        permission=StaffPermission.SERVICES_PROVISION,
        run=_new_password,
        blocked=new_password_blocked_reason,
        intro=lambda _service: _lazy("The current password stops working. Staff never see it."),
    ),
    RecordAction(
        name="refresh",
        label=_lazy("Refresh info"),
        permission=StaffPermission.SERVICES_PROVISION,
        run=_refresh,
        blocked=refresh_blocked_reason,
        intro=lambda _service: _lazy("Asks the control panel. Nothing is changed."),
    ),
)
