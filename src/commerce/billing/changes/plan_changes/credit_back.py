"""What a plan change gives back, on which lines of which invoices: those that paid, newest first (billing.md 8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from commerce.billing.changes.plan_changes.paid_days import PaidDays
from commerce.billing.changes.plan_changes.service_lines import (
    ServiceLine,
    TaxKey,
    service_lines,
    tax_of_group,
)
from commerce.billing.invoices.credit_note_rules import CreditNotePart
from commerce.billing.invoices.queries import uncredited_parts
from commerce.billing.invoices.rules import LineTax
from commerce.billing.models import Invoice
from commerce.hosting.models import Service
from commerce.kit.money import allocate, round_half_up

type AmountsByTax = Mapping[TaxKey | None, int]
"""By how it was taxed, before tax or with it as the prices are; None is what no invoice here has billed."""


@dataclass(frozen=True, slots=True)
class PayingInvoice:
    """An invoice that paid for a service, with what is left of the service's own lines and of the tax groups."""

    invoice: Invoice
    lines: tuple[ServiceLine, ...]
    groups: Mapping[TaxKey, CreditNotePart]

    def lines_of(self, taxed: TaxKey) -> list[ServiceLine]:
        """The own lines of a tax group."""
        return [line for line in self.lines if line.tax_key == taxed]

    def most(self, taxed: TaxKey, *, inclusive: bool) -> int:
        """What can be taken of a tax group at most."""
        own = sum(line.value(inclusive=inclusive) for line in self.lines_of(taxed))
        group = self.groups.get(taxed)
        left = 0 if group is None else group.gross if inclusive else group.net
        return max(0, min(own, left))


@dataclass(frozen=True, slots=True)
class CreditNoteDraft:
    """What a credit note shall take back of an invoice."""

    invoice: Invoice
    parts: tuple[CreditNotePart, ...]


@dataclass(frozen=True, slots=True)
class CreditBack:
    """Credit notes, newest invoice first; what becomes credit ``without_note``; ``missing``: what nothing covers."""

    notes: tuple[CreditNoteDraft, ...] = ()
    without_note: int = 0
    missing: Mapping[TaxKey, int] | None = None

    @property
    def tax(self) -> int:
        return sum(part.tax for note in self.notes for part in note.parts)

    @property
    def total(self) -> int:
        """With tax: what becomes credit."""
        return self.without_note + sum(part.gross for note in self.notes for part in note.parts)


def paying_invoices(service: Service, paid: Iterable[PaidDays]) -> list[PayingInvoice]:
    """The invoices that paid for these days, newest first."""
    ids = {invoice for one in paid for invoice in one.invoices}
    return [
        PayingInvoice(
            invoice,
            tuple(service_lines(service, invoice)),
            {part.tax_key: part for part in uncredited_parts(invoice)},
        )
        for invoice in Invoice.objects.filter(pk__in=ids).order_by("-pk")
    ]


def unused_amounts(paid: Iterable[PaidDays], today: date) -> dict[TaxKey | None, int]:
    """What was paid for the days from today on, by how it was taxed."""
    found: dict[TaxKey | None, int] = {}
    for one in paid:
        if amount := one.unused(today):
            found[one.tax_key] = found.get(one.tax_key, 0) + amount
    return found


def plan_credit_back(
    amounts: AmountsByTax, invoices: Sequence[PayingInvoice], *, inclusive: bool
) -> CreditBack:
    """Amounts as credit notes on own lines. Of an invoice whose deductions were taxed otherwise than its charge, the
    deductions are taken back with it once less than the charge is left, and are given on the invoices before it.
    """
    still = {taxed: amount for taxed, amount in amounts.items() if taxed is not None}
    notes = []
    for paying in invoices:
        parts: list[CreditNotePart] = []
        for taxed in dict.fromkeys(line.tax_key for line in paying.lines):
            amount = min(still.get(taxed, 0), paying.most(taxed, inclusive=inclusive))
            if amount > 0:
                still[taxed] -= amount
                parts += _parts(paying, taxed, amount, inclusive=inclusive)
        left = sum(line.net + line.tax for line in paying.lines)
        if sum(part.gross for part in parts) > left:
            for taxed in dict.fromkeys(line.tax_key for line in paying.lines):
                lines = paying.lines_of(taxed)
                amount = sum(line.value(inclusive=inclusive) for line in lines)
                if amount < 0:
                    still[taxed] = still.get(taxed, 0) - amount
                    parts += [_part(line, line.net, line.tax) for line in lines]
        if sum(part.gross for part in parts) > 0:
            notes.append(CreditNoteDraft(paying.invoice, tuple(parts)))
    missing = {taxed: amount for taxed, amount in still.items() if amount}
    return CreditBack(tuple(notes), amounts.get(None, 0), missing)


def taxes_by_key(amounts: AmountsByTax, invoices: Sequence[PayingInvoice]) -> dict[TaxKey, LineTax]:
    """How each amount was taxed, in the words of an invoice that taxed it so."""
    found: dict[TaxKey, LineTax] = {}
    for taxed in amounts:
        for paying in invoices:
            if taxed is not None and taxed not in found and paying.lines_of(taxed):
                found[taxed] = tax_of_group(paying.invoice, taxed)
    return found


def _parts(
    paying: PayingInvoice, taxed: TaxKey, amount: int, *, inclusive: bool
) -> list[CreditNotePart]:
    """An amount of the own lines of one tax group, with its tax: all that is left of them, or of the first ones."""
    lines = paying.lines_of(taxed)
    if amount == sum(line.value(inclusive=inclusive) for line in lines):
        most = paying.groups[
            taxed
        ].tax  # each unit's half of a cent may be rounded up, but not both
        less = max(sum(line.tax for line in lines) - most, 0)
        parts = [_part(line, line.net, line.tax) for line in lines if line.net or line.tax]
        return [replace(parts[0], tax=parts[0].tax - less), *parts[1:]]
    rate = Fraction(taxed[1], 100_000)
    tax = amount - round_half_up(amount / (1 + rate)) if inclusive else round_half_up(amount * rate)
    tax = min(tax, sum(line.tax for line in lines), paying.groups[taxed].tax)
    cut: list[tuple[ServiceLine, int]] = []
    rest = amount
    for line in lines:
        part = min(rest, max(line.value(inclusive=inclusive), 0))
        if part:
            cut.append((line, part))
            rest -= part
    taxes = allocate(tax, [part for _line, part in cut])
    return [
        _part(line, part - own if inclusive else part, own)
        for (line, part), own in zip(cut, taxes, strict=True)
    ]


def _part(line: ServiceLine, net: int, tax: int) -> CreditNotePart:
    return CreditNotePart(
        line.description, line.tax_key[0], line.tax_key[1], net, tax, line=line.pk
    )
