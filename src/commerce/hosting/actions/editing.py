"""Services as records: made, renamed, and the dates that they are due or end on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.catalog.models import Product
from commerce.db.fast_paths import change_row, insert_rows
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.hosting.events import ServiceSuspended
from commerce.hosting.models import Server, Service
from commerce.hosting.rules import (
    LIVE_SERVICE_STATUSES,
    ServiceStatus,
    SuspensionReason,
    default_label,
    following_due_date,
)
from commerce.kit import ids
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line, Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict, TwoTexts
from commerce.kit.periods import BillingCycle
from commerce.site_settings import current

type BlockedReason = Callable[[Service, Context], StateConflict | None]


def live_only_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Blocks what is done only with a service that has not ended."""
    live = service.status in LIVE_SERVICE_STATUSES
    return None if live else StateConflict("service.has_ended")


def running_only_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Blocks what is done only with a service that is billed: active or suspended."""
    if service.status == ServiceStatus.PENDING:
        return StateConflict("service.not_set_up")
    return live_only_blocked_reason(service, ctx)


def active_only_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Blocks what is done only with a service that is switched on."""
    active = service.status == ServiceStatus.ACTIVE
    return None if active else StateConflict("service.not_active")


def create_service(
    *,
    client: Client,
    product: Product,
    billing_cycle: str,
    amount: int,
    currency_code: str,
    ctx: Context,
    label: str = "",
    domain: str = "",
    options: Sequence[Mapping[str, Any]] = (),
    price_parts: Mapping[str, Any] | None = None,
    provisioning_key: str = "",
) -> Service:
    """A pending service, due on the business date of ``ctx.at``; each renewal charges ``amount``, in minor units.

    ``options`` have ``name``, ``value`` and ``amount``; ``price_parts`` are those of ``Service``. The key by which a
    panel knows the account is made once, here. The caller locks the client and raises their revision.
    """
    if billing_cycle not in BillingCycle:
        raise BusinessError(
            "billing_cycle.not_valid", billing_cycle=billing_cycle, field="billing_cycle"
        )
    recurring = billing_cycle != BillingCycle.ONE_TIME
    service = Service(
        client=client,
        product=product,
        label=label or default_label(product.name),
        has_own_name=bool(label) and label != default_label(product.name),
        provisioning_key=provisioning_key or ids.random_key(),
        domain=domain,
        billing_cycle=billing_cycle,
        amount=amount,
        currency_id=currency_code,
        options=[dict(option) for option in options],
        price_parts=dict(price_parts or {}),
        next_due_date=current.business_date(ctx.at) if recurring else None,
        created_at=ctx.at,
        changed_at=ctx.at,
    )
    insert_rows(service)
    write_audit_entry(
        ctx=ctx,
        action="service.created",
        record=("service", service.pk),
        name=service.label,
        client_id=client.pk,
        after={
            "amount": amount,
            "billing_cycle": billing_cycle,
            "currency": currency_code,
            "product_id": product.pk,
            **({"options": service.options} if options else {}),
        },
    )
    return service


@act(
    "service.rename",
    Service,
    label=_("Rename"),
    done=TwoTexts(
        member=_("Service renamed to %(label)s."),
        staff=_("Service renamed to %(label)s. The client sees the new name."),
    ),
    staff=StaffPermission.SERVICES_MANAGE,
    member="services.manage",
    blocked=live_only_blocked_reason,
    example="service rename 55 --label Shop",
)
def rename_service(
    *,
    service: Service,
    label: Annotated[str, Line(_("Name"), most=100, edits="label")],
    ctx: Context,
) -> None:
    """Change the name under which the client knows a service. Raises ``StateConflict`` once it has ended."""
    update_service(
        service,
        "renamed",
        ctx=ctx,
        blocked=live_only_blocked_reason,
        label=label,
        has_own_name=label != default_label(service.product.name),
    )


@act(
    "service.notes",
    Service,
    label=_("Notes"),
    done=_("Notes saved."),
    staff=StaffPermission.SERVICES_MANAGE,
    example='service notes 55 --notes "Call first"',
)
@transaction.atomic
def set_service_notes(
    *,
    service: Service,
    notes: Annotated[
        str,
        Text(_("Notes"), about=_("Clients never see them."), most=10_000, least=0, edits="notes"),
    ],
    ctx: Context,
) -> None:
    """Staff write down what they know of a service, in place of what stood there; clients never see it (T9)."""
    bump_revision(service.client_id, ctx)
    row = lock(service)
    if notes == row.notes:
        return
    Service.objects.filter(pk=row.pk).update(notes=notes)
    write_audit_entry(
        ctx=ctx,
        action="service.noted",
        record=("service", row.pk),
        name=row.label,
        client_id=row.client_id,
        after={"notes": "changed"},
        staff_only=True,
    )
    service.refresh_from_db()


def schedule_service_end(
    *, service: Service, ends_on: date | None, ctx: Context, reason: str = ""
) -> None:
    """End the service on a day that has not passed; None takes this back. Raises ``StateConflict`` once it has
    ended.
    """
    if ends_on is not None and ends_on < current.business_date(ctx.at):
        raise BusinessError("service.cancel_day_passed", field="ends_on")
    verb = "cancellation_scheduled" if ends_on else "cancellation_withdrawn"
    update_service(
        service,
        verb,
        ctx=ctx,
        reason=reason,
        blocked=live_only_blocked_reason,
        ends_on=ends_on,
    )


def set_service_server(*, service: Service, server: Server, ctx: Context) -> None:
    """Where the account of a pending service is to be made. The caller holds its row, and raises the revision."""
    _update_locked(service, service, "server_chosen", ctx, server=server)


@transaction.atomic
def change_suspension_reason(
    *,
    service: Service,
    suspension_reason: str,
    ctx: Context,
    reason: str = "",
    until: date | None = None,
) -> None:
    """A suspended service stays off, from now on for another ``SuspensionReason``, and until another day.

    Its days until termination count anew.
    """
    update_service(
        service,
        "kept_suspended",
        ctx=ctx,
        reason=reason,
        suspended_at=ctx.at,
        suspension_reason=SuspensionReason(suspension_reason),
        suspended_until=until,
    )
    publish(ServiceSuspended(service.pk), at=ctx.at, client_id=service.client_id)


@transaction.atomic
def advance_service_due_date(*, service: Service, ctx: Context) -> None:
    """The period that starts on the next due date is paid or waived: it moves by exactly one cycle from its old value.

    Raises ``StateConflict`` for a service that is not running, and ``BusinessError`` for one that never renews
    (billing.md 1). The caller locks the client and raises their revision.
    """
    row = lock(service)
    if reason := running_only_blocked_reason(row, ctx):
        raise reason
    if row.anchor_date is None or row.next_due_date is None:
        raise BusinessError("service.no_period")
    due = following_due_date(row.anchor_date, row.billing_cycle, row.next_due_date)
    _update_locked(service, row, "renewed", ctx, next_due_date=due)


@transaction.atomic
def update_service(
    service: Service,
    verb: str,
    *,
    ctx: Context,
    reason: str = "",
    blocked: BlockedReason | None = None,
    **changes: Any,
) -> None:
    """Write columns other than the state, with the audit entry ``service.<verb>``. Raises what ``blocked`` says of the
    locked row.
    """
    bump_revision(service.client_id, ctx)
    row = lock(service)
    if blocked and (conflict := blocked(row, ctx)):
        raise conflict
    _update_locked(service, row, verb, ctx, reason, **changes)


def _update_locked(
    service: Service,
    row: Service,
    verb: str,
    ctx: Context,
    reason: str = "",
    **changes: Any,
) -> None:
    """``update_service`` of a ``row`` that is locked."""
    before = {key: getattr(row, key) for key in changes}
    change_row(service, changed_at=ctx.at, **changes)
    write_audit_entry(
        ctx=ctx,
        action=f"service.{verb}",
        record=("service", service.pk),
        name=row.label,
        client_id=row.client_id,
        before=audit_values(before),
        after=audit_values(changes),
        reason=reason,
    )


def audit_values(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a service as its entries have them; the nightly proof compares them with the row."""
    said = {name: value and str(value) for name, value in changes.items()}
    if "server" in changes:
        said["server_id"] = changes["server"] and changes["server"].pk
    return said
