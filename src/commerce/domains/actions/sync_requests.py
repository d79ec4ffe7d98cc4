"""Having the registrar of a name asked how it stands, as somebody wants to know it now (domains.md 4)."""

from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.staff_rules import StaffPermission
from commerce.db.locks import lock
from commerce.domains.actions.editing import live_only_blocked_reason
from commerce.domains.job_names import SYNC_DOMAIN, domain_job_subject
from commerce.domains.models import Domain
from commerce.domains.registrars.registry import registrar_of
from commerce.domains.rules import DomainStatus
from commerce.jobs.queue import drop_obsolete, enqueue
from commerce.jobs.rules import JobPriority
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


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


@act(
    "domain.sync",
    Domain,
    label=_("Sync"),
    intro=_(
        "Asks the registrar now, and takes over dates, lock, privacy, nameservers, and status."
    ),
    done=_("The registrar is being asked. Reload the page in a moment."),
    staff=StaffPermission.DOMAINS_MANAGE,
    blocked=sync_blocked_reason,
    for_many=True,
)
def request_sync(*, domain: Domain, ctx: Context) -> None:
    """Have the registrar asked now."""
    _request(domain, JobPriority.URGENT, ctx)


@transaction.atomic
def _request(domain: Domain, priority: JobPriority, ctx: Context) -> None:
    lock_client(domain.client_id)
    row = lock(domain)
    if reason := sync_blocked_reason(row, ctx):
        raise reason
    queue_sync(row, f"asked {ctx.at.isoformat()}", priority, ctx)


def queue_sync(domain: Domain, cause: str, priority: JobPriority, ctx: Context) -> None:
    """A job that asks, in place of one that waits. Call it in a transaction."""
    subject = domain_job_subject(domain)
    drop_obsolete(subject, [SYNC_DOMAIN], at=ctx.at, reason="It is asked for anew.")
    enqueue(subject, SYNC_DOMAIN, cause, ctx.at, priority=priority)
