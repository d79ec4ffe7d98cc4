"""Orders, activation, manual invoices."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from .arithmetic import round_half_up, start_of
from .books import Books, invoice_of, invoices_of, refuse_if, settle, tax_of
from .documents import DraftLine, due_date, issue_and_settle
from .inputs import LegacyLine, ManualLine, OrderItem, Price, Tax
from .money import pay
from .notes import credit_note, void
from .records import Invoice, Line, Part, Service


def group_discount(item: OrderItem) -> int:
    """Step 4 of `quote`, for one unit."""
    return round_half_up(Fraction((item.base + sum(item.options)) * item.group_bp, 10_000))


def item_lines(item: OrderItem, tax: Tax, block: int) -> list[DraftLine]:
    """The lines of an item: product, priced options, setup fee, group discount, promo discount."""
    count = len(item.units)
    found: list[DraftLine] = []
    if not count:
        return [DraftLine("item", item.base, tax, block=block)]

    def add(kind: str, each: Sequence[int]) -> None:
        shares = tuple(zip(item.units, each, strict=True))
        found.append(DraftLine(kind, sum(each), tax, shares, block=block))

    add("item", [item.base] * count)
    for option in item.options:
        if option:
            add("option", [option] * count)
    if item.setup:
        add("setup", [item.setup] * count)
    if group_discount(item):
        add("group", [-group_discount(item)] * count)
    if any(item.promos):
        add("promo", [-promo for promo in item.promos])
    return found


def place_order(
    books: Books, day: date, client: str, items: Sequence[OrderItem], due: date | None = None
) -> Invoice:
    """An order: pending services, one invoice, credit applied."""
    drafts: list[DraftLine] = []
    for block, item in enumerate(items, start=1):
        refuse_if(any(unit in books.services for unit in item.units), "a unit exists already")
        drafts += item_lines(item, item.tax or tax_of(books, client, item.kind), block)
        for position, unit in enumerate(item.units):
            promo = item.promos[position] if item.promos and item.promo_recurring else 0
            price = Price(item.base, item.options, group_discount(item), promo)
            service = Service(
                unit, client, item.product, item.cycle, price, item.kind, next_due=day
            )
            books.services[unit] = service
    return issue_and_settle(books, client, "order", day, due or due_date(books, day, day), drafts)


def activate(books: Books, day: date, unit: str) -> None:
    """A pending service becomes active: anchor, next due date, and the days of its order's lines."""
    service = books.services[unit]
    refuse_if(service.state != "pending", "not pending")
    service.state, service.anchor, service.begun = "active", day, day
    service.next_due = None if service.cycle == "one_time" else start_of(day, service.cycle, 1)
    for invoice in invoices_of(books, unit):
        if invoice.kind != "order" or service.next_due is None:
            continue
        for line in invoice.lines:
            for part in line.parts:
                if part.unit == unit and line.kind != "setup":
                    part.start, part.end = day, service.next_due


def manual_invoice(
    books: Books, day: date, client: str, lines: Sequence[ManualLine], due: date | None = None
) -> Invoice:
    """Staff bill lines by hand; a line may name a service and days."""
    drafts = []
    for block, line in enumerate(lines, start=1):
        shares = ((line.service, 1),) if line.service is not None else ()
        drafts.append(
            DraftLine("manual", line.amount, line.tax, shares, line.start, line.end, block)
        )
    return issue_and_settle(books, client, "manual", day, due or due_date(books, day, day), drafts)


def legacy_invoice(
    books: Books,
    day: date,
    client: str,
    kind: str,
    lines: Sequence[LegacyLine],
    due: date,
    paid: dict[str, int],
) -> Invoice:
    """A legacy document: net and tax are facts; `paid` are its payments, by key."""
    made = []
    for number, line in enumerate(lines, start=1):
        parts = (
            [Part(line.service, line.net, line.tax, line.start, line.end)]
            if line.service is not None
            else []
        )
        made.append(Line(number, "manual", line.net, line.tax, line.key, number, parts))
    invoice = Invoice(
        len(books.invoices) + 1, client, kind, day, due, books.settings.inclusive, made, legacy=True
    )
    books.invoices[invoice.number] = invoice
    for key, amount in paid.items():
        pay(books, day, key, [invoice.number], amount)
    settle(books, invoice, day)
    return invoice


def cancel_order(books: Books, day: date, number: int) -> None:
    """An order is cancelled: its pending services end, its open invoice is voided."""
    invoice = invoice_of(books, number)
    refuse_if(invoice.kind != "order", "no order")
    for unit in sorted(invoice.units()):
        books.services[unit].state, books.services[unit].next_due = "cancelled", None
    if invoice.status == "paid" and invoice.total > invoice.noted:
        credit_note(books, day, number, invoice.total - invoice.noted)
    elif invoice.status in ("unpaid", "overdue"):
        void(books, day, number)
