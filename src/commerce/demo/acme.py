"""Alice's story: Acme Hosting Ltd, an agency that hosts its customers' websites with us.

As the API counts them: 52 services, 38 invoices, 12 orders and 9 domains, in all states; besides one draft, and one
domain that awaits registration.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import User
from commerce.demo.cast import NEW_YORK_TAX, REVERSE_CHARGE, UK_VAT, member_actor
from commerce.demo.client_billing import manual_line
from commerce.demo.demo_client import DemoClient, DemoLine, registration_line, transfer_line
from commerce.demo.simulated_days import STAFF
from commerce.domains.actions.editing import (
    set_auto_renew,
    set_nameservers,
    set_transfer_lock,
    set_whois_privacy,
)
from commerce.hosting.rules import SuspensionReason
from commerce.kit.context import Context
from commerce.orders.actions.fraud import stop_order_as_fraud

DISK = {"Extra storage": "50 GB"}
PHP = {"PHP version": "8.4"}


def plan_acme(acme: DemoClient, bob: User) -> None:
    """Put two years of Acme on the timeline."""
    acme.books.card = ("visa", "4242")
    _first_sites(acme)
    _agency(acme)
    _certificates(acme, bob)
    _shops(acme)
    _campaign(acme)
    _cloud(acme)
    _servers(acme, bob)
    _abandoned(acme)
    _abroad(acme)
    _suspicious(acme)
    _latest(acme)
    _by_hand(acme)


def _sites(
    product: str, cycle: str, *names: str, options: Mapping[str, str] | None = None
) -> list[DemoLine]:
    """One item for each website, since each has a domain name of its own."""
    return [DemoLine(product, cycle, domain=name, options=options or {}) for name in names]


def _first_sites(acme: DemoClient) -> None:
    day = acme.timeline.calendar.day
    acme.order(
        "first",
        day("A", -24, -1),
        [
            *_sites("Business hosting", "annually", "acme-hosting.example", "acme-shop.example"),
            *_sites(
                "Starter hosting", "biennially", "jobs.acme-hosting.example", "acme-pr.example"
            ),
            *_sites("Pro hosting", "triennially", "clients.acme-hosting.example"),
            registration_line("acme-hosting.example", years=3),
            registration_line("acme-archive.example"),
        ],
    )
    acme.pay_order("first", day("A", -24))
    acme.transfer_domain_away("acme-archive.example", day("A", -14, 5))
    acme.books.renewal("A-12", day("A", -12))
    acme.suspend_services("first", day("A", -2, 3), cause=SuspensionReason.ABUSE, numbers=[1])


def _agency(acme: DemoClient) -> None:
    day = acme.timeline.calendar.day
    names = ["baker-street", "clifton-yoga", "harbourside-books", "quayside-dental"]
    acme.order(
        "agency",
        day("B", -18, -1),
        [
            *_sites(
                "Business hosting",
                "semi_annually",
                *(f"{name}.example" for name in names),
                options=PHP,
            ),
            transfer_line(
                "acme-shop.example",
                nameservers=("ns1.acme-shop.example", "ns2.acme-shop.example"),
            ),
            registration_line("acme-beta.example"),
        ],
    )
    acme.pay_order("agency", day("B", -18))
    acme.complete_transfer("acme-shop.example", day("B", -18, 2))
    acme.stop_auto_renew("acme-beta.example", day("B", -18, 1))
    acme.books.domain_renewal("acme-shop", day("B", -7, 5), "acme-shop.example")
    for months in (-12, -9, -6, -3, 0):
        acme.books.renewal(f"B{months}", day("B", months))
    acme.books.dispute("B-3", day("B", -3, 20), "its bank asks for the money back")
    acme.cancel_services("agency", [3], day("B", 0, 5))


def _certificates(acme: DemoClient, bob: User) -> None:
    day = acme.timeline.calendar.day
    acme.order(
        "certificates",
        day("A", -13, -1),
        [
            DemoLine("SSL certificate", "annually", qty=10),
            DemoLine("Website migration", "one_time", qty=2),
            registration_line("acme-news.example"),
        ],
        by=bob,
    )
    acme.pay_order("certificates", day("A", -13))
    acme.cancel_services("certificates", [6, 7, 8, 9], day("A", -3, 2))


def _shops(acme: DemoClient) -> None:
    """A code that recurs: these four stay 10 % cheaper."""
    day = acme.timeline.calendar.day
    names = [f"{name}.acme-shop.example" for name in ("tea", "prints", "bikes", "plants")]
    acme.order(
        "shops",
        day("B", -12, -1),
        [
            *_sites("Starter hosting", "quarterly", *names),
            registration_line("acme-events.example"),
        ],
        promo_code="PARTNER10",
    )
    acme.pay_order("shops", day("B", -12))
    acme.named("shops", day("B", -12, 1), ["Tea shop", "Print shop", "Bike shop", "Plant shop"])


def _campaign(acme: DemoClient) -> None:
    """Five small websites whose second renewal nobody paid."""
    day = acme.timeline.calendar.day
    names = [f"summer{n}.acme-hosting.example" for n in range(1, 6)]
    acme.order("campaign", day("C", -8, -1), list(_sites("Starter hosting", "monthly", *names)))
    acme.pay_order("campaign", day("C", -8))
    acme.books.renewal("C-7", day("C", -7))
    acme.books.void(day("C", -6, 40), "agreed with the client", start=day("C", -6))


def _cloud(acme: DemoClient) -> None:
    """A code for the first invoice only; the renewals of these and of the first sites are one invoice each month."""
    day = acme.timeline.calendar.day
    names = [
        f"{name}.acme-cloud.example" for name in ("www", "api", "files", "wiki", "old", "demo")
    ]
    acme.order(
        "cloud",
        day("A", -7, -1),
        [
            *_sites("Business hosting", "monthly", *names, options=DISK | PHP),
            registration_line("acme-cloud.example"),
        ],
        promo_code="SPRING20",
    )
    acme.pay_order("cloud", day("A", -7))
    acme.on(day("A", -7, 1), "state", "acme-cloud.example set up", lambda at: _set_up(acme, at))
    acme.cancel_services("cloud", [4, 5], day("A", -4, 10))
    for months in range(-6, 0):
        acme.books.renewal(f"A{months}", day("A", months))
    acme.books.credit(day("A", -2, -10), 1000, "USD", "for an hour without network")


def _set_up(acme: DemoClient, at: datetime) -> None:
    """Nameservers of their own and a hidden holder; the other domain is prepared for a move."""
    ctx = Context(at, member_actor(acme.member))
    cloud = acme.domain("acme-cloud.example")
    hosts = [f"ns{n}.acme-cloud.example" for n in range(1, 5)]
    set_nameservers(domain=cloud, nameservers=hosts, ctx=ctx)
    set_whois_privacy(domain=cloud, enabled=True, ctx=ctx)
    shop = acme.domain("acme-shop.example")
    set_transfer_lock(domain=shop, locked=False, ctx=ctx)
    set_auto_renew(domain=shop, enabled=False, ctx=ctx)


def _servers(acme: DemoClient, bob: User) -> None:
    """Three servers; of their last renewal only a part has come."""
    day = acme.timeline.calendar.day
    acme.order("servers", day("C", -4, -1), [DemoLine("VPS S", "monthly", qty=3)], by=bob)
    acme.pay_order("servers", day("C", -4))
    acme.named("servers", day("C", -4, 1), ["Database", "Search", "Queue"])
    for months in (-3, -2, -1):
        acme.books.renewal(f"C{months}", day("C", months))
    acme.books.renewal("C0", day("C", 0), late=5, part=3000)


def _abandoned(acme: DemoClient) -> None:
    """Ordered, never paid, cancelled 30 days after the due date."""
    day = acme.timeline.calendar.day
    acme.order("abandoned", day("B", -3, -1), [DemoLine("Pro hosting", "monthly", qty=4)])


def _abroad(acme: DemoClient) -> None:
    """For two orders the client was billed in the currency of a branch office."""
    day = acme.timeline.calendar.day
    for code, start, name in (("JPY", day("A", -1), "tokyo"), ("KWD", day("B", 0), "kuwait")):
        acme.on(start - timedelta(days=2), "state", f"billed in {code}", _bill_in(acme, code))
        acme.on(start + timedelta(days=1), "state", "billed in USD", _bill_in(acme, "USD"))
        acme.pay_order(name, start)
    acme.order(
        "tokyo",
        day("A", -1, -1),
        _sites(
            "Business hosting",
            "monthly",
            "tokyo.acme-hosting.example",
            "osaka.acme-hosting.example",
        ),
    )
    acme.order(
        "kuwait",
        day("B", 0, -1),
        [
            *_sites("Business hosting", "annually", "kuwait.acme-hosting.example"),
            transfer_line("acme-kuwait.example"),
        ],
    )
    acme.start_transfer("acme-kuwait.example", day("B", 0, 1))


def _bill_in(acme: DemoClient, code: str) -> Callable[[datetime], object]:
    return lambda at: change_client(
        client=acme.client, currency_code=code, ctx=Context(at, member_actor(acme.member))
    )


def _suspicious(acme: DemoClient) -> None:
    ago = acme.timeline.calendar.ago
    acme.order(
        "suspicious",
        ago(3),
        [DemoLine("VPS L", "annually", qty=3), registration_line("acme-tokens.example")],
    )
    acme.on(
        ago(2),
        "state",
        "suspicious stopped",
        lambda at: stop_order_as_fraud(
            order=acme.orders["suspicious"],
            reason="ordered from an unusual place",
            ctx=Context(at, STAFF),
        ),
    )


def _latest(acme: DemoClient) -> None:
    """What is not paid yet, and what staff prepare."""
    ago = acme.timeline.calendar.ago
    acme.order(
        "latest",
        ago(2),
        [DemoLine("Starter hosting", "monthly", qty=3), registration_line("acme-labs.example")],
    )
    lines = [manual_line("Migration of three websites, hours", 8000, UK_VAT, "2.5")]
    acme.books.manual("draft", ago(1), lines, currency="USD", draft=True)


def _by_hand(acme: DemoClient) -> None:
    day = acme.timeline.calendar.day
    acme.books.manual(
        "design",
        day("B", -9, -1),
        [manual_line("Design for Acme Hosting GmbH", 32000, REVERSE_CHARGE)],
        currency="USD",
        notes="As agreed with your office in Hamburg.",
    )
    acme.books.pay("design", day("B", -9, 1))
    acme.books.manual(
        "new york",
        day("B", -5, -1),
        [
            manual_line("Work in your New York office, hours", 9500, NEW_YORK_TAX, "2.5"),
            manual_line("Cables and adapters", 4215, NEW_YORK_TAX),
        ],
        currency="USD",
        notes="Thank you for your business.",
    )
    acme.books.pay("new york", day("B", -5, 1))
    acme.books.manual(
        "audit",
        day("C", -2, -1),
        [manual_line("Security audit of acme-shop.example", 18000, UK_VAT)],
        currency="USD",
    )
    acme.books.pay("audit", day("C", -2, 1))
    acme.books.refund("audit", day("C", -2, 7), "it was cancelled by us")
