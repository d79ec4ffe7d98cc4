"""What a domain needs at its registrar: asked for here, done by jobs (domains.md 4).

Call these inside the transaction of the cause, with the client's row locked first.
"""

from datetime import datetime

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.domains.actions import choose_registrar
from commerce.domains.models import Domain
from commerce.domains.registrars import name_of
from commerce.domains.tasks import REGISTER, RENEW, TRANSFER, subject_of
from commerce.jobs.actions import queue
from commerce.kit.actor import Actor

RENEWABLE = (Domain.Status.ACTIVE, Domain.Status.EXPIRED, Domain.Status.REDEMPTION)
"""In redemption nothing more is invoiced as a renewal, but one that was paid before is not lost: it is a restore."""


def request_registration(*, domain: Domain, cause: str, at: datetime, actor: Actor) -> bool:
    """The order became active: have the name registered for its term. False when it awaits no registration."""
    return _request(domain, REGISTER, (Domain.Status.PENDING,), cause=cause, at=at, actor=actor)


def request_transfer(*, domain: Domain, cause: str, at: datetime, actor: Actor) -> bool:
    """The order became active: have the name transferred to us. False when it awaits no transfer."""
    return _request(domain, TRANSFER, (Domain.Status.PENDING,), cause=cause, at=at, actor=actor)


def request_renewal(
    *, domain: Domain, cause: str, at: datetime, actor: Actor, years: int | None = None
) -> bool:
    """A renewal is paid: have the name renewed by ``years``, its term unless given. False when it has ended."""
    return _request(domain, RENEW, RENEWABLE, cause=cause, at=at, actor=actor, years=years)


@transaction.atomic
def _request(
    domain: Domain,
    action: str,
    states: tuple[str, ...],
    *,
    cause: str,
    at: datetime,
    actor: Actor,
    years: int | None = None,
) -> bool:
    touch(domain.client_id)
    row = Domain.objects.select_for_update().get(pk=domain.pk)
    if row.status not in states:
        return False
    if not row.registrar:  # another default, later, is for later names
        choose_registrar(domain=row, registrar=name_of(row), at=at, actor=actor)
    args = {"years": years or row.term_years, "from": row.expiry_date and f"{row.expiry_date}"}
    queue(subject_of(row), action, cause, at, args)
    return True
