"""The jobs of a domain: what its registrar is asked, and what the answer changes here."""

from collections.abc import Mapping, Sequence
from datetime import date

from commerce.domains.actions import (
    confirm_registration,
    mark_sent,
    renew_domain,
    start_transfer,
)
from commerce.domains.models import Domain
from commerce.domains.ordered import forget_code, ordered
from commerce.domains.registering import RENEWABLE
from commerce.domains.registrars import registrar_of
from commerce.domains.registrars.contract import Result, Trouble
from commerce.domains.rules import end_of_term
from commerce.domains.tasks import REGISTER, RENEW, TRANSFER
from commerce.jobs.registry import Effect, Hopeless, Pointless, Work, handles
from commerce.kit.actor import SYSTEM, Actor
from commerce.kit.errors import Refused
from commerce.preferences import current


class NotNow(Exception):
    """The registrar could not be reached, or is busy: a failed try."""


def _registrar(domain_id: int) -> str:
    """Where a name is managed."""
    domain = Domain.objects.filter(pk=domain_id).first()
    return f"registrar {registrar_of(domain).id}" if domain else ""


def _domain(work: Work, *states: str) -> Domain:
    """The domain, if the job's reason is still there; otherwise the job is dropped."""
    domain = Domain.objects.get(pk=work.subject_id)
    if domain.status not in states:
        raise Pointless(f"The domain is {domain.status}.")
    return domain


def _accepted(result: Result) -> Result:
    """What the registrar did; everything else ends this try."""
    if result.ok:
        return result
    if result.trouble == Trouble.RETRY:
        raise NotNow(result.message)
    raise Hopeless(f"{result.trouble}: {result.message}".removeprefix(f"{Trouble.BY_HAND}: "))


def _typed_day(typed: Mapping[str, str]) -> date | None:
    text = typed.get("expires", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refused("Give the day as 2027-04-08.", field="expires") from error


def _confirm(
    work: Work, actor: Actor, remote_id: str, expiry: date | None, hosts: Sequence[str] = ()
) -> None:
    """Registered or transferred: the registrar's expiry counts, otherwise the term from this business date."""
    domain = Domain.objects.get(pk=work.subject_id)
    today = current.business_date(work.at)
    ends = expiry or end_of_term(today, work.args["years"])
    if ends <= today:
        raise Refused("It must expire in the future.", field="expires")
    confirm_registration(
        domain=domain,
        registration_date=today,
        expiry_date=ends,
        remote_id=remote_id,
        nameservers=hosts,
        at=work.at,
        actor=actor,
    )


def _typed(work: Work, typed: Mapping[str, str], actor: Actor) -> None:
    remote_id, hosts = typed.get("remote_id", "").strip(), typed.get("nameservers", "").split()
    _confirm(work, actor, remote_id, _typed_day(typed), hosts)


def _registered_by_hand(work: Work, typed: Mapping[str, str], actor: Actor) -> None:
    domain = Domain.objects.get(pk=work.subject_id)
    mark_sent(domain=domain, registrar=registrar_of(domain).id, at=work.at, actor=actor)
    _typed(work, typed, actor)


@handles(REGISTER, in_order=True, audited=True, by_hand=_registered_by_hand, place=_registrar)
def register(work: Work) -> Effect:
    """Register the name; it is active with the registrar's dates."""
    domain = _domain(work, Domain.Status.PENDING)
    registrar = registrar_of(domain)
    made = _known_there(domain) or _accepted(
        registrar.register(
            domain,
            years=work.args["years"],
            ordered=ordered(domain),
            key=f"{work.action} {work.job_id}",
        )
    )

    def effect() -> None:
        mark_sent(domain=domain, registrar=registrar.id, at=work.at, actor=SYSTEM)
        _confirm(work, SYSTEM, made.remote_id, made.expiry)

    return effect


def _known_there(domain: Domain) -> Result | None:
    """Money is at stake: an earlier try may have worked although its answer was lost."""
    found = registrar_of(domain).info(domain)
    return found if found.ok and found.state == "active" else None


def _transferred_by_hand(work: Work, typed: Mapping[str, str], actor: Actor) -> None:
    domain = Domain.objects.get(pk=work.subject_id)
    if domain.status == Domain.Status.PENDING:
        named = registrar_of(domain).id
        start_transfer(domain=domain, registrar=named, at=work.at, actor=actor)
    forget_code(domain)
    _typed(work, typed, actor)


@handles(TRANSFER, in_order=True, audited=True, by_hand=_transferred_by_hand, place=_registrar)
def transfer(work: Work) -> Effect:
    """Ask for the transfer; once the registrar took it, the domain is on its way to us."""
    domain = _domain(work, Domain.Status.PENDING)
    registrar = registrar_of(domain)
    key = f"{work.action} {work.job_id}"
    taken = _accepted(registrar.transfer(domain, ordered=ordered(domain), key=key))

    def effect() -> None:
        start_transfer(
            domain=domain,
            registrar=registrar.id,
            remote_id=taken.remote_id,
            at=work.at,
            actor=SYSTEM,
        )
        forget_code(domain)

    return effect


def _expected(work: Work, domain: Domain) -> tuple[date, date]:
    """The expiry that the renewal was paid from, and the one that it leads to."""
    start = work.args["from"]
    before = date.fromisoformat(start) if start else domain.expiry_date
    if before is None:
        raise Hopeless("Its expiry date is not known.")
    return before, end_of_term(before, work.args["years"])


def _renewed_by_hand(work: Work, typed: Mapping[str, str], actor: Actor) -> None:
    domain = Domain.objects.get(pk=work.subject_id)
    _, after = _expected(work, domain)
    renew_domain(domain=domain, expiry_date=_typed_day(typed) or after, at=work.at, actor=actor)


@handles(RENEW, in_order=True, audited=True, by_hand=_renewed_by_hand, place=_registrar)
def renew(work: Work) -> Effect:
    """Renew by the paid term; an expiry that has moved by it already is not moved again."""
    domain = _domain(work, *RENEWABLE)
    before, after = _expected(work, domain)
    if domain.expiry_date is not None and domain.expiry_date >= after:
        raise Pointless("It is renewed already.")
    registrar = registrar_of(domain)
    known = registrar.info(domain)
    if not (known.ok and known.expiry is not None and known.expiry >= after):
        key = f"{work.action} {work.job_id}"
        known = _accepted(
            registrar.renew(domain, years=work.args["years"], current_expiry=before, key=key)
        )
    ends = known.expiry or after
    return lambda: renew_domain(domain=domain, expiry_date=ends, at=work.at, actor=SYSTEM)
