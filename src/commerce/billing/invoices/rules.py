"""Lines and the one sum of an invoice, its states, due date and number (billing.md 2 to 5.3, invariants.md 3).

Amounts are minor units; quantities are thousandths (1000 is 1), rates thousandths of a percent (20000 is 20 %).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from commerce.kit.errors import BusinessError
from commerce.kit.money import allocate, round_half_up


class InvoiceKind(StrEnum):
    """What an invoice bills."""

    ORDER = "order"
    RENEWAL = "renewal"
    DOMAIN_RENEWAL = "domain_renewal"
    PLAN_CHANGE = "plan_change"
    LATE_FEE = "late_fee"
    MANUAL = "manual"


class InvoiceStatus(StrEnum):
    """Where an invoice stands."""

    DRAFT = "draft"
    UNPAID = "unpaid"
    PAID = "paid"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class InvoiceLineKind(StrEnum):
    """What a line bills, or takes off."""

    ITEM = "item"
    OPTION = "option"
    SETUP = "setup"
    DISCOUNT = "discount"
    RENEWAL = "renewal"
    DOMAIN = "domain"
    PLAN_CHANGE = "plan_change"
    MANUAL = "manual"
    LATE_FEE = "late_fee"


class SettlementKind(StrEnum):
    """What lowers or raises the amount that is due on an invoice."""

    PAYMENT = "payment"
    CREDIT = "credit"
    CREDIT_NOTE = "credit_note"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    TO_CREDIT = "to_credit"
    REVERSAL = "reversal"
    REVERSAL_WON = "reversal_won"


INVOICE_MOVES = {
    # Paid at once when nothing is due.
    InvoiceStatus.DRAFT: frozenset({InvoiceStatus.UNPAID, InvoiceStatus.PAID}),
    InvoiceStatus.UNPAID: frozenset(
        {InvoiceStatus.PAID, InvoiceStatus.OVERDUE, InvoiceStatus.CANCELLED}
    ),
    InvoiceStatus.OVERDUE: frozenset({InvoiceStatus.PAID, InvoiceStatus.CANCELLED}),
    InvoiceStatus.PAID: frozenset({InvoiceStatus.REFUNDED}),
}

INVOICE_REVERSAL_MOVES = {
    InvoiceStatus.PAID: frozenset({InvoiceStatus.UNPAID, InvoiceStatus.OVERDUE})
}
"""What a payment that was charged back does, and nothing else."""

OPEN_INVOICE_STATUSES = (InvoiceStatus.UNPAID, InvoiceStatus.OVERDUE)

SUSPENDING_INVOICE_KINDS = (InvoiceKind.ORDER, InvoiceKind.RENEWAL, InvoiceKind.PLAN_CHANGE)
"""Kinds of invoices that suspend their services when they are late; fees and manual ones never do."""


@dataclass(frozen=True, slots=True)
class LineTax:
    """How a line is taxed: EN 16931 category, rate, the name that the invoice shows, and a note for zero rates."""

    category: str
    rate_milli: int
    name: str = ""
    note: str = ""


OUTSIDE_SCOPE = LineTax("O", 0)


type SubjectKey = tuple[str, int]
"""Whose period a line belongs to: ``("service", id)`` or ``("domain", id)``."""


@dataclass(frozen=True, slots=True)
class BilledDays:
    """The days that a line bills: from ``start`` up to ``end``, not included, or the first ``billing_cycle`` of a
    service from its activation on. Neither: it bills no days, as a setup fee.
    """

    start: date | None = None
    end: date | None = None
    billing_cycle: str = ""


NO_DAYS = BilledDays()


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line before tax is spread. ``unit_amount`` may be negative: a discount.

    ``kind`` is an ``InvoiceLineKind``, ``tax_kind`` the product kind by which ``tax`` was found (``''``: no tax).
    ``home_rate_milli`` is the seller's rate that an inclusive price holds and a buyer at rate 0 does not pay.
    ``subject`` is whose line it is; that of an order belongs to all units of its item, each of which has its part of
    ``weights``. ``days`` are those that it bills, where the billed period of its subject does not say them.
    ``product_id`` is what is sold, if that is a product.
    """

    description: str
    unit_amount: int
    tax: LineTax
    quantity_milli: int = 1000
    kind: str = InvoiceLineKind.ITEM
    tax_kind: str = ""
    subject: SubjectKey | None = None
    home_rate_milli: int = 0
    weights: tuple[int, ...] = (1,)
    days: BilledDays = NO_DAYS
    product_id: int | None = None

    @property
    def amount(self) -> int:
        """Quantity × unit amount, rounded; net, or with tax where prices include it."""
        return round_half_up(Fraction(self.quantity_milli * self.unit_amount, 1000))

    @property
    def included_rate(self) -> Fraction:
        """The rate that an inclusive price holds: the line's own, or the one at home that this buyer is spared."""
        return Fraction(self.tax.rate_milli or self.home_rate_milli, 100_000)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its net amount and its share of its group's tax."""

    line: DraftLine
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class PricedTaxGroup:
    """All lines of one category and rate: tax is rounded once, on their summed base."""

    tax: LineTax
    net: int
    amount: int


@dataclass(frozen=True, slots=True)
class PricedInvoice:
    """What an invoice says: lines that sum to groups, groups that sum to subtotal and tax."""

    lines: tuple[PricedLine, ...]
    groups: tuple[PricedTaxGroup, ...]

    @property
    def subtotal(self) -> int:
        """Net."""
        return sum(group.net for group in self.groups)

    @property
    def tax(self) -> int:
        """Tax of all groups."""
        return sum(group.amount for group in self.groups)

    @property
    def total(self) -> int:
        """Net and tax."""
        return self.subtotal + self.tax


def price_lines(lines: Sequence[DraftLine], *, prices_include_tax: bool = False) -> PricedInvoice:
    """Tax of each (category, rate), rounded once, and spread over its lines by largest remainder (billing.md 5.3).

    Raises ``BusinessError`` when the lines of a group are negative in sum.
    """
    priced: dict[int, PricedLine] = {}
    groups = []
    for key in dict.fromkeys((line.tax.category, line.tax.rate_milli) for line in lines):
        members = [i for i, x in enumerate(lines) if (x.tax.category, x.tax.rate_milli) == key]
        amounts = [lines[i].amount for i in members]
        if sum(amounts) < 0:
            raise BusinessError("invoice.discounts_too_large")
        if prices_include_tax:
            nets = _nets_within([lines[i] for i in members])
            taxes = [a - n if key[1] else 0 for a, n in zip(amounts, nets, strict=True)]
        else:
            nets, taxes = amounts, _taxes_on(amounts, Fraction(key[1], 100_000))
        priced |= {
            i: PricedLine(lines[i], net, tax)
            for i, net, tax in zip(members, nets, taxes, strict=True)
        }
        groups.append(
            PricedTaxGroup(_common([lines[i].tax for i in members]), sum(nets), sum(taxes))
        )
    return PricedInvoice(tuple(priced[i] for i in range(len(lines))), tuple(groups))


def share_line(net: int, tax: int, weights: Sequence[int]) -> list[tuple[int, int]]:
    """Net and tax of a line for each of its units: its sum with tax is split in proportion first, then its net.

    So equal units of a price with tax have paid the same wherever that can be.
    """
    if len(weights) == 1:
        return [(net, tax)]
    parts = zip(allocate(net + tax, weights), allocate(net, weights), strict=True)
    return [(own, gross - own) for gross, own in parts]


def _common(taxes: Sequence[LineTax]) -> LineTax:
    """The tax of a group: one name, and every note that a line of it has to bring."""
    notes = dict.fromkeys(tax.note for tax in taxes if tax.note)
    return replace(taxes[0], note="; ".join(notes))


def _taxes_on(amounts: Sequence[int], rate: Fraction) -> list[int]:
    return _spread([amount * rate for amount in amounts], round_half_up(sum(amounts) * rate))


def _nets_within(lines: Sequence[DraftLine]) -> list[int]:
    """Net of each line of one group at inclusive prices, rounded once; what its tax leaves, so ties favor the net."""
    exact = [line.amount / (1 + line.included_rate) for line in lines]
    gross = [line.amount for line in lines]
    within = _spread(
        [g - net for g, net in zip(gross, exact, strict=True)],
        sum(gross) - round_half_up(sum(exact, Fraction(0))),
    )
    return [g - tax for g, tax in zip(gross, within, strict=True)]


def _spread(exact: Sequence[Fraction], total: int) -> list[int]:
    """Each exact share cut down, and the units that are left to the largest remainders, ties in line order.

    So each line stays within one unit of its own tax, also beside a discount that leaves next to nothing: shares in
    proportion to the amounts (``kit.money.spread``) would then be far from the rate.
    """
    parts = [share.numerator // share.denominator for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def due_date(
    *,
    issued_on: date,
    due_days: int,
    min_notice_days: int,
    period_start: date | None = None,
    expiry: date | None = None,
    chosen_date: date | None = None,
) -> date:
    """Last day on which an invoice is on time (billing.md 2).

    ``period_start`` is the next due date of a service renewal, ``expiry`` that of a domain renewal, which wins over
    the notice; ``chosen_date`` is what staff chose for a manual invoice. Raises ``BusinessError`` for a typed day
    before the issue day.
    """
    if chosen_date is not None:
        if chosen_date < issued_on:
            raise BusinessError("invoice.due_before_issue", field="due_date")
        return chosen_date
    due = (period_start or issued_on) + timedelta(days=due_days)
    due = max(due, issued_on + timedelta(days=min_notice_days))
    if expiry is not None:
        due = max(min(due, expiry - timedelta(days=1)), issued_on)
    return due


def format_document_number(prefix: str, issued_on: date, number: int) -> str:
    """A document number such as ``INV-0305``; ``{YYYY}`` and ``{MM}`` in the prefix are those of the issue date."""
    prefix = prefix.replace("{YYYY}", f"{issued_on:%Y}").replace("{MM}", f"{issued_on:%m}")
    return f"{prefix}{number:04d}"


def payment_reference(invoice_id: int) -> str:
    """The reference of an invoice's payment: an ISO 11649 creditor reference over its id in 12 digits."""
    return _creditor_reference(f"{invoice_id:012d}")


def plan_change_reference(plan_change_id: int) -> str:
    """The same of a request: letters keep it apart from those of invoices."""
    return _creditor_reference(f"PC{plan_change_id:010d}")


def _creditor_reference(body: str) -> str:
    """``RF``, two check digits (MOD 97-10), and the body."""
    digits = "".join(str(int(character, 36)) for character in f"{body}RF00")
    return f"RF{98 - int(digits) % 97:02d}{body}"


def amount_due_after(total: int, entries: Iterable[int]) -> int:
    """Amount due: the total less all settlement entries. Raises ``BusinessError`` if it would leave 0 to total."""
    due = total - sum(entries)
    if not 0 <= due <= total:
        raise BusinessError("invoice.more_than_due", field="amount")
    return due
