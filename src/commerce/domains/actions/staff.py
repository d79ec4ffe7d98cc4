"""What only staff do with a domain: notes, an expiry that no registrar told, and states by hand (invariants.md 3)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON, require_reason
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.domains.actions.editing import (
    STATED_COLUMNS,
    audit_values,
    nameserver_columns,
    registered_only_blocked_reason,
    unique_live_name,
    update_domain,
)
from commerce.domains.actions.states import end_work
from commerce.domains.events import DomainCancelled, DomainTransferredAway
from commerce.domains.models import Domain
from commerce.domains.rules import (
    DOMAIN_OVERRIDE_MOVES,
    EXPIRY_SLACK,
    LIVE_DOMAIN_STATUSES,
    MOST_YEARS_AHEAD,
    REGISTERED_DOMAIN_STATUSES,
    DomainStatus,
    end_of_term,
    sync_time,
)
from commerce.domains.sale_conditions import default_nameservers
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Day, Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.presentation.labels import status_labels
from commerce.site_settings import current

_SETTABLE_STATUSES = {
    status: words
    for status, words in status_labels("domain").items()
    if status != DomainStatus.PENDING
}


@act(
    "domain.notes",
    Domain,
    label=_("Notes"),
    done=_("Notes saved."),
    staff=StaffPermission.DOMAINS_MANAGE,
    example='domain notes acme.com --notes "Call first"',
)
@transaction.atomic
def set_domain_notes(
    *,
    domain: Domain,
    notes: Annotated[
        str,
        Text(_("Notes"), about=_("Clients never see them."), most=10_000, least=0, edits="notes"),
    ],
    ctx: Context,
) -> None:
    """Staff write down what they know of a domain, in place of what stood there; clients never see it (T9)."""
    bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if notes == row.notes:
        return
    Domain.objects.filter(pk=row.pk).update(notes=notes)
    write_audit_entry(
        ctx=ctx,
        action="domain.noted",
        record=("domain", row.pk),
        name=row.domain_name,
        client_id=row.client_id,
        after={"notes": "changed"},
        staff_only=True,
    )
    domain.refresh_from_db()


def correct_expiry(*, domain: Domain, expiry_date: date, reason: str, ctx: Context) -> None:
    """The day on which a registered name expires, and is due, as staff know it; a registrar that can be asked has the
    last word. Raises ``StateConflict`` for a name that is not registered, ``BusinessError`` for a day that cannot be.
    """
    _check_expiry(domain, domain.status, expiry_date, ctx.at)
    update_domain(
        domain,
        "expiry_set",
        ctx=ctx,
        blocked=registered_only_blocked_reason,
        reason=require_reason(reason),
        expiry_date=expiry_date,
        next_due_date=expiry_date,
    )


def _check_expiry(domain: Domain, status: str, day: date, at: datetime) -> None:
    """Raise ``BusinessError`` for a day on which no name of this state, and of this registration, can expire."""
    today = current.business_date(at)
    if status == DomainStatus.ACTIVE and day <= today:
        raise BusinessError("domain.expiry_not_in_future", field="expiry_date")
    began = domain.registration_date or end_of_term(today, -MOST_YEARS_AHEAD)
    first, last = began + timedelta(days=1), end_of_term(today, MOST_YEARS_AHEAD) + EXPIRY_SLACK
    if day != domain.expiry_date and not first <= day <= last:
        raise BusinessError(
            "domain.expiry_out_of_range", first=first, last=last, field="expiry_date"
        )


@act(
    "domain.override",
    Domain,
    label=_("Override status"),
    intro=_(
        "For domains that were changed at the registry. The registrar isn't contacted. Ending a"
        " domain voids its open renewal and schedules the end of its DNS zone."
    ),
    done=_("Status changed. The registrar wasn't contacted."),
    staff=StaffPermission.SERVICES_OVERRIDE,
    is_danger=True,
    example='domain override acme.com --to transferred_away --reason "left"',
)
@transaction.atomic
def override_domain_status(
    *,
    domain: Domain,
    to: Annotated[
        str,
        Choice(
            _("New status"),
            labels=_SETTABLE_STATUSES,
            offered=lambda domain: [
                status for status in _SETTABLE_STATUSES if status != domain.status
            ],
        ),
    ],
    reason: Annotated[str, REASON],
    ctx: Context,
    expiry_date: Annotated[
        date | None,
        Day(
            _("Expiry date"),
            about=_("For active, expired, and restorable domains. Blank keeps the current one."),
        ),
    ] = None,
) -> None:
    """Set any state but ``pending`` by hand: the registrar is told nothing, and jobs that lost their point are dropped.

    It is the only way out of a final state; a registered name needs its expiry date. What ends by hand ends like any
    other: open renewals and announced prices are dropped, its zone ends later. Raises ``BusinessError`` without a
    date, and for a name that somebody has here again.
    """
    bump_revision(domain.client_id, ctx)
    row, to = lock(domain), DomainStatus(to)
    former = row.expiry_date
    if to not in DOMAIN_OVERRIDE_MOVES[DomainStatus(row.status)]:
        raise StateConflict("move.not_allowed", state=row.status, to=to)
    changes = _beside(row, to, expiry_date, ctx.at)
    was_live = row.status in LIVE_DOMAIN_STATUSES
    if to in LIVE_DOMAIN_STATUSES and not was_live:
        with unique_live_name(row.domain_name):
            _move_manually(row, to, reason, changes, ctx)
    else:
        _move_manually(row, to, reason, changes, ctx)
    if to not in LIVE_DOMAIN_STATUSES:
        _end(row, to, ctx)
    if row.expiry_date != former:
        _note_expiry(row, former, reason, ctx)
    domain.refresh_from_db()


def _move_manually(
    row: Domain, to: DomainStatus, reason: str, changes: dict[str, Any], ctx: Context
) -> None:
    stated = audit_values({name: changes[name] for name in STATED_COLUMNS if name in changes})
    move(
        row,
        to,
        allowed=DOMAIN_OVERRIDE_MOVES,
        ctx=ctx,
        client_id=row.client_id,
        reason=reason,
        changed_at=ctx.at,
        next_sync_at=sync_time(ctx.at, 1, row.pk),
        transfer_hold="",
        details=lambda: stated,
        **changes,
    )


def _beside(row: Domain, to: DomainStatus, typed: date | None, at: datetime) -> dict[str, Any]:
    """What a state that is set by hand has beside it."""
    if to not in REGISTERED_DOMAIN_STATUSES:
        if typed is not None:
            raise BusinessError("domain.not_registered_has_no_expiry", field="expiry_date")
        changes: dict[str, Any] = {"next_due_date": None}
        if to == DomainStatus.PENDING_TRANSFER:
            changes["sent_at"] = at  # from now on its days count
        return changes | ({"auto_renew": False} if to == DomainStatus.TRANSFERRED_AWAY else {})
    expiry = typed or row.expiry_date
    if expiry is None:
        raise BusinessError("domain.expiry_missing", field="expiry_date")
    _check_expiry(row, to, expiry, at)
    hosts = row.nameservers if len(row.nameservers) > 1 else default_nameservers()
    if len(hosts) < 2:
        raise BusinessError("domain.too_few_nameservers")
    return {
        "expiry_date": expiry,
        "next_due_date": expiry,
        "registration_date": row.registration_date or current.business_date(at),
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
    end_work(domain=row, to=to, ctx=ctx)
    is_away = to == DomainStatus.TRANSFERRED_AWAY
    event = DomainTransferredAway if is_away else DomainCancelled
    publish(event(row.pk, str(row.expiry_date or "")), at=ctx.at, client_id=row.client_id)
