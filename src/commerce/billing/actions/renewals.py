"""Renewals: the next period of each service that is due, on one invoice (billing.md 8 and 10)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from commerce.accounts.actions import touch
from commerce.accounts.actions.clients import hold
from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.billing.actions.drafts import write_draft
from commerce.billing.actions.issuing import issue_prepared, last_day
from commerce.billing.actions.plan_changes import lapse_for_renewal
from commerce.billing.actions.taxing import taxed
from commerce.billing.models import Claim, Invoice
from commerce.billing.rules import OUTSIDE_SCOPE, ClaimKey, Line, price, renewal_lines
from commerce.billing.tax import Taxation, taxation_for
from commerce.hosting.actions import advance_due_date
from commerce.hosting.models import Service, ServiceQuerySet
from commerce.hosting.rules import following_due_date
from commerce.kit.actor import Actor
from commerce.preferences import current


@dataclass(slots=True)
class Renewed:
    """What one client's renewal made: ids of issued invoices, and how many free periods were let pass."""

    invoices: list[int] = field(default_factory=list)
    waived: int = 0


@transaction.atomic
def renew_client(*, client_id: int, day: date, at: datetime, actor: Actor) -> Renewed:
    """Invoice the next period of all services of a client that are due by ``day`` plus the days in advance.

    One invoice for each currency, or for each service with ``billing.consolidate`` off. Repeated until no service is
    due without an open claim: free periods are waived, and one that credit pays at once may be due again.
    """
    touch(client_id)
    client = hold(client_id)
    done = Renewed()
    if client.status == Client.Status.CLOSED:
        return done
    while due := list(due_services(day).filter(client_id=client_id)):
        if not _renew_once(client, due, done, at, actor):
            break
    return done


def due_services(day: date) -> ServiceQuerySet:
    """Running services whose next period is to be billed by ``day``: no open claim, and not past their end.

    A free one is due on its day, the others the days of ``billing.invoice_advance_days`` before.
    """
    until = day + timedelta(days=current.get("billing.invoice_advance_days"))
    claimed = Claim.objects.filter(service=OuterRef("pk")).filter(
        Q(status=Claim.Status.OPEN)
        | Q(period_start=OuterRef("next_due_date")) & ~Q(status=Claim.Status.RELEASED)
    )
    return (
        Service.objects.filter(
            Q(amount__gt=0, next_due_date__lte=until) | Q(amount=0, next_due_date__lte=day),
            Q(cancel_at__isnull=True) | Q(cancel_at__gt=F("next_due_date")),
            status__in=["active", "suspended"],
            anchor_date__isnull=False,
        )
        .exclude(Exists(claimed))
        .select_related("product")
        .order_by("pk")
    )


def _renew_once(
    client: Client, due: list[Service], done: Renewed, at: datetime, actor: Actor
) -> bool:
    """Bill each service for one period; says whether one of them may be due again already."""
    again = False
    priced = [service for service in due if service.amount]
    for service in due:
        if not service.amount:
            _waive(service, at, actor)
            done.waived += 1
            again = True
    if not priced:
        return again
    taxation = taxation_for(client, current.business_date(at))
    for together in _invoices(priced):
        invoice = _bill(client, together, taxation, at, actor)
        done.invoices.append(invoice.pk)
        again = again or invoice.status == Invoice.Status.PAID
    return again


def _invoices(services: Iterable[Service]) -> Iterator[list[Service]]:
    """Services that share an invoice."""
    together: dict[object, list[Service]] = {}
    consolidate = current.get("billing.consolidate")
    for service in services:
        key: object = service.currency_id if consolidate else service.pk
        together.setdefault(key, []).append(service)
    yield from together.values()


def _bill(
    client: Client, services: list[Service], taxation: Taxation, at: datetime, actor: Actor
) -> Invoice:
    lines: list[Line] = []
    claims: dict[ClaimKey, tuple[date, date]] = {}
    for service in services:
        start, following = _period(service)
        claims["service", service.pk] = start, following
        lines += _lines(service, start, following)
    invoice = write_draft(
        client=client,
        kind=Invoice.Kind.RENEWAL,
        currency_code=services[0].currency_id,
        priced=price(taxed(lines, taxation), prices_include_tax=taxation.prices_include_tax),
        at=at,
        notes=taxation.notice,
        evidence=taxation.evidence,
        claims=claims,
    )
    ids = [service.pk for service in services]
    lapse_for_renewal(service_ids=ids, at=at, actor=actor)  # their renewal is issued first
    first = min(start for start, _ in claims.values())
    due = last_day(current.business_date(at), period_start=first)
    issue_prepared(invoice=invoice, client=client, due_date=due, at=at, actor=actor)
    return invoice


def _period(service: Service) -> tuple[date, date]:
    """First day of the period that is due, and of the one after it."""
    start = service.next_due_date
    assert start is not None and service.anchor_date is not None  # noqa: PT018 - as the query has it
    return start, following_due_date(service.anchor_date, service.billing_cycle, start)


def _lines(service: Service, start: date, following: date) -> list[Line]:
    return renewal_lines(
        claim=("service", service.pk),
        product=service.product.name,
        domain=service.domain,
        amount=service.amount,
        options=service.options,
        parts=service.parts,
        start=start,
        following=following,
        tax=OUTSIDE_SCOPE,
        tax_kind=service.product.type,
    )


def _waive(service: Service, at: datetime, actor: Actor) -> None:
    """A free period passes without an invoice."""
    start, following = _period(service)
    claim = Claim.objects.create(
        service=service,
        period_start=start,
        period_end=following,
        status=Claim.Status.WAIVED,
        created_at=at,
        ended_at=at,
    )
    record(
        at=at,
        actor=actor,
        action="claim.waived",
        record=("claim", claim.pk),
        name=str(claim),
        client_id=service.client_id,
        reason="free of charge",
    )
    advance_due_date(service=service, at=at, actor=actor)
