"""Drafts: invoices that are not yet a claim, and invisible to the client."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import chain
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.actions.states import draft_only_blocked_reason
from commerce.billing.invoices.rules import (
    BilledDays,
    DraftLine,
    InvoiceKind,
    PricedInvoice,
    PricedLine,
    SubjectKey,
    price_lines,
    share_line,
)
from commerce.billing.models import (
    BilledPeriod,
    Invoice,
    InvoiceLine,
    InvoiceSubject,
    LineShare,
    TaxGroup,
)
from commerce.db.fast_paths import insert_rows
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.money import currency_exponent, round_half_up

PeriodsBySubject = Mapping[SubjectKey, tuple[date, date]]
ServicesByPosition = Mapping[int, Sequence[int]]
_NO_PERIODS: PeriodsBySubject = {}
_NO_UNITS: ServicesByPosition = {}


@transaction.atomic
def draft_invoice(
    *,
    client: Client,
    kind: str,
    currency_code: str,
    lines: Sequence[DraftLine],
    ctx: Context,
    notes: str = "",
    due_date: date | None = None,
    prices_include_tax: bool = False,
    tax_evidence: Mapping[str, Any] | None = None,
    billed_services: Iterable[int] = (),
    billed_domains: Iterable[int] = (),
    periods: PeriodsBySubject | None = None,
) -> Invoice:
    """A draft with its lines and their tax; it has no number and can still be deleted.

    ``periods`` are the periods, first day and first day of the next, that its renewal lines bill. Raises
    ``BusinessError`` when there is no line, or the discounts of a tax group are larger than what they discount;
    ``StateConflict`` when a period is billed already.
    """
    bump_revision(client.pk, ctx)
    invoice = create_draft(
        client=client,
        kind=kind,
        currency_code=currency_code,
        priced=_priced(lines, prices_include_tax=prices_include_tax),
        at=ctx.at,
        notes=notes,
        due_date=due_date,
        tax_evidence=tax_evidence or {},
        periods=periods or {},
        billed_services=billed_services,
        billed_domains=billed_domains,
    )
    record_draft(invoice, ctx)
    return invoice


def record_draft(invoice: Invoice, ctx: Context) -> None:
    """The audit entry of a new draft."""
    write_audit_entry(
        ctx=ctx,
        action="invoice.drafted",
        record=("invoice", invoice.pk),
        client_id=invoice.client_id,
        after={
            "kind": invoice.kind,
            "currency": invoice.currency_id,
            "total": invoice.total,
        },
        staff_only=True,  # for its client there are no drafts
    )


def create_draft(
    *,
    client: Client,
    kind: str,
    currency_code: str,
    priced: PricedInvoice,
    at: datetime,
    notes: str = "",
    due_date: date | None = None,
    tax_evidence: Mapping[str, Any],
    periods: PeriodsBySubject = _NO_PERIODS,
    billed_services: Iterable[int] = (),
    billed_domains: Iterable[int] = (),
    units: ServicesByPosition = _NO_UNITS,
) -> Invoice:
    """The rows of a draft at a price that is known, for a client whose row the caller holds; without an audit entry.

    ``units`` are the services that share a line of an order, by its position. It bills them, the services and domains
    of ``periods`` and of its lines, and those that are named.
    """
    invoice = Invoice(
        client=client,
        kind=InvoiceKind(kind),
        currency_id=currency_code,
        exponent=currency_exponent(currency_code),
        tax_evidence=dict(tax_evidence),
        notes=notes,
        due_date=due_date,
        created_at=at,
        changed_at=at,
        **_sums(priced),
    )
    insert_rows(invoice)
    made = _add_billed_periods(invoice, priced, periods, at)
    _write(invoice, priced, made, units)
    services = [*billed_services, *chain.from_iterable(units.values())]
    ids = defaultdict(list, {"service": services, "domain": [*billed_domains]})
    for noun, owner in (*periods, *(row.line.subject for row in priced.lines if row.line.subject)):
        ids[noun].append(owner)
    _bill(invoice, ids["service"], ids["domain"])
    return invoice


@transaction.atomic
def change_draft(
    *,
    invoice: Invoice,
    lines: Sequence[DraftLine],
    ctx: Context,
    notes: str | None = None,
    prices_include_tax: bool = False,
    tax_evidence: Mapping[str, Any] | None = None,
    due_date: date | None = None,
) -> None:
    """Other lines for a draft; notes, evidence and due date stay where none are given.

    Raises ``StateConflict`` once it was issued.
    """
    row = lock_draft(invoice, ctx)
    if reason := draft_only_blocked_reason(row, ctx):
        raise reason
    priced = _priced(lines, prices_include_tax=prices_include_tax)
    row.lines.all().delete()
    row.tax_groups.all().delete()
    row.subjects.all().delete()
    _write(row, priced, {}, _NO_UNITS)
    _bill(row, [line.subject[1] for line in lines if line.subject], [])
    changes: dict[str, Any] = {"changed_at": ctx.at, **_sums(priced)}
    if notes is not None:
        changes["notes"] = notes
    if tax_evidence is not None:
        changes["tax_evidence"] = dict(tax_evidence)
    if due_date is not None:
        changes["due_date"] = due_date
    Invoice.objects.filter(pk=row.pk).update(**changes)
    _record(row, "changed", {"total": row.total}, {"total": priced.total}, ctx)
    invoice.refresh_from_db()


@act(
    "invoice.delete",
    Invoice,
    label=_("Delete draft"),
    done=_("The draft was deleted."),
    staff=StaffPermission.INVOICES_EDIT,
    blocked=draft_only_blocked_reason,
    is_danger=True,
    for_many=True,
)
@transaction.atomic
def delete_draft(*, invoice: Invoice, ctx: Context) -> None:
    """Throw a draft away. Raises ``StateConflict`` once it was issued: then it is voided instead."""
    row = lock_draft(invoice, ctx)
    if reason := draft_only_blocked_reason(row, ctx):
        raise reason
    _record(row, "deleted", {"total": row.total}, {}, ctx)
    row.delete()


def _bill(invoice: Invoice, services: Iterable[int], domains: Iterable[int]) -> None:
    rows = [InvoiceSubject(invoice=invoice, service_id=one) for one in dict.fromkeys(services)]
    rows += [InvoiceSubject(invoice=invoice, domain_id=one) for one in dict.fromkeys(domains)]
    insert_rows(*rows)


def lines_in_order(invoice: Invoice) -> list[InvoiceLine]:
    """The lines of an invoice in order."""
    return list(invoice.lines.order_by("position"))


def lock_draft(invoice: Invoice, ctx: Context) -> Invoice:
    """``lock_invoice`` of what may be deleted meanwhile. Raises ``StateConflict`` if it was."""
    bump_revision(invoice.client_id, ctx)
    row = Invoice.objects.select_for_update(of=("self",)).filter(pk=invoice.pk).first()
    if row is None:
        raise StateConflict("invoice.draft_deleted")
    return row


def _record(
    row: Invoice,
    verb: str,
    before: dict[str, Any],
    after: dict[str, Any],
    ctx: Context,
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"invoice.draft_{verb}",
        record=("invoice", row.pk),
        client_id=row.client_id,
        before=before,
        after=after,
        staff_only=True,
    )


def _priced(lines: Sequence[DraftLine], *, prices_include_tax: bool) -> PricedInvoice:
    if not lines:
        raise BusinessError("invoice.no_lines")
    return price_lines(lines, prices_include_tax=prices_include_tax)


def _sums(priced: PricedInvoice) -> dict[str, int]:
    return {
        "subtotal": priced.subtotal,
        "tax_amount": priced.tax,
        "total": priced.total,
        "amount_due": priced.total,
    }


def _add_billed_periods(
    invoice: Invoice, priced: PricedInvoice, billed_periods: PeriodsBySubject, at: datetime
) -> dict[SubjectKey, BilledPeriod]:
    """A row for each period, with the net and tax of its lines. Raises ``StateConflict`` if one is billed already."""
    if not billed_periods:
        return {}
    rows = {}
    for key, (start, end) in billed_periods.items():
        mine = [row for row in priced.lines if row.line.subject == key]
        if [row.line.kind for row in mine].count("renewal") != 1:
            raise ValueError(f"{key} needs exactly one renewal line")
        rows[key] = BilledPeriod(
            invoice=invoice,
            period_start=start,
            period_end=end,
            net=sum(row.net for row in mine),
            tax=sum(row.tax for row in mine),
            created_at=at,
            **{f"{key[0]}_id": key[1]},
        )
    try:
        insert_rows(*rows.values())
    except IntegrityError as error:  # the whole draft goes with it
        raise StateConflict("billed_period.already_billed") from error
    return rows


def _write(
    invoice: Invoice,
    priced: PricedInvoice,
    billed_periods: Mapping[SubjectKey, BilledPeriod],
    units: ServicesByPosition,
) -> None:
    lines = [
        InvoiceLine(
            invoice=invoice,
            position=position,
            kind=row.line.kind,
            tax_kind=row.line.tax_kind,
            product_id=row.line.product_id,
            billed_period=billed_periods.get(row.line.subject) if row.line.subject else None,
            description=row.line.description[:500],
            quantity_milli=row.line.quantity_milli,
            **_unit_amounts(row),
            amount=row.net,
            tax_category=row.line.tax.category,
            tax_rate_milli=row.line.tax.rate_milli,
            tax_amount=row.tax,
        )
        for position, row in enumerate(priced.lines, start=1)
    ]
    insert_rows(*lines)
    insert_rows(
        *(
            share
            for line, row in zip(lines, priced.lines, strict=True)
            for share in _shares(line, row, units.get(line.position))
        )
    )
    insert_rows(
        *(
            TaxGroup(
                invoice=invoice,
                category=group.tax.category,
                rate_milli=group.tax.rate_milli,
                net=group.net,
                tax=group.amount,
                name=group.tax.name,
                note=group.tax.note,
            )
            for group in priced.groups
        )
    )


def _shares(line: InvoiceLine, row: PricedLine, units: Sequence[int] | None) -> Iterator[LineShare]:
    """What each service has of a line, all of it together; the days are those of its billed period, if it has one."""
    subject, days = row.line.subject, row.line.days
    alone = subject[1] if subject is not None and subject[0] == "service" else None
    if line.billed_period is not None:
        days = BilledDays(line.billed_period.period_start, line.billed_period.period_end)
    services: Sequence[int | None] = units or [alone]
    parts = share_line(row.net, row.tax, row.line.weights)
    for service_id, (net, tax) in zip(services, parts, strict=True):
        yield LineShare(
            line=line,
            service_id=service_id,
            net=net,
            tax=tax,
            billing_cycle=days.billing_cycle,
            period_start=days.start,
            period_end=days.end,
        )


def _unit_amounts(row: PricedLine) -> dict[str, int | None]:
    """The net unit amount; with prices that include tax it is for information, and what was stated stands beside it."""
    stated = row.line.unit_amount
    if row.net == row.line.amount:
        return {"unit_amount": stated, "typed_unit_amount": None}
    net = round_half_up(Fraction(row.net * 1000, row.line.quantity_milli))
    return {"unit_amount": net, "typed_unit_amount": stated}
