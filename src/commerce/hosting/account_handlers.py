"""The jobs that change something about an account that is there, or ask its panel how it stands."""

from commerce.hosting.actions.accounts import record_account_reinstalled, store_account_info
from commerce.hosting.actions.passwords import password_to_set, store_password
from commerce.hosting.job_names import (
    CHANGE_PACKAGE,
    REFRESH_ACCOUNT,
    REINSTALL_ACCOUNT,
    SET_PASSWORD,
    SWITCH_POWER,
)
from commerce.hosting.models import Service
from commerce.hosting.modules.contract import ModuleCapability, PowerAction
from commerce.hosting.modules.registry import module_class_of
from commerce.hosting.panel_jobs import ask_panel, remote_of_service, service_in_state, service_of
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, ServiceStatus
from commerce.jobs.handlers import JobEffect, JobRun, PermanentFailure, job_handler
from commerce.jobs.rules import JobPriority
from commerce.kit.context import SYSTEM, Context


def _able(service: Service, capability: ModuleCapability) -> None:
    """Raises ``PermanentFailure`` where the panel cannot: it is for staff to do."""
    module = module_class_of(service)
    if capability not in module.capabilities:
        raise PermanentFailure(f"{module.label} cannot do this ({capability}): do it by hand.")


@job_handler(CHANGE_PACKAGE, one_at_a_time=True, audited=True, remote=remote_of_service)
def change_package(run: JobRun) -> JobEffect | None:
    """Give the account the package and the options that the service has by now."""
    service = service_in_state(run, *RUNNING_SERVICE_STATUSES)
    _able(service, ModuleCapability.CHANGE_PACKAGE)
    ask_panel(run, service, lambda module, account: module.change_package(account))
    return None


@job_handler(
    SET_PASSWORD,
    one_at_a_time=True,
    audited=True,
    remote=remote_of_service,
    priority=JobPriority.URGENT,
)
def set_password(run: JobRun) -> JobEffect:
    """Give the account a new password, which a member may read once."""
    service = service_in_state(run, ServiceStatus.ACTIVE)
    _able(service, ModuleCapability.SET_PASSWORD)
    password, _is_new = password_to_set(service, run.at)
    ask_panel(run, service, lambda module, account: module.set_password(account, password))
    return lambda: store_password(service, run.at)


@job_handler(REFRESH_ACCOUNT, one_at_a_time=True, audited=True, remote=remote_of_service)
def refresh_account(run: JobRun) -> JobEffect:
    """Ask how the account stands; nothing else here changes by it."""
    service = service_in_state(run, *RUNNING_SERVICE_STATUSES)
    return _store_info(run, service)


@job_handler(
    SWITCH_POWER,
    one_at_a_time=True,
    audited=True,
    remote=remote_of_service,
    priority=JobPriority.URGENT,
)
def switch_power(run: JobRun) -> JobEffect:
    """Start, stop or restart the machine."""
    service = service_in_state(run, ServiceStatus.ACTIVE)
    _able(service, ModuleCapability.POWER)
    action = PowerAction(run.args["power"])
    ask_panel(run, service, lambda module, account: module.power(account, action))
    return _store_info(run, service)


@job_handler(REINSTALL_ACCOUNT, one_at_a_time=True, audited=True, remote=remote_of_service)
def reinstall_account(run: JobRun) -> JobEffect:
    """Put the machine's template on it again, with a new password."""
    service = service_in_state(run, ServiceStatus.ACTIVE)
    _able(service, ModuleCapability.REINSTALL)
    password, _is_new = password_to_set(service, run.at)
    made = ask_panel(run, service, lambda module, account: module.reinstall(account, password))
    return lambda: record_account_reinstalled(
        service=service, made=made.account, ctx=Context(run.at, SYSTEM)
    )


def _store_info(run: JobRun, service: Service) -> JobEffect:
    found = ask_panel(run, service, lambda module, account: module.info(account))
    if found.account is None:
        raise PermanentFailure("The panel says nothing of this account.")
    account = found.account
    return lambda: store_account_info(
        service=service_of(run), account=account, ctx=Context(run.at, SYSTEM)
    )
