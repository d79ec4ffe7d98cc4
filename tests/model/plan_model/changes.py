"""Requests of plan changes: asked, paid, approved, withdrawn, lapsed, carried out."""

from dataclasses import replace
from datetime import date, timedelta

from .arithmetic import start_of
from .books import (
    Books,
    account,
    add_credit,
    apply_to,
    balance,
    enter,
    refuse_if,
    settle,
)
from .documents import DraftLine, due_date, make_invoice
from .figures import billed_ranges, blocked, figures, is_other_cycle, tax_today
from .inputs import OPEN, Target, Tax
from .money import new_payment, share, to_credit
from .notes import write_note
from .records import GivenDays, Invoice, Payment, Request, Service
from .views import Figures, Offer


def offer(books: Books, day: date, unit: str, target: Target) -> Offer:
    """Whether a change is offered on a day, and its figures."""
    service = books.services[unit]
    reason = blocked(books, service, target)
    if reason is not None:
        return Offer(reason, None)
    return Offer(None, figures(books, service, target, tax_today(books, service, target), day))


def last_day_of(books: Books, service: Service, day: date) -> date:
    """The earlier of the due days and the day before the renewal is issued, not before today (reading 15)."""
    last = day + timedelta(days=books.settings.due_days)
    if service.next_due is not None and service.price.amount > 0:
        last = min(last, service.next_due - timedelta(days=books.settings.advance_days + 1))
    return max(last, day)


def usable(books: Books, request: Request) -> int:
    """Credit that may pay for a request: what is ticked, or what came as its own short money (reading 7)."""
    there = balance(books, account(books, books.services[request.service].client))
    return there if request.use_credit else min(there, request.own_credit)


def ask_change(
    books: Books, day: date, key: str, unit: str, target: Target, *, use_credit: bool
) -> Request:
    """A change is confirmed: carried out at once, or waits for staff or for money."""
    service = books.services[unit]
    reason = blocked(books, service, target)
    refuse_if(reason is not None, reason or "")
    refuse_if(key in books.requests, "asked already")
    tax = tax_today(books, service, target)
    found = figures(books, service, target, tax, day)
    last = last_day_of(books, service, day)
    request = Request(
        key, unit, service.client, target, tax, day, use_credit, last, found.difference
    )
    books.requests[key] = request
    if not books.settings.require_approval:
        decide(books, day, request, found)
    return request


def decide(books: Books, day: date, request: Request, found: Figures) -> None:
    """Carry out what needs no money; else wait for it."""
    if found.difference <= usable(books, request):
        carry_out(books, day, request, found, None)
    else:
        request.state = "awaiting_payment"
        request.difference = found.difference


def tax_of_request(books: Books, request: Request) -> Tax:
    """As confirmed, with the home rate of today, which prices with tax hold (reading 36)."""
    return replace(
        request.tax, home=tax_today(books, books.services[request.service], request.target).home
    )


def still_stands(books: Books, day: date, request: Request, quote: Target | None) -> bool:
    """Whether a request can be carried out: in time, still offered, and as it was confirmed."""
    service = books.services[request.service]
    same = quote in (None, request.target)
    same = same and tax_today(books, service, request.target).key == request.tax.key
    same = same and account(books, request.client) == account(books, service.client)
    return (
        same
        and day <= request.last_day
        and blocked(books, service, request.target, request) is None
    )


def approve(books: Books, day: date, key: str, quote: Target | None = None) -> Request:
    """Staff approve: the figures are those of this day."""
    request = books.requests[key]
    refuse_if(request.state != "pending", "not pending")
    if not still_stands(books, day, request, quote):
        request.state = "lapsed"
        return request
    decide(
        books,
        day,
        request,
        figures(
            books,
            books.services[request.service],
            request.target,
            tax_of_request(books, request),
            day,
        ),
    )
    return request


def reject(books: Books, key: str) -> None:
    """Staff reject a request that waits for them."""
    refuse_if(books.requests[key].state != "pending", "not pending")
    books.requests[key].state = "rejected"


def withdraw(books: Books, key: str) -> None:
    """A request is withdrawn."""
    refuse_if(books.requests[key].state not in ("pending", "awaiting_payment"), "not open")
    books.requests[key].state = "withdrawn"


def on_account(books: Books, day: date, key: str, quote: Target | None = None) -> Request:
    """Staff carry a change out before it is paid: its invoice is open."""
    request = books.requests[key]
    refuse_if(request.state not in ("pending", "awaiting_payment"), "not open")
    refuse_if(not still_stands(books, day, request, quote), "not offered as it was confirmed")
    found = figures(
        books, books.services[request.service], request.target, tax_of_request(books, request), day
    )
    carry_out(books, day, request, found, None)
    return request


def best_figures(books: Books, day: date, request: Request, money: int) -> Figures:
    """Today's figures; where only the days that passed make it short, counted from the request's day."""
    service = books.services[request.service]
    found = figures(books, service, request.target, tax_of_request(books, request), day)
    if found.difference <= money or not is_other_cycle(service, request.target):
        return found
    since = max(request.day, day - timedelta(days=books.settings.bank_hold_days))
    earlier = figures(books, service, request.target, tax_of_request(books, request), day, since)
    return earlier if earlier.difference <= money else found


def asks(books: Books, key: str) -> int:
    """What a request asks for: the difference that was confirmed, or found short last, less credit (reading 16)."""
    request = books.requests[key]
    if request.state != "awaiting_payment":
        return 0
    return max(0, request.difference - usable(books, request))


def pay_request(
    books: Books, day: date, pay_key: str, key: str, amount: int, quote: Target | None = None
) -> Payment:
    """Money for a request: it is carried out, asks for the rest, lapses, or the money is late."""
    request = books.requests[key]
    payment = new_payment(books, day, pay_key, request.client, amount)
    payment.request = key
    if request.state == "applied" and request.invoice is not None:
        pay_applied(books, day, payment, books.invoices[request.invoice])
    elif request.state == "pending":
        keep_as_credit(books, day, request, payment, "late_payment")
    elif request.state != "awaiting_payment":
        to_credit(books, payment, "late_payment", amount, day)
    elif not still_stands(books, day, request, quote):
        request.state = "lapsed"
        to_credit(books, payment, "late_payment", amount, day)
    else:
        money = amount + usable(books, request)
        found = best_figures(books, day, request, money)
        if found.difference <= money:
            carry_out(books, day, request, found, payment)
        else:
            request.difference = found.difference
            keep_as_credit(books, day, request, payment)
    return payment


def keep_as_credit(
    books: Books, day: date, request: Request, payment: Payment, reason: str = "overpayment"
) -> None:
    """Short money becomes credit at once, and counts for this request (readings 7 and 26)."""
    to_credit(books, payment, reason, payment.amount, day)
    request.own_credit += payment.amount


def pay_applied(books: Books, day: date, payment: Payment, invoice: Invoice) -> None:
    """Money for a change that was carried out: it pays an open invoice, the rest is credit."""
    was_open = invoice.status in OPEN
    part = min(payment.amount, invoice.amount_due) if was_open else 0
    share(books, payment, invoice, part, day)
    to_credit(
        books, payment, "overpayment" if was_open else "late_payment", payment.amount - part, day
    )


def carry_out(
    books: Books, day: date, request: Request, found: Figures, payment: Payment | None
) -> None:
    """All in one: notes, credit rows, invoice, what pays it, the service."""
    service = books.services[request.service]
    extra = may_use(books, request)
    service.given += unbilled_days(books, service, day)
    for figure in found.notes:
        invoice = books.invoices[figure.invoice]
        note = write_note(books, invoice, day, "plan_change", figure.lines, figure.given_from)
        enter(invoice, "to_credit", -note.total, f"note {note.number}")
        enter(invoice, "credit_note", note.total, f"note {note.number}")
        add_credit(
            books,
            service.client,
            "credit_note",
            note.total,
            f"note {note.number}",
            day,
            invoice.number,
        )
        request.notes.append(note.number)
    request.credit_row = found.elsewhere
    add_credit(
        books, service.client, "paid_elsewhere", found.elsewhere, f"change {request.key}", day
    )
    if found.elsewhere:
        service.elsewhere = None
    charge(books, day, request, found, payment, extra)
    switch(books, day, request, service)
    request.difference = found.difference
    request.state = "applied"


def may_use(books: Books, request: Request) -> int:
    """What credit beside its own the change's invoice may take: as the request was asked (reading 17)."""
    return usable(books, request)


def charge(
    books: Books, day: date, request: Request, found: Figures, payment: Payment | None, extra: int
) -> None:
    """The change's invoice, paid by the change's own credit, then by money, then by other credit (reading 18)."""
    money = payment.amount if payment is not None else 0
    used = 0
    if found.charge > 0:
        unit = ((request.service, 1),)
        drafts = [
            DraftLine(
                "charge",
                line.amount,
                tax_of_request(books, request),
                unit,
                line.start,
                line.end,
                block,
            )
            for block, line in enumerate(found.lines, start=1)
        ]
        client = books.services[request.service].client
        invoice = make_invoice(books, client, "plan_change", day, due_date(books, day, day), drafts)
        invoice.request, request.invoice = request.key, invoice.number
        own = min(found.unused, invoice.total)
        rest = invoice.total - own
        used = min(money, rest if books.settings.money_before_credit else max(0, rest - extra))
        apply_to(books, invoice, own + min(extra, rest - used), day)
        if payment is not None:
            share(books, payment, invoice, used, day)
        settle(books, invoice, day)
    if payment is not None:
        to_credit(books, payment, "overpayment", money - used, day)


def switch(books: Books, day: date, request: Request, service: Service) -> None:
    """The service has its new plan; with another cycle a new period starts, and given periods are released."""
    target = request.target
    if is_other_cycle(service, target):
        for period in books.periods:
            if (
                period.service == service.key
                and period.state in ("paid", "waived")
                and period.end > day
            ):
                period.state = "released"
                request.released.append(period.start)
        service.anchor = service.begun = day
        service.next_due = None if target.cycle == "one_time" else start_of(day, target.cycle, 1)
        service.given = []
    service.product, service.cycle, service.price = target.product, target.cycle, target.price
    service.kind = target.kind


def unbilled_days(books: Books, service: Service, day: date) -> list[GivenDays]:
    """Days up to the next due date that nobody billed before this change (for the reading that can be flipped)."""
    if not books.settings.given_days_stay_given or service.next_due is None:
        return []
    known = [*billed_ranges(books, service), *((given.start, given.end) for given in service.given)]
    left = [day + timedelta(days=i) for i in range((service.next_due - day).days)]
    free = [one for one in left if not any(start <= one < end for start, end in known)]
    return [GivenDays(one, one + timedelta(days=1), service.price.amount) for one in free]
