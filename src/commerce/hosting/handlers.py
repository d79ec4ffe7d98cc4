"""The jobs of a service's life: what the module is asked, and what its answer changes here."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from commerce.catalog.rules import ProductType
from commerce.hosting.account_creation import create_once
from commerce.hosting.actions.accounts import (
    prepare_account,
    record_account_made,
    service_with_same_account,
)
from commerce.hosting.actions.editing import change_suspension_reason
from commerce.hosting.actions.passwords import forget_password, password_to_set
from commerce.hosting.actions.staff import MAX_USERNAME_LENGTH
from commerce.hosting.actions.states import activate_service, resume_service, terminate_service
from commerce.hosting.emails import send_capacity_missing_email
from commerce.hosting.job_names import (
    CREATE_ACCOUNT,
    REFRESH_ACCOUNT,
    RESUME_ACCOUNT,
    SUSPEND_ACCOUNT,
    TERMINATE_ACCOUNT,
    service_job_subject,
)
from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.modules.registry import module_class_of
from commerce.hosting.panel_jobs import (
    ask_panel,
    module_and_account,
    remote_of_service,
    require_success,
    service_in_state,
    service_of,
    terminate_at_panel,
)
from commerce.hosting.provisioning import (
    SUSPENDED_AS_OVERDUE,
    finish_suspension,
    reason_still_holds,
    switch_on,
)
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.jobs.handlers import (
    JobEffect,
    JobRun,
    Obsolete,
    PermanentFailure,
    RetryLater,
    job_handler,
)
from commerce.jobs.progress import forget_waiting, progress_of
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError

NO_CAPACITY_SECONDS, NO_CAPACITY_MAX_SECONDS = 3600, 7 * 86400


def _made_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    service = service_of(run)
    username, named = typed.get("username", "").strip(), typed.get("server", "").strip()
    if service.product.type == ProductType.HOSTING and not username:
        raise BusinessError("service.no_username", field="username")
    if len(username) > MAX_USERNAME_LENGTH:
        raise BusinessError("service.text_too_long", most=MAX_USERNAME_LENGTH, field="username")
    server = Server.objects.filter(name=named).first() if named else service.server
    if named and server is None:
        raise BusinessError("service.server_unknown", name=named, field="server")
    forget_password(service)
    try:
        with transaction.atomic():
            activate_service(
                service=service,
                server=server,
                username=username,
                remote_id=typed.get("remote_id", "").strip(),
                ctx=Context(run.at, actor),
            )
    except IntegrityError as error:
        raise BusinessError("service.account_taken", field="username") from error


@job_handler(
    CREATE_ACCOUNT,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_made_manually,
    manual_answers=("username", "server", "remote_id"),
    remote=remote_of_service,
)
def create_account(run: JobRun) -> JobEffect:
    """Make the account; the first period starts when it is there."""
    service = service_in_state(run, ServiceStatus.PENDING, ServiceStatus.ACTIVE)
    by_hand = module_class_of(service).is_manual
    if service.status == ServiceStatus.ACTIVE and (by_hand or service.remote_id):
        raise Obsolete("The account is there.")
    password, is_new = "", False
    if not by_hand:
        had_server = service.server is not None
        service = prepare_account(service=service, ctx=Context(run.at, SYSTEM))
        if service.server is None:
            send_capacity_missing_email(service=service, at=run.at)
            raise RetryLater(
                NO_CAPACITY_SECONDS,
                "no_capacity: no active server of its group has a free slot.",
                max_seconds=NO_CAPACITY_MAX_SECONDS,
            )
        if not had_server:  # what it waited for is over
            forget_waiting(run)
        password, is_new = password_to_set(service, run.at)
    module, account = module_and_account(run, service)
    made = require_success(run, create_once(module, account, password))
    # One that was there before this password was made does not have it.
    has_password = not (is_new and made.outcome is ModuleOutcome.ALREADY)
    return lambda: record_account_made(
        service=service,
        made=made.account,
        has_password=has_password,
        ctx=Context(run.at, SYSTEM),
    )


def _switched_off(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    if not run.args.get("at_once"):
        _suspend(run, actor)


def _suspend(run: JobRun, actor: Actor) -> None:
    finish_suspension(service=service_of(run), args=run.args, ctx=Context(run.at, actor))


@job_handler(
    SUSPEND_ACCOUNT,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_switched_off,
    remote=remote_of_service,
)
def suspend_account(run: JobRun) -> JobEffect | None:
    """Switch the account off; as long as the panel did not, the service is not shown as suspended."""
    if run.args.get("at_once"):
        service = service_in_state(run, ServiceStatus.SUSPENDED)
        ask_panel(run, service, lambda module, account: module.suspend(account))
        return lambda: _ask_how_it_stands(run)
    if _is_off_as_overdue(run):
        return lambda: _keep_off(run)
    if _may_be_off_without_reason(run):
        return lambda: switch_on(service_of(run), "reason gone", run.at)
    service = service_in_state(run, ServiceStatus.ACTIVE)
    ask_panel(run, service, lambda module, account: module.suspend(account))
    return lambda: _switched_off_at_panel(run)


def _switched_off_at_panel(run: JobRun) -> None:
    _suspend(run, SYSTEM)
    _ask_how_it_stands(run)


def _may_be_off_without_reason(run: JobRun) -> bool:
    """An earlier run may have switched it off although its answer was lost, and the reason went meanwhile."""
    service = service_of(run)
    is_on = service.status == ServiceStatus.ACTIVE
    return run.is_repeated and is_on and not reason_still_holds(service.pk, run.args)


def _is_off_as_overdue(run: JobRun) -> bool:
    """It was being switched off as overdue at the moment when its order was stopped."""
    service, stopped = (
        service_of(run),
        run.args["suspension_reason"] == SuspensionReason.FRAUD,
    )
    return stopped and (service.status, service.suspension_reason) == SUSPENDED_AS_OVERDUE


def _keep_off(run: JobRun) -> None:
    change_suspension_reason(
        service=service_of(run),
        suspension_reason=run.args["suspension_reason"],
        ctx=Context(run.at, SYSTEM),
        reason=run.args["reason"],
    )


def _switched_on(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    if not run.args.get("at_once"):
        resume_service(service=service_of(run), ctx=Context(run.at, actor))


@job_handler(
    RESUME_ACCOUNT,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_switched_on,
    remote=remote_of_service,
)
def resume_account(run: JobRun) -> JobEffect | None:
    """Switch the account on again."""
    if run.args.get("at_once"):
        service = service_in_state(run, ServiceStatus.ACTIVE)
        ask_panel(run, service, lambda module, account: module.resume(account))
        return lambda: _ask_how_it_stands(run)
    service = service_in_state(run, ServiceStatus.SUSPENDED)
    if run.args["only_reason"] not in ("", service.suspension_reason):
        raise Obsolete("It is suspended for another reason.")
    ask_panel(run, service, lambda module, account: module.resume(account))
    return lambda: _switched_on_at_panel(run, service)


def _switched_on_at_panel(run: JobRun, service: Service) -> None:
    resume_service(service=service, ctx=Context(run.at, SYSTEM), reason=run.args["reason"])
    _ask_how_it_stands(run)


def _ask_how_it_stands(run: JobRun) -> None:
    """The panel is asked, by a job of its own: pages say what it last said, and that was before."""
    service = service_of(run)
    if not module_class_of(service).is_manual:
        key = f"after {run.action} {run.job_id}"
        enqueue(service_job_subject(service), REFRESH_ACCOUNT, key, run.at)


def _removed(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    forget_password(service_of(run))
    if not run.args.get("at_once"):
        _terminate(run, actor)


def _terminate(run: JobRun, actor: Actor) -> None:
    reason = run.args["reason"]
    terminate_service(service=service_of(run), ctx=Context(run.at, actor), reason=reason)


@job_handler(
    TERMINATE_ACCOUNT,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_removed,
    remote=remote_of_service,
)
def terminate_account(run: JobRun) -> JobEffect | None:
    """Remove the account. A service that was cancelled, or has no panel, has ended already."""
    at_once = run.args.get("at_once")
    ended = (ServiceStatus.CANCELLED, ServiceStatus.TERMINATED)
    running = (ServiceStatus.ACTIVE, ServiceStatus.SUSPENDED)
    service = service_in_state(run, *(ended if at_once else running))
    if is_nowhere(service):
        return lambda: _removed(run, {}, SYSTEM)
    if not progress_of(run):  # what is under way was ours when it began
        _check_owner(service)
    terminate_at_panel(run, service)
    return lambda: _removed(run, {}, SYSTEM)


def _check_owner(service: Service) -> None:
    """Raises ``PermanentFailure`` where another live service of this server has what the account is known by: most
    panels have no place for our key, and name an account anew when its name is free.
    """
    if module_class_of(service).is_manual:
        return
    owner = service_with_same_account(service)
    if owner is not None:
        raise PermanentFailure(
            f"Nothing was removed: service {owner.pk} ({owner.label}) has this account, or one of its name or domain."
            " If the old account is gone, mark this as done; if it is there, remove it at the panel."
        )


def is_nowhere(service: Service) -> bool:
    """Whether no panel was ever asked for its account: it ended before a server was found."""
    return service.server is None and not module_class_of(service).is_manual
