"""Renewing a name, or restoring it: once for each paid period, whatever was lost on the way (domains.md 4, R25).

Whether it was done already is read from the registrar's expiry, each time before anything is sent. Up to
``EXPIRY_SLACK`` between our date and theirs are the hours of two clocks; with more, nobody can say what an expiry
means, and staff look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn, Self

from django.db import transaction

from commerce.domains.actions.registrar_results import record_renewal
from commerce.domains.events import DomainRenewalDropped
from commerce.domains.handlers.answers import (
    attempt_key,
    known_there,
    note_sent,
    remote_of,
    require_success,
    typed_day,
    unexpected_state,
)
from commerce.domains.job_names import RENEW_DOMAIN, SENT, WITHDRAWN, domain_job_subject
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import (
    DomainInfo,
    Registrar,
    RegistrarProblem,
    RegistrarState,
)
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.registration import RENEWABLE_STATUSES
from commerce.domains.rules import EXPIRY_SLACK, DomainStatus, end_of_term
from commerce.events.publish import publish
from commerce.jobs.handlers import (
    JobEffect,
    JobRun,
    Obsolete,
    PermanentFailure,
    RetryLater,
    job_handler,
)
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit.context import SYSTEM, Actor, Context

RESTORE_SECONDS = 300
"""After how long one is asked about that the registrar has only queued."""


@dataclass(frozen=True, slots=True)
class PaidTerm:
    """The expiry that a renewal was paid from, and for how long."""

    start: date
    years: int
    is_restore: bool

    @classmethod
    def of(cls, run: JobRun, domain: Domain) -> Self:
        """That of a job."""
        return cls.from_args(run.args, domain)

    @classmethod
    def from_args(cls, args: Mapping[str, Any], domain: Domain) -> Self:
        """That of a job with these ``args``."""
        day = args["from"]
        start = date.fromisoformat(day) if day else domain.expiry_date
        if start is None:
            raise PermanentFailure("Its expiry date is not known.")
        return cls(start, args["years"], bool(args.get("restore")))

    @property
    def end(self) -> date:
        return end_of_term(self.start, self.years)

    def is_bought(self, domain: Domain) -> bool:
        """Whether the name has this term already, as far as we know."""
        return domain.expiry_date is not None and self.end - domain.expiry_date <= EXPIRY_SLACK

    def years_left(self, expiry: date) -> int:
        """The years that are still to be bought when the registrar's expiry is this one."""
        for done in range(self.years + 1):
            if abs(expiry - end_of_term(self.start, done)) <= EXPIRY_SLACK:
                return self.years - done
        if expiry > self.end:
            return 0  # renewed elsewhere beyond what was paid
        raise PermanentFailure(
            f"It was paid from {self.start} to {self.end}, but expires on {expiry} at the registrar."
        )


def _renewed_manually(run: JobRun, typed: Mapping[str, str], actor: Actor) -> None:
    domain = Domain.objects.get(pk=run.subject_id)
    if domain.status not in RENEWABLE_STATUSES:
        return  # it was renewed before the name ended
    term, day = PaidTerm.of(run, domain), typed_day(typed)
    if day is None and term.is_bought(domain):
        return  # staff have settled what was paid twice
    record_renewal(
        domain=domain,
        expected=term.end,
        expiry=day or term.end,
        ctx=Context(run.at, actor),
    )


def _dropped(run: JobRun, actor: Actor) -> None:
    del actor
    domain = Domain.objects.get(pk=run.subject_id)
    event = DomainRenewalDropped(domain.pk, "", run.idempotency_key)
    publish(event, at=run.at, client_id=domain.client_id)


@job_handler(
    RENEW_DOMAIN,
    one_at_a_time=True,
    audited=True,
    on_manual_completion=_renewed_manually,
    manual_answers=("expires",),
    on_drop=_dropped,
    remote=remote_of,
)
def renew_domain_at_registrar(run: JobRun) -> JobEffect:
    """Renew by the paid term; an expiry that has moved by it already is not moved again."""
    domain = Domain.objects.get(pk=run.subject_id)
    if domain.status not in RENEWABLE_STATUSES or WITHDRAWN in run.args:
        _give_up(domain, run)
    term = PaidTerm.of(run, domain)
    if term.is_bought(domain):
        _check_paid_once(domain, term, run)
        raise Obsolete("It is renewed already.")
    registrar = registrar_of(domain)
    ends = _expiry_after(registrar, domain, term, run)
    ctx = Context(run.at, SYSTEM)
    return lambda: record_renewal(domain=domain, expected=term.end, expiry=ends, ctx=ctx)


def _give_up(domain: Domain, run: JobRun) -> NoReturn:
    """The name has ended, or what was paid was given back: it is not renewed any more, and its client does not pay for
    it. Staff look where a former try may have bought it.
    """
    why = "what was paid was given back" if WITHDRAWN in run.args else f"it is {domain.status} here"
    if SENT in run.args and not _is_unbought(domain, run):
        raise PermanentFailure(
            f"A former try may have renewed {domain} at the registrar, although {why}. Look there; if it was not"
            " renewed, drop this job, which credits what was paid. Otherwise mark it as done."
        )
    with transaction.atomic():
        _dropped(run, SYSTEM)
    raise Obsolete(f"It is not renewed: {why}.")


def _is_unbought(domain: Domain, run: JobRun) -> bool:
    """Whether the registrar shows that no former try has renewed it, once a renewal would show."""
    registrar = registrar_of(domain)
    known = known_there(registrar, domain)
    if known is None or known.expiry is None:
        return False
    term = PaidTerm.of(run, domain)
    if term.years_left(known.expiry) < term.years:
        return False
    _wait_for_former_try(registrar, run)
    return True


def _check_paid_once(domain: Domain, term: PaidTerm, run: JobRun) -> None:
    """What is paid for a term that another payment has bought is not kept silently: staff give it back."""
    others = Job.objects.of(domain_job_subject(domain)).filter(
        action=RENEW_DOMAIN, status=JobStatus.SUCCEEDED
    )
    for other in others.exclude(pk=run.job_id):
        if abs(PaidTerm.from_args(other.args, domain).end - term.end) <= EXPIRY_SLACK:
            raise PermanentFailure(
                f"The term until {term.end} was paid twice: another renewal bought it, and the domain expires on"
                f" {domain.expiry_date}. Drop this job to credit what was paid."
            )


def _expiry_after(registrar: Registrar, domain: Domain, term: PaidTerm, run: JobRun) -> date:
    """Until when it is registered once all that was paid is bought."""
    known = _known(registrar, domain, term)
    if known.state == RegistrarState.REDEMPTION:
        known = _restored(registrar, domain, known, term, run)
    if known.state not in (RegistrarState.ACTIVE, RegistrarState.EXPIRED):
        raise unexpected_state(domain, known)
    if known.expiry is None and run.is_repeated:
        raise PermanentFailure(
            "The registrar doesn't tell its expiry, so a former try may have renewed it."
        )
    starts = known.expiry or term.start
    years = term.years_left(starts)
    if not years:
        return starts
    _wait_for_former_try(registrar, run)
    note_sent(run, domain)
    renewed = require_success(
        registrar.renew(
            domain_name_of(domain), years=years, current_expiry=starts, key=_key(run, years)
        )
    )
    return renewed.expiry or end_of_term(starts, years)


def _wait_for_former_try(registrar: Registrar, run: JobRun) -> None:
    """Where a renewal shows late, one that may have been bought is asked about for a while, and not bought again."""
    if SENT not in run.args:
        return
    ago = (run.at - datetime.fromisoformat(run.args[SENT])).total_seconds()
    left = registrar.capabilities.renewal_delay_seconds - ago
    if left > 0:
        raise RetryLater(left, "A former try may have renewed it, which shows only later.")


def _known(registrar: Registrar, domain: Domain, term: PaidTerm) -> DomainInfo:
    """As the registrar has it; as it is here, where a person looks and does it by hand."""
    found = registrar.info(domain_name_of(domain))
    if found.problem == RegistrarProblem.MANUAL:
        in_redemption = term.is_restore and domain.status == DomainStatus.REDEMPTION
        state = RegistrarState.REDEMPTION if in_redemption else RegistrarState.ACTIVE
        return DomainInfo(state=state, expiry=term.start)
    return require_success(found)


def _key(run: JobRun, years: int) -> str:
    """A restore may be followed by a renewal of the years that it did not bring."""
    return f"{attempt_key(run)} {years}"


def _restored(
    registrar: Registrar, domain: Domain, known: DomainInfo, term: PaidTerm, run: JobRun
) -> DomainInfo:
    if not term.is_restore:
        raise PermanentFailure("It is in redemption at the registrar, and no restore was paid.")
    name = domain_name_of(domain)
    note_sent(run, domain)
    result = registrar.restore(
        name, current_expiry=known.expiry or term.start, key=f"{attempt_key(run)} restore"
    )
    restored = require_success(result)
    seen = registrar.info(name)
    if seen.problem == RegistrarProblem.RETRY:
        return require_success(
            seen
        )  # a failed try: how long it runs now decides what is still to be bought
    found = seen.data or restored
    if found.state in (RegistrarState.PENDING, RegistrarState.REDEMPTION):
        raise RetryLater(RESTORE_SECONDS, f"{domain} is being restored.")
    return found
