"""Building the demo: everything at simulated instants of the last two years, in one transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from commerce.accounts.models import Client, User
from commerce.billing.rules import Tax
from commerce.catalog.models import Product
from commerce.demo import acme, others
from commerce.demo.company import open_shop
from commerce.demo.customer import Customer
from commerce.demo.people import NEW_YORK_TAX, REVERSE_CHARGE, UK_VAT, Cast, come_in
from commerce.demo.timeline import Calendar, Timeline
from commerce.preferences import current


def _quietly(text: str) -> None:
    """Progress that nobody looks at."""


def build(*, at: datetime, progress: Callable[[str], object] = _quietly) -> bool:
    """Make the demo company with its clients and their history until ``at``; False when it is there already.

    All or nothing, and nothing that exists is touched. ``progress`` is told what is being made.
    """
    if User.objects.filter(email__iexact="alice@example.com").exists():
        return False
    with transaction.atomic():
        today = current.business_date(at)
        opening = at - timedelta(days=800)
        progress("A company, its products and prices")
        products = open_shop(opening)
        progress("Alice, Bob, Charlie, Dora and Erik")
        cast = come_in(opening + timedelta(days=3))
        timeline = Timeline(Calendar(today))
        write(timeline, cast, products)
        with current.remembered():
            timeline.run(current.get("billing.time_zone"), progress)
    return True


def write(timeline: Timeline, cast: Cast, products: dict[str, Product]) -> None:
    """Put everybody's story on the timeline."""

    def customer(key: str, client: Client, member: User, tax: Tax, currency: str) -> Customer:
        return Customer(key, timeline, products, client, member, tax, currency)

    acme.tell(customer("acme", cast.acme, cast.alice, UK_VAT, "USD"), cast.bob)
    others.tell_of_charlie(customer("weber", cast.weber, cast.charlie, REVERSE_CHARGE, "EUR"))
    others.tell_of_dora(customer("lindqvist", cast.lindqvist, cast.dora, REVERSE_CHARGE, "EUR"))
    others.tell_of_erik(customer("jensen", cast.jensen, cast.erik, NEW_YORK_TAX, "USD"))
