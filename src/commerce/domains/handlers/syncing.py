"""Asking the registrar how a name stands (domains.md 4 and 6)."""

from typing import Annotated

from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.domains.actions.losses import back_blocked_reason, bring_domain_back
from commerce.domains.handlers.answers import domain_of, remote_of, require_success
from commerce.domains.job_names import BRING_DOMAIN_BACK, SYNC_DOMAIN
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import DomainInfo, RegistrarProblem
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, DomainStatus
from commerce.domains.sync import ask_registrar
from commerce.jobs.handlers import JobEffect, JobRun, PermanentFailure, job_handler
from commerce.kit.acts.act import act
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits


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


@act(
    "domain.bring_back",
    Domain,
    label=_("Bring back"),
    intro=_(
        "For a domain that was never transferred away. If the registrar has it in this account, it's active again"
        " with the registrar's expiry date, and renews as before."
    ),
    done=_("The domain is back. The client is told by email."),
    staff=StaffPermission.DOMAINS_MANAGE,
    blocked=back_blocked_reason,
    is_atomic=False,
)
def bring_domain_back_now(*, domain: Domain, reason: Annotated[str, REASON], ctx: Context) -> None:
    """The same while a person waits; call it outside of a transaction. Raises ``BusinessError`` also where the
    registrar gives no answer.
    """
    if blocked := back_blocked_reason(domain, ctx):
        raise blocked
    try:
        with page_limits():
            answer = registrar_of(domain).info(domain_name_of(domain))
    except TimeoutError as busy:
        raise BusinessError("domain.registrar_did_not_answer", problem=str(busy)) from busy
    if answer.data is None and answer.problem != RegistrarProblem.NOT_FOUND:
        raise BusinessError("domain.registrar_did_not_answer", problem=answer.message)
    bring_domain_back(domain=domain, info=answer.data, reason=reason, ctx=ctx)


def _info_of(domain: Domain) -> DomainInfo | None:
    found = registrar_of(domain).info(domain_name_of(domain))
    return None if found.problem == RegistrarProblem.NOT_FOUND else require_success(found)


def _bring_back(domain: Domain, info: DomainInfo | None, reason: str, ctx: Context) -> None:
    try:
        bring_domain_back(domain=domain, info=info, reason=reason, ctx=ctx)
    except BusinessError as refused:
        raise PermanentFailure(str(refused)) from refused
