"""What a domain needs at its registrar: asked for here, done by jobs (domains.md 4).

Call these inside the transaction of the cause, with the client's row locked first.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.db.locks import lock
from commerce.domains.actions.editing import choose_registrar
from commerce.domains.job_names import (
    REGISTER_DOMAIN,
    RENEW_DOMAIN,
    TRANSFER_DOMAIN,
    WITHDRAWN,
    domain_job_subject,
)
from commerce.domains.models import Domain
from commerce.domains.registrars.registry import registrar_name_of
from commerce.domains.rules import EXPIRY_SLACK, DomainStatus, end_of_term
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import UNFINISHED_STATES, JobStatus
from commerce.kit.context import Context

RENEWABLE_STATUSES = (DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION)
"""In redemption nothing more is invoiced as a renewal, but one that was paid before is not lost: it is a restore."""


def request_registration(
    *, domain: Domain, idempotency_key: str, ctx: Context, is_declined: bool = False
) -> bool:
    """The order became active: have the name registered for its term. False when it awaits no registration.

    ``is_declined``: the registrar had taken it, and staff decide whether it is ordered again.
    """
    return _request(
        domain,
        REGISTER_DOMAIN,
        (DomainStatus.PENDING,),
        idempotency_key=idempotency_key,
        ctx=ctx,
        more={"declined": True} if is_declined else {},
    )


def request_transfer(*, domain: Domain, idempotency_key: str, ctx: Context) -> bool:
    """The order became active: have the name transferred to us. False when it awaits no transfer."""
    return _request(
        domain, TRANSFER_DOMAIN, (DomainStatus.PENDING,), idempotency_key=idempotency_key, ctx=ctx
    )


def request_renewal(
    *,
    domain: Domain,
    idempotency_key: str,
    ctx: Context,
    years: int | None = None,
    start: date | None = None,
    is_restore: bool = False,
) -> bool:
    """A renewal is paid, ``is_restore`` with the fee that brings the name back: have it renewed by ``years``, its term
    unless given. False when it has ended.

    ``start``: the expiry that was billed from. It counts if the name was renewed since then; if the registrar has only
    corrected its date, the corrected one does.
    """
    return _request(
        domain,
        RENEW_DOMAIN,
        RENEWABLE_STATUSES,
        idempotency_key=idempotency_key,
        ctx=ctx,
        years=years,
        start=start,
        more={"restore": True} if is_restore else {},
    )


@transaction.atomic
def withdraw_renewal(*, domain: Domain, idempotency_key: str, ctx: Context) -> bool:
    """What was paid for a renewal was given back: its job carries it out no more, and looks whether a former try of it
    has bought it. False when it has ended.
    """
    bump_revision(domain.client_id, ctx)
    jobs = Job.objects.of(domain_job_subject(domain)).filter(
        action=RENEW_DOMAIN, idempotency_key=idempotency_key, status__in=UNFINISHED_STATES
    )
    found = list(jobs.select_for_update())
    for job in found:
        Job.objects.filter(pk=job.pk).update(args={**job.args, WITHDRAWN: True})
        if job.status == JobStatus.PARKED:
            retry_job(job=job, ctx=ctx)
    return bool(found)


@transaction.atomic
def _request(
    domain: Domain,
    action: str,
    states: tuple[str, ...],
    *,
    idempotency_key: str,
    ctx: Context,
    years: int | None = None,
    start: date | None = None,
    more: Mapping[str, Any] | None = None,
) -> bool:
    bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if row.status not in states:
        return False
    if not row.registrar:  # another default, later, is for later names
        choose_registrar(domain=row, registrar=registrar_name_of(row), ctx=ctx)
    if start is None or not _was_renewed_since(row, start):
        start = row.expiry_date
    args = {"years": years or row.term_years, "from": start and f"{start}", **(more or {})}
    enqueue(domain_job_subject(row), action, idempotency_key, ctx.at, args)
    return True


def _was_renewed_since(domain: Domain, start: date) -> bool:
    return (
        domain.expiry_date is not None
        and end_of_term(start, 1) - domain.expiry_date <= EXPIRY_SLACK
    )
