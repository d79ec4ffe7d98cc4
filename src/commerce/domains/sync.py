"""Keeping names as their registrar has them: what differs is taken over, and staff see what was (domains.md 4).

The registrar was asked before, without a lock; whatever changed here meanwhile makes its answer an old one.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from commerce.accounts.actions.client_locks import lock_client
from commerce.db.fast_paths import update_if, update_rows
from commerce.db.locks import lock
from commerce.domains.actions.changes import open_changes
from commerce.domains.actions.drifts import is_missing, note_drift, resolve_drift
from commerce.domains.actions.editing import registered_only_blocked_reason, update_domain
from commerce.domains.actions.losses import (
    GONE_AFTER,
    end_missing,
    note_found,
    update_brake,
)
from commerce.domains.actions.registrar_results import confirm_at_registrar
from commerce.domains.actions.states import move_domain_into_redemption, renew_domain
from commerce.domains.actions.sync_requests import queue_sync, sync_blocked_reason
from commerce.domains.actions.transfers import (
    call_transfer_off,
    end_transfer,
    hold_transfer,
    resume_transfer,
)
from commerce.domains.actions.verifications import (
    ask_verification,
    take_verification,
    waits_for_holder,
)
from commerce.domains.deadlines import last_restorable_day
from commerce.domains.handlers.answers import require_success
from commerce.domains.job_names import (
    REGISTER_DOMAIN,
    RENEW_DOMAIN,
    TRANSFER_DOMAIN,
    may_be_ours,
)
from commerce.domains.models import Domain, DomainDrift
from commerce.domains.registrars.brakes import is_vouched_for, open_brake
from commerce.domains.registrars.contract import (
    DomainInfo,
    RegistrarProblem,
    RegistrarState,
    VerificationInfo,
)
from commerce.domains.registrars.registry import (
    domain_name_of,
    registrar_name_of,
    registrar_of,
    unconnected_registrar_names,
)
from commerce.domains.registration import request_registration
from commerce.domains.rules import (
    EXPIRY_SLACK,
    LIVE_DOMAIN_STATUSES,
    ChangeKind,
    DomainStatus,
    TransferHold,
    TransferProblem,
    days_to_next_sync,
    end_of_term,
    sync_time,
)
from commerce.domains.witnesses import ask_other_names_soon
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES, JobPriority, JobStatus
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings import current

TRANSFER_DAYS = 60
"""A transfer that has not come by then is given up."""
PAID_GONE_AFTER = timedelta(days=14)
"""One whose renewal is paid is ours for so long: staff have the renewal and the difference before them."""
QUEUED_LONG = timedelta(days=5)
"""A registration that the registrar has queued for longer is on the drift report."""
_AT_ONCE = 500


def domains_to_sync(at: datetime) -> QuerySet[Domain]:
    """Names whose registrar is to be asked by now; of those that are managed by hand transfers, whose days count."""
    asked = ~Q(registrar__in=["", *unconnected_registrar_names()])
    asked |= Q(status=DomainStatus.PENDING_TRANSFER)
    sent = ~Q(status=DomainStatus.PENDING) | Q(sent_at__isnull=False)
    due = Q(next_sync_at__lte=at) | Q(next_sync_at__isnull=True)
    rows = Domain.objects.filter(due, asked, sent, status__in=LIVE_DOMAIN_STATUSES)
    return rows.order_by("next_sync_at", "pk")


def queue_due_syncs(*, at: datetime) -> int:
    """Have the registrar asked about each name whose time has come; how many. One without a time gets one."""
    queued = 0
    for domain in domains_to_sync(at)[:_AT_ONCE]:
        following = sync_time(at, 1, domain.pk)
        with transaction.atomic():
            due = domain.next_sync_at
            if due is None:
                Domain.objects.filter(pk=domain.pk, next_sync_at=None).update(
                    next_sync_at=following
                )
            elif update_if(domain, {"next_sync_at": following}, stored={"next_sync_at": due}):
                queue_sync(domain, f"due {due.isoformat()}", JobPriority.BULK, Context(at, SYSTEM))
                queued += 1
    return queued


def sync_domain(domain_id: int, ctx: Context) -> None:
    """Ask the registrar of a name, and take over what it says; call it outside of a transaction.

    Raises the reason why it cannot be asked, and what a job would fail by where there is no answer.
    """
    domain = Domain.objects.get(pk=domain_id)
    if reason := sync_blocked_reason(domain, ctx):
        raise reason
    apply = ask_registrar(domain, ctx)
    with transaction.atomic():
        apply()


def ask_registrar(domain: Domain, ctx: Context) -> Callable[[], None]:
    """Ask without a lock; what it says is taken over by what this gives back, in a transaction."""
    registrar = registrar_of(domain)
    found = registrar.info(domain_name_of(domain))
    is_missing = found.problem == RegistrarProblem.NOT_FOUND
    without_info = is_missing or found.problem == RegistrarProblem.MANUAL
    info = None if without_info else require_success(found)
    holder = ask_verification(registrar, domain, info)
    return lambda: apply_registrar_info(
        domain=domain, info=info, is_missing=is_missing, holder=holder, ctx=ctx
    )


@transaction.atomic
def apply_registrar_info(
    *,
    domain: Domain,
    info: DomainInfo | None,
    is_missing: bool,
    ctx: Context,
    holder: VerificationInfo | None = None,
) -> None:
    """What the registrar says of a name, as it was when it was asked. No ``info``: it does not know it, if
    ``is_missing``, or does not say; no ``holder``: nothing of whether the holder confirmed their address.
    """
    lock_client(domain.client_id)
    row = lock(domain)
    if row.changed_at != domain.changed_at or row.status not in LIVE_DOMAIN_STATUSES:
        return  # an old answer is none: it is asked again at its time
    if row.status == DomainStatus.PENDING:
        _apply_to_registration(row, info, ctx, is_missing=is_missing)
    elif row.status == DomainStatus.PENDING_TRANSFER:
        _apply_to_transfer(row, info, ctx)
    elif info is not None or is_missing:
        _apply_to_registered(row, info, ctx)
    row.refresh_from_db()
    if holder is not None and row.status == DomainStatus.ACTIVE:
        take_verification(domain=row, found=holder, ctx=ctx)
    days = days_to_next_sync(row.status, row.expiry_date, current.business_date(ctx.at))
    if days > 1 and waits_for_holder(row, ctx):
        days = 1
    row.synced_at, row.next_sync_at = ctx.at, sync_time(ctx.at, days, row.pk)
    update_rows([row], "synced_at", "next_sync_at")
    domain.refresh_from_db()


def _apply_to_registration(
    row: Domain, info: DomainInfo | None, ctx: Context, *, is_missing: bool
) -> None:
    """The registrar had only queued it. One that it does not have on another day, too, parks for staff."""
    state = info.state if info is not None else None
    if info is not None and state == RegistrarState.ACTIVE and may_be_ours(row):
        confirm_at_registrar(domain=row, info=info, years=row.term_years, ctx=ctx)
    elif info is not None and state == RegistrarState.ACTIVE:
        note_drift(domain=row, field="status", theirs=info.state, ctx=ctx)
    elif row.sent_at is None:
        return
    elif is_missing or state == RegistrarState.GONE:
        _miss_registration(row, ctx)
    elif row.sent_at + QUEUED_LONG <= ctx.at:
        note_drift(domain=row, field="status", theirs=state or "", ctx=ctx)
    else:
        resolve_drift(domain=row, field="status", ctx=ctx)


def _miss_registration(row: Domain, ctx: Context) -> None:
    missed = _missed_before(row, ctx.at)
    if missed is None:
        note_drift(domain=row, field="status", theirs=RegistrarState.GONE, ctx=ctx)
    elif not _unfinished(row, REGISTER_DOMAIN, TRANSFER_DOMAIN):
        cause = f"declined {missed.found_at.isoformat()}"
        request_registration(domain=row, idempotency_key=cause, is_declined=True, ctx=ctx)


def _apply_to_transfer(row: Domain, info: DomainInfo | None, ctx: Context) -> None:
    match info.state if info is not None else None:
        case RegistrarState.ACTIVE if may_be_ours(row):
            assert info is not None
            confirm_at_registrar(domain=row, info=info, years=1, ctx=ctx)
            return
        case RegistrarState.ACTIVE:
            note_drift(domain=row, field="status", theirs=RegistrarState.ACTIVE, ctx=ctx)
        case RegistrarState.TRANSFER_REFUSED | RegistrarState.GONE:
            end_transfer(domain=row, problem=TransferProblem.REFUSED, ctx=ctx)
            return
        case RegistrarState.TRANSFER_WRONG_CODE if not row.transfer_hold:
            hold_transfer(domain=row, hold=TransferHold.CODE_WRONG, ctx=ctx)
        case RegistrarState.PENDING_TRANSFER if row.transfer_hold == TransferHold.CODE_WRONG:
            resume_transfer(domain=row, remote_id=row.remote_id, ctx=ctx)
    over = row.sent_at is not None and row.sent_at + timedelta(days=TRANSFER_DAYS) <= ctx.at
    if over and row.transfer_hold != TransferHold.BEING_CANCELLED:
        call_transfer_off(domain=row, problem=TransferProblem.TIMED_OUT, ctx=ctx)


def _apply_to_registered(row: Domain, info: DomainInfo | None, ctx: Context) -> None:
    if info is None or info.state == RegistrarState.GONE:
        _miss_registered(row, ctx)
        return
    note_found(domain=row, ctx=ctx)
    _take_auto_renewal(row, info, ctx)
    if _is_being_renewed(row, info, ctx):
        return  # its job says what becomes of it
    _take_expiry(row, info, ctx)
    _take_status(row, info, ctx)
    if row.status == DomainStatus.ACTIVE and info.state == RegistrarState.ACTIVE:
        _take_settings(row, info, ctx)


def _take_auto_renewal(row: Domain, info: DomainInfo, ctx: Context) -> None:
    """A name that the registrar would renew by itself is on the report: it costs us what nobody has paid."""
    if info.auto_renews:
        note_drift(domain=row, field="auto_renewal", ours="off", theirs="on", ctx=ctx)
    elif info.auto_renews is False:
        resolve_drift(domain=row, field="auto_renewal", ctx=ctx)


def _miss_registered(row: Domain, ctx: Context) -> None:
    """It ends once the registrar has not had it for long enough; none does while so many are missing, or so few were
    found meanwhile, that the account is in doubt, but for those whose days are over.
    """
    registrar = registrar_name_of(row)
    if not is_missing(row) and open_brake(registrar) is None:
        ask_other_names_soon(row, registrar, ctx.at)
    note_drift(domain=row, field="status", theirs=RegistrarState.GONE, ctx=ctx)
    today = current.business_date(ctx.at)
    is_over = row.status == DomainStatus.REDEMPTION and last_restorable_day(row) < today
    wait = PAID_GONE_AFTER if _unfinished(row, RENEW_DOMAIN) else GONE_AFTER
    missed = _missed_before(row, ctx.at, wait)
    doubt = missed is not None and not is_vouched_for(row, registrar, missed.found_at)
    is_held = update_brake(registrar=registrar, is_in_doubt=doubt and not is_over, ctx=ctx)
    if missed is not None and (is_over or not is_held):
        end_missing(domain=row, ctx=ctx)


def _missed_before(row: Domain, at: datetime, ago: timedelta = GONE_AFTER) -> DomainDrift | None:
    """That the registrar did not have it so long ago, either."""
    found = DomainDrift.objects.filter(domain=row, resolved_at=None, field="status")
    return found.filter(theirs=RegistrarState.GONE, found_at__lte=at - ago).first()


def _unfinished(row: Domain, *actions: str) -> list[Job]:
    jobs = Job.objects.of(("domain", row.pk))
    return list(jobs.filter(action__in=actions, status__in=UNFINISHED_STATES).order_by("pk"))


def _is_being_renewed(row: Domain, info: DomainInfo, ctx: Context) -> bool:
    """A paid renewal is not carried out yet. One that waits for staff, though its expiry has moved, is looked at
    again.
    """
    waiting = _unfinished(row, RENEW_DOMAIN)
    moved = info.expiry is not None and row.expiry_date is not None
    if moved and info.expiry > row.expiry_date + timedelta(days=30):  # type: ignore[operator]
        for job in waiting:
            if job.status == JobStatus.PARKED:
                retry_job(job=job, ctx=ctx)
    return bool(waiting)


def _take_expiry(row: Domain, info: DomainInfo, ctx: Context) -> None:
    ours, theirs = row.expiry_date, info.expiry
    assert ours is not None  # all that are registered have one
    if theirs is None or theirs == ours:
        resolve_drift(domain=row, field="expiry", ctx=ctx)
        return
    if _is_renewed_by_registry(row, theirs, ctx) or _is_doubtful(ours, info, ctx):
        note_drift(domain=row, field="expiry", theirs=str(theirs), ctx=ctx)
        return
    if abs(theirs - ours) > timedelta(days=1):
        note_drift(domain=row, field="expiry", theirs=str(theirs), ctx=ctx, is_resolved=True)
    is_back = info.state == RegistrarState.ACTIVE and theirs > current.business_date(ctx.at)
    if row.status != DomainStatus.ACTIVE and is_back and theirs > ours:
        note_drift(domain=row, field="status", theirs=info.state, ctx=ctx, is_resolved=True)
        renew_domain(domain=row, expiry_date=theirs, ctx=ctx)
        return
    update_domain(
        row,
        "expiry_set",
        ctx=ctx,
        blocked=registered_only_blocked_reason,
        expiry_date=theirs,
        next_due_date=theirs,
    )


def _is_doubtful(ours: date, info: DomainInfo, ctx: Context) -> bool:
    """An earlier date that does not go with a name that is active there: it would end the name here."""
    if info.expiry is None or info.state != RegistrarState.ACTIVE:
        return False
    earlier = ours - info.expiry
    is_past = info.expiry < current.business_date(ctx.at)
    return earlier > EXPIRY_SLACK or (is_past and earlier > timedelta(days=1))


def _is_renewed_by_registry(row: Domain, theirs: date, ctx: Context) -> bool:
    """A year that came by itself when the name expired, and that nobody has paid: staff see it until it is paid here,
    or taken back there.
    """
    ours = row.expiry_date
    if ours is None or not registrar_of(row).capabilities.renews_itself:
        return False
    is_past = ours <= current.business_date(ctx.at) + timedelta(days=1)
    return is_past and abs(theirs - end_of_term(ours, 1)) <= timedelta(days=2)


def _take_status(row: Domain, info: DomainInfo, ctx: Context) -> None:
    """Only what each table of states allows; an expiry that has passed here moves the name by itself."""
    if info.state == RegistrarState.REDEMPTION and row.status != DomainStatus.REDEMPTION:
        note_drift(domain=row, field="status", theirs=info.state, ctx=ctx, is_resolved=True)
        move_domain_into_redemption(domain=row, ctx=ctx)
        return
    past = row.expiry_date is not None and row.expiry_date <= current.business_date(ctx.at)
    alike = {
        DomainStatus.ACTIVE: {RegistrarState.ACTIVE}
        | ({RegistrarState.EXPIRED} if past else set()),
        DomainStatus.EXPIRED: {RegistrarState.ACTIVE, RegistrarState.EXPIRED},
        DomainStatus.REDEMPTION: {
            RegistrarState.ACTIVE,
            RegistrarState.EXPIRED,
            RegistrarState.REDEMPTION,
        },
    }
    if info.state in alike[DomainStatus(row.status)]:
        resolve_drift(domain=row, field="status", ctx=ctx)
    else:
        note_drift(domain=row, field="status", theirs=info.state, ctx=ctx)


def _take_settings(row: Domain, info: DomainInfo, ctx: Context) -> None:
    """Lock, privacy and nameservers, but for what is being changed."""
    changing = open_changes(row)
    found: dict[str, Any] = {}
    if info.is_locked is not None and ChangeKind.LOCK not in changing:
        found["is_locked"] = info.is_locked
    if info.whois_privacy is not None and ChangeKind.PRIVACY not in changing:
        found["whois_privacy"] = info.whois_privacy
    differing = {name: value for name, value in found.items() if getattr(row, name) != value}
    hosts = list(info.nameservers[:4])
    if ChangeKind.NAMESERVERS not in changing and len(hosts) > 1 and hosts != row.nameservers:
        differing |= {f"ns{n}": host for n, host in enumerate([*hosts, "", ""][:4], start=1)}
    if differing:
        update_domain(row, "synced", ctx=ctx, **differing)
