"""Sending changes of a name to its registrar: nameservers, lock, privacy and contacts (domains.md 5 and 6)."""

import logging
from collections.abc import Mapping

from commerce.domains.actions.changes import fail_change, finish_change
from commerce.domains.handlers.answers import check_accepted, remote_of
from commerce.domains.job_names import CHANGE_JOBS
from commerce.domains.models import DomainChange
from commerce.domains.registrants import registrar_contacts
from commerce.domains.registrars.contract import Registrar, RegistrarProblem, RegistrarResult
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.rules import ChangeKind, ChangeProblem, ChangeStatus, DomainStatus
from commerce.jobs.handlers import JobEffect, JobHandler, JobRun, Obsolete, job_handler
from commerce.kit.context import SYSTEM, Actor, Context

log = logging.getLogger(__name__)


def _change(run: JobRun) -> DomainChange:
    """The change that a job sends, if it is still under way."""
    change = DomainChange.objects.select_related("domain").get(pk=run.args["change"])
    if change.status != ChangeStatus.REQUESTED:
        raise Obsolete(f"The change is {change.status}.")
    return change


def _send(change: DomainChange) -> RegistrarResult[None]:
    registrar: Registrar = registrar_of(change.domain)
    name, wanted = domain_name_of(change.domain), change.wanted
    match change.kind:
        case ChangeKind.NAMESERVERS:
            return registrar.set_nameservers(name, wanted["nameservers"])
        case ChangeKind.LOCK:
            return registrar.set_lock(name, locked=wanted["locked"])
        case ChangeKind.PRIVACY:
            return registrar.set_privacy(name, enabled=wanted["enabled"])
        case _:
            return registrar.set_contacts(name, registrar_contacts(wanted["contacts"]))


def send_change(run: JobRun) -> JobEffect:
    """Have the registrar do it. What it refuses fails, and the client is told so; what it does not answer is tried
    again, and then waits for staff.
    """
    change, ctx = _change(run), Context(run.at, SYSTEM)
    if change.domain.status != DomainStatus.ACTIVE:
        return lambda: fail_change(change=change, problem=ChangeProblem.ENDED, ctx=ctx)
    result = _send(change)
    if result.problem == RegistrarProblem.REFUSED:
        log.warning("%s was refused: %s", change, result.message)
        return lambda: fail_change(change=change, problem=ChangeProblem.REFUSED, ctx=ctx)
    check_accepted(result)
    return lambda: finish_change(change=change, ctx=ctx)


def _done_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    del typed
    finish_change(change=_change(run), ctx=Context(run.at, actor))


def _dropped(run: JobRun, actor: Actor) -> None:
    change = DomainChange.objects.select_related("domain").get(pk=run.args["change"])
    if change.status == ChangeStatus.REQUESTED:
        fail_change(change=change, problem=ChangeProblem.DROPPED, ctx=Context(run.at, actor))


def _register(action: str) -> JobHandler:
    return job_handler(
        action,
        one_at_a_time=True,
        audited=True,
        on_manual_completion=_done_manually,
        on_drop=_dropped,
        remote=remote_of,
    )(send_change)


for _action in CHANGE_JOBS.values():
    _register(_action)
