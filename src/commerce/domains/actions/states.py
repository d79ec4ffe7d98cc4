"""The life of a domain: registered, renewed, expired, ended (domains.md 4). The caller gives the registrar's word."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.states import move
from commerce.domains.actions.changes import fail_open_changes
from commerce.domains.actions.drifts import resolve_drifts
from commerce.domains.actions.editing import (
    STATED_COLUMNS,
    audit_values,
    nameserver_columns,
    registered_only_blocked_reason,
    unique_live_name,
    update_domain,
)
from commerce.domains.events import DomainRenewed, domain_event_of_move
from commerce.domains.job_names import (
    DROPPED_WITH_DOMAIN,
    REGISTER_DOMAIN,
    RENEW_DOMAIN,
    SENT,
    TRANSFER_DOMAIN,
    domain_job_subject,
    sent_jobs,
)
from commerce.domains.models import Domain
from commerce.domains.rules import DOMAIN_MOVES, LIVE_DOMAIN_STATUSES, DomainStatus, sync_time
from commerce.events.publish import publish
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.jobs.queue import drop_obsolete
from commerce.jobs.rules import JobStatus
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict


@transaction.atomic
def move_domain(
    *,
    domain: Domain,
    to: DomainStatus,
    ctx: Context,
    only_from: DomainStatus | None = None,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move a domain along its table, with what belongs to the new state. Raises ``StateConflict`` if that is not
    allowed.
    """
    bump_revision(domain.client_id, ctx)
    if to != DomainStatus.PENDING_TRANSFER:
        changes.setdefault("transfer_hold", "")
    stated = audit_values({name: changes[name] for name in STATED_COLUMNS if name in changes})
    changes["next_sync_at"] = sync_time(ctx.at, 1, domain.pk)
    left = move(
        domain,
        to,
        allowed=DOMAIN_MOVES if only_from is None else {only_from: DOMAIN_MOVES[only_from]},
        ctx=ctx,
        client_id=domain.client_id,
        reason=reason,
        changed_at=ctx.at,
        details=lambda: stated,
        **changes,
    )
    if to not in LIVE_DOMAIN_STATUSES:
        end_work(domain=domain, to=to, ctx=ctx)
    if event := domain_event_of_move(left, to):
        publish(
            event(domain.pk, str(domain.expiry_date or "")), at=ctx.at, client_id=domain.client_id
        )


def end_work(*, domain: Domain, to: DomainStatus, ctx: Context) -> None:
    """The name has ended: drop what has lost its point. What the registrar may have been told already finds out what
    became of it, and a paid renewal gives back what was paid.
    """
    drop_obsolete(
        domain_job_subject(domain),
        DROPPED_WITH_DOMAIN,
        at=ctx.at,
        reason=f"The domain is {to}.",
        without_arg=SENT,
    )
    renewals = Job.objects.of(domain_job_subject(domain)).filter(action=RENEW_DOMAIN)
    for jobs in (renewals, sent_jobs(domain, REGISTER_DOMAIN, TRANSFER_DOMAIN)):
        for job in jobs.filter(status=JobStatus.PARKED):
            retry_job(job=job, ctx=ctx)
    resolve_drifts(domain=domain, ctx=ctx)
    fail_open_changes(domain=domain, ctx=ctx)


def start_domain_transfer(
    *, domain: Domain, registrar: str, ctx: Context, remote_id: str = ""
) -> None:
    """The registrar took the order to transfer the name to us."""
    move_domain(
        domain=domain,
        to=DomainStatus.PENDING_TRANSFER,
        ctx=ctx,
        registrar=registrar,
        remote_id=remote_id,
        sent_at=ctx.at,
    )


def confirm_domain_registration(
    *,
    domain: Domain,
    registration_date: date,
    expiry_date: date,
    ctx: Context,
    remote_id: str = "",
    nameservers: Sequence[str] = (),
    is_locked: bool = True,
    whois_privacy: bool | None = None,
) -> None:
    """Registered or transferred in: active, with the registrar's dates; due when it expires, and locked, if it is."""
    if domain.status not in (DomainStatus.PENDING, DomainStatus.PENDING_TRANSFER):
        raise StateConflict("domain.not_pending")
    hosts = nameserver_columns(nameservers or domain.nameservers)
    if not hosts["ns1"]:
        raise BusinessError("domain.too_few_nameservers", field="nameservers")
    move_domain(
        domain=domain,
        to=DomainStatus.ACTIVE,
        only_from=DomainStatus(domain.status),
        ctx=ctx,
        sent_at=domain.sent_at or ctx.at,
        registration_date=registration_date,
        expiry_date=expiry_date,
        next_due_date=expiry_date,
        remote_id=remote_id or domain.remote_id,
        is_locked=is_locked,
        whois_privacy=domain.whois_privacy if whois_privacy is None else whois_privacy,
        **hosts,
    )
    resolve_drifts(domain=domain, ctx=ctx)


@transaction.atomic
def renew_domain(*, domain: Domain, expiry_date: date, ctx: Context) -> None:
    """Renewed until the registrar's date; an expired domain, or one in redemption, becomes active again."""
    if domain.expiry_date is None or expiry_date <= domain.expiry_date:
        raise BusinessError("domain.expiry_not_later")
    dates: dict[str, Any] = {"expiry_date": expiry_date, "next_due_date": expiry_date}
    update_domain(domain, "renewed", ctx=ctx, blocked=registered_only_blocked_reason, **dates)
    if domain.status == DomainStatus.ACTIVE:
        publish(DomainRenewed(domain.pk, str(expiry_date)), at=ctx.at, client_id=domain.client_id)
    else:
        move_domain(domain=domain, to=DomainStatus.ACTIVE, ctx=ctx)


def expire_domain(*, domain: Domain, ctx: Context) -> None:
    """The expiry date has passed without a renewal."""
    move_domain(domain=domain, to=DomainStatus.EXPIRED, ctx=ctx)


def move_domain_into_redemption(*, domain: Domain, ctx: Context) -> None:
    """The days of grace after expiry have passed: only a restore brings the name back."""
    move_domain(domain=domain, to=DomainStatus.REDEMPTION, ctx=ctx)


def mark_domain_transferred_away(*, domain: Domain, ctx: Context, reason: str = "") -> None:
    """The registrar says that the name is no longer ours."""
    move_domain(
        domain=domain,
        to=DomainStatus.TRANSFERRED_AWAY,
        ctx=ctx,
        reason=reason,
        auto_renew=False,
        next_due_date=None,
    )


def cancel_domain(*, domain: Domain, ctx: Context, reason: str = "") -> None:
    """Ended, or never registered; nothing more is due."""
    move_domain(
        domain=domain,
        to=DomainStatus.CANCELLED,
        ctx=ctx,
        reason=reason,
        next_due_date=None,
    )


def stop_domain_as_fraud(*, domain: Domain, ctx: Context, reason: str = "") -> None:
    """Nothing is registered while its order is under suspicion."""
    move_domain(domain=domain, to=DomainStatus.FRAUD, ctx=ctx, reason=reason)


def release_domain_from_fraud(*, domain: Domain, ctx: Context, reason: str = "") -> None:
    """The suspicion is gone: back to awaiting registration. Raises ``BusinessError`` when the name was taken
    meanwhile.
    """
    with unique_live_name(domain.domain_name):
        move_domain(domain=domain, to=DomainStatus.PENDING, ctx=ctx, reason=reason)
