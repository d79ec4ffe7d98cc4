"""Which lines of an invoice are one service's own, and what of them was paid and kept (billing.md 8).

Setup fees are no part of a period, and lines of other units and domains are theirs. What a credit note took of a line
for one service counts on that one; what it took otherwise counts on all of them in proportion.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from django.db.models import BigAutoField

from commerce.billing.invoices.rules import InvoiceKind, InvoiceLineKind, InvoiceStatus, LineTax
from commerce.billing.models import CreditNoteLine, Invoice, InvoiceLine, InvoiceSubject
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import KeptQuery
from commerce.hosting.models import Service
from commerce.kit.money import allocate, round_half_up

PERIOD_LINE_KINDS = (InvoiceLineKind.ITEM, InvoiceLineKind.OPTION, InvoiceLineKind.DISCOUNT)
"""Lines of an order that bill the first periods."""

type TaxKey = tuple[str, int]
"""Category and rate."""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """What is left of a line for one service: net and tax, less what credit notes took back of it."""

    pk: int
    description: str
    tax_key: TaxKey
    net: int
    tax: int

    def value(self, *, inclusive: bool) -> int:
        """With its tax, where prices include it."""
        return self.net + self.tax if inclusive else self.net


def service_lines(
    service: Service, invoice: Invoice, *, before: datetime | None = None
) -> list[ServiceLine]:
    """A service's lines of a paid invoice; none of one that is not paid, or not any more.

    With ``before`` as they were then, whatever became of the invoice since.
    """
    if before is None and invoice.status != InvoiceStatus.PAID:
        return []
    lines = list(invoice.lines.order_by("position"))
    return _less_credited(service, invoice, lines, _own(service, invoice, lines), before)


def tax_of_group(invoice: Invoice, taxed: TaxKey) -> LineTax:
    """A tax group of an invoice as the tax of a line, with the name and the note that it was issued with."""
    group = invoice.tax_groups.get(category=taxed[0], rate_milli=taxed[1])
    return LineTax(*taxed, group.name, group.note)


def _own(service: Service, invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[ServiceLine]:
    if invoice.kind == InvoiceKind.ORDER:
        return _of_order(service, invoice, lines)
    if invoice.kind == InvoiceKind.RENEWAL:
        billed_periods = set(
            service.billed_periods.filter(invoice=invoice).values_list("pk", flat=True)
        )
        lines = [line for line in lines if line.billed_period_id in billed_periods]
    return [_whole(line) for line in lines]


def _whole(line: InvoiceLine) -> ServiceLine:
    taxed = line.tax_category, line.tax_rate_milli
    return ServiceLine(line.pk, line.description, taxed, line.amount, line.tax_amount)


def _of_order(
    service: Service, invoice: Invoice, lines: Sequence[InvoiceLine]
) -> list[ServiceLine]:
    """The service's share of each line that it shares with the other units of its item."""
    found = []
    by_position = _shares(invoice, lines)
    for line in lines:
        units = by_position.get(line.position, {})
        if service.pk not in units:
            continue
        place, weights = list(units).index(service.pk), list(units.values())
        net, tax = (allocate(money, weights)[place] for money in (line.amount, line.tax_amount))
        found.append(replace(_whole(line), net=net, tax=tax))
    return found


def _shares(invoice: Invoice, lines: Iterable[InvoiceLine]) -> Mapping[int, Mapping[int, int]]:
    """By position of a line: what it holds of each of its services.

    An order whose units were not written down with it is shared by what its services cost.
    """
    rows = InvoiceSubject.objects.filter(invoice=invoice, service__isnull=False).order_by("pk")
    shares_by_service = [
        (pk, shares) for pk, shares in rows.values_list("service_id", "shares") if shares
    ]
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for service_id, shares in shares_by_service:
        for position, amount in shares:
            found[position][service_id] = amount
    if shares_by_service:
        return found
    costs = dict(rows.values_list("service_id", "service__amount"))
    return {line.position: costs for line in lines if line.kind in PERIOD_LINE_KINDS}


def _less_credited(
    service: Service,
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    own: Sequence[ServiceLine],
    before: datetime | None,
) -> list[ServiceLine]:
    """Note by note, so that each counts on what those before it had left."""
    notes = _CREDITED.instances(invoice=invoice.pk)
    if before is not None:
        notes = [note for note in notes if note.credit_note.issued_at <= before]
    whole = {line.pk: [Fraction(line.amount), Fraction(line.tax_amount)] for line in lines}
    mine = {pk: [Fraction(0), Fraction(0)] for pk in whole}
    mine |= {line.pk: [Fraction(line.net), Fraction(line.tax)] for line in own}
    for note in notes:
        about = [note.line_id] if note.line_id else [x.pk for x in lines if _key(x) == _key(note)]
        for money, taken in enumerate((note.amount, note.tax_amount)):
            _take(taken, _owner(note), service.pk, [(whole[pk], mine[pk]) for pk in about], money)
    return [
        replace(line, net=round_half_up(mine[line.pk][0]), tax=round_half_up(mine[line.pk][1]))
        for line in own
    ]


_CREDITED = KeptQuery(
    lambda: (
        CreditNoteLine.objects.filter(credit_note__invoice=QueryParam("invoice", BigAutoField()))
        .select_related("credit_note__plan_change")
        .order_by("pk")
    )
)


def _owner(note: CreditNoteLine) -> int | None:
    """Whose lines a note is about; those of plan changes were by amount once."""
    change = getattr(note.credit_note, "plan_change", None)
    return note.service_id or (change.service_id if change is not None else None)


def _take(
    taken: int,
    owner: int | None,
    service_id: int,
    lines: Sequence[tuple[list[Fraction], list[Fraction]]],
    money: int,
) -> None:
    """Take an amount off lines in proportion, of all or of their owner: each as (whole, the service's own part)."""
    weights = []
    for whole, mine in lines:
        own = {None: whole[money], service_id: mine[money]}
        weights.append(own.get(owner, whole[money] - mine[money]))
    base = sum(weights)
    for (whole, mine), weight in zip(lines, weights, strict=True):
        part = taken * weight / base if base else Fraction(taken, len(lines))
        if owner == service_id:
            mine[money] -= part
        elif owner is None and whole[money]:
            mine[money] -= part * mine[money] / whole[money]
        whole[money] -= part


def _key(line: InvoiceLine | CreditNoteLine) -> TaxKey:
    return line.tax_category, line.tax_rate_milli
