"""What only staff do with a domain: notes, an expiry that no registrar told, and states by hand (invariants.md 3)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import require_reason
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.domains.actions.changes import fail_open_changes
from commerce.domains.actions.drifts import resolve_drifts
from commerce.domains.actions.editing import nameserver_columns, unique_live_name, update_domain
from commerce.domains.events import DomainCancelled, DomainTransferredAway
from commerce.domains.job_names import DROPPED_WITH_DOMAIN, SENT, domain_job_subject
from commerce.domains.models import Domain
from commerce.domains.rules import (
    DOMAIN_OVERRIDE_MOVES,
    LIVE_DOMAIN_STATUSES,
    REGISTERED_DOMAIN_STATUSES,
    DomainStatus,
    sync_time,
)
from commerce.domains.sale_conditions import default_nameservers
from commerce.events.publish import publish
from commerce.jobs.queue import drop_obsolete
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.text import clean_text
from commerce.site_settings import current

MAX_NOTES_LENGTH = 10_000


@transaction.atomic
def set_domain_notes(*, domain: Domain, notes: str, ctx: Context) -> None:
    """Staff write down what they know of a domain, in place of what stood there; clients never see it (T9)."""
    bump_revision(domain.client_id)
    row = lock(domain)
    text = clean_text(notes)
    if len(text) > MAX_NOTES_LENGTH:
        raise BusinessError("domain.notes_too_long", maximum=MAX_NOTES_LENGTH, field="notes")
    if text == row.notes:
        return
    Domain.objects.filter(pk=row.pk).update(notes=text)
    write_audit_entry(
        ctx=ctx,
        action="domain.noted",
        record=("domain", row.pk),
        name=row.domain_name,
        client_id=row.client_id,
        before={"notes": row.notes},
        after={"notes": text},
        staff_only=True,
    )
    domain.refresh_from_db()


def correct_expiry(*, domain: Domain, expiry_date: date, reason: str, ctx: Context) -> None:
    """The day on which a registered name expires, and is due, as staff know it; a registrar that can be asked has the
    last word. Raises ``StateConflict`` for a name that is not registered.
    """
    update_domain(
        domain,
        "expiry_set",
        ctx=ctx,
        states=REGISTERED_DOMAIN_STATUSES,
        reason=require_reason(reason),
        expiry_date=expiry_date,
        next_due_date=expiry_date,
    )


@transaction.atomic
def override_domain_status(
    *,
    domain: Domain,
    to: DomainStatus,
    reason: str,
    ctx: Context,
    expiry_date: date | None = None,
) -> None:
    """Set any state but ``pending`` by hand: the registrar is told nothing, and jobs that lost their point are dropped.

    It is the only way out of a final state; a registered name needs its expiry date. What ends by hand ends like any
    other: open renewals and announced prices are dropped, its zone ends later. Raises ``BusinessError`` without a
    reason or date, and for a name that somebody has here again.
    """
    bump_revision(domain.client_id)
    row = lock(domain)
    former = row.expiry_date
    if to not in DOMAIN_OVERRIDE_MOVES[DomainStatus(row.status)]:
        raise StateConflict("move.not_allowed", state=row.status, to=to)
    changes = _beside(row, to, expiry_date, ctx.at)
    was_live = row.status in LIVE_DOMAIN_STATUSES
    if to in LIVE_DOMAIN_STATUSES and not was_live:
        with unique_live_name(row.domain_name):
            _move_by_hand(row, to, reason, changes, ctx)
    else:
        _move_by_hand(row, to, reason, changes, ctx)
    if to not in LIVE_DOMAIN_STATUSES:
        _end(row, to, ctx)
    if row.expiry_date != former:
        _note_expiry(row, former, reason, ctx)
    domain.refresh_from_db()


def _move_by_hand(
    row: Domain, to: DomainStatus, reason: str, changes: dict[str, Any], ctx: Context
) -> None:
    move(
        row,
        to,
        allowed=DOMAIN_OVERRIDE_MOVES,
        ctx=ctx,
        client_id=row.client_id,
        reason=require_reason(reason),
        changed_at=ctx.at,
        next_sync_at=sync_time(ctx.at, 1, row.pk),
        transfer_hold="",
        **changes,
    )


def _beside(row: Domain, to: DomainStatus, typed: date | None, at: datetime) -> dict[str, Any]:
    """What a state that is set by hand has beside it."""
    if to not in REGISTERED_DOMAIN_STATUSES:
        if typed is not None:
            raise BusinessError("domain.not_registered_has_no_expiry", field="expiry_date")
        changes: dict[str, Any] = {"next_due_date": None}
        if to == DomainStatus.PENDING_TRANSFER:
            changes["sent_at"] = row.sent_at or at
        return changes | ({"auto_renew": False} if to == DomainStatus.TRANSFERRED_AWAY else {})
    today, expiry = current.business_date(at), typed or row.expiry_date
    if expiry is None:
        raise BusinessError("domain.expiry_missing", field="expiry_date")
    if to == DomainStatus.ACTIVE and expiry <= today:
        raise BusinessError("domain.expiry_not_in_future", field="expiry_date")
    hosts = row.nameservers if len(row.nameservers) > 1 else default_nameservers()
    if len(hosts) < 2:
        raise BusinessError("domain.too_few_nameservers")
    return {
        "expiry_date": expiry,
        "next_due_date": expiry,
        "registration_date": row.registration_date or today,
        "sent_at": row.sent_at or at,
        **nameserver_columns(hosts),
    }


def _note_expiry(row: Domain, former: date | None, reason: str, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action="domain.expiry_set",
        record=("domain", row.pk),
        name=row.domain_name,
        client_id=row.client_id,
        before={"expiry_date": former and str(former)},
        after={"expiry_date": str(row.expiry_date)},
        reason=reason,
    )


def _end(row: Domain, to: DomainStatus, ctx: Context) -> None:
    subject, why = domain_job_subject(row), "Its state was set by hand."
    drop_obsolete(subject, DROPPED_WITH_DOMAIN, at=ctx.at, reason=why, without_arg=SENT)
    resolve_drifts(domain=row, ctx=ctx)
    fail_open_changes(domain=row, ctx=ctx)
    is_away = to == DomainStatus.TRANSFERRED_AWAY
    event = DomainTransferredAway if is_away else DomainCancelled
    publish(event(row.pk, str(row.expiry_date or "")), at=ctx.at, client_id=row.client_id)
