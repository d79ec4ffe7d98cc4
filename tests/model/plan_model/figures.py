"""The figures of a plan change: what is given back, and what is charged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from .arithmetic import TaxKey, period_of, proportional, round_half_up, start_of
from .books import Books, account, invoices_of, open_request, tax_of
from .documents import DraftLine, make_lines
from .inputs import OPEN, PaidElsewhere, Target, Tax
from .records import Invoice, Line, NoteLine, Part, Request, Service
from .views import ChargeFigure, Figures, NoteFigure

type Piece = tuple[Line, Part]


@dataclass(frozen=True)
class Taken:
    """What is taken of a tax group: net and tax, and whether that is all that is left."""

    net: int
    tax: int
    whole: bool


def documents_of(books: Books, service: Service) -> list[Invoice]:
    """Invoices with this unit, of the present client or of one merged into it, that are not void."""
    owner = account(books, service.client)
    return [
        invoice
        for invoice in invoices_of(books, service.key)
        if account(books, invoice.client) == owner and invoice.status != "cancelled"
    ]


def groups_of(invoice: Invoice, unit: str) -> dict[tuple[date, date, TaxKey], list[Piece]]:
    """A unit's parts that still have days, by period and tax group."""
    found: dict[tuple[date, date, TaxKey], list[Piece]] = {}
    for line in invoice.lines:
        for part in line.parts:
            if (
                part.unit == unit
                and part.start is not None
                and part.end is not None
                and part.given_from is None
            ):
                found.setdefault((part.start, part.end, line.key), []).append((line, part))
    return found


def days_share(start: date, end: date, today: date, limit: date | None) -> Fraction:
    """Days left ÷ all days: from today to the earlier of the last day and the next due date."""
    last = end if limit is None else min(end, limit)
    return Fraction(max((last - max(start, today)).days, 0), (end - start).days)


def take_exclusive(net_left: int, tax_left: int, share: Fraction, rate: Fraction) -> Taken:
    """Prices without tax: the net is rounded, the tax by the rate, at most what is left (reading 1)."""
    net = round_half_up(net_left * share)
    if net == net_left:
        return Taken(net, tax_left, True)
    return Taken(net, min(round_half_up(net * rate), tax_left), False)


def take_inclusive(net_left: int, tax_left: int, share: Fraction, rate: Fraction) -> Taken:
    """Prices with tax: the gross is rounded, the net from it, the tax is the rest, at most what is left (reading 1)."""
    gross = round_half_up((net_left + tax_left) * share)
    if gross == net_left + tax_left:
        return Taken(net_left, tax_left, True)
    net = min(round_half_up(gross / (1 + rate)), net_left)
    tax = gross - net
    if tax > tax_left:
        tax = tax_left
        net = min(gross - tax, net_left)
    return Taken(net, tax, False)


def rate_of(invoice: Invoice, key: TaxKey, pieces: Sequence[Piece]) -> Fraction:
    """The group's rate; of a legacy document the proportion of its own tax."""
    net = sum(part.net for _, part in pieces)
    if invoice.legacy and net:
        return Fraction(sum(part.tax for _, part in pieces), net)
    return Fraction(key[1], 100_000)


def cap(taken: Taken, most: int) -> Taken:
    """Never more than is paid of the invoice: too much by rounding comes off net, then tax (reading 22)."""
    excess = max(0, taken.net + taken.tax - most)
    if not excess:
        return taken
    net = max(0, taken.net - excess)
    return Taken(net, min(taken.tax, max(0, most - net)), False)


def note_lines(pieces: Sequence[Piece], taken: Taken) -> list[NoteLine]:
    """Net by the net, tax by the tax that the unit's lines of the group have left (reading 2)."""
    if taken.whole:
        shares = [(part.net_left, part.tax_left) for _, part in pieces]
    else:
        nets = proportional(taken.net, [part.net_left for _, part in pieces])
        taxes = proportional(taken.tax, [part.tax_left for _, part in pieces])
        shares = list(zip(nets, taxes, strict=True))
    return [
        NoteLine(line.number, part.unit, net, tax, *line.key)
        for (line, part), (net, tax) in zip(pieces, shares, strict=True)
    ]


def give_back(invoice: Invoice, service: Service, today: date) -> NoteFigure | None:
    """What one invoice gives back for a unit, all its periods and tax groups."""
    lines: list[NoteLine] = []
    for (start, end, key), pieces in groups_of(invoice, service.key).items():
        net_left = sum(part.net_left for _, part in pieces)
        tax_left = max(0, sum(part.tax_left for _, part in pieces))
        share = days_share(start, end, today, service.next_due) * invoice.paid_share
        amount = net_left + (tax_left if invoice.inclusive else 0)
        if net_left <= 0 or round_half_up(amount * share) <= 0:
            continue
        take = take_inclusive if invoice.inclusive else take_exclusive
        given = sum(line.net + line.tax for line in lines)
        taken = cap(
            take(net_left, tax_left, share, rate_of(invoice, key, pieces)), invoice.held - given
        )
        lines += note_lines(pieces, taken)
    if sum(line.net + line.tax for line in lines) <= 0:
        return None
    return NoteFigure(invoice.number, tuple(sorted(lines, key=lambda line: line.line)), today)


def stated_elsewhere(books: Books, service: Service) -> PaidElsewhere | None:
    """What was paid elsewhere, of the client whose the service is (reading 30)."""
    is_theirs = bool(service.stated_for) and account(books, service.stated_for) == account(
        books, service.client
    )
    return service.elsewhere if is_theirs else None


def elsewhere_part(books: Books, service: Service, today: date) -> int:
    """What was paid elsewhere for the days that are left (reading 13)."""
    stated = stated_elsewhere(books, service)
    if stated is None:
        return 0
    return round_half_up(
        stated.amount * days_share(stated.start, stated.end, today, service.next_due)
    )


def billed_ranges(books: Books, service: Service) -> list[tuple[date, date]]:
    """The days that documents of this client bill for a unit."""
    found = []
    for invoice in documents_of(books, service):
        for line in invoice.lines:
            for part in line.parts:
                if part.unit == service.key and part.start is not None and part.end is not None:
                    found.append((part.start, min(part.end, part.given_from or part.end)))
    stated = stated_elsewhere(books, service)
    if stated is not None and books.settings.stated_days_are_billed:
        found.append((stated.start, stated.end))
    return found


def day_level(
    books: Books, service: Service, day: date, billed: Sequence[tuple[date, date]]
) -> int | None:
    """None for a day that a document bills; else the amount that its day was given at (reading 14)."""
    if books.settings.given_days_stay_given:
        for given in service.given:
            if given.start <= day < given.end:
                return given.level
    if any(start <= day < end for start, end in billed):
        return None
    return service.price.amount


def charge_amount(
    books: Books, service: Service, new: int, days: Sequence[date], whole: int
) -> int:
    """One period's charge, rounded once (reading 4)."""
    billed = billed_ranges(books, service)
    exact = Fraction(0)
    for day in days:
        level = day_level(books, service, day, billed)
        exact += Fraction(new if level is None else max(0, new - level), whole)
    return round_half_up(exact)


def charge_drafts(
    books: Books, service: Service, target: Target, tax: Tax, today: date
) -> list[DraftLine]:
    """The charge before tax: a line for each period, or one of the full amount for another cycle."""
    unit = ((service.key, 1),)
    new = target.price.amount
    if is_other_cycle(service, target):
        end = None if target.cycle == "one_time" else start_of(today, target.cycle, 1)
        return [DraftLine("charge", new, tax, unit, today, end, 1)]
    drafts: list[DraftLine] = []
    assert service.anchor is not None
    assert service.next_due is not None
    day = today
    while day < service.next_due:
        start, end = period_of(service.anchor, service.cycle, day)
        last = min(end, service.next_due)
        days = [day + timedelta(days=i) for i in range((last - day).days)]
        amount = charge_amount(books, service, new, days, (end - start).days)
        drafts.append(DraftLine("charge", amount, tax, unit, day, last, len(drafts) + 1))
        day = last
    return drafts


def is_other_cycle(service: Service, target: Target) -> bool:
    """Whether a new period starts with the change."""
    return target.cycle != service.cycle or service.next_due is None


def figures(
    books: Books,
    service: Service,
    target: Target,
    tax: Tax,
    today: date,
    counted_from: date | None = None,
) -> Figures:
    """All figures of a change on a day; `counted_from`: the earlier day from which the unused part is counted."""
    since = counted_from or today
    notes = [give_back(invoice, service, since) for invoice in documents_of(books, service)]
    drafts = charge_drafts(books, service, target, tax, today)
    lines = []
    for draft, line in zip(drafts, make_lines(books, drafts), strict=True):
        assert draft.start is not None
        lines.append(
            ChargeFigure(line.net, line.tax, *line.key, draft.start, draft.end, draft.amount)
        )
    kept = tuple(note for note in notes if note is not None)
    return Figures(
        today, since, kept, elsewhere_part(books, service, since), tuple(lines), target.price.amount
    )


def blocked(
    books: Books, service: Service, target: Target, own: Request | None = None
) -> str | None:
    """Why a change is not offered: the first reason, or None."""
    reasons = {
        "switched off": not books.settings.enabled,
        "not active": service.state != "active",
        "is to end": service.ends_on is not None,
        "the current pair": (target.product, target.cycle) == (service.product, service.cycle),
        "an open change": open_request(books, service.key) not in (None, own),
    }
    own_reason = next((reason for reason, holds in reasons.items() if holds), None)
    return own_reason or blocked_by_money(books, service)


def blocked_by_money(books: Books, service: Service) -> str | None:
    """An invoice that is open, or a payment that is disputed."""
    for invoice in invoices_of(books, service.key):
        if invoice.status in OPEN and invoice.kind in ("order", "renewal", "plan_change"):
            return "an open invoice"
        if any(books.payments[key].state == "disputed" for key in payers(books, invoice)):
            return "a disputed payment"
    return None


def payers(books: Books, invoice: Invoice) -> list[str]:
    """The payments that came for an invoice, or have a share on it (reading 38)."""
    number = invoice.number
    rows = books.payments.items()
    return [key for key, one in rows if number in one.shares or number in one.named]


def tax_today(books: Books, service: Service, target: Target) -> Tax:
    """How the new plan would be taxed today."""
    return tax_of(books, service.client, target.kind)
