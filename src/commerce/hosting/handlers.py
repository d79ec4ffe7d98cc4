"""The jobs of a service: what the module is asked, and what its answer changes here."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from commerce.hosting.actions import (
    activate_service,
    keep_suspended,
    resume_service,
    terminate_service,
)
from commerce.hosting.models import Server, Service
from commerce.hosting.modules import module_of
from commerce.hosting.modules.contract import Outcome, Result
from commerce.hosting.provisioning import OFF_AS_OVERDUE, finish_suspension, still_holds
from commerce.hosting.tasks import CREATE, RESUME, SUSPEND, TERMINATE
from commerce.jobs.registry import Effect, Hopeless, Pointless, Work, handles
from commerce.kit.actor import SYSTEM, Actor
from commerce.kit.errors import Refused


class NotNow(Exception):
    """The panel could not be reached, or is busy: a failed try."""


def _service(work: Work) -> Service:
    return Service.objects.select_related("product", "server").get(pk=work.subject_id)


def _server(service_id: int) -> str:
    """Where a service lives; one that has no server yet is told of by its kind of work."""
    server = Service.objects.filter(pk=service_id).values_list("server_id", flat=True).first()
    return f"server {server}" if server else ""


def _in_state(work: Work, *states: str) -> Service:
    """The service, if the job's reason is still there (S8); otherwise the job is dropped."""
    service = _service(work)
    if service.status not in states:
        raise Pointless(f"The service is {service.status}.")
    if not work.args.get("at_once") and not still_holds(service.pk, work.args):
        raise Pointless("Its reason is gone.")
    return service


def _accepted(result: Result) -> Result:
    """What the module did; everything else ends this try."""
    match result.outcome:
        case Outcome.OK | Outcome.ALREADY:
            return result
        case Outcome.RETRY:
            raise NotNow(result.message)
        case _:
            raise Hopeless(result.message)


def _made_by_hand(work: Work, typed: Mapping[str, str], actor: Actor) -> None:
    service = _service(work)
    username, named = typed.get("username", "").strip(), typed.get("server", "").strip()
    if service.product.type == service.product.Type.HOSTING and not username:
        raise Refused("Give the user name of the account.", field="username")
    if len(username) > 32:
        raise Refused("A user name has at most 32 characters.", field="username")
    server = Server.objects.filter(name=named).first() if named else service.server
    if named and server is None:
        raise Refused(f"There is no server {named}.", field="server")
    try:
        with transaction.atomic():
            activate_service(
                service=service,
                server=server,
                username=username,
                remote_id=typed.get("remote_id", "").strip(),
                at=work.at,
                actor=actor,
            )
    except IntegrityError as error:
        raise Refused("Another service has this account.", field="username") from error


@handles(CREATE, in_order=True, audited=True, by_hand=_made_by_hand, place=_server)
def create(work: Work) -> Effect:
    """Make the account; the first period starts when it is there."""
    service = _in_state(work, Service.Status.PENDING)
    made = _accepted(module_of(service).create(service))
    return lambda: activate_service(
        service=service,
        server=service.server,
        username=made.username,
        remote_id=made.remote_id,
        at=work.at,
        actor=SYSTEM,
    )


def _switched_off(work: Work, typed: Mapping[str, str], actor: Actor) -> None:
    if not work.args.get("at_once"):
        _suspend(work, actor)


def _suspend(work: Work, actor: Actor) -> None:
    finish_suspension(service=_service(work), args=work.args, at=work.at, actor=actor)


@handles(SUSPEND, in_order=True, audited=True, by_hand=_switched_off, place=_server)
def suspend(work: Work) -> Effect | None:
    """Switch the account off; as long as the panel did not, the service is not shown as suspended."""
    if work.args.get("at_once"):
        service = _in_state(work, Service.Status.SUSPENDED)
        _accepted(module_of(service).suspend(service))
        return None
    if _is_off_as_overdue(work):
        return lambda: _keep_off(work)
    service = _in_state(work, Service.Status.ACTIVE)
    _accepted(module_of(service).suspend(service))
    return lambda: _suspend(work, SYSTEM)


def _is_off_as_overdue(work: Work) -> bool:
    """It was being switched off as overdue at the moment when its order was stopped."""
    service, stopped = _service(work), work.args["cause"] == Service.SuspensionReason.FRAUD
    return stopped and (service.status, service.suspension_reason) == OFF_AS_OVERDUE


def _keep_off(work: Work) -> None:
    keep_suspended(
        service=_service(work),
        cause=work.args["cause"],
        at=work.at,
        actor=SYSTEM,
        reason=work.args["reason"],
    )


def _switched_on(work: Work, typed: Mapping[str, str], actor: Actor) -> None:
    if not work.args.get("at_once"):
        resume_service(service=_service(work), at=work.at, actor=actor)


@handles(RESUME, in_order=True, audited=True, by_hand=_switched_on, place=_server)
def resume(work: Work) -> Effect | None:
    """Switch the account on again."""
    if work.args.get("at_once"):
        service = _in_state(work, Service.Status.ACTIVE)
        _accepted(module_of(service).resume(service))
        return None
    service = _in_state(work, Service.Status.SUSPENDED)
    if work.args["only"] not in ("", service.suspension_reason):
        raise Pointless("It is suspended for another reason.")
    _accepted(module_of(service).resume(service))
    return lambda: resume_service(
        service=service, at=work.at, actor=SYSTEM, reason=work.args["reason"]
    )


def _removed(work: Work, typed: Mapping[str, str], actor: Actor) -> None:
    if not work.args.get("at_once"):
        _terminate(work, actor)


def _terminate(work: Work, actor: Actor) -> None:
    reason = work.args["reason"]
    terminate_service(service=_service(work), at=work.at, actor=actor, reason=reason)


@handles(TERMINATE, in_order=True, audited=True, by_hand=_removed, place=_server)
def terminate(work: Work) -> Effect | None:
    """Remove the account. A service that was cancelled, or has no panel, has ended already."""
    if work.args.get("at_once"):
        service = _in_state(work, Service.Status.CANCELLED, Service.Status.TERMINATED)
        _accepted(module_of(service).terminate(service))
        return None
    service = _in_state(work, Service.Status.ACTIVE, Service.Status.SUSPENDED)
    _accepted(module_of(service).terminate(service))
    return lambda: _terminate(work, SYSTEM)
