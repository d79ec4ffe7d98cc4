"""The jobs of a service: what the module is asked, and what its answer changes here."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from commerce.catalog.rules import ProductType
from commerce.hosting.actions.editing import change_suspension_reason
from commerce.hosting.actions.states import activate_service, resume_service, terminate_service
from commerce.hosting.job_names import (
    CREATE_ACCOUNT,
    RESUME_ACCOUNT,
    SUSPEND_ACCOUNT,
    TERMINATE_ACCOUNT,
)
from commerce.hosting.models import Server, Service
from commerce.hosting.modules.contract import ModuleOutcome, ModuleResult
from commerce.hosting.modules.registry import module_of
from commerce.hosting.provisioning import (
    SUSPENDED_AS_OVERDUE,
    finish_suspension,
    reason_still_holds,
)
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.jobs.handlers import JobEffect, JobRun, Obsolete, PermanentFailure, job_handler
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError


class TemporaryFailure(Exception):
    """The panel could not be reached, or is busy: a failed try."""


def _service(run: JobRun) -> Service:
    return Service.objects.select_related("product", "server").get(pk=run.subject_id)


def _server(service_id: int) -> str:
    """Where a service lives; one that has no server yet is told of by its kind of work."""
    server = Service.objects.filter(pk=service_id).values_list("server_id", flat=True).first()
    return f"server {server}" if server else ""


def _in_state(run: JobRun, *states: str) -> Service:
    """The service, if the job's reason is still there (S8); otherwise the job is dropped."""
    service = _service(run)
    if service.status not in states:
        raise Obsolete(f"The service is {service.status}.")
    if not run.args.get("at_once") and not reason_still_holds(service.pk, run.args):
        raise Obsolete("Its reason is gone.")
    return service


def _accepted(result: ModuleResult) -> ModuleResult:
    """What the module did; everything else ends this try."""
    match result.outcome:
        case ModuleOutcome.OK | ModuleOutcome.ALREADY:
            return result
        case ModuleOutcome.RETRY:
            raise TemporaryFailure(result.message)
        case _:
            raise PermanentFailure(result.message)


def _made_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    service = _service(run)
    username, named = typed.get("username", "").strip(), typed.get("server", "").strip()
    if service.product.type == ProductType.HOSTING and not username:
        raise BusinessError("service.no_username", field="username")
    if len(username) > 32:
        raise BusinessError("service.username_too_long", field="username")
    server = Server.objects.filter(name=named).first() if named else service.server
    if named and server is None:
        raise BusinessError("service.server_unknown", name=named, field="server")
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
    remote=_server,
)
def create_account(run: JobRun) -> JobEffect:
    """Make the account; the first period starts when it is there."""
    service = _in_state(run, ServiceStatus.PENDING)
    made = _accepted(module_of(service).create(service))
    return lambda: activate_service(
        service=service,
        server=service.server,
        username=made.username,
        remote_id=made.remote_id,
        ctx=Context(run.at, SYSTEM),
    )


def _switched_off(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    if not run.args.get("at_once"):
        _suspend(run, actor)


def _suspend(run: JobRun, actor: Actor) -> None:
    finish_suspension(service=_service(run), args=run.args, ctx=Context(run.at, actor))


@job_handler(
    SUSPEND_ACCOUNT,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_switched_off,
    remote=_server,
)
def suspend_account(run: JobRun) -> JobEffect | None:
    """Switch the account off; as long as the panel did not, the service is not shown as suspended."""
    if run.args.get("at_once"):
        service = _in_state(run, ServiceStatus.SUSPENDED)
        _accepted(module_of(service).suspend(service))
        return None
    if _is_off_as_overdue(run):
        return lambda: _keep_off(run)
    service = _in_state(run, ServiceStatus.ACTIVE)
    _accepted(module_of(service).suspend(service))
    return lambda: _suspend(run, SYSTEM)


def _is_off_as_overdue(run: JobRun) -> bool:
    """It was being switched off as overdue at the moment when its order was stopped."""
    service, stopped = (
        _service(run),
        run.args["suspension_reason"] == SuspensionReason.FRAUD,
    )
    return stopped and (service.status, service.suspension_reason) == SUSPENDED_AS_OVERDUE


def _keep_off(run: JobRun) -> None:
    change_suspension_reason(
        service=_service(run),
        suspension_reason=run.args["suspension_reason"],
        ctx=Context(run.at, SYSTEM),
        reason=run.args["reason"],
    )


def _switched_on(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    if not run.args.get("at_once"):
        resume_service(service=_service(run), ctx=Context(run.at, actor))


@job_handler(
    RESUME_ACCOUNT,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_switched_on,
    remote=_server,
)
def resume_account(run: JobRun) -> JobEffect | None:
    """Switch the account on again."""
    if run.args.get("at_once"):
        service = _in_state(run, ServiceStatus.ACTIVE)
        _accepted(module_of(service).resume(service))
        return None
    service = _in_state(run, ServiceStatus.SUSPENDED)
    if run.args["only_reason"] not in ("", service.suspension_reason):
        raise Obsolete("It is suspended for another reason.")
    _accepted(module_of(service).resume(service))
    return lambda: resume_service(
        service=service, ctx=Context(run.at, SYSTEM), reason=run.args["reason"]
    )


def _removed(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    if not run.args.get("at_once"):
        _terminate(run, actor)


def _terminate(run: JobRun, actor: Actor) -> None:
    reason = run.args["reason"]
    terminate_service(service=_service(run), ctx=Context(run.at, actor), reason=reason)


@job_handler(
    TERMINATE_ACCOUNT,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_removed,
    remote=_server,
)
def terminate_account(run: JobRun) -> JobEffect | None:
    """Remove the account. A service that was cancelled, or has no panel, has ended already."""
    if run.args.get("at_once"):
        service = _in_state(run, ServiceStatus.CANCELLED, ServiceStatus.TERMINATED)
        _accepted(module_of(service).terminate(service))
        return None
    service = _in_state(run, ServiceStatus.ACTIVE, ServiceStatus.SUSPENDED)
    _accepted(module_of(service).terminate(service))
    return lambda: _terminate(run, SYSTEM)
