"""The steps of the daily run that touch these books."""

from collections.abc import Collection
from datetime import date, timedelta

from .arithmetic import period_of
from .books import Books, finish_period, is_past_grace, overdue_of, refuse_if, settle, tax_of
from .documents import DraftLine, due_date, issue
from .inputs import LIVE, OPEN
from .notes import credit_note, void, withdraw_open
from .orders import cancel_order
from .records import Invoice, Period, Service


def has_period(books: Books, service: Service, start: date) -> bool:
    """An open billed period, or one that starts on this day and was not released."""
    return any(
        period.state == "open" or (period.start == start and period.state != "released")
        for period in books.periods
        if period.service == service.key
    )


def is_due(books: Books, service: Service, day: date, advance: int) -> bool:
    """Whether the next period of a service is to be billed by this day."""
    start = service.next_due
    if service.state not in LIVE or start is None or start > day + timedelta(days=advance):
        return False
    ends = service.ends_on is not None and service.ends_on <= start
    return not ends and not has_period(books, service, start)


def renewal_drafts(books: Books, service: Service, block: int) -> list[DraftLine]:
    """Product, priced options, discounts: for the period that starts on the next due date."""
    assert service.anchor is not None
    assert service.next_due is not None
    tax = tax_of(books, service.client, service.kind)
    price = service.price
    amounts = [("item", price.base)]
    amounts += [("option", option) for option in price.options if option]
    amounts += [
        (kind, -sum_)
        for kind, sum_ in (("group", price.group_discount), ("promo", price.promo))
        if sum_
    ]
    end = period_of(service.anchor, service.cycle, service.next_due)[1]
    return [
        DraftLine(kind, amount, tax, ((service.key, 1),), service.next_due, end, block)
        for kind, amount in amounts
    ]


def bill_services(books: Books, day: date, services: list[Service]) -> Invoice:
    """One renewal invoice for these services of one client."""
    drafts: list[DraftLine] = []
    dues, periods = [], []
    for block, service in enumerate(services, start=1):
        mine = renewal_drafts(books, service, block)
        drafts += mine
        assert mine[0].start is not None
        assert mine[0].end is not None
        dues.append(due_date(books, day, mine[0].start))
        periods.append(Period(service.key, mine[0].start, mine[0].end, "open", None))
    invoice = issue(books, services[0].client, "renewal", day, min(dues), drafts)
    for period in periods:
        period.invoice = invoice.number
        books.periods.append(period)
    settle(books, invoice, day)
    for service in services:
        lapse_by_renewal(books, service)
    return invoice


def lapse_by_renewal(books: Books, service: Service) -> None:
    """A renewal that is issued ends an open request of its service."""
    for request in books.requests.values():
        if request.service == service.key and request.state in ("pending", "awaiting_payment"):
            request.state = "lapsed"


def bill_ahead(books: Books, day: date, unit: str) -> Invoice:
    """Staff bill the next period of a service before its time."""
    service = books.services[unit]
    start = service.next_due
    refuse_if(
        service.state not in LIVE or start is None or service.price.amount == 0, "nothing to bill"
    )
    assert start is not None
    refuse_if(has_period(books, service, start), "billed already")
    return bill_services(books, day, [service])


def renew(books: Books, day: date, waiting: Collection[str] = ()) -> list[Invoice]:
    """Waive free periods, bill due ones, again until nothing is due."""
    made: list[Invoice] = []
    advance = books.settings.advance_days
    progress = True
    while progress:
        progress = False
        for client in list(books.clients):
            mine = [
                s for s in books.services.values() if s.client == client and s.key not in waiting
            ]
            for service in mine:
                progress |= waive_free(books, day, service)
            due = [s for s in mine if s.price.amount > 0 and is_due(books, s, day, advance)]
            for bunch in (
                [due] if books.settings.consolidate and due else [[service] for service in due]
            ):
                made.append(bill_services(books, day, bunch))
                progress = True
    return made


def waive_free(books: Books, day: date, service: Service) -> bool:
    """A free service: its period is waived on its next due date."""
    if service.price.amount != 0 or service.anchor is None or not is_due(books, service, day, 0):
        return False
    assert service.next_due is not None
    start, end = service.next_due, period_of(service.anchor, service.cycle, service.next_due)[1]
    period = Period(service.key, start, end, "open", None)
    books.periods.append(period)
    finish_period(books, period, "waived")
    return True


def run(books: Books, day: date, waiting: Collection[str] = ()) -> list[Invoice]:
    """The daily run: endings, renewals, overdue, unpaid orders, requests; `waiting`: services with an open attempt."""
    for service in list(books.services.values()):
        if (
            service.ends_on is not None
            and service.ends_on <= day
            and service.state in (*LIVE, "pending")
        ):
            end_service(books, day, service.key, "cancelled")
    made = renew(books, day, waiting)
    for invoice in books.invoices.values():
        if invoice.status == "unpaid" and invoice.due < day:
            invoice.status, invoice.overdue_on = "overdue", day
    if books.settings.dunning:
        suspend_and_terminate(books, day)
    expire_orders(books, day)
    for request in books.requests.values():
        late = request.last_day < day and request.service not in waiting
        if late and request.state in ("pending", "awaiting_payment"):
            request.state = "lapsed"
    return made


def suspends(books: Books, invoice: Invoice, day: date) -> bool:
    """Past grace, without a hold, and not in the run that marked it overdue unless grace is below 2."""
    fresh = invoice.overdue_on == day and books.settings.grace_days >= 2
    return is_past_grace(books, invoice, day) and not fresh


def is_to_be_terminated(books: Books, service: Service, day: date) -> bool:
    """Whether it was suspended by the run long enough ago."""
    days = timedelta(days=books.settings.termination_days)
    return service.suspended_on is not None and service.suspended_on + days <= day


def suspend_and_terminate(books: Books, day: date) -> None:
    """Suspension for overdue invoices past grace, termination some days after it (reading 23)."""
    for service in books.services.values():
        bad = [one for one in overdue_of(books, service.key) if suspends(books, one, day)]
        if service.state == "active" and bad:
            service.state, service.suspended_on = "suspended", day
        elif service.state == "suspended" and is_to_be_terminated(books, service, day):
            end_service(books, day, service.key, "terminated")


def expire_orders(books: Books, day: date) -> None:
    """Unpaid orders whose services are all pending are cancelled some days after the due date."""
    days = books.settings.cancel_unpaid_after_days
    for invoice in list(books.invoices.values()):
        pending = all(books.services[unit].state == "pending" for unit in invoice.units())
        late = invoice.due + timedelta(days=days) <= day
        if days and late and invoice.kind == "order" and invoice.status in OPEN and pending:
            cancel_order(books, day, invoice.number)


def end_service(books: Books, day: date, unit: str, state: str = "cancelled") -> None:
    """A service ends now: its request is withdrawn; open renewals from today on are voided if it is cancelled."""
    service = books.services[unit]
    service.state, service.next_due = state, None
    withdraw_open(books, unit)
    if state == "cancelled":
        drop_renewals(books, day, unit, day)


def drop_renewals(books: Books, day: date, unit: str, start: date) -> None:
    """Void open renewals of a service from a day on; of a common invoice only its own lines (reading 12)."""
    for period in books.periods:
        if (
            period.service != unit
            or period.state != "open"
            or period.start < start
            or period.invoice is None
        ):
            continue
        invoice = books.invoices[period.invoice]
        if invoice.status not in OPEN:
            continue
        if invoice.units() == {unit}:
            void(books, day, invoice.number, {unit: "again"})
        else:
            own = [
                line
                for line in invoice.lines
                if line.left and any(part.unit == unit for part in line.parts)
            ]
            period.state = "released"
            if sum(line.left for line in own) > 0:
                credit_note(books, day, invoice.number, lines=[line.number for line in own])


def plan_ending(books: Books, day: date, unit: str) -> None:
    """A service is to end at its next due date; an open request is withdrawn."""
    service = books.services[unit]
    refuse_if(service.state not in LIVE, "not live")
    if service.next_due is None or service.next_due <= day:
        end_service(books, day, unit)
        return
    service.ends_on = service.next_due
    withdraw_open(books, unit)
    drop_renewals(books, day, unit, service.ends_on)
