"""What a plan change costs today, tax included: an invoice to be paid first, or what is given back (billing.md 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.accounts.locale import client_text
from commerce.billing.changes.plan_changes.credit_back import (
    AmountsByTax,
    CreditBack,
    PayingInvoice,
    paying_invoices,
    plan_credit_back,
    taxes_by_key,
    unused_amounts,
)
from commerce.billing.changes.plan_changes.paid_days import paid_days
from commerce.billing.changes.plan_changes.rules import (
    DateRange,
    PlanChangeFigures,
    periods_until_due,
)
from commerce.billing.changes.plan_changes.service_lines import TaxKey
from commerce.billing.invoices.rules import (
    DraftLine,
    InvoiceKind,
    LineTax,
    PricedInvoice,
    price_lines,
)
from commerce.billing.tax.rules import UNTAXED, Taxation
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError
from commerce.kit.money import allocate, round_half_up
from commerce.kit.periods import period_start


@dataclass(frozen=True, slots=True)
class UnusedPart:
    """What a service has paid for and not used: ``amounts`` are what ``credit_back`` can give back of it."""

    service: Service
    today: date
    taxation: Taxation
    amounts: AmountsByTax
    taxes: Mapping[TaxKey, LineTax]
    invoices: tuple[PayingInvoice, ...]
    credit_back: CreditBack

    @property
    def credit(self) -> int:
        return sum(self.amounts.values())

    @property
    def inclusive(self) -> bool:
        return self.taxation.prices_include_tax


@dataclass(frozen=True, slots=True)
class PlanChangePrice:
    """The price of one change. ``total`` is what is to be paid with tax; below 0 it becomes credit.

    ``lines`` are those of its invoice. It is to be paid first where ``total`` is above 0; else ``credit_back``
    pays it. ``coverage`` is what a ``PlanChange`` keeps of it.
    """

    figures: PlanChangeFigures
    total: int
    tax: int
    lines: tuple[DraftLine, ...]
    credit_back: CreditBack
    coverage: dict[str, Any]


def unused_part_of(service: Service, taxation: Taxation, today: date) -> UnusedPart:
    """What a service has paid for and not used today."""
    inclusive = taxation.prices_include_tax
    paid = paid_days(service, today, inclusive=inclusive)
    invoices = paying_invoices(service, paid)
    amounts = unused_amounts(paid, today)
    if None in amounts and inclusive:
        amounts[None] = _without_home_rate(amounts[None], service, taxation)
    back = plan_credit_back(amounts, invoices, inclusive=inclusive)
    if back.missing:  # staff took back more of these invoices than what was unused
        amounts = _lowered(amounts, sum(back.missing.values()))
        back = plan_credit_back(amounts, invoices, inclusive=inclusive)
    taxes = taxes_by_key(amounts, invoices)
    return UnusedPart(service, today, taxation, amounts, taxes, tuple(invoices), back)


def _without_home_rate(amount: int, service: Service, taxation: Taxation) -> int:
    """What was paid elsewhere is known as a price only; a buyer at rate 0 paid it without the seller's tax."""
    kind = service.product.effective_tax_kind
    line = DraftLine(
        "", amount, taxation.taxes([kind])[0], home_rate_milli=taxation.home_rate_milli(kind)
    )
    return price_lines([line], prices_include_tax=True).total


def _lowered(amounts: AmountsByTax, by: int) -> dict[TaxKey | None, int]:
    found = {}
    for taxed, amount in amounts.items():
        less = min(by, amount) if taxed is not None else 0
        by -= less
        found[taxed] = amount - less
    return found


def price_plan_change(
    part: UnusedPart, *, product: Product, amount: int, billing_cycle: str
) -> PlanChangePrice:
    """The price of a change to a product that costs ``amount`` for each period. Raises ``BusinessError`` if there is
    none.
    """
    service = part.service
    periods, due = _new_periods(service, billing_cycle, part.today)
    charges = [round_half_up(amount * one.share_left(part.today)) for one in periods]
    tax = part.taxation.taxes([product.effective_tax_kind])[0]
    change = _("Plan change: %(former)s to %(new)s")
    line = DraftLine(
        client_text(service.client, change, former=service.product.name, new=product.name),
        sum(charges),
        tax,
        kind=InvoiceKind.PLAN_CHANGE,
        tax_kind=product.effective_tax_kind,
        home_rate_milli=part.taxation.home_rate_milli(product.effective_tax_kind),
        product_id=product.pk,
    )
    priced = price_lines([line], prices_include_tax=part.inclusive)
    charge = priced.total if part.inclusive else priced.subtotal
    figures = PlanChangeFigures(part.credit, charge, due)
    taxed = tax.category, tax.rate_milli
    if not charge or {one for one in part.amounts if one} <= {taxed}:
        change_price = _in_one(part, figures, line, taxed)
    else:
        change_price = _apart(part, figures, line, priced)
    bought = _bought(part, change_price, periods, charges, priced, taxed)
    return replace(change_price, coverage=bought)


def _new_periods(service: Service, cycle: str, today: date) -> tuple[list[DateRange], date]:
    """The periods that a change charges, and when the service is due after it."""
    assert service.anchor_date is not None
    assert service.next_due_date is not None
    if cycle != service.billing_cycle:
        due = period_start(today, cycle, 1)
        return [DateRange(today, due)], due
    due = service.next_due_date
    return periods_until_due(service.anchor_date, cycle, due, today), due


def _in_one(
    part: UnusedPart, figures: PlanChangeFigures, line: DraftLine, taxed: TaxKey
) -> PlanChangePrice:
    """Both parts are taxed alike, or nothing is charged: only their difference is paid or given back."""
    if figures.net > 0:
        return _to_pay(part, figures, line)
    back = part.credit_back
    if figures.charge:
        below = -figures.net
        known = min(below, part.amounts.get(taxed, 0))
        wanted: AmountsByTax = {taxed: known, None: below - known}
        back = plan_credit_back(wanted, part.invoices, inclusive=part.inclusive)
    return PlanChangePrice(figures, -back.total, -back.tax, (), back, {})


def _apart(
    part: UnusedPart, figures: PlanChangeFigures, line: DraftLine, priced: PricedInvoice
) -> PlanChangePrice:
    """The parts are taxed differently, so what is left over is not their difference: each has its own document."""
    left = part.credit_back.total - priced.total
    if left < 0:
        return _to_pay(part, figures, line)
    tax = priced.tax - part.credit_back.tax
    return PlanChangePrice(figures, -left, tax, (line,), part.credit_back, {})


def _to_pay(part: UnusedPart, figures: PlanChangeFigures, line: DraftLine) -> PlanChangePrice:
    lines = _beside([line, *_deductions(part, line)])
    priced = price_lines(lines, prices_include_tax=part.inclusive)
    if not priced.total:
        raise BusinessError("plan_change.parts_too_small")
    return PlanChangePrice(figures, priced.total, priced.tax, tuple(lines), CreditBack(), {})


def _deductions(part: UnusedPart, charge: DraftLine) -> list[DraftLine]:
    """The unused part, one line for each way it was taxed, which names the invoices that it comes from."""
    found = []
    for taxed, amount in part.amounts.items():
        text = client_text(
            part.service.client, _("Unused time on %(product)s"), product=part.service.product.name
        )
        if numbers := _numbers(part, taxed):
            text += f" ({numbers})"
        tax = charge.tax if taxed is None else part.taxes[taxed]
        if amount:
            former = replace(charge, tax=tax, product_id=part.service.product_id)
            found.append(replace(former, description=text, unit_amount=-amount, home_rate_milli=0))
    return found


def _numbers(part: UnusedPart, taxed: TaxKey | None) -> str:
    return ", ".join(
        note.invoice.number or ""
        for note in part.credit_back.notes
        if any(one.tax_key == taxed and one.gross > 0 for one in note.parts)
    )


def _beside(lines: Sequence[DraftLine]) -> list[DraftLine]:
    """Outside scope may not stand beside another category: there it is exempt (billing.md 5.1)."""
    if len({line.tax.category == "O" for line in lines}) == 1:
        return list(lines)
    return [
        replace(line, tax=LineTax("E", 0, line.tax.name, line.tax.note or UNTAXED.note))
        if line.tax.category == "O"
        else line
        for line in lines
    ]


def _bought(
    part: UnusedPart,
    found: PlanChangePrice,
    periods: Sequence[DateRange],
    charges: Sequence[int],
    priced: PricedInvoice,
    taxed: TaxKey,
) -> dict[str, Any]:
    """What the charge pays for: ``periods``, each with net, tax and its ``tax_key``, and the ``invoices`` that
    paid for them beside the change's own, newest first.

    What was paid elsewhere, and was not given back, pays for its part of them without an invoice.
    """
    charge = found.figures.charge
    unknown = min(part.amounts.get(None, 0) - found.credit_back.without_note, charge)
    known = Fraction(charge - unknown, charge) if charge else Fraction(0)
    amounts = allocate(charge - unknown, charges)
    nets, taxes = amounts, allocate(round_half_up(priced.tax * known), charges)
    if part.inclusive:
        nets = allocate(round_half_up(priced.subtotal * known), charges)
        taxes = [amount - net for amount, net in zip(amounts, nets, strict=True)]
    elsewhere = allocate(unknown, charges)
    rows = [
        {
            "start": str(max(days.start, part.today)),
            "end": str(days.end),
            "net": net,
            "tax": tax,
            "tax_key": how,
        }
        for days, *figures in zip(periods, nets, taxes, elsewhere, strict=True)
        for net, tax, how in (
            (figures[0], figures[1], list(taxed)),
            (figures[2], 0, None),
        )
        if net or tax
    ]
    apart = found.lines and found.credit_back.notes
    paid_by = [] if apart else [one.invoice.pk for one in part.invoices if one.lines]
    return {"periods": rows, "invoices": paid_by}
