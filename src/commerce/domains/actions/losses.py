"""Names that their registrar does not have: held while they are too many, ended, and brought back (domains.md 4)."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.recipients import send_staff_email
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import require_reason
from commerce.db.locks import lock, lock_name
from commerce.domains.actions.drifts import is_missing, note_drift, resolve_drift
from commerce.domains.actions.editing import unique_live_name
from commerce.domains.actions.states import (
    cancel_domain,
    mark_domain_transferred_away,
    move_domain,
)
from commerce.domains.deadlines import last_restorable_day
from commerce.domains.job_names import BRING_DOMAIN_BACK, domain_job_subject
from commerce.domains.models import Domain, DomainDrift, DomainLoss, RegistrarBrake
from commerce.domains.registrars.brakes import (
    lately_lost,
    missing_count,
    missing_names,
    open_brake,
)
from commerce.domains.registrars.contract import DomainInfo, RegistrarState
from commerce.domains.registrars.registry import (
    REGISTRAR_CLASSES,
    registrar_name_of,
    registrar_of,
)
from commerce.domains.rules import REGISTERED_DOMAIN_STATUSES, DomainStatus, are_too_many
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings import current

GONE_AFTER = timedelta(hours=20)
"""A name that its registrar does not find, or calls gone, is ours until it says so on another day, too."""
_THERE = (RegistrarState.ACTIVE, RegistrarState.EXPIRED, RegistrarState.REDEMPTION)
"""States of a name that is in our account at the registrar."""


@transaction.atomic
def update_brake(*, registrar: str, ctx: Context, is_in_doubt: bool = False) -> bool:
    """Whether missing names of a registrar must not end now: too many are, or its account is in doubt for another
    reason. Staff are told when that begins.

    Once few enough are missing it is over, and what is missing then must be so for its days anew. Its lock is the last
    one that its callers take.
    """
    lock_name(f"brake {registrar}")
    today = current.business_date(ctx.at)
    missing, names = missing_count(registrar, ctx.at, today)
    brake = open_brake(registrar)
    had_more = brake is not None or lately_lost(registrar, ctx.at).exists()
    if is_in_doubt or are_too_many(missing, names, had_more=had_more):
        if brake is None:
            _raise(registrar, missing, names, ctx)
        return True
    if brake is None:
        return False
    _release(brake, ctx)
    rows = DomainDrift.objects.filter(domain__in=missing_names(registrar, today).order_by())
    rows.filter(field="status", resolved_at=None).update(found_at=ctx.at)
    return True


def _raise(registrar: str, missing: int, names: int, ctx: Context) -> None:
    brake = RegistrarBrake.objects.create(
        registrar=registrar, missing=missing, names=names, raised_at=ctx.at
    )
    _record("raised", brake, ctx)
    send_staff_email(
        event="registrar_names_missing",
        idempotency_key=f"brake {brake.pk}",
        page=f"registrars/{registrar}/domains",
        values={
            "registrar": REGISTRAR_CLASSES[registrar].name,
            "count": missing,
            "names": names,
        },
        at=ctx.at,
    )


def _release(brake: RegistrarBrake, ctx: Context) -> None:
    RegistrarBrake.objects.filter(pk=brake.pk).update(released_at=ctx.at)
    _record("released", brake, ctx)


def _record(verb: str, brake: RegistrarBrake, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"registrar_brake.{verb}",
        record=("registrar_brake", brake.pk),
        name=brake.registrar,
        staff_only=True,
    )


def end_missing(*, domain: Domain, ctx: Context, reason: str = "") -> None:
    """The registrar does not have the name, so it ends: deleted, if its days are over, else with another.

    With a reason staff say so, and it no longer speaks against the registrar. The caller locks the client.
    """
    loss = DomainLoss(
        domain=domain,
        registrar=registrar_name_of(domain),
        was_auto_renew=domain.auto_renew,
        is_confirmed=bool(reason),
        ended_at=ctx.at,
    )
    gone = RegistrarState.GONE
    note_drift(domain=domain, field="status", theirs=gone, is_resolved=True, ctx=ctx)
    if domain.status == DomainStatus.REDEMPTION and last_restorable_day(
        domain
    ) < current.business_date(ctx.at):
        cancel_domain(domain=domain, reason=reason, ctx=ctx)
    else:
        mark_domain_transferred_away(domain=domain, reason=reason, ctx=ctx)
        loss.save()


def end_missing_names(
    *, registrar: str, domains: Iterable[Domain], reason: str, ctx: Context
) -> list[Domain]:
    """Staff say that these are really gone: those that are still missing end now, whatever the brake; which did."""
    require_reason(reason)
    ended = []
    for domain in domains:
        with transaction.atomic():
            lock_client(domain.client_id)
            row = lock(domain)
            known = row.status in REGISTERED_DOMAIN_STATUSES and is_missing(row)
            if known and registrar_name_of(row) == registrar:
                end_missing(domain=row, reason=reason, ctx=ctx)
                ended.append(row)
    update_brake(registrar=registrar, ctx=ctx)
    return ended


def note_found(*, domain: Domain, ctx: Context) -> None:
    """The registrar has it: if it was missing, that is over, and perhaps the brake with it."""
    if is_missing(domain):
        resolve_drift(domain=domain, field="status", ctx=ctx)
        update_brake(registrar=registrar_name_of(domain), ctx=ctx)


# --- back -------------------------------------------------------------------------------------------------------------


def back_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why a name can't be brought back; None if its registrar may be asked."""
    if domain.status != DomainStatus.TRANSFERRED_AWAY:
        return StateConflict("domain.not_transferred_away")
    if not registrar_of(domain).capabilities.is_connected:
        return StateConflict("domain.registrar_by_hand")
    return None


@transaction.atomic
def request_domain_back(*, domain: Domain, reason: str, ctx: Context) -> None:
    """Have the registrar asked, and bring the name back if it has it; staff say why."""
    require_reason(reason)
    lock_client(domain.client_id)
    row = lock(domain)
    if blocked := back_blocked_reason(row, ctx):
        raise blocked
    write_audit_entry(
        ctx=ctx,
        action="domain.back_requested",
        record=("domain", row.pk),
        name=row.domain_name,
        client_id=row.client_id,
        reason=reason,
    )
    cause, args = f"back {ctx.at.isoformat()}", {"reason": reason}
    enqueue(domain_job_subject(row), BRING_DOMAIN_BACK, cause, ctx.at, args)


def request_domains_back(*, domains: Iterable[Domain], reason: str, ctx: Context) -> int:
    """The same for many: how many are asked for. Those that cannot come back are left out."""
    require_reason(reason)
    asked = 0
    for domain in domains:
        with suppress(StateConflict):
            request_domain_back(domain=domain, reason=reason, ctx=ctx)
            asked += 1
    return asked


@transaction.atomic
def bring_domain_back(
    *, domain: Domain, info: DomainInfo | None, reason: str, ctx: Context
) -> None:
    """It had ended here as no longer ours, and the registrar has it: active again, due when the registrar says that it
    expires, and renewed as before. Raises ``BusinessError`` for one that it does not have, or that is here again.
    """
    lock_client(domain.client_id)
    row = lock(domain)
    if blocked := back_blocked_reason(row, ctx):
        raise blocked
    expiry = (info.expiry or row.expiry_date) if info is not None else None
    if info is None or info.state not in _THERE or expiry is None:
        raise BusinessError("domain.not_at_registrar", name=row.domain_name)
    losses = DomainLoss.objects.filter(domain=row, brought_back_at=None)
    last = losses.order_by("-pk").first()
    with unique_live_name(row.domain_name):
        move_domain(
            domain=row,
            to=DomainStatus.ACTIVE,
            only_from=DomainStatus.TRANSFERRED_AWAY,
            reason=require_reason(reason),
            ctx=ctx,
            registrar=registrar_name_of(row),
            registration_date=row.registration_date
            or info.registration_date
            or current.business_date(ctx.at),
            expiry_date=expiry,
            next_due_date=expiry,
            auto_renew=last.was_auto_renew if last else True,
        )
    losses.update(brought_back_at=ctx.at)
