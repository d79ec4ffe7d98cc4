"""Drafts: invoices that are not yet a claim, and invisible to the client."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.billing.models import Invoice, InvoiceLine, TaxGroup
from commerce.billing.rules import Line, Priced, Tax, price
from commerce.catalog.models import Currency
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


@transaction.atomic
def draft_invoice(
    *,
    client: Client,
    kind: str,
    currency_code: str,
    lines: Sequence[Line],
    at: datetime,
    actor: Actor,
    notes: str = "",
) -> Invoice:
    """A draft with its lines and their tax; it has no number and can still be deleted.

    Raises ``Refused`` when there is no line, or the discounts of a tax group are larger than what they discount.
    """
    if not lines:
        raise Refused("An invoice needs at least one line.")
    priced = price(lines)
    touch(client.pk)
    invoice = Invoice.objects.create(
        client=client,
        kind=Invoice.Kind(kind),
        currency_id=currency_code,
        exponent=Currency.objects.values_list("exponent", flat=True).get(pk=currency_code),
        subtotal=priced.subtotal,
        tax_amount=priced.tax,
        total=priced.total,
        amount_due=priced.total,
        notes=notes,
        created_at=at,
        changed_at=at,
    )
    _write(invoice, priced)
    record(
        at=at,
        actor=actor,
        action="invoice.drafted",
        record=("invoice", invoice.pk),
        client_id=client.pk,
        after={"kind": kind, "currency": currency_code, "total": priced.total},
        staff_only=True,  # for its client there are no drafts
    )
    return invoice


def _write(invoice: Invoice, priced: Priced) -> None:
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            description=row.line.description[:500],
            quantity_milli=row.line.quantity_milli,
            unit_amount=row.line.unit_amount,
            amount=row.net,
            tax_category=row.line.tax.category,
            tax_rate_milli=row.line.tax.rate_milli,
            tax_amount=row.tax,
        )
        for position, row in enumerate(priced.lines, start=1)
    )
    TaxGroup.objects.bulk_create(
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


def stored_lines(invoice: Invoice) -> list[Line]:
    """The lines of a draft as they were given, in order, with the name and note of their tax group."""
    said = {
        (group.category, group.rate_milli): (group.name, group.note)
        for group in invoice.tax_groups.all()
    }
    return [
        Line(
            row.description,
            row.unit_amount,
            Tax(
                row.tax_category,
                row.tax_rate_milli,
                *said[row.tax_category, row.tax_rate_milli],
            ),
            row.quantity_milli,
        )
        for row in invoice.lines.order_by("position")
    ]
