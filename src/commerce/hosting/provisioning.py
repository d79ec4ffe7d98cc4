"""What a service needs on its server: asked for here, done by jobs (services-and-provisioning.md 2 and 5).

With a panel the local state changes when the panel has said so. Without one it changes at once, and staff get a to-do.
Call these inside the transaction of the cause, with the client's row locked first.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from commerce.accounts.actions.client_locks import bump_revision
from commerce.catalog.rules import ProductActivation, ProductType
from commerce.db.fast_paths import refresh_row
from commerce.db.locks import lock
from commerce.hosting.actions.editing import change_suspension_reason, set_service_server
from commerce.hosting.actions.servers import choose_server
from commerce.hosting.actions.states import (
    activate_service,
    cancel_service,
    resume_service,
    suspend_service,
    terminate_service,
)
from commerce.hosting.job_names import (
    CREATE_ACCOUNT,
    RESUME_ACCOUNT,
    SUSPEND_ACCOUNT,
    TERMINATE_ACCOUNT,
    service_job_subject,
)
from commerce.hosting.models import Service
from commerce.hosting.modules.registry import module_class_of
from commerce.hosting.rules import (
    LIVE_SERVICE_STATUSES,
    RUNNING_SERVICE_STATUSES,
    ServiceStatus,
    SuspensionReason,
)
from commerce.jobs.models import Job
from commerce.jobs.queue import drop_obsolete, enqueue
from commerce.jobs.rules import UNFINISHED_STATES, JobStatus
from commerce.kit.context import Context

SUSPENDED_AS_OVERDUE = (ServiceStatus.SUSPENDED, SuspensionReason.OVERDUE)

type ReasonCheck = Callable[[int, Mapping[str, Any]], bool]

_holds: dict[str, ReasonCheck] = {}


def register_suspension_check(suspension_reason: str, function: ReasonCheck) -> None:
    """Say when a suspension for ``suspension_reason`` still has its reason: asked with the service and the job's data
    before it is carried out, so that nobody is switched off who has paid meanwhile (S8)."""
    _holds[suspension_reason] = function


def reason_still_holds(service_id: int, args: Mapping[str, Any]) -> bool:
    """Whether the reason that a job was made for is still there."""
    asked = _holds.get(str(args.get("suspension_reason", "")))
    return asked is None or asked(service_id, args)


def ids_being_suspended() -> QuerySet[Job, int]:
    """Ids of services whose suspension is asked for and not carried out, as a query."""
    jobs = Job.objects.filter(
        action=SUSPEND_ACCOUNT, subject_kind="service", status__in=UNFINISHED_STATES
    )
    return jobs.values_list("subject_id", flat=True)


def is_being_terminated() -> Exists:
    """In a query over running services: whether the end of one is asked for, and its account not removed yet."""
    own: dict[str, Any] = {"subject_kind": "service", "subject_id": OuterRef("pk")}
    return Exists(Job.objects.filter(action=TERMINATE_ACCOUNT, status__in=UNFINISHED_STATES, **own))


@transaction.atomic
def request_creation(*, service: Service, idempotency_key: str, ctx: Context) -> bool:
    """The order became active: have the account made. False when the service awaits none.

    A product that nobody provides and that is activated immediately is active at once. What holds for ``order``
    (``register_suspension_check``) is asked again before the account is made.
    """
    row = _locked(service, ctx)
    if row.status != ServiceStatus.PENDING:
        return False
    request_first_creation(service=row, idempotency_key=idempotency_key, ctx=ctx)
    refresh_row(service)
    return True


def request_first_creation(*, service: Service, idempotency_key: str, ctx: Context) -> None:
    """The same of a pending service that the caller has locked, or made in this transaction, as its client is."""
    product = service.product
    immediate = product.activation == ProductActivation.IMMEDIATE
    if product.type == ProductType.OTHER and immediate:
        activate_service(service=service, ctx=ctx)
        return
    _place(service, ctx)
    enqueue(
        service_job_subject(service),
        CREATE_ACCOUNT,
        idempotency_key,
        ctx.at,
        {"suspension_reason": "order"},
    )


def _place(service: Service, ctx: Context) -> None:
    """Choose the server before any call; where none is free, whoever makes the account says on which."""
    if service.product.type != ProductType.HOSTING or service.server_id is not None:
        return
    if server := choose_server(service.product):
        set_service_server(service=service, server=server, ctx=ctx)


@transaction.atomic
def request_suspension(
    *,
    service: Service,
    suspension_reason: str,
    ctx: Context,
    idempotency_key: str = "",
    reason: str = "",
    invoice_id: int | None = None,
    until: date | None = None,
) -> bool:
    """Have the account switched off for a ``SuspensionReason``; ``idempotency_key`` names the occasion, and ``until``
    the day on which it ends by itself.

    False when it is off already, or ends, and when it was switched off on this occasion before: whom staff have resumed
    is not suspended again for the same reason.
    """
    if _asked(service, SUSPEND_ACCOUNT, idempotency_key):
        return False
    row = _locked(service, ctx)
    may_be_on = _was_tried(row, RESUME_ACCOUNT)
    kept_off = drop_obsolete(
        service_job_subject(row), [RESUME_ACCOUNT], at=ctx.at, reason="It is suspended again."
    )
    if row.status != ServiceStatus.ACTIVE and not _runs(row, RESUME_ACCOUNT):
        if kept_off and row.status == ServiceStatus.SUSPENDED:
            _keep_off(row, suspension_reason, reason, ctx, may_be_on=may_be_on, until=until)
            service.refresh_from_db()
        return bool(kept_off)
    at_once = module_class_of(row).is_manual
    if at_once:
        suspend_service(
            service=row,
            suspension_reason=suspension_reason,
            ctx=ctx,
            reason=reason,
            until=until,
        )
    args = {
        "suspension_reason": suspension_reason,
        "reason": reason,
        "invoice": invoice_id,
        "at_once": at_once,
        **({"until": until.isoformat()} if until else {}),
    }
    enqueue(
        service_job_subject(row),
        SUSPEND_ACCOUNT,
        idempotency_key or f"{suspension_reason} {ctx.at.isoformat()}",
        ctx.at,
        args,
    )
    service.refresh_from_db()
    return True


@transaction.atomic
def request_stop(*, service: Service, ctx: Context, reason: str = "") -> bool:
    """Its order is under suspicion: it is not set up, or switched off, and runs only when that is resumed.

    What was off as overdue is off for this from now on, so that a payment does not bring it back. An account that is
    being made at this moment is switched off behind that. False when there was nothing to switch off.
    """
    row, fraud = _locked(service, ctx), SuspensionReason.FRAUD
    subject = service_job_subject(row)
    why = "Its order is under suspicion."
    may_be_on = _was_tried(row, RESUME_ACCOUNT)
    drop_obsolete(subject, [CREATE_ACCOUNT, RESUME_ACCOUNT], at=ctx.at, reason=why)
    # A to-do to remove what has ended here already (``at_once``) stays.
    args: dict[str, Any] = {
        "suspension_reason": SuspensionReason.OVERDUE,
        "at_once": False,
    }
    drop_obsolete(subject, [TERMINATE_ACCOUNT], at=ctx.at, reason=why, args=args)
    if (row.status, row.suspension_reason) == SUSPENDED_AS_OVERDUE:
        change_suspension_reason(service=row, suspension_reason=fraud, ctx=ctx, reason=reason)
    if row.status != ServiceStatus.ACTIVE and not _runs(row, CREATE_ACCOUNT, RESUME_ACCOUNT):
        if row.status == ServiceStatus.SUSPENDED:
            _keep_off(row, row.suspension_reason, reason, ctx, may_be_on=may_be_on, until=None)
        service.refresh_from_db()
        return False
    at_once = row.status == ServiceStatus.ACTIVE and module_class_of(row).is_manual
    if at_once:
        suspend_service(service=row, suspension_reason=fraud, ctx=ctx, reason=reason)
    args = {"suspension_reason": fraud, "reason": reason, "invoice": None, "at_once": at_once}
    enqueue(subject, SUSPEND_ACCOUNT, f"{fraud} {ctx.at.isoformat()}", ctx.at, args)
    service.refresh_from_db()
    return True


@transaction.atomic
def request_resumption(
    *,
    service: Service,
    ctx: Context,
    only_reason: str = "",
    idempotency_key: str = "",
    reason: str = "",
) -> bool:
    """Have the account switched on again, and drop what would have switched it off or removed it.

    ``only_reason``: what was suspended, or is to be, for this cause alone (``overdue`` when the last overdue invoice
    is paid). False when there was nothing to do.
    """
    row = _locked(service, ctx)
    of_reason = {"suspension_reason": only_reason} if only_reason else {}
    may_be_off = _was_tried(row, SUSPEND_ACCOUNT)
    waiting = drop_obsolete(
        service_job_subject(row),
        [SUSPEND_ACCOUNT, TERMINATE_ACCOUNT],
        at=ctx.at,
        reason="It is resumed.",
        args=of_reason,
    )
    off = row.status == ServiceStatus.SUSPENDED and only_reason in ("", row.suspension_reason)
    at_once = module_class_of(row).is_manual
    if not off and (at_once or not _runs(row, SUSPEND_ACCOUNT, TERMINATE_ACCOUNT)):
        if waiting and may_be_off and not at_once:
            switch_on(row, "resumed", ctx.at)
        return bool(waiting)
    if at_once:
        resume_service(service=row, ctx=ctx, reason=reason)
    if not (at_once and waiting):  # otherwise nobody has switched it off yet
        args = {"only_reason": only_reason, "reason": reason, "at_once": at_once}
        enqueue(
            service_job_subject(row),
            RESUME_ACCOUNT,
            idempotency_key or ctx.at.isoformat(),
            ctx.at,
            args,
        )
    service.refresh_from_db()
    return True


@transaction.atomic
def request_termination(
    *,
    service: Service,
    ctx: Context,
    suspension_reason: str = SuspensionReason.OVERDUE,
    idempotency_key: str = "",
    reason: str = "",
) -> bool:
    """Have the account removed, by force; ``suspension_reason`` is that of the suspension, ``idempotency_key``
    names the occasion.

    False when the service is not running, and when this was asked for on this occasion before.
    """
    if _asked(service, TERMINATE_ACCOUNT, idempotency_key):
        return False
    row = _locked(service, ctx)
    if row.status not in RUNNING_SERVICE_STATUSES:
        return False
    _make_way(row, ctx.at, "It is terminated.")
    at_once = module_class_of(row).is_manual
    if at_once:
        terminate_service(service=row, ctx=ctx, reason=reason)
    args = {"suspension_reason": suspension_reason, "reason": reason, "at_once": at_once}
    enqueue(
        service_job_subject(row),
        TERMINATE_ACCOUNT,
        idempotency_key or f"{suspension_reason} {ctx.at.isoformat()}",
        ctx.at,
        args,
    )
    service.refresh_from_db()
    return True


@transaction.atomic
def request_cancellation(
    *, service: Service, ctx: Context, idempotency_key: str = "", reason: str = ""
) -> bool:
    """End the service on request, now; its account, if there is one, is removed by a job. False when it has ended."""
    row = _locked(service, ctx)
    if row.status not in LIVE_SERVICE_STATUSES:
        return False
    was_there = (
        row.status != ServiceStatus.PENDING or _runs(row, CREATE_ACCOUNT) or _was_asked_for(row)
    )
    _make_way(row, ctx.at, "It is cancelled.")
    cancel_service(service=row, ctx=ctx, reason=reason)
    if was_there:
        args = {"suspension_reason": "cancelled", "reason": reason, "at_once": True}
        enqueue(
            service_job_subject(row),
            TERMINATE_ACCOUNT,
            idempotency_key or f"cancelled {ctx.at.isoformat()}",
            ctx.at,
            args,
        )
    service.refresh_from_db()
    return True


@transaction.atomic
def finish_suspension(*, service: Service, args: Mapping[str, Any], ctx: Context) -> None:
    """The panel has switched the account off: so it is here, unless the reason went meanwhile, and it is switched on.

    Whoever pays locks the client too: they come before this and are seen, or after it and find a suspended service.
    """
    row = _locked(service, ctx)
    suspension_reason, reason = args["suspension_reason"], args["reason"]
    if reason_still_holds(row.pk, args):
        until = date.fromisoformat(args["until"]) if "until" in args else None
        suspend_service(
            service=row, suspension_reason=suspension_reason, ctx=ctx, reason=reason, until=until
        )
        return
    switch_on(row, f"{suspension_reason} gone", ctx.at)


def _keep_off(
    service: Service, cause: str, reason: str, ctx: Context, *, may_be_on: bool, until: date | None
) -> None:
    """It is suspended here and stays so, for this cause and until this day from now on, and a resumption that was
    dropped may have had its effect at the panel.
    """
    if (service.suspension_reason, service.suspended_until) != (cause, until):
        change_suspension_reason(
            service=service, suspension_reason=cause, ctx=ctx, reason=reason, until=until
        )
    if may_be_on and not module_class_of(service).is_manual:
        args = {"suspension_reason": "kept off", "reason": reason, "at_once": True}
        key = f"kept off {ctx.at.isoformat()}"
        enqueue(service_job_subject(service), SUSPEND_ACCOUNT, key, ctx.at, args)


def switch_on(service: Service, why: str, at: datetime) -> None:
    """The service runs here, but its account may be off: the answer of a panel was lost, or came too late."""
    args = {"only_reason": "", "reason": "", "at_once": True}
    enqueue(service_job_subject(service), RESUME_ACCOUNT, f"{why} {at.isoformat()}", at, args)


def _asked(service: Service, action: str, idempotency_key: str) -> bool:
    """Whether this was asked for on this occasion: a run on the same day writes nothing then, whoever works or not."""
    if not idempotency_key:
        return False
    asked = Job.objects.of(service_job_subject(service))
    return asked.filter(action=action, idempotency_key=idempotency_key).exists()


def _locked(service: Service, ctx: Context) -> Service:
    """The service as it is now; the client's row is locked first."""
    bump_revision(service.client_id, ctx)
    return lock(service, "product", "server")


def _was_asked_for(service: Service) -> bool:
    """Whether a panel was asked to make its account, whatever became of the answer: it got its username for that."""
    return bool(service.username) and not module_class_of(service).is_manual


def _make_way(service: Service, at: datetime, reason: str) -> None:
    """An end makes everything else pointless."""
    drop_obsolete(
        service_job_subject(service),
        [CREATE_ACCOUNT, SUSPEND_ACCOUNT, RESUME_ACCOUNT, TERMINATE_ACCOUNT],
        at=at,
        reason=reason,
    )


def _was_tried(service: Service, action: str) -> bool:
    """Whether a job of this kind that is not done may have had its effect: a worker has taken it at least once."""
    taken = Q(tries__gt=0) | Q(lost_runs__gt=0) | Q(waiting_since__isnull=False) | ~Q(remote="")
    jobs = Job.objects.of(service_job_subject(service)).filter(
        action=action, status__in=UNFINISHED_STATES
    )
    return jobs.filter(taken).exists()


def _runs(service: Service, *actions: str) -> bool:
    """Whether one of these is being carried out at this moment."""
    running = Job.objects.of(service_job_subject(service)).filter(status=JobStatus.RUNNING)
    return running.filter(action__in=actions).exists()
