"""Renewals: the next period of each service that is due, on one invoice (billing.md 8 and 10)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, DateField, DateTimeField, Exists, F, OuterRef, Q

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_language
from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.billing.changes.plan_changes.actions.requests import lapse_for_renewal
from commerce.billing.changes.price_changes.actions import apply_price_changes_to_services
from commerce.billing.invoices.actions.drafts import create_draft
from commerce.billing.invoices.actions.issuing import (
    UnnumberedInvoice,
    due_date_by_settings,
    issue_locked_draft,
    number_invoice,
)
from commerce.billing.invoices.rules import (
    OUTSIDE_SCOPE,
    DraftLine,
    InvoiceKind,
    InvoiceStatus,
    SubjectKey,
    price_lines,
)
from commerce.billing.models import BilledPeriod, CreditAccount, Invoice, PlanChange, PriceChange
from commerce.billing.periods.actions.periods import create_waived_period
from commerce.billing.periods.renewal_lines import service_renewal_lines
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.billing.tax.notices import tax_notice
from commerce.billing.tax.queries import taxation_for_client
from commerce.billing.tax.rules import Taxation, apply_taxes
from commerce.catalog.models import tax_kind_expression
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.db.later_rows import rows_written_at_end
from commerce.hosting import provisioning
from commerce.hosting.actions.editing import advance_service_due_date
from commerce.hosting.models import Service, ServiceQuerySet
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, following_due_date
from commerce.kit.context import Context
from commerce.site_settings import current


@dataclass(slots=True)
class RenewalResult:
    """What one client's renewal made: ids of issued invoices, and how many free periods were let pass."""

    invoices: list[int] = field(default_factory=list)
    waived: int = 0


@transaction.atomic(savepoint=False)
def renew_services(*, client_id: int, day: date, ctx: Context) -> RenewalResult:
    """Invoice the next period of all services of a client that are due by ``day`` plus the days in advance.

    One invoice for each currency, or for each service with ``billing.consolidate`` off. Repeated until no service is
    due without an open billed period: free periods are waived, and one that credit pays at once may be due again.
    """
    return _renew(client_id, day, ctx, None)


@transaction.atomic(savepoint=False)
def renew_services_of_several(
    *, client_ids: Sequence[int], day: date, ctx: Context
) -> dict[int, RenewalResult]:
    """``renew_services`` of several clients who share a transaction; without those whose credit or plan change counts.

    Their invoices get their numbers at its end: whoever else wants one waits for that, and for one commit.
    """
    unnumbered: list[UnnumberedInvoice] = []
    credit = CreditAccount.objects.filter(balance__gt=0, client__in=client_ids)
    changes = PlanChange.objects.open().filter(client__in=client_ids)
    alone = {*credit.values_list("client", flat=True), *changes.values_list("client", flat=True)}
    with rows_written_at_end():
        done = {
            client_id: _renew(client_id, day, ctx, unnumbered)
            for client_id in client_ids
            if client_id not in alone
        }
    with rows_written_at_end():
        for invoice, facts in unnumbered:
            number_invoice(invoice, facts, ctx)
    return done


def _renew(
    client_id: int, day: date, ctx: Context, unnumbered: list[UnnumberedInvoice] | None
) -> RenewalResult:
    client = bump_revision(client_id, ctx)
    result = RenewalResult()
    if client.status == ClientStatus.CLOSED:
        return result
    while due := _due(client_id, day, ctx.at):
        if changed := [service for service in due if service.price_changes_now]:
            apply_price_changes_to_services(services=changed, ctx=ctx)
            due = [service for service in due if service.amount or service.next_due_date <= day]
        waived = _waive_free_periods(due, ctx)
        invoices = _invoice_periods(
            client, [service for service in due if service.amount], ctx, unnumbered
        )
        result.waived += waived
        result.invoices += [invoice.pk for invoice in invoices]
        if not waived and all(invoice.status != InvoiceStatus.PAID for invoice in invoices):
            break  # none of them is due again
    return result


def services_due_for_renewal(day: date) -> ServiceQuerySet:
    """Running services whose next period is to be billed by ``day``: no open one, and nothing ends them before.

    A free one is due on its day, the others the days of ``billing.invoice_advance_days`` before; so is one that is
    free no longer in its next period.
    """
    return _due_by(day, day + timedelta(days=current.get_setting("billing.invoice_advance_days")))


def _due_by(day: date | QueryParam, until: date | QueryParam) -> ServiceQuerySet:
    billed = BilledPeriod.objects.filter(service=OuterRef("pk")).filter(
        Q(status=BilledPeriodStatus.OPEN)
        | Q(period_start=OuterRef("next_due_date")) & ~Q(status=BilledPeriodStatus.RELEASED)
    )
    priced = PriceChange.objects.for_next_period("service").filter(amount__gt=0)
    return (
        Service.objects.filter(
            Q(amount__gt=0, next_due_date__lte=until)
            | Q(amount=0, next_due_date__lte=day)
            | Q(amount=0, next_due_date__lte=until) & Q(Exists(priced)),
            Q(ends_on__isnull=True) | Q(ends_on__gt=F("next_due_date")),
            status__in=RUNNING_SERVICE_STATUSES,
            anchor_date__isnull=False,
        )
        .exclude(Exists(billed))
        .exclude(provisioning.is_being_terminated())
        .order_by("pk")
    )


def _due(client_id: int, day: date, at: datetime) -> list[Any]:
    """``services_due_for_renewal`` of one client, with the name of their products and how these are taxed; without
    those whose plan change is being paid at this moment, which wait for the next run.

    ``has_credit_or_plan_change``: hardly any client has, so it is asked with the rows.
    ``price_changes_now``: a new price was announced that counts for this period.
    """
    until = day + timedelta(days=current.get_setting("billing.invoice_advance_days"))
    return _DUE.instances(client=client_id, day=day, until=until, at=at)


def _due_rows() -> ServiceQuerySet:
    own = {"client": OuterRef("client_id")}
    changes = PlanChange.objects.open().filter(**own)
    being_paid = PlanChange.objects.open().filter(
        service=OuterRef("pk"), payment_expected_until__gt=QueryParam("at", DateTimeField())
    )
    credit = CreditAccount.objects.filter(balance__gt=0, **own)
    due = _due_by(QueryParam("day", DateField()), QueryParam("until", DateField()))
    due = due.exclude(Exists(being_paid))
    return due.filter(client_id=QueryParam("client", BigIntegerField())).annotate(
        product_name=F("product__name"),
        effective_tax_kind=tax_kind_expression("product"),
        has_credit_or_plan_change=Q(Exists(credit)) | Q(Exists(changes)),
        price_changes_now=Exists(PriceChange.objects.for_next_period("service")),
    )


_DUE = CompiledQuerySet(_due_rows)


def _waive_free_periods(due: Sequence[Service], ctx: Context) -> int:
    """How many services are free: their period passes without an invoice."""
    free = [service for service in due if not service.amount]
    for service in free:
        start, following = _period(service)
        create_waived_period(service, start, following, "free of charge", ctx)
        advance_service_due_date(service=service, ctx=ctx)
    return len(free)


def _invoice_periods(
    client: Client,
    services: Sequence[Any],
    ctx: Context,
    unnumbered: list[UnnumberedInvoice] | None,
) -> list[Invoice]:
    """The invoices of one period of each service."""
    if not services:
        return []
    may_have_credit = any(service.has_credit_or_plan_change for service in services)
    if may_have_credit:
        lapse_for_renewal(service_ids=[service.pk for service in services], ctx=ctx)
    today = current.business_date(ctx.at)
    taxation = taxation_for_client(client, today)
    invoices = []
    for together in _invoices(services):
        invoice = _draft(client, together, taxation, ctx.at)
        start = min(_period(service)[0] for service in together)
        issue_locked_draft(
            invoice=invoice,
            client=client,
            due_date=due_date_by_settings(today, period_start=start),
            may_have_credit=may_have_credit,
            ctx=ctx,
            unnumbered=unnumbered,
        )
        invoices.append(invoice)
    return invoices


def _invoices(services: Iterable[Service]) -> Iterator[list[Service]]:
    """Services that share an invoice."""
    together: dict[object, list[Service]] = {}
    consolidate = current.get_setting("billing.consolidate")
    for service in services:
        key: object = service.currency_id if consolidate else service.pk
        together.setdefault(key, []).append(service)
    yield from together.values()


def _draft(
    client: Client, services: Sequence[Service], taxation: Taxation, at: datetime
) -> Invoice:
    lines: list[DraftLine] = []
    billed_periods: dict[SubjectKey, tuple[date, date]] = {}
    with client_language(client):
        for service in services:
            start, following = _period(service)
            billed_periods["service", service.pk] = start, following
            lines += _lines(service, start, following)
    return create_draft(
        client=client,
        kind=InvoiceKind.RENEWAL,
        currency_code=services[0].currency_id,
        priced=price_lines(
            apply_taxes(lines, taxation), prices_include_tax=taxation.prices_include_tax
        ),
        at=at,
        notes=tax_notice(taxation, client),
        tax_evidence=taxation.evidence,
        periods=billed_periods,
    )


def _period(service: Service) -> tuple[date, date]:
    """First day of the period that is due, and of the one after it."""
    start = service.next_due_date
    assert start is not None and service.anchor_date is not None  # noqa: PT018 - as the query has it
    return start, following_due_date(service.anchor_date, service.billing_cycle, start)


def _lines(service: Any, start: date, following: date) -> list[DraftLine]:
    return service_renewal_lines(
        subject=("service", service.pk),
        product=service.product_name,
        product_id=service.product_id,
        own_name=service.label if service.has_own_name else "",
        domain=service.domain,
        amount=service.amount,
        options=service.options,
        price_parts=service.price_parts,
        start=start,
        end=following,
        tax=OUTSIDE_SCOPE,
        tax_kind=service.effective_tax_kind,
    )
