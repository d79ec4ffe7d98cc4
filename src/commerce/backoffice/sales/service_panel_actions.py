"""The buttons by which staff have the panel of a service asked for something: each is a job."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.system.server_trials import TRY_NOW_INTRO, try_now, without_trouble
from commerce.hosting.account_requests import (
    request_account,
    request_new_password,
    request_package_change,
    request_refresh,
)
from commerce.hosting.models import Service
from commerce.hosting.modules.contract import ModuleCapability
from commerce.hosting.modules.registry import capabilities_of, module_class_of
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, ServiceStatus
from commerce.kit.context import Context
from commerce.presentation.labels import Text

type Data = Mapping[str, Any]


def _create(service: Service, data: Data, ctx: Context) -> str:
    request_account(service=service, ctx=ctx)
    return _("The account is being set up.")


def _change_package(service: Service, data: Data, ctx: Context) -> str:
    request_package_change(service=service, ctx=ctx)
    return _("The package is being changed.")


def _new_password(service: Service, data: Data, ctx: Context) -> str:
    request_new_password(service=service, ctx=ctx)
    return _("A new password is being set. The client can see it once in the portal.")


def _refresh(service: Service, data: Data, ctx: Context) -> str:
    request_refresh(service=service, ctx=ctx)
    return _("The control panel is being asked.")


def _lacks_account(service: Service) -> Text | None:
    if service.status == ServiceStatus.PENDING:
        return None
    lacks = not service.remote_id and not module_class_of(service).is_manual
    if service.status == ServiceStatus.ACTIVE and lacks:
        return None
    return _lazy("Only pending services, and active ones without an account.")


def _running(service: Service) -> Text | None:
    running = service.status in RUNNING_SERVICE_STATUSES
    return None if running else _lazy("Only active or suspended services.")


def _with_panel(service: Service) -> Text | None:
    if service.server is None or module_class_of(service).is_manual:
        return _lazy("This service has no control panel to ask.")
    return _running(service)


def _can(capability: ModuleCapability) -> Callable[[Service], Text | None]:
    def unavailable(service: Service) -> Text | None:
        if service.status != ServiceStatus.ACTIVE:
            return _lazy("Only active services.")
        if capability not in capabilities_of(service):
            return _lazy("The control panel of this service can't do that.")
        return None

    return unavailable


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
        unavailable=_lacks_account,
        intro=lambda _service: _lazy("A failed try starts again from the beginning."),
    ),
    RecordAction(
        name="package",
        label=_lazy("Apply package"),
        permission=StaffPermission.SERVICES_PROVISION,
        run=_change_package,
        unavailable=_running,
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
        unavailable=_can(ModuleCapability.SET_PASSWORD),
        intro=lambda _service: _lazy("The current password stops working. Staff never see it."),
    ),
    RecordAction(
        name="refresh",
        label=_lazy("Refresh info"),
        permission=StaffPermission.SERVICES_PROVISION,
        run=_refresh,
        unavailable=_with_panel,
        intro=lambda _service: _lazy("Asks the control panel. Nothing is changed."),
    ),
)
