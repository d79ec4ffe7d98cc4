"""Asking the registrar how a name stands (domains.md 4 and 6)."""

from commerce.domains.actions.losses import back_blocked_reason, bring_domain_back
from commerce.domains.handlers.answers import accepted, domain_of, remote_of
from commerce.domains.job_names import BRING_DOMAIN_BACK, SYNC_DOMAIN
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import DomainInfo, RegistrarProblem
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, DomainStatus
from commerce.domains.sync import ask_registrar
from commerce.jobs.handlers import JobEffect, JobRun, PermanentFailure, job_handler
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError


@job_handler(SYNC_DOMAIN, one_at_a_time=True, pauses=(120,), remote=remote_of)
def sync_domain_at_registrar(run: JobRun) -> JobEffect:
    """Ask it once; no answer changes nothing."""
    return ask_registrar(domain_of(run, *LIVE_DOMAIN_STATUSES), Context(run.at, SYSTEM))


@job_handler(BRING_DOMAIN_BACK, one_at_a_time=True, audited=True, remote=remote_of)
def bring_back_from_registrar(run: JobRun) -> JobEffect:
    """Ask it, and take the name back if it is there; otherwise the job parks for staff."""
    domain = domain_of(run, DomainStatus.TRANSFERRED_AWAY)
    info = _info_of(domain)
    return lambda: _bring_back(domain, info, str(run.args["reason"]), Context(run.at, SYSTEM))


def bring_domain_back_now(*, domain: Domain, reason: str, ctx: Context) -> None:
    """The same while a person waits; call it outside of a transaction. Raises ``BusinessError`` also where the
    registrar gives no answer.
    """
    if blocked := back_blocked_reason(domain, ctx):
        raise blocked
    answer = registrar_of(domain).info(domain_name_of(domain))
    if answer.data is None and answer.problem != RegistrarProblem.NOT_FOUND:
        raise BusinessError("domain.registrar_did_not_answer", problem=answer.message)
    bring_domain_back(domain=domain, info=answer.data, reason=reason, ctx=ctx)


def _info_of(domain: Domain) -> DomainInfo | None:
    found = registrar_of(domain).info(domain_name_of(domain))
    return None if found.problem == RegistrarProblem.NOT_FOUND else accepted(found)


def _bring_back(domain: Domain, info: DomainInfo | None, reason: str, ctx: Context) -> None:
    try:
        bring_domain_back(domain=domain, info=info, reason=reason, ctx=ctx)
    except BusinessError as refused:
        raise PermanentFailure(str(refused)) from refused
