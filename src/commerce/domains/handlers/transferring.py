"""Transfers to us: ordered with the client's code, asked about each day, and called off (domains.md 4)."""

from collections.abc import Mapping

from commerce.domains.actions.registrar_results import confirm_at_registrar
from commerce.domains.actions.states import start_domain_transfer
from commerce.domains.actions.transfers import (
    end_transfer,
    hold_transfer,
    resume_transfer,
)
from commerce.domains.handlers.answers import (
    attempt_key,
    check_accepted,
    check_ours,
    domain_of,
    domain_to_order,
    known_there,
    note_sent,
    registry_values,
    remote_of,
    require_success,
    unexpected_state,
)
from commerce.domains.handlers.registering import typed_info
from commerce.domains.job_names import CANCEL_TRANSFER, TRANSFER_DOMAIN, may_be_ours
from commerce.domains.models import Domain, Tld
from commerce.domains.order_data import forget_auth_code, order_data_of
from commerce.domains.registrants import registrar_contacts
from commerce.domains.registrars.contract import (
    DomainInfo,
    Registrar,
    RegistrarProblem,
    RegistrarState,
)
from commerce.domains.registrars.registry import (
    BY_HAND,
    domain_name_of,
    registrar_name_of,
    registrar_of,
)
from commerce.domains.rules import DomainStatus, TransferHold, TransferProblem
from commerce.jobs.handlers import JobEffect, JobRun, job_handler
from commerce.kit.context import SYSTEM, Actor, Context

ON_ITS_WAY = (DomainStatus.PENDING, DomainStatus.PENDING_TRANSFER)
UNDER_WAY = (RegistrarState.ACTIVE, RegistrarState.PENDING_TRANSFER)


def _transferred_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    domain, ctx = Domain.objects.get(pk=run.subject_id), Context(run.at, actor)
    if domain.status == DomainStatus.PENDING:
        start_domain_transfer(domain=domain, registrar=registrar_of(domain).slug, ctx=ctx)
    forget_auth_code(domain, ctx)
    confirm_at_registrar(domain=domain, info=typed_info(typed), years=run.args["years"], ctx=ctx)


@job_handler(
    TRANSFER_DOMAIN,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_transferred_manually,
    manual_answers=("remote_id", "expires", "nameservers"),
    remote=remote_of,
)
def transfer_domain(run: JobRun) -> JobEffect:
    """Ask for the transfer; once the registrar took it, the domain is on its way to us.

    Without its code, or with a wrong one, the client is asked for it.
    """
    domain = domain_to_order(run, *ON_ITS_WAY)
    registrar, ctx = registrar_of(domain), Context(run.at, SYSTEM)
    known = known_there(registrar, domain)
    if known is not None:
        check_ours(domain, known)
    if known is not None and known.state in UNDER_WAY:
        return lambda: _taken(domain, registrar, known, ctx)
    if known is not None and known.state != RegistrarState.TRANSFER_WRONG_CODE:
        raise unexpected_state(domain, known)
    code = order_data_of(domain).auth_code
    if not code and _needs_code(domain):
        return lambda: _wait_for_code(domain, registrar, TransferHold.CODE_MISSING, ctx)
    note_sent(run, domain)
    result = registrar.transfer(
        domain_name_of(domain),
        code=code,
        contacts=registrar_contacts(domain.contacts),
        key=attempt_key(run),
        whois_privacy=domain.whois_privacy,
        extra_fields=registry_values(domain),
    )
    if result.problem == RegistrarProblem.WRONG_CODE:
        return lambda: _wait_for_code(domain, registrar, TransferHold.CODE_WRONG, ctx)
    taken = require_success(result)
    return lambda: _taken(domain, registrar, taken, ctx)


def _needs_code(domain: Domain) -> bool:
    """Whether its TLD wants a code; who transfers it by hand asks for it."""
    tld = Tld.objects.filter(tld=domain.tld).first()
    return registrar_name_of(domain) != BY_HAND and (tld is None or tld.code_required)


def _start(domain: Domain, registrar: Registrar, remote_id: str, ctx: Context) -> None:
    if domain.status == DomainStatus.PENDING:
        start_domain_transfer(domain=domain, registrar=registrar.slug, remote_id=remote_id, ctx=ctx)


def _taken(domain: Domain, registrar: Registrar, info: DomainInfo, ctx: Context) -> None:
    _start(domain, registrar, info.remote_id, ctx)
    resume_transfer(domain=domain, remote_id=info.remote_id, ctx=ctx)
    forget_auth_code(domain, ctx)
    if info.state == RegistrarState.ACTIVE:
        confirm_at_registrar(domain=domain, info=info, years=1, ctx=ctx)


def _wait_for_code(domain: Domain, registrar: Registrar, hold: TransferHold, ctx: Context) -> None:
    _start(domain, registrar, "", ctx)
    hold_transfer(domain=domain, hold=hold, ctx=ctx)
    forget_auth_code(domain, ctx)


def _cancelled_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    del typed
    domain = domain_of(run, DomainStatus.PENDING_TRANSFER)
    end_transfer(
        domain=domain,
        problem=TransferProblem(run.args["problem"]),
        ctx=Context(run.at, actor),
    )


@job_handler(
    CANCEL_TRANSFER,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_cancelled_manually,
    remote=remote_of,
)
def cancel_transfer_at_registrar(run: JobRun) -> JobEffect:
    """Have it stopped; one that came to us meanwhile is ours. What the registrar refuses is for staff."""
    domain = domain_of(run, DomainStatus.PENDING_TRANSFER)
    registrar, ctx = registrar_of(domain), Context(run.at, SYSTEM)
    known = known_there(registrar, domain)
    is_there = known is not None and known.state == RegistrarState.ACTIVE
    if known is not None and is_there and may_be_ours(domain):
        return lambda: _taken(domain, registrar, known, ctx)
    if not is_there:  # what stands there from somebody before has nothing to stop
        result = registrar.cancel_transfer(domain_name_of(domain))
        is_over = known is not None and known.state != RegistrarState.PENDING_TRANSFER
        if not is_over and result.problem != RegistrarProblem.NOT_FOUND:
            check_accepted(result)
    problem = TransferProblem(run.args["problem"])
    return lambda: end_transfer(domain=domain, problem=problem, ctx=ctx)
