"""What a plan change charges: the new plan up to the next due date, taxed as of today (billing.md 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from commerce.accounts.locale import client_language
from commerce.billing.changes.plan_changes.rules import (
    DateRange,
    charge_for_days,
    periods_until_due,
)
from commerce.billing.changes.plan_changes.unused_time import UnusedTime
from commerce.billing.invoices.rules import (
    BilledDays,
    DraftLine,
    InvoiceLineKind,
    LineTax,
    PricedInvoice,
    price_lines,
)
from commerce.billing.tax.rules import Taxation
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit.periods import period_start
from commerce.presentation.formats import format_period


@dataclass(frozen=True, slots=True)
class PlanCharge:
    """The lines of a change's invoice, one for each period, priced; nothing is issued where its total is 0."""

    lines: tuple[DraftLine, ...]
    priced: PricedInvoice
    next_due_date: date
    taxed_as: dict[str, Any]

    @property
    def total(self) -> int:
        """With tax."""
        return self.priced.total


def price_new_plan(
    service: Service,
    *,
    product: Product,
    amount: int,
    billing_cycle: str,
    today: date,
    unused: UnusedTime,
    taxation: Taxation,
) -> PlanCharge:
    """What a product that costs ``amount`` for each period costs a service from today on; ``unused`` says which days
    documents bill.

    In the same cycle up to the next due date; in another one for a new period that starts today.
    """
    due, charges = _charges(service, amount, billing_cycle, today, unused)
    tax = taxation.taxes([product.effective_tax_kind])[0]
    home_rate_milli = taxation.home_rate_milli(product.effective_tax_kind)
    with client_language(service.client):
        lines = tuple(
            DraftLine(
                _text(service, product, days),
                charge,
                tax,
                kind=InvoiceLineKind.PLAN_CHANGE,
                tax_kind=product.effective_tax_kind,
                home_rate_milli=home_rate_milli,
                subject=("service", service.pk),
                product_id=product.pk,
                days=BilledDays(days.start, days.end),
            )
            for days, charge in charges
        )
    return PlanCharge(
        lines=lines,
        priced=price_lines(lines, prices_include_tax=taxation.prices_include_tax),
        next_due_date=due,
        taxed_as=_taxed_as(tax, taxation.evidence),
    )


def _taxed_as(tax: LineTax, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """What must stay as it is confirmed; between members of the EU the VAT number decides, with what is known of it."""
    case = evidence["case"]
    decides = case == "reverse_charge" or case.startswith("eu_")
    return {
        "case": case,
        "category": tax.category,
        "rate_milli": tax.rate_milli,
        "vat": evidence.get("vat", {}) if decides else {},
    }


def _charges(
    service: Service, amount: int, billing_cycle: str, today: date, unused: UnusedTime
) -> tuple[date, list[tuple[DateRange, int]]]:
    """The next due date, and what each period up to it is charged."""
    assert service.anchor_date is not None
    assert service.next_due_date is not None
    if billing_cycle != service.billing_cycle:
        due = period_start(today, billing_cycle, 1)
        return due, [(DateRange(today, due), amount)]
    due = service.next_due_date
    return due, [
        (
            period.within(today, period.end),
            charge_for_days(
                period, today, unused.billed, unused.given, old=service.amount, new=amount
            ),
        )
        for period in periods_until_due(service.anchor_date, billing_cycle, due, today)
    ]


def _text(service: Service, product: Product, days: DateRange) -> str:
    period = format_period(days.start, days.end - timedelta(days=1))
    return ", ".join(part for part in (product.name, service.domain, period) if part)
