"""What a plan change costs today, tax included: an invoice to be paid first, or what is given back (billing.md 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from commerce.billing.giving_back import (
    Amounts,
    GivenBack,
    PayingInvoice,
    give_back,
    paying_invoices,
    taxes_of,
    unused,
)
from commerce.billing.models import Invoice
from commerce.billing.own_lines import TaxKey
from commerce.billing.paid_periods import what_was_paid
from commerce.billing.plan_changes import Days, Figures, paid_periods
from commerce.billing.rules import Line, Priced, Tax, price
from commerce.billing.tax import Taxation
from commerce.billing.tax.rules import UNTAXED
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit.errors import Refused
from commerce.kit.money import round_half_up, spread
from commerce.kit.periods import period_start


@dataclass(frozen=True, slots=True)
class UnusedPart:
    """What a service has paid for and not used: ``amounts`` are what ``given`` can give back of it."""

    service: Service
    today: date
    taxation: Taxation
    amounts: Amounts
    taxes: Mapping[TaxKey, Tax]
    invoices: tuple[PayingInvoice, ...]
    given: GivenBack

    @property
    def credit(self) -> int:
        return sum(self.amounts.values())

    @property
    def inclusive(self) -> bool:
        return self.taxation.prices_include_tax


@dataclass(frozen=True, slots=True)
class ChangePrice:
    """The price of one change. ``total`` is what is to be paid with tax; below 0 it becomes credit.

    ``lines`` are those of its invoice. It is to be paid first where ``total`` is above 0; else what is ``given`` back
    pays it. ``bought`` is what a ``PlanChange`` keeps of it.
    """

    figures: Figures
    total: int
    tax: int
    lines: tuple[Line, ...]
    given: GivenBack
    bought: dict[str, Any]


def unused_part(service: Service, taxation: Taxation, today: date) -> UnusedPart:
    """What a service has paid for and not used today."""
    inclusive = taxation.prices_include_tax
    paid = what_was_paid(service, today, inclusive=inclusive)
    invoices = paying_invoices(service, paid)
    amounts = unused(paid, today)
    if None in amounts and inclusive:
        amounts[None] = _without_home_rate(amounts[None], service, taxation)
    given = give_back(amounts, invoices, inclusive=inclusive)
    if given.missing:  # staff took back more of these invoices than what was unused
        amounts = _lowered(amounts, sum(given.missing.values()))
        given = give_back(amounts, invoices, inclusive=inclusive)
    taxes = taxes_of(amounts, invoices)
    return UnusedPart(service, today, taxation, amounts, taxes, tuple(invoices), given)


def _without_home_rate(amount: int, service: Service, taxation: Taxation) -> int:
    """What was paid elsewhere is known as a price only; a buyer at rate 0 paid it without the seller's tax."""
    kind = service.product.taxed_as
    line = Line(
        "", amount, taxation.taxes([kind])[0], home_rate_milli=taxation.home_rate_milli(kind)
    )
    return price([line], prices_include_tax=True).total


def _lowered(amounts: Amounts, by: int) -> dict[TaxKey | None, int]:
    found = {}
    for taxed, amount in amounts.items():
        less = min(by, amount) if taxed is not None else 0
        by -= less
        found[taxed] = amount - less
    return found


def price_of_change(
    part: UnusedPart, *, to: Product, amount: int, billing_cycle: str
) -> ChangePrice:
    """The price of a change to a product that costs ``amount`` for each period. Raises ``Refused`` if there is none."""
    service = part.service
    periods, due = _new_periods(service, billing_cycle, part.today)
    charges = [round_half_up(amount * one.left(part.today)) for one in periods]
    tax = part.taxation.taxes([to.taxed_as])[0]
    line = Line(
        f"Plan change: {service.product.name} to {to.name}",
        sum(charges),
        tax,
        kind=Invoice.Kind.PLAN_CHANGE,
        tax_kind=to.taxed_as,
        home_rate_milli=part.taxation.home_rate_milli(to.taxed_as),
    )
    priced = price([line], prices_include_tax=part.inclusive)
    charge = priced.total if part.inclusive else priced.subtotal
    figures = Figures(part.credit, charge, due)
    taxed = tax.category, tax.rate_milli
    if not charge or {one for one in part.amounts if one} <= {taxed}:
        found = _in_one(part, figures, line, taxed)
    else:
        found = _apart(part, figures, line, priced)
    bought = _bought(part, found, periods, charges, priced, taxed)
    return replace(found, bought=bought)


def _new_periods(service: Service, cycle: str, today: date) -> tuple[list[Days], date]:
    """The periods that a change charges, and when the service is due after it."""
    assert service.anchor_date is not None
    assert service.next_due_date is not None
    if cycle != service.billing_cycle:
        due = period_start(today, cycle, 1)
        return [Days(today, due)], due
    due = service.next_due_date
    return paid_periods(service.anchor_date, cycle, due, today), due


def _in_one(part: UnusedPart, figures: Figures, line: Line, taxed: TaxKey) -> ChangePrice:
    """Both parts are taxed alike, or nothing is charged: only their difference is paid or given back."""
    if figures.net > 0:
        return _to_pay(part, figures, line)
    given = part.given
    if figures.charge:
        below = -figures.net
        known = min(below, part.amounts.get(taxed, 0))
        wanted: Amounts = {taxed: known, None: below - known}
        given = give_back(wanted, part.invoices, inclusive=part.inclusive)
    return ChangePrice(figures, -given.total, -given.tax, (), given, {})


def _apart(part: UnusedPart, figures: Figures, line: Line, priced: Priced) -> ChangePrice:
    """The parts are taxed differently, so what is left over is not their difference: each has its own document."""
    left = part.given.total - priced.total
    if left < 0:
        return _to_pay(part, figures, line)
    tax = priced.tax - part.given.tax
    return ChangePrice(figures, -left, tax, (line,), part.given, {})


def _to_pay(part: UnusedPart, figures: Figures, line: Line) -> ChangePrice:
    lines = _beside([line, *_deductions(part, line)])
    priced = price(lines, prices_include_tax=part.inclusive)
    if not priced.total:
        raise Refused("The parts of this change cannot be told apart by a unit of money.")
    return ChangePrice(figures, priced.total, priced.tax, tuple(lines), GivenBack(), {})


def _deductions(part: UnusedPart, charge: Line) -> list[Line]:
    """The unused part, one line for each way it was taxed, which names the invoices that it comes from."""
    found = []
    for taxed, amount in part.amounts.items():
        text = f"Unused part of {part.service.product.name}"
        if numbers := _numbers(part, taxed):
            text += f" ({numbers})"
        tax = charge.tax if taxed is None else part.taxes[taxed]
        if amount:
            found.append(
                replace(charge, description=text, unit_amount=-amount, tax=tax, home_rate_milli=0)
            )
    return found


def _numbers(part: UnusedPart, taxed: TaxKey | None) -> str:
    return ", ".join(
        note.invoice.number or ""
        for note in part.given.notes
        if any(one.key == taxed and one.gross > 0 for one in note.parts)
    )


def _beside(lines: Sequence[Line]) -> list[Line]:
    """Outside scope may not stand beside another category: there it is exempt (billing.md 5.1)."""
    if len({line.tax.category == "O" for line in lines}) == 1:
        return list(lines)
    return [
        replace(line, tax=Tax("E", 0, line.tax.name, line.tax.note or UNTAXED.note))
        if line.tax.category == "O"
        else line
        for line in lines
    ]


def _bought(
    part: UnusedPart,
    found: ChangePrice,
    periods: Sequence[Days],
    charges: Sequence[int],
    priced: Priced,
    taxed: TaxKey,
) -> dict[str, Any]:
    """What the charge pays for: ``periods``, each with net and tax and how it is ``taxed``, and the ``invoices`` that
    paid for them beside the change's own, newest first.

    What was paid elsewhere, and was not given back, pays for its part of them without an invoice.
    """
    charge = found.figures.charge
    unknown = min(part.amounts.get(None, 0) - found.given.plain, charge)
    known = Fraction(charge - unknown, charge) if charge else Fraction(0)
    amounts = spread(charge - unknown, charges)
    nets, taxes = amounts, spread(round_half_up(priced.tax * known), charges)
    if part.inclusive:
        nets = spread(round_half_up(priced.subtotal * known), charges)
        taxes = [amount - net for amount, net in zip(amounts, nets, strict=True)]
    elsewhere = spread(unknown, charges)
    rows = [
        {
            "start": str(max(days.start, part.today)),
            "end": str(days.end),
            "net": net,
            "tax": tax,
            "taxed": how,
        }
        for days, *figures in zip(periods, nets, taxes, elsewhere, strict=True)
        for net, tax, how in (
            (figures[0], figures[1], list(taxed)),
            (figures[2], 0, None),
        )
        if net or tax
    ]
    apart = found.lines and found.given.notes
    paid_by = [] if apart else [one.invoice.pk for one in part.invoices if one.lines]
    return {"periods": rows, "invoices": paid_by}
