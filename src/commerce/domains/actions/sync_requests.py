"""When the registrar of a name is asked how it stands: at its time, or as somebody wants to know (domains.md 4)."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from commerce.accounts.actions.client_locks import lock_client
from commerce.db.fast_paths import update_if
from commerce.db.locks import lock
from commerce.domains.actions.editing import live_only_blocked_reason
from commerce.domains.job_names import SYNC_DOMAIN, domain_job_subject
from commerce.domains.models import Domain
from commerce.domains.registrars.registry import registrar_of, unconnected_registrar_names
from commerce.domains.rules import LIVE_DOMAIN_STATUSES, DomainStatus, sync_time
from commerce.jobs.queue import drop_obsolete, enqueue
from commerce.jobs.rules import JobPriority
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict

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
                _queue(domain, f"due {due.isoformat()}", JobPriority.BULK, Context(at, SYSTEM))
                queued += 1
    return queued


def sync_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why its registrar cannot be asked; None if it can."""
    if reason := live_only_blocked_reason(domain, ctx):
        return reason
    if not registrar_of(domain).capabilities.is_connected:
        return StateConflict("domain.registrar_by_hand")
    if domain.status == DomainStatus.PENDING and domain.sent_at is None:
        return StateConflict("domain.registration_not_sent")
    return None


def request_syncs(*, domains: Iterable[Domain], ctx: Context) -> int:
    """Have the registrar asked about each of these now, after what people wait for; how many can be."""
    asked = 0
    for domain in domains:
        with suppress(StateConflict):
            _request(domain, JobPriority.NORMAL, ctx)
            asked += 1
    return asked


def request_sync(*, domain: Domain, ctx: Context) -> None:
    """Have the registrar asked now."""
    _request(domain, JobPriority.URGENT, ctx)


@transaction.atomic
def _request(domain: Domain, priority: JobPriority, ctx: Context) -> None:
    lock_client(domain.client_id)
    row = lock(domain)
    if reason := sync_blocked_reason(row, ctx):
        raise reason
    _queue(row, f"asked {ctx.at.isoformat()}", priority, ctx)


def _queue(domain: Domain, cause: str, priority: JobPriority, ctx: Context) -> None:
    subject = domain_job_subject(domain)
    drop_obsolete(subject, [SYNC_DOMAIN], at=ctx.at, reason="It is asked for anew.")
    enqueue(subject, SYNC_DOMAIN, cause, ctx.at, priority=priority)
