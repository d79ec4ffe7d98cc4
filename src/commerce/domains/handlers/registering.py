"""Registering a name: looked up first, in case an earlier try worked, then checked, ordered and read (domains.md 4)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NoReturn

from django.db import transaction

from commerce.domains.actions.editing import mark_domain_sent
from commerce.domains.actions.registrar_results import confirm_at_registrar, report_taken_name
from commerce.domains.handlers.answers import (
    TemporaryFailure,
    attempt_key,
    check_ours,
    domain_to_order,
    known_there,
    note_sent,
    registry_values,
    remote_of,
    require_success,
    typed_day,
    unexpected_state,
)
from commerce.domains.job_names import REGISTER_DOMAIN
from commerce.domains.models import Domain
from commerce.domains.registrants import registrar_contacts
from commerce.domains.registrars.contract import (
    DomainInfo,
    Registrar,
    RegistrarProblem,
    RegistrarState,
    RegistrationOrder,
)
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.rules import DomainStatus
from commerce.jobs.handlers import JobEffect, JobRun, PermanentFailure, job_handler
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Actor, Context

QUEUED_HOURS = 1
"""After how long a registration that the registrar has queued is asked about."""


def _registered_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    domain, ctx = Domain.objects.get(pk=run.subject_id), Context(run.at, actor)
    mark_domain_sent(domain=domain, registrar=registrar_of(domain).slug, ctx=ctx)
    confirm_at_registrar(
        domain=domain,
        info=typed_info(typed),
        years=run.args["years"],
        ctx=ctx,
    )


def typed_info(typed: Mapping[str, str]) -> DomainInfo:
    """What staff typed of a name that they registered or transferred by hand."""
    return DomainInfo(
        state=RegistrarState.ACTIVE,
        remote_id=typed.get("remote_id", "").strip(),
        expiry=typed_day(typed),
        nameservers=tuple(typed.get("nameservers", "").split()),
    )


@job_handler(
    REGISTER_DOMAIN,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_registered_manually,
    manual_answers=("remote_id", "expires", "nameservers"),
    remote=remote_of,
)
def register_domain(run: JobRun) -> JobEffect:
    """Register the name; it is active with the registrar's dates. One that is taken parks, and the client is told."""
    domain = domain_to_order(run, DomainStatus.PENDING)
    _check_wanted(domain, run)
    registrar = registrar_of(domain)
    known = known_there(registrar, domain)
    if known is not None:
        check_ours(domain, known)
    made = known or _order(registrar, domain, run)
    if made.state not in (RegistrarState.ACTIVE, RegistrarState.PENDING):
        raise unexpected_state(domain, made)
    ctx = Context(run.at, SYSTEM)

    def effect() -> None:
        queued = made.state == RegistrarState.PENDING
        mark_domain_sent(
            domain=domain,
            registrar=registrar.slug,
            remote_id=made.remote_id,
            ask_at=run.at + timedelta(hours=QUEUED_HOURS) if queued else None,
            ctx=ctx,
        )
        if not queued:
            confirm_at_registrar(domain=domain, info=made, years=run.args["years"], ctx=ctx)

    return effect


def _order(registrar: Registrar, domain: Domain, run: JobRun) -> DomainInfo:
    """Have it registered, if it is free; then as the registrar has it."""
    _check_free(registrar, domain, run)
    order = RegistrationOrder(
        contacts=registrar_contacts(domain.contacts),
        years=run.args["years"],
        nameservers=domain.nameservers,
        whois_privacy=domain.whois_privacy,
        extra_fields=registry_values(domain),
    )
    name = domain_name_of(domain)
    note_sent(run, domain)
    result = registrar.register(name, order, key=attempt_key(run))
    if result.problem == RegistrarProblem.TAKEN:
        _park_as_taken(domain, run)
    made = require_success(result)
    seen = registrar.info(name).data
    return seen if seen is not None and seen.state == RegistrarState.ACTIVE else made


def _check_wanted(domain: Domain, run: JobRun) -> None:
    """What the registrar had taken and does not know any more is ordered again once staff say so: a job with an error
    was parked before, since nothing else is done first.
    """
    if run.args.get("declined") and Job.objects.filter(pk=run.job_id, error="").exists():
        raise PermanentFailure(
            f"The registrar took the order for {domain} and does not have it any more."
            " Try again to order it once more, or credit its price."
        )


def _check_free(registrar: Registrar, domain: Domain, run: JobRun) -> None:
    name = domain_name_of(domain)
    answer = registrar.check_one(name.label, name.tld)
    if answer.problem == RegistrarProblem.MANUAL:
        return  # who registers it by hand sees that
    if answer.problem == RegistrarProblem.TAKEN:
        _park_as_taken(domain, run)
    found = require_success(answer)
    if not found.is_available:
        _park_as_taken(domain, run)
    if found.is_premium:
        raise PermanentFailure(f"{domain} is a premium name: its price is not that of its TLD.")


def _park_as_taken(domain: Domain, run: JobRun) -> NoReturn:
    """Somebody else has it: unless a former try of ours may have got it, and the registrar does not show it yet."""
    if run.is_repeated and run.tries < 3:
        raise TemporaryFailure(f"{domain} is taken, perhaps by a former try of ours.")
    with transaction.atomic():
        report_taken_name(domain=domain, ctx=Context(run.at, SYSTEM))
    raise PermanentFailure(
        f"name_taken: {domain} was registered by somebody else. Its client was told; try again, or credit its price:"
        f" `commerce domain credit {domain.domain_name}`."
    )
