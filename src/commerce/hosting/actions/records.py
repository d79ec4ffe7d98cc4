"""Services as records: made, renamed, and the dates that they are due or end on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.catalog.models import BillingCycle, Product
from commerce.hosting.events import ServiceSuspended
from commerce.hosting.models import Server, Service
from commerce.hosting.rules import LIVE, RUNNING, following_due_date
from commerce.jobs.events import publish
from commerce.kit import ids
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.preferences import current


@transaction.atomic
def create_service(
    *,
    client: Client,
    product: Product,
    billing_cycle: str,
    amount: int,
    currency_code: str,
    at: datetime,
    actor: Actor,
    label: str = "",
    domain: str = "",
    options: Sequence[Mapping[str, Any]] = (),
    parts: Mapping[str, Any] | None = None,
    provisioning_key: str = "",
) -> Service:
    """A pending service, due on the business date of ``at``; ``amount`` is what each renewal charges, in minor units.

    ``options`` have ``name``, ``value`` and ``amount``; ``parts`` are those of ``Service.parts``. The key by which a
    panel knows the account is made once, here.
    """
    if billing_cycle not in BillingCycle.values:
        raise Refused(f"{billing_cycle} is not a billing cycle.", field="billing_cycle")
    recurring = billing_cycle != BillingCycle.ONE_TIME
    touch(client.pk)
    service = Service.objects.create(
        client=client,
        product=product,
        label=label or product.name[:100],
        provisioning_key=provisioning_key or ids.random_key(),
        domain=domain,
        billing_cycle=billing_cycle,
        amount=amount,
        currency_id=currency_code,
        options=[dict(option) for option in options],
        parts=dict(parts or {}),
        next_due_date=current.business_date(at) if recurring else None,
        created_at=at,
        changed_at=at,
    )
    record(
        at=at,
        actor=actor,
        action="service.created",
        record=("service", service.pk),
        name=service.label,
        client_id=client.pk,
        after={"amount": amount, "billing_cycle": billing_cycle},
    )
    return service


def rename_service(*, service: Service, label: str, at: datetime, actor: Actor) -> None:
    """The name under which the client knows a service that has not ended: 1 to 100 characters."""
    label = " ".join(label.split())
    if not 1 <= len(label) <= 100:
        raise Refused("Give the service a name of 1 to 100 characters.", field="label")
    change(service, "renamed", at=at, actor=actor, states=LIVE, label=label)


def schedule_cancellation(
    *, service: Service, cancel_at: date | None, at: datetime, actor: Actor, reason: str = ""
) -> None:
    """End the service on a day that has not passed; None takes this back. Raises ``Moved`` once it has ended."""
    if cancel_at is not None and cancel_at < current.business_date(at):
        raise Refused("The day of cancellation must not be in the past.", field="cancel_at")
    verb = "cancellation_scheduled" if cancel_at else "cancellation_withdrawn"
    change(service, verb, at=at, actor=actor, reason=reason, states=LIVE, cancel_at=cancel_at)


def set_server(*, service: Service, server: Server, at: datetime, actor: Actor) -> None:
    """Where its account is to be made. Raises ``Moved`` unless it is pending."""
    change(
        service, "server_chosen", at=at, actor=actor, states=[Service.Status.PENDING], server=server
    )


@transaction.atomic
def keep_suspended(
    *, service: Service, cause: str, at: datetime, actor: Actor, reason: str = ""
) -> None:
    """A suspended service stays off, from now on for another ``SuspensionReason``.

    Its days until termination count anew. Raises ``Moved`` unless it is suspended.
    """
    change(
        service,
        "kept_suspended",
        at=at,
        actor=actor,
        reason=reason,
        states=[Service.Status.SUSPENDED],
        suspended_at=at,
        suspension_reason=Service.SuspensionReason(cause),
    )
    publish(ServiceSuspended(service.pk), at=at)


@transaction.atomic
def advance_due_date(*, service: Service, at: datetime, actor: Actor) -> None:
    """The period that starts on the next due date is paid or waived: it moves by exactly one cycle from its old value.

    Raises ``Moved`` for a service that is not running, and ``Refused`` for one that never renews (billing.md 1).
    """
    touch(service.client_id)
    row = Service.objects.select_for_update().get(pk=service.pk)
    if row.anchor_date is None or row.next_due_date is None:
        raise Refused("This service has no period that could be paid.")
    due = following_due_date(row.anchor_date, row.billing_cycle, row.next_due_date)
    change(service, "renewed", at=at, actor=actor, states=RUNNING, next_due_date=due)


@transaction.atomic
def change(
    service: Service,
    verb: str,
    *,
    at: datetime,
    actor: Actor,
    reason: str = "",
    states: Sequence[str] = (),
    **changes: Any,
) -> None:
    """Write columns other than the state, with their audit entry. Raises ``Moved`` in other states than ``states``."""
    client_id = service.client_id
    touch(client_id)
    row = Service.objects.select_for_update().get(pk=service.pk)
    if states and row.status not in states:
        raise Moved(f"This service is {row.status}.")
    before = {key: getattr(row, key) for key in changes}
    Service.objects.filter(pk=service.pk).update(changed_at=at, **changes)
    record(
        at=at,
        actor=actor,
        action=f"service.{verb}",
        record=("service", service.pk),
        name=row.label,
        client_id=client_id,
        before={key: value and str(value) for key, value in before.items()},
        after={key: value and str(value) for key, value in changes.items()},
        reason=reason,
    )
    service.refresh_from_db()
