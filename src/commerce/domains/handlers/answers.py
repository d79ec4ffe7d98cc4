"""How jobs take what a registrar says."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from commerce.domains.job_names import SENT, WITHDRAWN, may_be_ours
from commerce.domains.models import Domain
from commerce.domains.order_data import registry_values_of
from commerce.domains.registrars.contract import (
    DomainInfo,
    Registrar,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
)
from commerce.domains.registrars.registry import (
    BY_HAND,
    domain_name_of,
    registrar_name_of,
    registrar_of,
    remote_name_of,
)
from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.jobs.handlers import (
    CredentialsRefused,
    JobRun,
    ManualWork,
    Obsolete,
    PermanentFailure,
    RemoteSilent,
)
from commerce.jobs.models import Job
from commerce.kit.errors import BusinessError, StateConflict

HELD = (RegistrarState.ACTIVE, RegistrarState.PENDING, RegistrarState.PENDING_TRANSFER)
"""States of a name that is in our account at the registrar, or comes into it."""


class TemporaryFailure(Exception):
    """The registrar could not be reached, or is busy: a failed try."""


def remote_of(domain_id: int) -> str:
    """Where a name is managed, so that its registrar's silence is told of once."""
    try:
        return remote_name_of(registrar_name_of(Domain.objects.get(pk=domain_id)))
    except Domain.DoesNotExist:
        return ""


def domain_of(run: JobRun, *states: str) -> Domain:
    """The domain, if the job's reason is still there; otherwise the job is dropped."""
    domain = Domain.objects.get(pk=run.subject_id)
    if domain.status not in states:
        raise Obsolete(f"The domain is {domain.status}.")
    return domain


def domain_to_order(run: JobRun, *states: str) -> Domain:
    """The domain, if the job's reason is still there. One that ended here is still looked up
    if an order may have reached the registrar.
    """
    domain = Domain.objects.get(pk=run.subject_id)
    if domain.status not in LIVE_DOMAIN_STATUSES and SENT in run.args:
        known = known_there(registrar_of(domain), domain)
        if known is not None and known.state in HELD:
            raise PermanentFailure(
                f"{domain} is {known.state} at the registrar although it is {domain.status} here."
                " Give it up there, then drop this job."
            )
    return domain_of(run, *states)


def note_sent(run: JobRun, domain: Domain) -> None:
    """Keep that the registrar may have been told, before it is: no kill and no further try forgets it.

    Raises ``StateConflict`` when this run had lost the job, ``TemporaryFailure`` when it is not wanted any more.
    """
    if registrar_name_of(domain) == BY_HAND:
        return
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=run.job_id)
        if job.claim != run.claim:
            raise StateConflict("job.taken")
        if WITHDRAWN in job.args:
            raise TemporaryFailure("It was withdrawn meanwhile.")
        Job.objects.filter(pk=job.pk).update(args={**job.args, SENT: run.at.isoformat()})


def check_ours(domain: Domain, info: DomainInfo) -> None:
    """Only what was ordered for this domain is its client's: our account may have the name from somebody before."""
    if info.state in HELD and not may_be_ours(domain):
        raise PermanentFailure(
            f"{domain} is {info.state} in our account at the registrar, but was not ordered there for this client."
            " If it is theirs, mark this job as done; otherwise credit the order."
        )


def registry_values(domain: Domain) -> Mapping[str, str]:
    """What its registrar is told beside the contacts. Raises ``PermanentFailure`` while something is missing."""
    try:
        return registry_values_of(domain)
    except BusinessError as missing:
        raise PermanentFailure(str(missing)) from missing


def attempt_key(run: JobRun) -> str:
    """What names all tries of a job to a registrar that knows such keys."""
    return f"{run.action} {run.job_id}"


def check_accepted(result: RegistrarResult[Any]) -> None:
    """Go on if the registrar did it; everything else ends this try."""
    if result.ok:
        return
    if result.is_silent:
        raise RemoteSilent(result.message)
    if result.problem == RegistrarProblem.AUTH:
        raise CredentialsRefused(result.message)
    if result.problem == RegistrarProblem.RETRY:
        raise TemporaryFailure(result.message)
    if result.problem == RegistrarProblem.MANUAL:
        raise ManualWork(result.message)
    raise PermanentFailure(f"{result.problem}: {result.message}")


def require_success[T](result: RegistrarResult[T]) -> T:
    """What the registrar says of what it did."""
    check_accepted(result)
    if result.data is None:
        raise TemporaryFailure(
            result.message or "The registrar answered without saying what it did."
        )
    return result.data


def known_there(registrar: Registrar, domain: Domain) -> DomainInfo | None:
    """How the name stands at its registrar, asked before anything that costs money; ``None`` where it has none.

    An earlier try may have worked although its answer was lost. No answer now is a failed try, never a reason to go
    on. A person who does it by hand looks for himself.
    """
    found = registrar.info(domain_name_of(domain))
    if found.problem in (RegistrarProblem.NOT_FOUND, RegistrarProblem.MANUAL):
        return None
    info = require_success(found)
    was_ours = info.state in (RegistrarState.GONE, RegistrarState.TRANSFER_REFUSED)
    return None if was_ours else info


def unexpected_state(domain: Domain, info: DomainInfo) -> PermanentFailure:
    """Staff must look before anything is bought."""
    return PermanentFailure(f"{domain} is {info.state} at the registrar.")


def typed_day(typed: Mapping[str, str]) -> date | None:
    """The expiry that staff typed; none if they left it out."""
    text = typed.get("expires", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BusinessError("domain.day_not_valid", field="expires") from error
