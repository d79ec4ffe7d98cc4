"""One client of the demo company and what happens to him: each verb puts events on the timeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from commerce.accounts.models import Client, User
from commerce.billing.rules import Line, Tax
from commerce.catalog.models import Product
from commerce.demo import company
from commerce.demo.books import Books
from commerce.demo.people import acting
from commerce.demo.timeline import Timeline
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.domains.rules import end_of_term
from commerce.hosting import actions as hosting
from commerce.hosting.models import Service
from commerce.kit.actor import SYSTEM, Actor
from commerce.orders import actions as orders
from commerce.orders.models import Order
from commerce.orders.rules import DomainItem, Item, Option
from commerce.preferences import current

STAFF = Actor("staff", None, "Support of Harbour Hosting")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is ordered of a product; ``off`` is the discount of one unit, which stays when the code recurs."""

    product: str
    billing_cycle: str
    qty: int = 1
    domain: str = ""
    options: tuple[Option, ...] = ()
    off: int = 0
    off_recurs: bool = False


@dataclass(slots=True)
class Customer:
    """A client, the member who orders for him, his currency and tax."""

    key: str
    timeline: Timeline
    products: dict[str, Product]
    client: Client
    member: User
    tax: Tax
    currency: str
    orders: dict[str, Order] = field(default_factory=dict)
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books(self.timeline, self.key, self.client, self.tax)

    def on(self, day: date, kind: str, what: str, act: Callable[[datetime], object]) -> None:
        """Something else that happens to this client on a day."""
        self.timeline.add(day, kind, f"{self.key}: {what}", act)

    def order(
        self,
        name: str,
        day: date,
        wishes: Sequence[Wish | DomainItem],
        *,
        currency: str = "",
        promo_code: str = "",
        by: User | None = None,
    ) -> None:
        """Place an order on a day; what becomes of it is told apart."""
        code, person = currency or self.currency, by or self.member

        def place(at: datetime) -> None:
            self.orders[name] = orders.place_order(
                client=self.client,
                placed_by=person,
                items=[self._item(wish, code, promo_code) for wish in wishes],
                currency_code=code,
                promo_code=promo_code,
                key=f"demo-{self.key}-{name}",
                address="203.0.113.24",
                user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
                at=at,
                actor=acting(person),
            )

        self.on(day, "order", f"order {name}", place)

    def _item(self, wish: Wish | DomainItem, code: str, promo_code: str) -> Item:
        if isinstance(wish, DomainItem):
            return wish
        return orders.product_item(
            product=self.products[wish.product],
            billing_cycle=wish.billing_cycle,
            currency_code=code,
            qty=wish.qty,
            domain=wish.domain,
            options=wish.options,
            discount=wish.off,
            promo_code=promo_code,
            discount_recurs=wish.off_recurs,
            tax=self.tax,
        )

    def deliver(self, name: str, day: date, *, gateway: str) -> None:
        """On a day the order's invoice is paid, its services run, its domains are registered or being transferred."""
        self.books.pay_order(name, day, gateway, lambda: self.orders[name])
        self.on(day, "state", f"deliver {name}", lambda at: self._set_up(self.orders[name], at))

    def _set_up(self, order: Order, at: datetime) -> None:
        orders.activate_order(order=order, at=at, actor=SYSTEM)
        for service in Service.objects.filter(order_unit__item__order=order).order_by("pk"):
            server = company.server_for(service.product, service.pk)
            hosting.activate_service(
                service=service,
                server=server,
                username=f"{self.key[:6]}{service.pk:03d}" if server else "",
                at=at,
                actor=SYSTEM,
            )
        for domain in Domain.objects.filter(order_unit__item__order=order).order_by("pk"):
            if domain.order_unit.item.action == "transfer":
                domains.start_transfer(domain=domain, registrar="manual", at=at, actor=SYSTEM)
                continue
            domains.mark_sent(domain=domain, registrar="manual", at=at, actor=SYSTEM)
            self._registered(domain, at)

    @staticmethod
    def _registered(
        domain: Domain, at: datetime, nameservers: Sequence[str] = (), years_before: int = 0
    ) -> None:
        """Registered today, or years before elsewhere; it expires one term from today."""
        today = current.business_date(at)
        domains.confirm_registration(
            domain=domain,
            registration_date=end_of_term(today, -years_before),
            expiry_date=end_of_term(today, domain.term_years),
            nameservers=nameservers,
            at=at,
            actor=SYSTEM,
        )

    def services(self, order: str) -> list[Service]:
        """The services of an order, in the order of its units."""
        found = Service.objects.filter(order_unit__item__order=self.orders[order])
        return list(found.order_by("pk"))

    def domain(self, name: str) -> Domain:
        """A domain of this client by its name."""
        return Domain.objects.for_client(self.client).get(domain_name=name)

    def arrives(self, name: str, day: date) -> None:
        """A transfer is done: the domain is here, with its own nameservers, for one more year."""
        hosts = (f"ns1.{name}", f"ns2.{name}")
        self.on(
            day,
            "state",
            f"transfer of {name}",
            lambda at: self._registered(self.domain(name), at, hosts, years_before=4),
        )

    def renewed(self, name: str, day: date) -> None:
        """The registrar carried out the paid renewal of a domain."""

        def renew(at: datetime) -> None:
            domain = self.domain(name)
            assert domain.expiry_date is not None
            until = end_of_term(domain.expiry_date, domain.term_years)
            domains.renew_domain(domain=domain, expiry_date=until, at=at, actor=SYSTEM)

        self.on(day, "state", f"{name} renewed", renew)

    def moves_away(self, name: str, day: date) -> None:
        """The holder of a domain moves it to another registrar."""
        self.on(
            day,
            "state",
            f"{name} moves away",
            lambda at: domains.transfer_away(domain=self.domain(name), at=at, actor=SYSTEM),
        )

    def lapses(self, name: str, expiry: date, *, until: str) -> None:
        """A domain is not renewed: ``expired``, then in ``redemption``, then ``cancelled``; it stays in ``until``."""
        steps: list[tuple[int, str, Callable[..., None]]] = [
            (1, "expired", domains.expire_domain),
            (31, "redemption", domains.enter_redemption),
            (61, "cancelled", domains.cancel_domain),
        ]
        for days, state, act in steps:
            self._lapse(name, expiry + timedelta(days=days), state, act)
            if state == until:
                return

    def _lapse(self, name: str, day: date, state: str, act: Callable[..., None]) -> None:
        self.on(
            day,
            "state",
            f"{name} {state}",
            lambda at: act(domain=self.domain(name), at=at, actor=SYSTEM),
        )

    def leaves(self, order: str, numbers: Sequence[int], asked: date, ends: date) -> None:
        """Services of an order are cancelled at the end of their period, as the client asked earlier."""

        def ask(at: datetime) -> None:
            for service in (self.services(order)[n] for n in numbers):
                hosting.schedule_cancellation(
                    service=service,
                    cancel_at=ends,
                    at=at,
                    actor=acting(self.member),
                    reason="not needed any more",
                )

        def end(at: datetime) -> None:
            for service in (self.services(order)[n] for n in numbers):
                hosting.cancel_service(service=service, at=at, actor=SYSTEM)

        self.on(asked, "state", f"cancellation of {order} asked", ask)
        if ends <= self.timeline.calendar.today:
            self.on(ends, "state", f"cancellation of {order}", end)

    def suspended(self, order: str, day: date, *, cause: str, numbers: Sequence[int] = ()) -> None:
        """Services of an order that still run are suspended; all of them unless ``numbers`` are given."""

        def suspend(at: datetime) -> None:
            found = self.services(order)
            for service in [found[n] for n in numbers] if numbers else found:
                hosting.suspend_service(service=service, cause=cause, at=at, actor=STAFF)

        self.on(day, "state", f"{order} suspended", suspend)

    def terminated(self, order: str, day: date) -> None:
        """All services of an order end for non-payment."""

        def terminate(at: datetime) -> None:
            for service in self.services(order):
                hosting.terminate_service(service=service, at=at, actor=SYSTEM)

        self.on(day, "state", f"{order} terminated", terminate)

    def named(self, order: str, day: date, labels: Sequence[str]) -> None:
        """The client gives his services names of his own."""

        def rename(at: datetime) -> None:
            for service, label in zip(self.services(order), labels, strict=True):
                hosting.rename_service(
                    service=service, label=label, at=at, actor=acting(self.member)
                )

        self.on(day, "state", f"{order} named", rename)


def manual_line(text: str, unit_amount: int, tax: Tax, quantity: str = "1") -> Line:
    """A typed line; ``quantity`` may have three decimals."""
    whole, _, rest = quantity.partition(".")
    return Line(text, unit_amount, tax, int(whole + (rest + "000")[:3]))
