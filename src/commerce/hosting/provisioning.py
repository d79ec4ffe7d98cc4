"""What a service needs on its server: asked for here, done by jobs (services-and-provisioning.md 2 and 5).

With a panel the local state changes when the panel has said so. Without one it changes at once, and staff get a to-do.
Call these inside the transaction of the cause, with the client's row locked first.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from commerce.accounts.actions import touch
from commerce.catalog.models import Product
from commerce.hosting.actions import (
    activate_service,
    cancel_service,
    choose_server,
    keep_suspended,
    resume_service,
    set_server,
    suspend_service,
    terminate_service,
)
from commerce.hosting.models import Service
from commerce.hosting.modules import module_of
from commerce.hosting.rules import LIVE, RUNNING
from commerce.hosting.tasks import CREATE, RESUME, SUSPEND, TERMINATE, subject_of
from commerce.jobs.actions import drop_pointless, queue
from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED
from commerce.kit.actor import Actor

OFF_AS_OVERDUE = (Service.Status.SUSPENDED, Service.SuspensionReason.OVERDUE)

type Holds = Callable[[int, Mapping[str, Any]], bool]

_holds: dict[str, Holds] = {}


def holds_if(cause: str, function: Holds) -> None:
    """Say when a suspension for ``cause`` still has its reason: asked with the service and the job's data before it is
    carried out, so that nobody is switched off who has paid meanwhile (S8)."""
    _holds[cause] = function


def still_holds(service_id: int, args: Mapping[str, Any]) -> bool:
    """Whether the reason that a job was made for is still there."""
    asked = _holds.get(str(args.get("cause", "")))
    return asked is None or asked(service_id, args)


def being_suspended() -> QuerySet[Job, int]:
    """Ids of services whose suspension is asked for and not carried out, as a query."""
    jobs = Job.objects.filter(action=SUSPEND, subject_kind="service", status__in=UNFINISHED)
    return jobs.values_list("subject_id", flat=True)


def being_terminated() -> Exists:
    """In a query over running services: whether the end of one is asked for, and its account not removed yet."""
    own: dict[str, Any] = {"subject_kind": "service", "subject_id": OuterRef("pk")}
    return Exists(Job.objects.filter(action=TERMINATE, status__in=UNFINISHED, **own))


@transaction.atomic
def request_creation(*, service: Service, cause: str, at: datetime, actor: Actor) -> bool:
    """The order became active: have the account made. False when the service awaits none.

    A product that nobody provides and that is activated immediately is active at once. What holds for ``order``
    (``holds_if``) is asked again before the account is made.
    """
    row = _locked(service)
    if row.status != Service.Status.PENDING:
        return False
    product = row.product
    immediate = product.activation == Product.Activation.IMMEDIATE
    if product.type == Product.Type.OTHER and immediate:
        activate_service(service=row, at=at, actor=actor)
    else:
        _place(row, at, actor)
        queue(subject_of(row), CREATE, cause, at, {"cause": "order"})
    service.refresh_from_db()
    return True


def _place(service: Service, at: datetime, actor: Actor) -> None:
    """Choose the server before any call; where none is free, whoever makes the account says on which."""
    if service.product.type != Product.Type.HOSTING or service.server_id is not None:
        return
    if server := choose_server(service.product):
        set_server(service=service, server=server, at=at, actor=actor)


@transaction.atomic
def request_suspension(
    *,
    service: Service,
    cause: str,
    at: datetime,
    actor: Actor,
    once: str = "",
    reason: str = "",
    invoice_id: int | None = None,
) -> bool:
    """Have the account switched off for ``cause``, a ``SuspensionReason``; ``once`` names the occasion.

    False when it is off already, or ends, and when it was switched off on this occasion before: whom staff have resumed
    is not suspended again for the same reason.
    """
    if _asked(service, SUSPEND, once):
        return False
    row = _locked(service)
    kept_off = drop_pointless(subject_of(row), [RESUME], at=at, reason="It is suspended again.")
    if row.status != Service.Status.ACTIVE and not _runs(row, RESUME):
        return bool(kept_off)
    at_once = module_of(row).by_hand
    if at_once:
        suspend_service(service=row, cause=cause, at=at, actor=actor, reason=reason)
    args = {"cause": cause, "reason": reason, "invoice": invoice_id, "at_once": at_once}
    queue(subject_of(row), SUSPEND, once or f"{cause} {at.isoformat()}", at, args)
    service.refresh_from_db()
    return True


@transaction.atomic
def request_stop(*, service: Service, at: datetime, actor: Actor, reason: str = "") -> bool:
    """Its order is under suspicion: it is not set up, or switched off, and runs only when that is resumed.

    What was off as overdue is off for this from now on, so that a payment does not bring it back. An account that is
    being made at this moment is switched off behind that. False when there was nothing to switch off.
    """
    row, cause = _locked(service), Service.SuspensionReason.FRAUD
    subject = subject_of(row)
    say: dict[str, Any] = {"at": at, "reason": "Its order is under suspicion."}
    drop_pointless(subject, [CREATE, RESUME], **say)
    # A to-do to remove what has ended here already (``at_once``) stays.
    given = {"cause": Service.SuspensionReason.OVERDUE, "at_once": False}
    drop_pointless(subject, [TERMINATE], args=given, **say)
    if (row.status, row.suspension_reason) == OFF_AS_OVERDUE:
        keep_suspended(service=row, cause=cause, at=at, actor=actor, reason=reason)
    if row.status != Service.Status.ACTIVE and not _runs(row, CREATE, RESUME):
        service.refresh_from_db()
        return False
    at_once = row.status == Service.Status.ACTIVE and module_of(row).by_hand
    if at_once:
        suspend_service(service=row, cause=cause, at=at, actor=actor, reason=reason)
    args = {"cause": cause, "reason": reason, "invoice": None, "at_once": at_once}
    queue(subject, SUSPEND, f"{cause} {at.isoformat()}", at, args)
    service.refresh_from_db()
    return True


@transaction.atomic
def request_resume(
    *,
    service: Service,
    at: datetime,
    actor: Actor,
    only: str = "",
    once: str = "",
    reason: str = "",
) -> bool:
    """Have the account switched on again, and drop what would have switched it off or removed it.

    ``only``: what was suspended, or is to be, for this cause alone (``overdue`` when the last overdue invoice is paid).
    False when there was nothing to do.
    """
    row, given = _locked(service), {"cause": only} if only else {}
    tried = being_suspended().filter(subject_id=row.pk, tries__gt=0).exists()
    waiting = drop_pointless(
        subject_of(row), [SUSPEND, TERMINATE], at=at, reason="It is resumed.", args=given
    )
    off = row.status == Service.Status.SUSPENDED and only in ("", row.suspension_reason)
    at_once = module_of(row).by_hand
    if not off and (at_once or not _runs(row, SUSPEND, TERMINATE)):
        if waiting and tried and not at_once:
            _switch_on(row, "resumed", at)
        return bool(waiting)
    if at_once:
        resume_service(service=row, at=at, actor=actor, reason=reason)
    if not (at_once and waiting):  # otherwise nobody has switched it off yet
        args = {"only": only, "reason": reason, "at_once": at_once}
        queue(subject_of(row), RESUME, once or at.isoformat(), at, args)
    service.refresh_from_db()
    return True


@transaction.atomic
def request_termination(
    *,
    service: Service,
    at: datetime,
    actor: Actor,
    cause: str = "overdue",
    once: str = "",
    reason: str = "",
) -> bool:
    """Have the account removed, by force; ``cause`` as of a suspension, ``once`` names the occasion.

    False when the service is not running, and when this was asked for on this occasion before.
    """
    if _asked(service, TERMINATE, once):
        return False
    row = _locked(service)
    if row.status not in RUNNING:
        return False
    _make_way(row, at, "It is terminated.")
    at_once = module_of(row).by_hand
    if at_once:
        terminate_service(service=row, at=at, actor=actor, reason=reason)
    args = {"cause": cause, "reason": reason, "at_once": at_once}
    queue(subject_of(row), TERMINATE, once or f"{cause} {at.isoformat()}", at, args)
    service.refresh_from_db()
    return True


@transaction.atomic
def request_cancellation(
    *, service: Service, at: datetime, actor: Actor, once: str = "", reason: str = ""
) -> bool:
    """End the service by wish, now; its account, if there is one, is removed by a job. False when it has ended."""
    row = _locked(service)
    if row.status not in LIVE:
        return False
    was_there = row.status != Service.Status.PENDING or _runs(row, CREATE)
    _make_way(row, at, "It is cancelled.")
    cancel_service(service=row, at=at, actor=actor, reason=reason)
    if was_there:
        args = {"cause": "cancelled", "reason": reason, "at_once": True}
        queue(subject_of(row), TERMINATE, once or f"cancelled {at.isoformat()}", at, args)
    service.refresh_from_db()
    return True


@transaction.atomic
def finish_suspension(
    *, service: Service, args: Mapping[str, Any], at: datetime, actor: Actor
) -> None:
    """The panel has switched the account off: so it is here, unless the reason went meanwhile, and it is switched on.

    Whoever pays locks the client too: he comes before this and is seen, or after it and finds a suspended service.
    """
    row = _locked(service)
    cause, reason = args["cause"], args["reason"]
    if still_holds(row.pk, args):
        suspend_service(service=row, cause=cause, at=at, actor=actor, reason=reason)
        return
    _switch_on(row, f"{cause} gone", at)


def _switch_on(service: Service, why: str, at: datetime) -> None:
    """The service runs here, but its account may be off: the answer of a panel was lost, or came too late."""
    args = {"only": "", "reason": "", "at_once": True}
    queue(subject_of(service), RESUME, f"{why} {at.isoformat()}", at, args)


def _asked(service: Service, action: str, once: str) -> bool:
    """Whether this was asked for on this occasion: a run on the same day writes nothing then, whoever works or not."""
    asked = Job.objects.of(subject_of(service)).filter(action=action, cause=once)
    return bool(once) and asked.exists()


def _locked(service: Service) -> Service:
    """The service as it is now; the client's row is locked first."""
    touch(service.client_id)
    rows = Service.objects.select_for_update(of=("self",)).select_related("product", "server")
    return rows.get(pk=service.pk)


def _make_way(service: Service, at: datetime, reason: str) -> None:
    """An end makes everything else pointless."""
    drop_pointless(subject_of(service), [CREATE, SUSPEND, RESUME, TERMINATE], at=at, reason=reason)


def _runs(service: Service, *actions: str) -> bool:
    """Whether one of these is being carried out at this moment."""
    running = Job.objects.of(subject_of(service)).filter(status=Job.Status.RUNNING)
    return running.filter(action__in=actions).exists()
