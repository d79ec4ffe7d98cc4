"""The jobs of a domain: what its registrar is asked, and what the answer changes here."""

from collections.abc import Mapping, Sequence
from datetime import date

from commerce.domains.actions.editing import mark_domain_sent
from commerce.domains.actions.states import (
    confirm_domain_registration,
    renew_domain,
    start_domain_transfer,
)
from commerce.domains.handlers.answers import accepted, domain_of, remote_of, typed_day
from commerce.domains.job_names import REGISTER_DOMAIN, RENEW_DOMAIN, TRANSFER_DOMAIN
from commerce.domains.models import Domain
from commerce.domains.order_data import forget_auth_code, order_data_of
from commerce.domains.registrants import registrar_contacts
from commerce.domains.registrars.contract import (
    DomainInfo,
    Registrar,
    RegistrarProblem,
    RegistrarState,
    RegistrationOrder,
)
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.registration import RENEWABLE_STATUSES
from commerce.domains.rules import DomainStatus, end_of_term
from commerce.jobs.handlers import (
    JobEffect,
    JobRun,
    Obsolete,
    PermanentFailure,
    RetryLater,
    job_handler,
)
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current

_QUEUED_SECONDS = 300
"""How long a registration that the registrar has queued is left alone before it is asked about again."""


def _confirm(
    run: JobRun, actor: Actor, remote_id: str, expiry: date | None, hosts: Sequence[str] = ()
) -> None:
    """Registered or transferred: the registrar's expiry counts, otherwise the term from this business date."""
    domain = Domain.objects.get(pk=run.subject_id)
    today = current.business_date(run.at)
    ends = expiry or end_of_term(today, run.args["years"])
    if ends <= today:
        raise BusinessError("domain.expiry_not_in_future", field="expires")
    confirm_domain_registration(
        domain=domain,
        registration_date=today,
        expiry_date=ends,
        remote_id=remote_id,
        nameservers=hosts,
        ctx=Context(run.at, actor),
    )


def _typed(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    remote_id, hosts = typed.get("remote_id", "").strip(), typed.get("nameservers", "").split()
    _confirm(run, actor, remote_id, typed_day(typed), hosts)


def _registered_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    domain = Domain.objects.get(pk=run.subject_id)
    mark_domain_sent(domain=domain, registrar=registrar_of(domain).slug, ctx=Context(run.at, actor))
    _typed(run, typed, actor)


@job_handler(
    REGISTER_DOMAIN,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_registered_manually,
    remote=remote_of,
)
def register_domain(run: JobRun) -> JobEffect:
    """Register the name; it is active with the registrar's dates."""
    domain = domain_of(run, DomainStatus.PENDING)
    registrar, order_data = registrar_of(domain), order_data_of(domain)
    order = RegistrationOrder(
        contacts=registrar_contacts(domain.contacts),
        years=run.args["years"],
        nameservers=domain.nameservers,
        whois_privacy=domain.whois_privacy,
        extra_fields=order_data.extra_fields,
    )
    made = _known_there(registrar, domain)
    if made is None:
        made = accepted(registrar.register(domain_name_of(domain), order, key=_key(run)))
    if made.state == RegistrarState.PENDING:
        raise RetryLater(_QUEUED_SECONDS, f"{registrar.name} is registering {domain}.")

    def effect() -> None:
        mark_domain_sent(domain=domain, registrar=registrar.slug, ctx=Context(run.at, SYSTEM))
        _confirm(run, SYSTEM, made.remote_id, made.expiry)

    return effect


def _key(run: JobRun) -> str:
    return f"{run.action} {run.job_id}"


def _known_there(registrar: Registrar, domain: Domain) -> DomainInfo | None:
    """Money is at stake: an earlier try may have worked although its answer was lost. No answer now is a failed try."""
    found = registrar.info(domain_name_of(domain))
    if found.problem in (RegistrarProblem.NOT_FOUND, RegistrarProblem.MANUAL):
        return None
    return accepted(found)


def _transferred_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    domain = Domain.objects.get(pk=run.subject_id)
    if domain.status == DomainStatus.PENDING:
        named = registrar_of(domain).slug
        start_domain_transfer(domain=domain, registrar=named, ctx=Context(run.at, actor))
    forget_auth_code(domain)
    _typed(run, typed, actor)


@job_handler(
    TRANSFER_DOMAIN,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_transferred_manually,
    remote=remote_of,
)
def transfer_domain(run: JobRun) -> JobEffect:
    """Ask for the transfer; once the registrar took it, the domain is on its way to us."""
    domain = domain_of(run, DomainStatus.PENDING)
    registrar, order_data = registrar_of(domain), order_data_of(domain)
    taken = _known_there(registrar, domain)
    if taken is None:
        taken = accepted(
            registrar.transfer(
                domain_name_of(domain),
                code=order_data.auth_code,
                contacts=registrar_contacts(domain.contacts),
                key=_key(run),
                extra_fields=order_data.extra_fields,
            )
        )

    def effect() -> None:
        start_domain_transfer(
            domain=domain,
            registrar=registrar.slug,
            remote_id=taken.remote_id,
            ctx=Context(run.at, SYSTEM),
        )
        forget_auth_code(domain)

    return effect


def _expected(run: JobRun, domain: Domain) -> tuple[date, date]:
    """The expiry that the renewal was paid from, and the one that it leads to."""
    start = run.args["from"]
    before = date.fromisoformat(start) if start else domain.expiry_date
    if before is None:
        raise PermanentFailure("Its expiry date is not known.")
    return before, end_of_term(before, run.args["years"])


def _renewed_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    domain = Domain.objects.get(pk=run.subject_id)
    _, after = _expected(run, domain)
    renew_domain(domain=domain, expiry_date=typed_day(typed) or after, ctx=Context(run.at, actor))


@job_handler(
    RENEW_DOMAIN,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_renewed_manually,
    remote=remote_of,
)
def renew_domain_at_registrar(run: JobRun) -> JobEffect:
    """Renew by the paid term; an expiry that has moved by it already is not moved again."""
    domain = domain_of(run, *RENEWABLE_STATUSES)
    before, after = _expected(run, domain)
    if domain.expiry_date is not None and domain.expiry_date >= after:
        raise Obsolete("It is renewed already.")
    registrar = registrar_of(domain)
    known = _known_there(registrar, domain)
    if known is None or known.expiry is None or known.expiry < after:
        known = accepted(
            registrar.renew(
                domain_name_of(domain),
                years=run.args["years"],
                current_expiry=before,
                key=_key(run),
            )
        )
    ends = known.expiry or after
    return lambda: renew_domain(domain=domain, expiry_date=ends, ctx=Context(run.at, SYSTEM))
