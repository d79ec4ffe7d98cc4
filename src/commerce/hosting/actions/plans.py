"""A service moves to another product, cycle or price (billing.md 8)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.actions import record
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved


@transaction.atomic
def change_plan(
    *,
    service: Service,
    product: Product,
    billing_cycle: str,
    amount: int,
    options: Sequence[Mapping[str, Any]],
    parts: Mapping[str, Any],
    at: datetime,
    actor: Actor,
    new_period: tuple[date, date] | None = None,
) -> None:
    """What a running service is and costs from now on; ``new_period`` is its anchor and next due date with a new cycle.

    Raises ``Moved`` for a service that is not running.
    """
    touch(service.client_id)
    row = (
        Service.objects.select_for_update(of=("self",)).select_related("product").get(pk=service.pk)
    )
    if row.status not in RUNNING:
        raise Moved(f"This service is {row.status}.")
    dates = {"anchor_date": new_period[0], "next_due_date": new_period[1]} if new_period else {}
    Service.objects.filter(pk=row.pk).update(
        product=product,
        billing_cycle=billing_cycle,
        amount=amount,
        options=[dict(option) for option in options],
        parts=dict(parts),
        changed_at=at,
        **dates,
    )
    record(
        at=at,
        actor=actor,
        action="service.plan_changed",
        record=("service", row.pk),
        name=row.label,
        client_id=row.client_id,
        before=_shown(row.product, row.billing_cycle, row.amount, row.next_due_date),
        after={
            **_shown(product, billing_cycle, amount, dates.get("next_due_date", row.next_due_date)),
            **({"anchor_date": str(dates["anchor_date"])} if dates else {}),
        },
    )
    service.refresh_from_db()


@transaction.atomic
def change_price(
    *,
    service: Service,
    amount: int,
    options: Sequence[Mapping[str, Any]],
    parts: Mapping[str, Any],
    at: datetime,
    actor: Actor,
    reason: str = "",
) -> None:
    """What a running service costs from the next renewal on, in minor units. Raises ``Moved`` if it does not run."""
    touch(service.client_id)
    row = Service.objects.select_for_update().get(pk=service.pk)
    if row.status not in RUNNING:
        raise Moved(f"This service is {row.status}.")
    Service.objects.filter(pk=row.pk).update(
        amount=amount,
        options=[dict(option) for option in options],
        parts=dict(parts),
        changed_at=at,
    )
    record(
        at=at,
        actor=actor,
        action="service.price_changed",
        record=("service", row.pk),
        name=row.label,
        client_id=row.client_id,
        before={"amount": row.amount},
        after={"amount": amount},
        reason=reason,
    )
    service.refresh_from_db()


def _shown(product: Product, cycle: str, amount: int, due: date | None) -> dict[str, Any]:
    return {
        "product": product.name,
        "billing_cycle": cycle,
        "amount": amount,
        "next_due_date": due and str(due),
    }
