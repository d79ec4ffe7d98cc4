"""What a service has paid for and not used, read from its documents: what a plan change gives back (billing.md 8), and
the end of a contract (support-and-content.md 9).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Sum

from commerce.billing.changes.plan_changes.rules import (
    DateRange,
    GivenDays,
    PlanChangeStatus,
    give_back,
)
from commerce.billing.invoices.credit_note_rules import CreditedShare, RemainingShare
from commerce.billing.invoices.line_shares import ShareBalance, share_balances
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES, InvoiceStatus
from commerce.billing.models import (
    CreditNote,
    Invoice,
    LineShare,
    PaidElsewhere,
    PlanChange,
)
from commerce.hosting.models import Service
from commerce.kit.money import round_half_up
from commerce.kit.periods import period_start
from commerce.site_settings.current import get_setting


@dataclass(frozen=True, slots=True)
class InvoiceCredit:
    """What a change gives back of one invoice; ``days`` are those of each share, by line and service."""

    invoice: Invoice
    credited: tuple[CreditedShare, ...]
    days: dict[tuple[int, int | None], tuple[date, date]]

    @property
    def total(self) -> int:
        """With tax."""
        return sum(part.gross for part in self.credited)


@dataclass(frozen=True, slots=True)
class UnusedTime:
    """What is given back on each invoice, and of what was paid elsewhere; ``billed`` are the days that documents bill,
    ``given`` those that a change charged more for and nobody billed before.
    """

    day: date
    invoices: tuple[InvoiceCredit, ...]
    elsewhere: tuple[tuple[PaidElsewhere, int], ...]
    billed: tuple[DateRange, ...]
    given: tuple[GivenDays, ...]

    @property
    def net(self) -> int:
        """Without tax; of what was paid elsewhere only the amount is known."""
        return self.total - self.tax

    @property
    def tax(self) -> int:
        """Tax of what is given back."""
        return sum(part.tax for credit in self.invoices for part in credit.credited)

    @property
    def total(self) -> int:
        """With tax."""
        return sum(credit.total for credit in self.invoices) + sum(
            amount for _row, amount in self.elsewhere
        )


def unused_time(service: Service, day: date, *, prices_include_tax: bool) -> UnusedTime:
    """What a service has paid for the days from ``day`` on; the documents of another client, whose it once was, do not
    count.
    """
    until = service.next_due_date or day
    balances = _balances(service)
    elsewhere = PaidElsewhere.objects.for_client(service.client_id).filter(service=service)
    stated = list(elsewhere.order_by("pk"))
    billed = [_still_billed(days, balance.given_back_from) for balance, days in balances]
    billed += [
        _still_billed(DateRange(row.period_start, row.period_end), row.given_back_from)
        for row in stated
    ]
    groups: dict[object, list[tuple[ShareBalance, DateRange]]] = defaultdict(list)
    for balance, days in balances:
        if balance.given_back_from is None and days.within(day, until).days:
            tax_key = balance.remaining.tax_key
            groups[balance.issued.line.invoice_id, days, tax_key].append((balance, days))
    return UnusedTime(
        day=day,
        invoices=tuple(_credits(groups.values(), day, until, inclusive=prices_include_tax)),
        elsewhere=tuple(_elsewhere(stated, day, until)),
        billed=tuple(days for days in billed if days.days),
        given=tuple(_given(service)),
    )


def _given(service: Service) -> Iterable[GivenDays]:
    """Those of the first change come first: later ones left them as they were."""
    done = PlanChange.objects.filter(service=service, status=PlanChangeStatus.APPLIED)
    for rows in done.order_by("ended_at", "pk").values_list("given_days", flat=True):
        for start, end, amount in rows:
            days = DateRange(date.fromisoformat(start), date.fromisoformat(end))
            yield GivenDays(days, amount)


def days_of_documents(service: Service) -> list[DateRange]:
    """The days that the client's documents bill, but for those that were given back or refunded as a whole."""
    found = [
        _still_billed(days, balance.given_back_from)
        for balance, days in _balances(service)
        if balance.issued.line.invoice.status != InvoiceStatus.REFUNDED
    ]
    return [days for days in found if days.days]


def _balances(service: Service) -> list[tuple[ShareBalance, DateRange]]:
    """What the client's documents bill of days, and what is left of it; a void one bills nothing."""
    own = LineShare.objects.filter(service=service, line__invoice__client_id=service.client_id)
    issued = own.filter(line__invoice__issued_at__isnull=False)
    rows = share_balances(issued.exclude(line__invoice__status=InvoiceStatus.CANCELLED))
    return _with_days(rows, service)


def _with_days(
    rows: Iterable[ShareBalance], service: Service
) -> list[tuple[ShareBalance, DateRange]]:
    """Those for days. The days of a document are given back together, also those of a line over 0.00, which no note
    names.
    """
    found = [(row, days) for row in rows if (days := _days(row.issued, service)) is not None]
    given_back = {
        (row.issued.line.invoice_id, days): row.given_back_from
        for row, days in found
        if row.given_back_from is not None
    }
    for row, days in found:
        row.given_back_from = given_back.get((row.issued.line.invoice_id, days))
    return found


def _days(share: LineShare, service: Service) -> DateRange | None:
    """The days that a line bills; those of an order begin when the service does."""
    if share.period_start is not None and share.period_end is not None:
        return DateRange(share.period_start, share.period_end)
    if not share.billing_cycle or service.activated_on is None:
        return None
    first = service.activated_on
    return DateRange(first, period_start(first, share.billing_cycle, 1))


def _still_billed(days: DateRange, given_back_from: date | None) -> DateRange:
    return days if given_back_from is None else days.within(days.start, given_back_from)


def _credits(
    groups: Iterable[Sequence[tuple[ShareBalance, DateRange]]],
    day: date,
    until: date,
    *,
    inclusive: bool,
) -> Iterable[InvoiceCredit]:
    """By invoice, the oldest first. Of one that is paid in part only that part is given back, and of several parts,
    each rounded up, never more than is paid.
    """
    parts: dict[int, list[CreditedShare]] = defaultdict(list)
    days_by_share: dict[int, dict[tuple[int, int | None], tuple[date, date]]] = defaultdict(dict)
    by_group = list(groups)
    invoices = {
        group[0][0].issued.line.invoice_id: group[0][0].issued.line.invoice for group in by_group
    }
    claimed = _claimed(invoices.values())
    for group in by_group:
        days, invoice = group[0][1], group[0][0].issued.line.invoice
        claims = claimed[invoice.pk]
        if not claims:
            continue
        paid = claims - invoice.amount_due
        shares = [balance.remaining for balance, _days_of_it in group]
        credited = give_back(
            shares,
            Fraction(days.within(day, until).days, days.days) * Fraction(paid, claims),
            shares[0].tax_key[1],
            prices_include_tax=inclusive,
            most=paid - sum(part.gross for part in parts[invoice.pk]),
        )
        if credited:
            parts[invoice.pk] += credited
            for share in shares:
                span = max(day, days.start), days.end
                days_by_share[invoice.pk][share.line, share.service] = span
    for pk in sorted(days_by_share):
        credit = InvoiceCredit(invoices[pk], tuple(parts[pk]), days_by_share[pk])
        if credit.total > 0:  # of a line and its discount net and tax can cancel out
            yield credit


def _claimed(invoices: Collection[Invoice]) -> dict[int, int]:
    """What each invoice claims: its total less the notes on it."""
    notes = CreditNote.objects.filter(invoice__in=[invoice.pk for invoice in invoices])
    noted = dict(notes.values_list("invoice").annotate(Sum("total")).order_by())
    return {invoice.pk: invoice.total - noted.get(invoice.pk, 0) for invoice in invoices}


def _elsewhere(
    stated: Iterable[PaidElsewhere], day: date, until: date
) -> Iterable[tuple[PaidElsewhere, int]]:
    for row in stated:
        days = DateRange(row.period_start, row.period_end)
        left = days.within(day, until).days
        if row.given_back_from is None and left:
            amount = round_half_up(Fraction(row.amount * left, days.days))
            if amount:
                yield row, amount


@dataclass(frozen=True, slots=True)
class _RestGroup:
    """Shares that are rounded together: of one invoice, its days, and tax group; ``part`` of them goes back."""

    invoice: Invoice
    days: DateRange | None
    part: Fraction
    rate_milli: int
    category: str


def rest_of_contract(service: Service, day: date, *, with_setup: bool) -> list[InvoiceCredit]:
    """What its documents bill for the days from ``day`` on, paid or not: what the end of a contract gives back.

    ``with_setup``: what they bill for no days, such as a setup fee, goes in proportion to the days beside it, and whole
    where there are none.
    """
    inclusive = get_setting("tax.prices_include_tax")
    found: dict[Invoice, list[CreditedShare]] = defaultdict(list)
    spans: dict[Invoice, dict[tuple[int, int | None], tuple[date, date]]] = defaultdict(dict)
    for group, shares in _rest_groups(service, day, with_setup=with_setup).items():
        back = give_back(shares, group.part, group.rate_milli, prices_include_tax=inclusive)
        found[group.invoice] += back
        if back and group.days is not None:
            span = max(day, group.days.start), group.days.end
            spans[group.invoice] |= {(share.line, share.service): span for share in shares}
    return [
        InvoiceCredit(invoice, tuple(found[invoice]), spans[invoice])
        for invoice in sorted(found, key=lambda one: one.pk)
        if found[invoice]
    ]


def _rest_groups(
    service: Service, day: date, *, with_setup: bool
) -> dict[_RestGroup, list[RemainingShare]]:
    groups: dict[_RestGroup, list[RemainingShare]] = defaultdict(list)
    for row, billed in _billed(service, with_setup=with_setup):
        days = _still_billed(billed, row.given_back_from) if billed else None
        if days is not None and not days.days:
            continue
        part = Fraction(days.within(day, days.end).days, days.days) if days else Fraction(1)
        category, rate_milli = row.remaining.tax_key
        group = _RestGroup(row.issued.line.invoice, days, part, rate_milli, category)
        groups[group].append(row.remaining)
    return groups


def _billed(
    service: Service, *, with_setup: bool
) -> Iterable[tuple[ShareBalance, DateRange | None]]:
    """What is left of its documents with the days that they billed, whoever gave some of these back."""
    rows = _standing(service)
    dated = _with_days(rows, service)
    yield from dated
    beside: dict[int, DateRange] = {}
    for row, days in dated:
        beside.setdefault(row.issued.line.invoice_id, days)
    for row in rows if with_setup else ():
        if _days(row.issued, service) is None:
            yield row, beside.get(row.issued.line.invoice_id)


def whole_contract(service: Service) -> list[InvoiceCredit]:
    """All that is left of what documents bill for a service, paid or not."""
    found: dict[int, list[CreditedShare]] = defaultdict(list)
    invoices: dict[int, Invoice] = {}
    for row in _standing(service):
        invoice = row.issued.line.invoice
        invoices[invoice.pk] = invoice
        if row.net or row.tax:
            found[invoice.pk].append(CreditedShare(row.remaining, row.net, row.tax))
    return [InvoiceCredit(invoices[pk], tuple(found[pk]), {}) for pk in sorted(found)]


def _standing(service: Service) -> list[ShareBalance]:
    """The shares of a service in the client's documents that can still be credited."""
    standing = (*OPEN_INVOICE_STATUSES, InvoiceStatus.PAID)
    own = LineShare.objects.filter(
        service=service,
        line__invoice__client_id=service.client_id,
        line__invoice__status__in=standing,
    )
    return share_balances(own)
