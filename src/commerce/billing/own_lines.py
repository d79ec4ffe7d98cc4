"""Which lines of an invoice are one service's own, and what of them was paid and kept (billing.md 8).

Setup fees are no part of a period, and lines of other units and domains are theirs. What a credit note took of a line
for one service counts on that one; what it took otherwise counts on all of them in proportion.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from commerce.billing.models import Billed, CreditNoteLine, Invoice, InvoiceLine
from commerce.billing.rules import Tax
from commerce.hosting.models import Service
from commerce.kit.money import round_half_up, spread

PERIOD_KINDS = ("item", "option", "discount")
"""Lines of an order that bill the first periods."""

type TaxKey = tuple[str, int]
"""Category and rate."""


@dataclass(frozen=True, slots=True)
class OwnLine:
    """What is left of a line for one service: net and tax, less what credit notes took back of it."""

    pk: int
    description: str
    taxed: TaxKey
    net: int
    tax: int

    def value(self, *, inclusive: bool) -> int:
        """With its tax, where prices include it."""
        return self.net + self.tax if inclusive else self.net


def own_lines(
    service: Service, invoice: Invoice, *, before: datetime | None = None
) -> list[OwnLine]:
    """A service's lines of a paid invoice; none of one that is not paid, or not any more.

    With ``before`` as they were then, whatever became of the invoice since.
    """
    if before is None and invoice.status != Invoice.Status.PAID:
        return []
    lines = list(invoice.lines.order_by("position"))
    return _less_credited(service, invoice, lines, _own(service, invoice, lines), before)


def tax_of(invoice: Invoice, taxed: TaxKey) -> Tax:
    """A tax group of an invoice as the tax of a line, with the name and the note that it was issued with."""
    group = invoice.tax_groups.get(category=taxed[0], rate_milli=taxed[1])
    return Tax(*taxed, group.name, group.note)


def _own(service: Service, invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[OwnLine]:
    if invoice.kind == Invoice.Kind.ORDER:
        return _of_order(service, invoice, lines)
    if invoice.kind == Invoice.Kind.RENEWAL:
        claims = set(service.claims.filter(invoice=invoice).values_list("pk", flat=True))
        lines = [line for line in lines if line.claim_id in claims]
    return [_whole(line) for line in lines]


def _whole(line: InvoiceLine) -> OwnLine:
    taxed = line.tax_category, line.tax_rate_milli
    return OwnLine(line.pk, line.description, taxed, line.amount, line.tax_amount)


def _of_order(service: Service, invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[OwnLine]:
    """The service's share of each line that it shares with the other units of its item."""
    found = []
    by_position = _shares(invoice, lines)
    for line in lines:
        units = by_position.get(line.position, {})
        if service.pk not in units:
            continue
        place, weights = list(units).index(service.pk), list(units.values())
        net, tax = (spread(money, weights)[place] for money in (line.amount, line.tax_amount))
        found.append(replace(_whole(line), net=net, tax=tax))
    return found


def _shares(invoice: Invoice, lines: Iterable[InvoiceLine]) -> Mapping[int, Mapping[int, int]]:
    """By position of a line: what it holds of each of its services.

    An order whose units were not written down with it is shared by what its services cost.
    """
    rows = Billed.objects.filter(invoice=invoice, service__isnull=False).order_by("pk")
    kept = [(pk, shares) for pk, shares in rows.values_list("service_id", "shares") if shares]
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for service_id, shares in kept:
        for position, amount in shares:
            found[position][service_id] = amount
    if kept:
        return found
    costs = dict(rows.values_list("service_id", "service__amount"))
    return {line.position: costs for line in lines if line.kind in PERIOD_KINDS}


def _less_credited(
    service: Service,
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    own: Sequence[OwnLine],
    before: datetime | None,
) -> list[OwnLine]:
    rows = CreditNoteLine.objects.filter(credit_note__invoice=invoice)
    if before is not None:
        rows = rows.filter(credit_note__issued_at__lte=before)
    credited = list(rows.select_related("credit_note__plan_change").order_by("pk"))
    billed = {line.pk: line for line in lines}
    left = {line.pk: line for line in own}
    for note in credited:
        if note.line_id not in left:
            continue
        if note.service_id is None:
            whole, part = billed[note.line_id], left[note.line_id]
            mine = [
                round_half_up(Fraction(taken * share, all_of_it)) if all_of_it else 0
                for taken, share, all_of_it in (
                    (note.amount, part.net, whole.amount),
                    (note.tax_amount, part.tax, whole.tax_amount),
                )
            ]
        elif note.service_id == service.pk:
            mine = [note.amount, note.tax_amount]
        else:
            continue
        left[note.line_id] = _less(left[note.line_id], *mine)
    for note in credited:
        if note.line_id is None:
            _take_by_amount(service, note, billed, credited, left)
    return list(left.values())


def _take_by_amount(
    service: Service,
    note: CreditNoteLine,
    billed: Mapping[int, InvoiceLine],
    credited: Iterable[CreditNoteLine],
    left: dict[int, OwnLine],
) -> None:
    """A note over a tax group counts on each of its lines in proportion to what notes by line have left of them.

    Those of plan changes, which were by amount once, were for one service.
    """
    key = note.tax_category, note.tax_rate_milli
    own = {pk: line for pk, line in left.items() if line.taxed == key}
    change = getattr(note.credit_note, "plan_change", None)
    if change is not None and change.service_id != service.pk:
        return
    whole = sum(line.amount for line in billed.values() if _key(line) == key)
    whole -= sum(row.amount for row in credited if row.line_id and _key(row) == key)
    mine = sum(line.net for line in own.values())
    share = Fraction(1)
    if change is None and whole > mine:
        share = Fraction(mine, whole)
    for money in ("net", "tax"):
        taken = round_half_up((note.amount if money == "net" else note.tax_amount) * share)
        parts = spread(taken, [getattr(line, money) for line in own.values()]) if own else []
        for pk, part in zip(own, parts, strict=True):
            left[pk] = _less(left[pk], **{money: part})


def _key(line: InvoiceLine | CreditNoteLine) -> TaxKey:
    return line.tax_category, line.tax_rate_milli


def _less(line: OwnLine, net: int = 0, tax: int = 0) -> OwnLine:
    return replace(line, net=line.net - net, tax=line.tax - tax)
