"""Clients, adopted services, edits by staff, moves and merges."""

from datetime import date

from .books import Books, account, add_credit, balance, refuse_if
from .inputs import PaidElsewhere, Price, Tax
from .notes import withdraw_open
from .records import Client, Service


def add_client(books: Books, key: str, taxes: dict[str, Tax] | None = None) -> None:
    """A client, with how each kind of product is taxed for them (key "" for all)."""
    refuse_if(key in books.clients, "known already")
    books.clients[key] = Client(key, dict(taxes or {}))


def set_tax(books: Books, client: str, tax: Tax, kind: str = "") -> None:
    """From now on a kind of product is taxed so for a client."""
    books.clients[client].taxes[kind] = tax


def adopt(
    books: Books,
    unit: str,
    client: str,
    product: str,
    cycle: str,
    price: Price,
    next_due: date | None,
    *,
    anchor: date | None = None,
    kind: str = "hosting",
    elsewhere: PaidElsewhere | None = None,
) -> None:
    """A service without documents, active; staff may state what was paid elsewhere."""
    refuse_if(unit in books.services, "known already")
    service = Service(
        unit, client, product, cycle, price, kind, "active", anchor or next_due, next_due
    )
    service.elsewhere, service.stated_for = elsewhere, client
    service.begun = service.anchor
    books.services[unit] = service


def set_next_due(books: Books, unit: str, next_due: date) -> None:
    """Staff edit the next due date: it is the new anchor."""
    service = books.services[unit]
    service.next_due, service.anchor = next_due, next_due


def set_price(books: Books, unit: str, price: Price) -> None:
    """A price change counts from the next period that is not issued yet."""
    books.services[unit].price = price


def set_cycle(
    books: Books, unit: str, cycle: str, *, anchor: date | None = None, next_due: date | None = None
) -> None:
    """Staff change the cycle: without other words the new grid starts at the next due date (reading 21)."""
    service = books.services[unit]
    if service.cycle != cycle:
        service.given = []
    service.cycle = cycle
    if next_due is not None:
        service.next_due = next_due
    service.anchor = anchor or service.next_due


def set_product(books: Books, unit: str, product: str) -> None:
    """Staff set another product by hand, without any document."""
    books.services[unit].product = product


def set_state(books: Books, unit: str, state: str) -> None:
    """Suspended, resumed (not an ending: `end_service`)."""
    refuse_if(state not in ("active", "suspended"), "use end_service")
    books.services[unit].state, books.services[unit].suspended_on = state, None


def state_elsewhere(books: Books, unit: str, elsewhere: PaidElsewhere | None) -> None:
    """Staff state what was paid elsewhere for a service."""
    service = books.services[unit]
    service.elsewhere, service.stated_for = elsewhere, service.client


def move(books: Books, unit: str, client: str) -> None:
    """A service goes to another client: documents and money stay with who paid; an open request is withdrawn."""
    withdraw_open(books, unit)
    books.services[unit].client = client


def merge(books: Books, day: date, source: str, into: str) -> None:
    """A client is merged into another: services, documents and credit are the other's."""
    owner = account(books, into)
    refuse_if(account(books, source) == owner, "one already")
    there = balance(books, source)
    if there:
        add_credit(books, source, "merged", -there, f"into {owner}", day)
    books.clients[source].merged_into = owner
    for service in books.services.values():
        if service.client == source:
            service.client = owner
    if there:
        add_credit(books, owner, "merged", there, f"from {source}", day)
