"""The other clients: Charlie, of whom Alice must see nothing; Dora, who has left; Erik, who is suspended."""

from datetime import datetime

from commerce.accounts.actions import close_client, suspend_client
from commerce.accounts.actions.groups import put_in_group
from commerce.billing.tax import mark_vat_valid
from commerce.demo.books import manual_line
from commerce.demo.company import NAMESERVERS
from commerce.demo.customer import Customer, Wish, registration, transfer
from commerce.demo.days import STAFF
from commerce.demo.people import REVERSE_CHARGE


def tell_of_charlie(weber: Customer) -> None:
    """Weber Media in Berlin: euros, no tax since the buyer owes it."""
    day = weber.timeline.calendar.day
    vouched_for(weber)
    weber.order(
        "start",
        day("B", -14, -1),
        [
            Wish("Business hosting", "annually", domain="weber-media.example"),
            Wish("Business hosting", "annually", domain="kunden.weber-media.example"),
            registration("weber-media.example", years=2),
        ],
    )
    weber.deliver("start", day("B", -14))
    weber.books.renewal("B-2", day("B", -2))
    weber.order(
        "server",
        day("A", -5, -1),
        [Wish("VPS S", "monthly"), Wish("SSL certificate", "annually")],
    )
    weber.deliver("server", day("A", -5))
    for months in range(-4, 0):
        weber.books.renewal(f"A{months}", day("A", months))
    weber.order(
        "shop",
        day("C", -2, -1),
        [
            Wish("Starter hosting", "annually", domain="weber-shop.example"),
            registration("weber-shop.example"),
            transfer("weber-alt.example", nameservers=NAMESERVERS),
        ],
        promo_code="WILLKOMMEN",
    )
    weber.deliver("shop", day("C", -2))
    weber.arrives("weber-alt.example", day("C", -2, 5))
    lines = [manual_line("Schulung vor Ort, Stunden", 9000, REVERSE_CHARGE, "2.5")]
    weber.books.manual("training", day("A", -3, -1), lines, currency="EUR")
    # What came too much is credit, and pays a part of B-2.
    weber.books.pay("training", day("A", -3, 1), more=2100)


def tell_of_dora(lindqvist: Customer) -> None:
    """Lindqvist Design ended everything, then the account."""
    day = lindqvist.timeline.calendar.day
    vouched_for(lindqvist)
    lindqvist.order(
        "start",
        day("A", -20, -1),
        [
            Wish("Starter hosting", "annually", domain="lindqvist.example"),
            Wish("Starter hosting", "annually", domain="skiss.lindqvist.example"),
            registration("lindqvist.example"),
        ],
    )
    lindqvist.deliver("start", day("A", -20))
    lindqvist.leaves("start", [0, 1], day("A", -10, 3))
    lindqvist.moves_away("lindqvist.example", day("A", -10, 5))
    lines = [manual_line("Copy of all data on a disk", 6000, REVERSE_CHARGE)]
    lindqvist.books.manual("farewell", day("A", -8, -1), lines, currency="EUR")
    lindqvist.books.pay("farewell", day("A", -8, 1))
    lindqvist.on(
        day("A", -8, 10),
        "state",
        "closed",
        lambda at: close_client(
            client=lindqvist.client, reason="gave up her business", at=at, actor=STAFF
        ),
    )


def tell_of_erik(jensen: Customer) -> None:
    """Jensen in New York paid for five months; then the account was suspended."""
    day, ago = jensen.timeline.calendar.day, jensen.timeline.calendar.ago
    jensen.order(
        "start",
        day("C", -6, -1),
        [
            Wish("VPS L", "monthly", domain="jensen-analytics.example"),
            registration("jensen-analytics.example"),
        ],
    )
    jensen.deliver("start", day("C", -6))
    for months, late in ((-5, 1), (-4, 1), (-3, 25), (-2, 1), (-1, 1)):
        jensen.books.renewal(f"C{months}", day("C", months), late=late)
    jensen.on(
        ago(5),
        "state",
        "suspended",
        lambda at: suspend_client(
            client=jensen.client, reason="does not answer", at=at, actor=STAFF
        ),
    )


def tell_of_frida(nordlys: Customer) -> None:
    """A sailing club in Howth, new here: one website is free, and a donated credit pays for the others."""
    ago = nordlys.timeline.calendar.ago

    def joins(at: datetime) -> None:
        put_in_group(client=nordlys.client, group=nordlys.shop.friends, at=at, actor=STAFF)

    nordlys.on(ago(1), "state", "joins a group", joins)
    nordlys.books.credit(ago(1), 60000, "EUR", "given by a member of the club")
    nordlys.order(
        "start",
        ago(1),
        [
            Wish("Community hosting", "monthly", domain="nordlys.example"),
            Wish("Business hosting", "monthly", domain="regatta.nordlys.example"),
            Wish(
                "VPS S",
                "monthly",
                domain="live.nordlys.example",
                options={"Extra IPv4 addresses": 2, "Daily snapshots": 1},
            ),
        ],
    )


def vouched_for(customer: Customer) -> None:
    """Staff look up the VAT number of a client once a year."""

    def vouch(at: datetime) -> None:
        mark_vat_valid(client=customer.client, evidence="Looked up.", at=at, actor=STAFF)

    for days in (760, 400, 40):
        customer.on(
            customer.timeline.calendar.ago(days), "state", f"number checked {days} days ago", vouch
        )
