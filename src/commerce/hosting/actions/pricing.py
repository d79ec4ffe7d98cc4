"""A service moves to another product, cycle or price (billing.md 8)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.catalog.models import Product
from commerce.db.locks import lock
from commerce.hosting.account_requests import request_package_change
from commerce.hosting.actions.editing import running_only_blocked_reason
from commerce.hosting.models import Service
from commerce.hosting.rules import default_label
from commerce.kit.context import Context


@transaction.atomic
def change_service_plan(
    *,
    service: Service,
    product: Product,
    billing_cycle: str,
    amount: int,
    options: Sequence[Mapping[str, Any]],
    price_parts: Mapping[str, Any],
    ctx: Context,
    new_period: tuple[date, date] | None = None,
) -> None:
    """Change what a running service is and costs from now on; ``new_period`` has its anchor and next due date where its
    cycle changes.

    It keeps the name that its client gave it; without one it gets that of its new product.
    Raises ``StateConflict`` for a service that is not running.
    """
    bump_revision(service.client_id, ctx)
    row = lock(service, "product")
    if blocked := running_only_blocked_reason(row, ctx):
        raise blocked
    is_another = row.product_id != product.pk or _values_by_name(row.options) != _values_by_name(
        options
    )
    dates = {"anchor_date": new_period[0], "next_due_date": new_period[1]} if new_period else {}
    Service.objects.filter(pk=row.pk).update(
        product=product,
        label=row.label if row.has_own_name else default_label(product.name),
        billing_cycle=billing_cycle,
        amount=amount,
        options=[dict(option) for option in options],
        price_parts=dict(price_parts),
        changed_at=ctx.at,
        **dates,
    )
    write_audit_entry(
        ctx=ctx,
        action="service.plan_changed",
        record=("service", row.pk),
        name=row.label,
        client_id=row.client_id,
        before=_plan_in_audit(row.product, row.billing_cycle, row.amount, row.next_due_date),
        after={
            **_plan_in_audit(
                product, billing_cycle, amount, dates.get("next_due_date", row.next_due_date)
            ),
            **({"anchor_date": str(dates["anchor_date"])} if dates else {}),
            **_options_if_changed(row, options),
        },
    )
    service.refresh_from_db()
    if is_another:
        request_package_change(service=service, ctx=ctx)


def _values_by_name(options: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a panel is told of options."""
    return {str(option["name"]): option["value"] for option in options}


@transaction.atomic
def change_service_price(
    *,
    service: Service,
    amount: int,
    options: Sequence[Mapping[str, Any]],
    price_parts: Mapping[str, Any],
    ctx: Context,
    reason: str = "",
) -> None:
    """Change what a running service costs from its next renewal on, in minor units. Raises ``StateConflict`` unless it
    runs.
    """
    bump_revision(service.client_id, ctx)
    row = lock(service)
    if blocked := running_only_blocked_reason(row, ctx):
        raise blocked
    is_another = _values_by_name(row.options) != _values_by_name(options)
    Service.objects.filter(pk=row.pk).update(
        amount=amount,
        options=[dict(option) for option in options],
        price_parts=dict(price_parts),
        changed_at=ctx.at,
    )
    write_audit_entry(
        ctx=ctx,
        action="service.price_changed",
        record=("service", row.pk),
        name=row.label,
        client_id=row.client_id,
        before={"amount": row.amount},
        after={"amount": amount, **_options_if_changed(row, options)},
        reason=reason,
    )
    service.refresh_from_db()
    if is_another:
        request_package_change(service=service, ctx=ctx)


def _options_if_changed(row: Service, options: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    chosen = [dict(option) for option in options]
    return {} if chosen == row.options else {"options": chosen}


def _plan_in_audit(product: Product, cycle: str, amount: int, due: date | None) -> dict[str, Any]:
    return {
        "product": product.name,
        "product_id": product.pk,
        "billing_cycle": cycle,
        "amount": amount,
        "next_due_date": due and str(due),
    }
