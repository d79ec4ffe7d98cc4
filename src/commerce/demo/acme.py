"""Alice's story: Acme Hosting Ltd, an agency that hosts its customers' websites with us.

As the API counts them: 52 services, 38 invoices, 12 orders and 9 domains, in all states; besides one draft, and one
domain that awaits registration.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from commerce.accounts.actions import change_client
from commerce.accounts.models import User
from commerce.demo.books import manual_line
from commerce.demo.customer import Customer, Wish, registration, transfer
from commerce.demo.days import STAFF
from commerce.demo.people import NEW_YORK_TAX, REVERSE_CHARGE, UK_VAT, acting
from commerce.domains.actions import (
    set_auto_renew,
    set_lock,
    set_nameservers,
    set_privacy,
)
from commerce.orders.actions import stop_order_as_fraud

DISK = {"Extra storage": "50 GB"}
PHP = {"PHP version": "8.4"}


def tell(acme: Customer, bob: User) -> None:
    """Put two years of Acme on the timeline."""
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
) -> list[Wish]:
    """One item for each website, since each has a domain name of its own."""
    return [Wish(product, cycle, domain=name, options=options or {}) for name in names]


def _first_sites(acme: Customer) -> None:
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
            registration("acme-hosting.example", years=3),
            registration("acme-archive.example"),
        ],
    )
    acme.deliver("first", day("A", -24))
    acme.moves_away("acme-archive.example", day("A", -14, 5))
    acme.books.renewal("A-12", day("A", -12))
    acme.suspended("first", day("A", -2, 3), cause="abuse", numbers=[1])


def _agency(acme: Customer) -> None:
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
            transfer(
                "acme-shop.example",
                nameservers=("ns1.acme-shop.example", "ns2.acme-shop.example"),
            ),
            registration("acme-beta.example"),
        ],
    )
    acme.deliver("agency", day("B", -18))
    acme.arrives("acme-shop.example", day("B", -18, 2))
    acme.stops_renewing("acme-beta.example", day("B", -18, 1))
    acme.books.domain_renewal("acme-shop", day("B", -7, 5), "acme-shop.example")
    for months in (-12, -9, -6, -3, 0):
        acme.books.renewal(f"B{months}", day("B", months))
    acme.books.dispute("B-3", day("B", -3, 20), "its bank asks for the money back")
    acme.leaves("agency", [3], day("B", 0, 5))


def _certificates(acme: Customer, bob: User) -> None:
    day = acme.timeline.calendar.day
    acme.order(
        "certificates",
        day("A", -13, -1),
        [
            Wish("SSL certificate", "annually", qty=10),
            Wish("Website migration", "one_time", qty=2),
            registration("acme-news.example"),
        ],
        by=bob,
    )
    acme.deliver("certificates", day("A", -13))
    acme.leaves("certificates", [6, 7, 8, 9], day("A", -3, 2))


def _shops(acme: Customer) -> None:
    """A code that recurs: these four stay 10 % cheaper."""
    day = acme.timeline.calendar.day
    names = [f"{name}.acme-shop.example" for name in ("tea", "prints", "bikes", "plants")]
    acme.order(
        "shops",
        day("B", -12, -1),
        [
            *_sites("Starter hosting", "quarterly", *names),
            registration("acme-events.example"),
        ],
        promo_code="PARTNER10",
    )
    acme.deliver("shops", day("B", -12))
    acme.named("shops", day("B", -12, 1), ["Tea shop", "Print shop", "Bike shop", "Plant shop"])


def _campaign(acme: Customer) -> None:
    """Five small websites whose second renewal nobody paid."""
    day = acme.timeline.calendar.day
    names = [f"summer{n}.acme-hosting.example" for n in range(1, 6)]
    acme.order("campaign", day("C", -8, -1), list(_sites("Starter hosting", "monthly", *names)))
    acme.deliver("campaign", day("C", -8))
    acme.books.renewal("C-7", day("C", -7))
    acme.books.void(day("C", -6, 40), "agreed with the client", start=day("C", -6))


def _cloud(acme: Customer) -> None:
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
            registration("acme-cloud.example"),
        ],
        promo_code="SPRING20",
    )
    acme.deliver("cloud", day("A", -7))
    acme.on(day("A", -7, 1), "state", "acme-cloud.example set up", lambda at: _set_up(acme, at))
    acme.leaves("cloud", [4, 5], day("A", -4, 10))
    for months in range(-6, 0):
        acme.books.renewal(f"A{months}", day("A", months))
    acme.books.credit(day("A", -2, -10), 1000, "USD", "for an hour without network")


def _set_up(acme: Customer, at: datetime) -> None:
    """Nameservers of their own and a hidden holder; the other domain is prepared for a move."""
    say: dict[str, Any] = {"at": at, "actor": acting(acme.member)}
    cloud = acme.domain("acme-cloud.example")
    hosts = [f"ns{n}.acme-cloud.example" for n in range(1, 5)]
    set_nameservers(domain=cloud, nameservers=hosts, **say)
    set_privacy(domain=cloud, on=True, **say)
    shop = acme.domain("acme-shop.example")
    set_lock(domain=shop, on=False, **say)
    set_auto_renew(domain=shop, on=False, **say)


def _servers(acme: Customer, bob: User) -> None:
    """Three servers; of their last renewal only a part has come."""
    day = acme.timeline.calendar.day
    acme.order("servers", day("C", -4, -1), [Wish("VPS S", "monthly", qty=3)], by=bob)
    acme.deliver("servers", day("C", -4))
    acme.named("servers", day("C", -4, 1), ["Database", "Search", "Queue"])
    for months in (-3, -2, -1):
        acme.books.renewal(f"C{months}", day("C", months))
    acme.books.renewal("C0", day("C", 0), late=5, part=3000)


def _abandoned(acme: Customer) -> None:
    """Ordered, never paid, cancelled 30 days after the due date."""
    day = acme.timeline.calendar.day
    acme.order("abandoned", day("B", -3, -1), [Wish("Pro hosting", "monthly", qty=4)])


def _abroad(acme: Customer) -> None:
    """For two orders the client was billed in the currency of a branch office."""
    day = acme.timeline.calendar.day
    for code, start, name in (("JPY", day("A", -1), "tokyo"), ("KWD", day("B", 0), "kuwait")):
        acme.on(start - timedelta(days=2), "state", f"billed in {code}", _bill_in(acme, code))
        acme.on(start + timedelta(days=1), "state", "billed in USD", _bill_in(acme, "USD"))
        acme.deliver(name, start)
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
            transfer("acme-kuwait.example"),
        ],
    )
    acme.sets_out("acme-kuwait.example", day("B", 0, 1))


def _bill_in(acme: Customer, code: str) -> Callable[[datetime], object]:
    return lambda at: change_client(
        client=acme.client, currency_code=code, at=at, actor=acting(acme.member)
    )


def _suspicious(acme: Customer) -> None:
    ago = acme.timeline.calendar.ago
    acme.order(
        "suspicious",
        ago(3),
        [Wish("VPS L", "annually", qty=3), registration("acme-tokens.example")],
    )
    acme.on(
        ago(2),
        "state",
        "suspicious stopped",
        lambda at: stop_order_as_fraud(
            order=acme.orders["suspicious"],
            reason="ordered from an unusual place",
            at=at,
            actor=STAFF,
        ),
    )


def _latest(acme: Customer) -> None:
    """What is not paid yet, and what staff prepare."""
    ago = acme.timeline.calendar.ago
    acme.order(
        "latest",
        ago(2),
        [Wish("Starter hosting", "monthly", qty=3), registration("acme-labs.example")],
    )
    lines = [manual_line("Migration of three websites, hours", 8000, UK_VAT, "2.5")]
    acme.books.manual("draft", ago(1), lines, currency="USD", draft=True)


def _by_hand(acme: Customer) -> None:
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
        notes="Thank you for the coffee.",
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
