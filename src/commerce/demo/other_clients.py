"""The other clients: Charlie, of whom Alice must see nothing; Dora, who has left; Erik, who is suspended."""

from datetime import datetime

from commerce.accounts.actions.client_groups import set_client_group
from commerce.accounts.actions.clients import close_client, suspend_client
from commerce.billing.tax.actions import mark_vat_number_valid
from commerce.demo.cast import REVERSE_CHARGE
from commerce.demo.client_billing import manual_line
from commerce.demo.company import NAMESERVERS
from commerce.demo.demo_client import DemoClient, DemoLine, registration_line, transfer_line
from commerce.demo.simulated_days import STAFF
from commerce.kit.context import Context


def plan_charlie(weber: DemoClient) -> None:
    """Weber Media in Berlin: euros, no tax since the buyer owes it."""
    day = weber.timeline.calendar.day
    weber.books.card = ("mastercard", "4444")
    vouch_for_vat_number(weber)
    weber.order(
        "start",
        day("B", -14, -1),
        [
            DemoLine("Business hosting", "annually", domain="weber-media.example"),
            DemoLine("Business hosting", "annually", domain="kunden.weber-media.example"),
            registration_line("weber-media.example", years=2),
        ],
    )
    weber.pay_order("start", day("B", -14))
    weber.books.renewal("B-2", day("B", -2))
    weber.order(
        "server",
        day("A", -5, -1),
        [DemoLine("VPS S", "monthly"), DemoLine("SSL certificate", "annually")],
    )
    weber.pay_order("server", day("A", -5))
    for months in range(-4, 0):
        weber.books.renewal(f"A{months}", day("A", months))
    weber.order(
        "shop",
        day("C", -2, -1),
        [
            DemoLine("Starter hosting", "annually", domain="weber-shop.example"),
            registration_line("weber-shop.example"),
            transfer_line("weber-alt.example", nameservers=NAMESERVERS),
        ],
        promo_code="WILLKOMMEN",
    )
    weber.pay_order("shop", day("C", -2))
    weber.complete_transfer("weber-alt.example", day("C", -2, 5))
    lines = [manual_line("Schulung vor Ort, Stunden", 9000, REVERSE_CHARGE, "2.5")]
    weber.books.manual("training", day("A", -3, -1), lines, currency="EUR")
    # What came too much is credit, and pays a part of B-2.
    weber.books.pay("training", day("A", -3, 1), overpaid=2100)


def plan_dora(lindqvist: DemoClient) -> None:
    """Lindqvist Design ended everything, then the account."""
    day = lindqvist.timeline.calendar.day
    vouch_for_vat_number(lindqvist)
    lindqvist.order(
        "start",
        day("A", -20, -1),
        [
            DemoLine("Starter hosting", "annually", domain="lindqvist.example"),
            DemoLine("Starter hosting", "annually", domain="skiss.lindqvist.example"),
            registration_line("lindqvist.example"),
        ],
    )
    lindqvist.pay_order("start", day("A", -20))
    lindqvist.cancel_services("start", [0, 1], day("A", -10, 3))
    lindqvist.transfer_domain_away("lindqvist.example", day("A", -10, 5))
    lines = [manual_line("Copy of all data on a disk", 6000, REVERSE_CHARGE)]
    lindqvist.books.manual("farewell", day("A", -8, -1), lines, currency="EUR")
    lindqvist.books.pay("farewell", day("A", -8, 1))
    lindqvist.on(
        day("A", -8, 10),
        "state",
        "closed",
        lambda at: close_client(
            client=lindqvist.client, reason="gave up her business", ctx=Context(at, STAFF)
        ),
    )


def plan_erik(jensen: DemoClient) -> None:
    """Jensen in New York paid for five months; then the account was suspended."""
    day, ago = jensen.timeline.calendar.day, jensen.timeline.calendar.ago
    jensen.order(
        "start",
        day("C", -6, -1),
        [
            DemoLine("VPS L", "monthly", domain="jensen-analytics.example"),
            registration_line("jensen-analytics.example"),
        ],
    )
    jensen.pay_order("start", day("C", -6))
    for months, late in ((-5, 1), (-4, 1), (-3, 25), (-2, 1), (-1, 1)):
        jensen.books.renewal(f"C{months}", day("C", months), late=late)
    jensen.on(
        ago(5),
        "state",
        "suspended",
        lambda at: suspend_client(
            client=jensen.client, reason="does not answer", ctx=Context(at, STAFF)
        ),
    )


def plan_frida(nordlys: DemoClient) -> None:
    """A sailing club in Howth, new here: one website is free, and a donated credit pays for the others."""
    ago = nordlys.timeline.calendar.ago

    def joins(at: datetime) -> None:
        set_client_group(
            client=nordlys.client, group=nordlys.shop.friends_group, ctx=Context(at, STAFF)
        )

    nordlys.on(ago(1), "state", "joins a group", joins)
    nordlys.books.credit(ago(1), 60000, "EUR", "given by a member of the club")
    nordlys.order(
        "start",
        ago(1),
        [
            DemoLine("Community hosting", "monthly", domain="nordlys.example"),
            DemoLine("Business hosting", "monthly", domain="regatta.nordlys.example"),
            DemoLine(
                "VPS S",
                "monthly",
                domain="live.nordlys.example",
                options={"Extra IPv4 addresses": 2, "Daily snapshots": 1},
            ),
        ],
    )


def vouch_for_vat_number(customer: DemoClient) -> None:
    """Staff look up the VAT number of a client once a year."""

    def vouch(at: datetime) -> None:
        mark_vat_number_valid(client=customer.client, evidence="Looked up.", ctx=Context(at, STAFF))

    for days in (760, 400, 40):
        customer.on(
            customer.timeline.calendar.ago(days), "state", f"number checked {days} days ago", vouch
        )
