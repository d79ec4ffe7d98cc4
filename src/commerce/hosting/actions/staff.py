"""What staff set on a service by hand (services-and-provisioning.md 1): terms, account and state, without any call."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON, require_reason
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.hosting.actions.editing import (
    audit_values,
    running_only_blocked_reason,
    update_service,
)
from commerce.hosting.job_names import ALL_SERVICE_JOBS, JOBS_OF_LIVE_SERVICE, service_job_subject
from commerce.hosting.models import Server, Service
from commerce.hosting.panel_servers import all_servers, find_server
from commerce.hosting.rules import (
    LIVE_SERVICE_STATUSES,
    SERVICE_OVERRIDE_MOVES,
    ServiceStatus,
    SuspensionReason,
    first_due_date,
)
from commerce.jobs.queue import drop_obsolete
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line, Reference
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.periods import BillingCycle
from commerce.site_settings import current

MAX_USERNAME_LENGTH = 253
"""Panels of mail servers know an account by its address."""


@transaction.atomic
def edit_service(
    *,
    service: Service,
    reason: str,
    ctx: Context,
    next_due_date: date | None = None,
    amount: int | None = None,
    billing_cycle: str = "",
) -> None:
    """Change when a running service is due and what it costs; its periods count from the next due date from then on.

    A new amount stands for itself: discounts and the parts that it had are gone. Raises ``StateConflict`` for a
    service that does not run, and ``BusinessError`` without a reason, for nothing new, and for terms that do not fit
    each other.
    """
    bump_revision(service.client_id, ctx)
    row = lock(service)
    if blocked := running_only_blocked_reason(row, ctx):
        raise blocked
    changes = _due_date_and_cycle(row, next_due_date, billing_cycle or row.billing_cycle)
    if amount is not None and amount != row.amount:
        if amount < 0:
            raise BusinessError("amount.negative", field="amount")
        changes |= {"amount": amount, "price_parts": {}}
    if not changes:
        raise BusinessError("service.nothing_changed")
    reason = require_reason(reason)
    update_service(service, "edited", ctx=ctx, reason=reason, **changes)


def _due_date_and_cycle(service: Service, due: date | None, cycle: str) -> dict[str, Any]:
    """The columns of another next due date or cycle, as far as they differ."""
    if cycle not in BillingCycle:
        raise BusinessError("billing_cycle.unknown", field="billing_cycle")
    if cycle == BillingCycle.ONE_TIME:
        if due is not None:
            raise BusinessError("service.paid_once_is_not_due", field="next_due_date")
        same = service.billing_cycle == cycle
        return {} if same else {"billing_cycle": cycle, "next_due_date": None}
    due = due or service.next_due_date
    if due is None:
        raise BusinessError("service.no_due_date", field="next_due_date")
    if (due, cycle) == (service.next_due_date, service.billing_cycle):
        return {}
    changes = {"next_due_date": due, "anchor_date": due}
    return changes if cycle == service.billing_cycle else {**changes, "billing_cycle": cycle}


@act(
    "service.set_account",
    Service,
    label=_("Server and account"),
    intro=_("For an account that was moved or created by hand. The server isn't contacted."),
    done=_("Account saved. The server wasn't contacted."),
    staff=StaffPermission.SERVICES_PROVISION,
    example='service set-account 55 --server web2 --username acme --reason "moved by hand"',
)
def set_service_account(
    *,
    service: Service,
    reason: Annotated[str, REASON],
    ctx: Context,
    server: Annotated[
        Server | None,
        Reference(_("Server"), find=find_server, among=all_servers, edits="server"),
    ] = None,
    username: Annotated[
        str | None, Line(_("Username"), most=MAX_USERNAME_LENGTH, least=0, edits="username")
    ] = None,
    remote_id: Annotated[
        str | None, Line(_("ID in the control panel"), most=100, least=0, edits="remote_id")
    ] = None,
) -> None:
    """Say where the account of a service is, in the books only; what is None stays.

    Raises ``BusinessError`` for an account that another service has.
    """
    given: dict[str, Any] = {"server": server, "username": username, "remote_id": remote_id}
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise BusinessError("service.nothing_changed")
    with _account_not_taken():
        update_service(service, "account_set", ctx=ctx, reason=reason, **changes)


@transaction.atomic
def override_service_status(
    *,
    service: Service,
    to: ServiceStatus,
    reason: str,
    ctx: Context,
    next_due_date: date | None = None,
    suspension_reason: str = SuspensionReason.STAFF,
) -> None:
    """Set any state but ``pending`` by hand: no call, no mail, and jobs that were to change it are dropped.

    It is the only way out of a final state; then a recurring service needs its next due date. Raises ``BusinessError``
    without a reason or date, and for an account that another service has by now.
    """
    bump_revision(service.client_id, ctx)
    row = lock(service)
    if to not in SERVICE_OVERRIDE_MOVES[ServiceStatus(row.status)]:
        raise StateConflict("service.status_not_settable")
    changes = _columns_of_status(row, to, next_due_date, suspension_reason, ctx.at)
    before = {key: getattr(row, key) for key in changes}
    with _account_not_taken():
        move(
            row,
            to,
            allowed=SERVICE_OVERRIDE_MOVES,
            ctx=ctx,
            client_id=row.client_id,
            reason=require_reason(reason),
            changed_at=ctx.at,
            **changes,
        )
    differs = {key for key, value in changes.items() if before[key] != value}
    write_audit_entry(
        ctx=ctx,
        action="service.overridden",
        record=("service", row.pk),
        name=row.label,
        client_id=row.client_id,
        before=audit_values({key: before[key] for key in differs}),
        after=audit_values({key: changes[key] for key in differs}),
        reason=reason,
    )
    pointless = ALL_SERVICE_JOBS if to in LIVE_SERVICE_STATUSES else JOBS_OF_LIVE_SERVICE
    drop_obsolete(
        service_job_subject(row), pointless, at=ctx.at, reason="Its state was set by hand."
    )
    service.refresh_from_db()


def _columns_of_status(
    row: Service, to: ServiceStatus, due: date | None, suspension_reason: str, at: datetime
) -> dict[str, Any]:
    """The columns that go with a status that is set by hand."""
    if to not in LIVE_SERVICE_STATUSES:
        if due is not None:
            raise BusinessError("service.ended_is_not_due", field="next_due_date")
        ended = {"cancelled_at": None, "terminated_at": None, f"{to}_at": at}
        return {**ended, "next_due_date": None, "ends_on": None}
    off = to == ServiceStatus.SUSPENDED
    changes: dict[str, Any] = {
        "cancelled_at": None,
        "terminated_at": None,
        "suspended_at": at if off else None,
        "suspension_reason": SuspensionReason(suspension_reason) if off else "",
        "suspended_until": None,
    }
    if row.status not in LIVE_SERVICE_STATUSES:
        changes["ends_on"] = None
    return changes | _due_dates(row, due, current.business_date(at))


def _due_dates(row: Service, due: date | None, today: date) -> dict[str, Any]:
    """When a service is due that is to run: as before, as told, or from today on if it never ran."""
    recurring = row.billing_cycle != BillingCycle.ONE_TIME
    if not recurring and due is not None:
        raise BusinessError("service.paid_once_is_not_due", field="next_due_date")
    started = {} if row.activated_on else {"activated_on": today}
    if due is not None:
        return {**started, "anchor_date": due, "next_due_date": due}
    if row.status not in LIVE_SERVICE_STATUSES and recurring:
        raise BusinessError("service.no_due_date", field="next_due_date")
    if row.status != ServiceStatus.PENDING:
        return started
    following = first_due_date(today, row.billing_cycle)
    return {**started, "anchor_date": today, "next_due_date": following}


@contextmanager
def _account_not_taken() -> Iterator[None]:
    """Where the database refuses an account that another service has (U9), ``BusinessError`` says so."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise BusinessError("service.account_taken", field="username") from error
