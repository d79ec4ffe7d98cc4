"""Services as records: made, renamed, and the dates that they are due or end on."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.audit.actions import write_audit_entry
from commerce.catalog.models import Product
from commerce.db.fast_paths import insert_rows
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.hosting.events import ServiceSuspended
from commerce.hosting.models import Server, Service
from commerce.hosting.rules import (
    LIVE_SERVICE_STATUSES,
    RUNNING_SERVICE_STATUSES,
    ServiceStatus,
    SuspensionReason,
    default_label,
    following_due_date,
)
from commerce.kit import ids
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.periods import BillingCycle
from commerce.kit.text import clean_text
from commerce.site_settings import current

MAX_NOTES_LENGTH = 10_000


@transaction.atomic
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
    parts: Mapping[str, Any] | None = None,
    provisioning_key: str = "",
) -> Service:
    """A pending service, due on the business date of ``at``; ``amount`` is what each renewal charges, in minor units.

    ``options`` have ``name``, ``value`` and ``amount``; ``parts`` are those of ``Service.parts``. The key by which a
    panel knows the account is made once, here. The caller holds the client and raises their revision.
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
        parts=dict(parts or {}),
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


def rename_service(*, service: Service, label: str, ctx: Context) -> None:
    """The name under which the client knows a service that has not ended: 1 to 100 characters."""
    label = " ".join(label.split())
    if not 1 <= len(label) <= 100:
        raise BusinessError("service.label_not_valid", field="label")
    update_service(
        service,
        "renamed",
        ctx=ctx,
        states=LIVE_SERVICE_STATUSES,
        label=label,
        has_own_name=label != default_label(service.product.name),
    )


@transaction.atomic
def set_service_notes(*, service: Service, notes: str, ctx: Context) -> None:
    """Staff write down what they know of a service, in place of what stood there; clients never see it (T9)."""
    bump_revision(service.client_id)
    row = lock(service)
    text = clean_text(notes)
    if len(text) > MAX_NOTES_LENGTH:
        raise BusinessError("service.notes_too_long", maximum=MAX_NOTES_LENGTH, field="notes")
    if text == row.notes:
        return
    Service.objects.filter(pk=row.pk).update(notes=text)
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
    *, service: Service, cancel_at: date | None, ctx: Context, reason: str = ""
) -> None:
    """End the service on a day that has not passed; None takes this back. Raises ``StateConflict`` once it has
    ended.
    """
    if cancel_at is not None and cancel_at < current.business_date(ctx.at):
        raise BusinessError("service.cancel_day_passed", field="cancel_at")
    verb = "cancellation_scheduled" if cancel_at else "cancellation_withdrawn"
    update_service(
        service,
        verb,
        ctx=ctx,
        reason=reason,
        states=LIVE_SERVICE_STATUSES,
        cancel_at=cancel_at,
    )


def set_service_server(*, service: Service, server: Server, ctx: Context) -> None:
    """Where its account is to be made. Raises ``StateConflict`` unless it is pending."""
    update_service(service, "server_chosen", ctx=ctx, states=[ServiceStatus.PENDING], server=server)


@transaction.atomic
def change_suspension_reason(
    *, service: Service, suspension_reason: str, ctx: Context, reason: str = ""
) -> None:
    """A suspended service stays off, from now on for another ``SuspensionReason``.

    Its days until termination count anew. Raises ``StateConflict`` unless it is suspended.
    """
    update_service(
        service,
        "kept_suspended",
        ctx=ctx,
        reason=reason,
        states=[ServiceStatus.SUSPENDED],
        suspended_at=ctx.at,
        suspension_reason=SuspensionReason(suspension_reason),
    )
    publish(ServiceSuspended(service.pk), at=ctx.at, client_id=service.client_id)


@transaction.atomic
def advance_service_due_date(*, service: Service, ctx: Context) -> None:
    """The period that starts on the next due date is paid or waived: it moves by exactly one cycle from its old value.

    Raises ``StateConflict`` for a service that is not running, and ``BusinessError`` for one that never renews
    (billing.md 1). The caller holds the client and raises their revision.
    """
    row = lock(service)
    if row.anchor_date is None or row.next_due_date is None:
        raise BusinessError("service.no_period")
    due = following_due_date(row.anchor_date, row.billing_cycle, row.next_due_date)
    _change_held(service, row, "renewed", ctx, RUNNING_SERVICE_STATUSES, next_due_date=due)


@transaction.atomic
def update_service(
    service: Service,
    verb: str,
    *,
    ctx: Context,
    reason: str = "",
    states: Sequence[str] = (),
    **changes: Any,
) -> None:
    """Write columns other than the state, with their audit entry. Raises ``StateConflict`` in other states than
    ``states``.
    """
    bump_revision(service.client_id)
    _change_held(service, lock(service), verb, ctx, states, reason, **changes)


def _change_held(
    service: Service,
    row: Service,
    verb: str,
    ctx: Context,
    states: Sequence[str],
    reason: str = "",
    **changes: Any,
) -> None:
    """``update_service`` of a ``row`` that is locked."""
    if states and row.status not in states:
        raise StateConflict("service.wrong_status", status=row.status)
    before = {key: getattr(row, key) for key in changes}
    Service.objects.filter(pk=service.pk).update(changed_at=ctx.at, **changes)
    write_audit_entry(
        ctx=ctx,
        action=f"service.{verb}",
        record=("service", service.pk),
        name=row.label,
        client_id=row.client_id,
        before=said_in_audit(before),
        after=said_in_audit(changes),
        reason=reason,
    )
    service.refresh_from_db()


def said_in_audit(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a service as its entries have them; the nightly proof compares them with the row."""
    said = {name: value and str(value) for name, value in changes.items()}
    if "server" in changes:
        said["server_id"] = changes["server"] and changes["server"].pk
    return said
