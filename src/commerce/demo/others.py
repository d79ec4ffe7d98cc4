"""The other clients: Charlie, of whom Alice must see nothing; Dora, who has left; Erik, who is suspended."""

from commerce.accounts.actions import close_client, suspend_client
from commerce.demo.customer import STAFF, Customer, Wish, manual_line
from commerce.demo.domain_items import registration, transfer
from commerce.demo.people import NEW_YORK_TAX, REVERSE_CHARGE


def tell_of_charlie(weber: Customer) -> None:
    """Weber Media in Berlin: euros, no tax since the buyer owes it."""
    day = weber.timeline.calendar.day
    weber.order(
        "start",
        day("B", -14, -1),
        [
            Wish("Business hosting", "annually", domain="weber-media.example"),
            Wish("Business hosting", "annually", domain="kunden.weber-media.example"),
            registration("weber-media.example", REVERSE_CHARGE, currency="EUR", years=2),
        ],
    )
    weber.deliver("start", day("B", -14), gateway="bank_transfer")
    weber.books.renewal("B-2", day("B", -2), currency="EUR", paid="bank_transfer")
    weber.order(
        "server",
        day("A", -5, -1),
        [Wish("VPS S", "monthly"), Wish("SSL certificate", "annually")],
    )
    weber.deliver("server", day("A", -5), gateway="stripe")
    for months in range(-4, 0):
        weber.books.renewal(f"A{months}", day("A", months), currency="EUR")
    weber.books.renewal("A0", day("A", 0), currency="EUR", paid="")
    weber.order(
        "shop",
        day("C", -2, -1),
        [
            Wish("Starter hosting", "quarterly", domain="weber-shop.example"),
            registration("weber-shop.example", REVERSE_CHARGE, currency="EUR"),
            transfer("weber-alt.example", REVERSE_CHARGE, currency="EUR"),
        ],
        promo_code="WILLKOMMEN",
    )
    weber.deliver("shop", day("C", -2), gateway="stripe")
    weber.arrives("weber-alt.example", day("C", -2, 5))
    lines = [manual_line("Schulung vor Ort, Stunden", 9000, REVERSE_CHARGE, "2.5")]
    weber.books.manual("training", day("A", -3, -1), lines, currency="EUR")
    weber.books.pay("training", day("A", -3, 1), "bank_transfer")


def tell_of_dora(lindqvist: Customer) -> None:
    """Lindqvist Design ended everything, then the account."""
    day = lindqvist.timeline.calendar.day
    lindqvist.order(
        "start",
        day("A", -20, -1),
        [
            Wish("Starter hosting", "annually", domain="lindqvist.example"),
            Wish("Starter hosting", "annually", domain="skiss.lindqvist.example"),
            registration("lindqvist.example", REVERSE_CHARGE, currency="EUR"),
        ],
    )
    lindqvist.deliver("start", day("A", -20), gateway="stripe")
    lindqvist.leaves("start", [0, 1], day("A", -10, 3), day("A", -8))
    lindqvist.moves_away("lindqvist.example", day("A", -9, 3))
    lines = [manual_line("Copy of all data on a disk", 6000, REVERSE_CHARGE)]
    lindqvist.books.manual("farewell", day("A", -8, -1), lines, currency="EUR")
    lindqvist.books.pay("farewell", day("A", -8, 1), "stripe")
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
            registration("jensen-analytics.example", NEW_YORK_TAX),
        ],
    )
    jensen.deliver("start", day("C", -6), gateway="stripe")
    for months in range(-5, 0):
        jensen.books.renewal(f"C{months}", day("C", months), currency="USD")
    jensen.books.renewal("C0", day("C", 0), currency="USD", paid="")
    jensen.books.overdue("C0", day("C", 0, 15))
    jensen.suspended("start", day("C", 0, 17), cause="overdue")
    jensen.on(
        ago(5),
        "state",
        "suspended",
        lambda at: suspend_client(
            client=jensen.client, reason="does not answer", at=at, actor=STAFF
        ),
    )
