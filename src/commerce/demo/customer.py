"""One client of the demo company and what happens to him: each verb puts events on the timeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from commerce.accounts.models import Client, User
from commerce.billing.actions.cancellations import approve_cancellation, request_cancellation
from commerce.demo.books import Books
from commerce.demo.company import NAMESERVERS
from commerce.demo.days import STAFF
from commerce.demo.people import acting
from commerce.demo.shop import Shop
from commerce.demo.timeline import Timeline
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.domains.rules import end_of_term
from commerce.hosting import actions as hosting
from commerce.hosting import provisioning
from commerce.hosting.models import Service
from commerce.jobs.actions import finish_by_hand
from commerce.jobs.models import Job
from commerce.kit.actor import SYSTEM
from commerce.orders.actions import place_quoted_order
from commerce.orders.models import Order
from commerce.orders.quoting import seal
from commerce.orders.wishes import DomainWish, ProductWish
from commerce.preferences import current


@dataclass(frozen=True, slots=True)
class Wish:
    """What is ordered of a product; ``options`` are names with the name of a value, a tick or a number."""

    product: str
    billing_cycle: str
    qty: int = 1
    domain: str = ""
    options: Mapping[str, str | int] = field(default_factory=dict)


def registration(name: str, *, years: int = 1) -> DomainWish:
    """A name to register, with the company's nameservers."""
    return DomainWish(action="register", domain=name, years=years, nameservers=NAMESERVERS)


def transfer(name: str, *, nameservers: tuple[str, ...] = ()) -> DomainWish:
    """A name to transfer to us, that keeps its nameservers."""
    code = seal("Kq7-mW2-example")
    return DomainWish(action="transfer", domain=name, auth_code=code, nameservers=nameservers)


@dataclass(slots=True)
class Customer:
    """A client, and the member who orders for him."""

    key: str
    timeline: Timeline
    shop: Shop
    client: Client
    member: User
    orders: dict[str, Order] = field(default_factory=dict)
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books(self.timeline, self.key, self.client)

    def on(self, day: date, kind: str, what: str, act: Callable[[datetime], object]) -> None:
        """Something else that happens to this client on a day."""
        self.timeline.add(day, kind, f"{self.key}: {what}", act)

    def order(
        self,
        name: str,
        day: date,
        wishes: Sequence[Wish | DomainWish],
        *,
        promo_code: str = "",
        by: User | None = None,
    ) -> None:
        """Place an order on a day; what becomes of it is told apart."""
        person = by or self.member

        def place(at: datetime) -> None:
            self.client.refresh_from_db()
            self.orders[name] = place_quoted_order(
                wishes=[self._wish(wish) for wish in wishes],
                client=self.client,
                placed_by=person,
                shown_total=None,
                promo_code=promo_code,
                key=f"demo-{self.key}-{name}",
                address="203.0.113.24",
                user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
                at=at,
                actor=acting(person),
            )

        self.on(day, "order", f"order {name}", place)

    def _wish(self, wish: Wish | DomainWish) -> ProductWish | DomainWish:
        if isinstance(wish, DomainWish):
            return wish
        return ProductWish(
            product_id=self.shop.products[wish.product].pk,
            billing_cycle=wish.billing_cycle,
            options=tuple(self.shop.picked(name, value) for name, value in wish.options.items()),
            qty=wish.qty,
            domain=wish.domain,
        )

    def deliver(self, name: str, day: date) -> None:
        """On a day the order's invoice is paid; what follows from that happens by itself."""
        self.books.pay_order(name, day, lambda: self.orders[name])

    def services(self, order: str) -> list[Service]:
        """The services of an order, in the order of its units."""
        found = Service.objects.filter(order_unit__item__order=self.orders[order])
        return list(found.order_by("pk"))

    def domain(self, name: str) -> Domain:
        """A domain of this client by its name."""
        return Domain.objects.for_client(self.client).get(domain_name=name)

    def sets_out(self, name: str, day: date) -> None:
        """Staff have asked the registrar for a transfer; it takes its time."""
        self.on(
            day,
            "state",
            f"transfer of {name} started",
            lambda at: domains.start_transfer(
                domain=self.domain(name), registrar="manual", at=at, actor=STAFF
            ),
        )

    def arrives(self, name: str, day: date) -> None:
        """A transfer is done: the domain is here for one more year."""

        def finish(at: datetime) -> None:
            finish_by_hand(
                job=Job.objects.of(("domain", self.domain(name).pk)).get(action="domain.transfer"),
                reason="the registrar says that it is here",
                typed={"expires": f"{end_of_term(current.business_date(at), 1)}"},
                at=at,
                actor=STAFF,
            )

        self.on(day, "state", f"transfer of {name}", finish)

    def stops_renewing(self, name: str, day: date) -> None:
        """The client wants a domain to lapse with what is paid."""
        self.on(
            day,
            "state",
            f"auto-renew of {name} off",
            lambda at: domains.set_auto_renew(
                domain=self.domain(name), on=False, at=at, actor=acting(self.member)
            ),
        )

    def moves_away(self, name: str, day: date) -> None:
        """The holder of a domain moves it to another registrar."""
        self.on(
            day,
            "state",
            f"{name} moves away",
            lambda at: domains.transfer_away(domain=self.domain(name), at=at, actor=SYSTEM),
        )

    def leaves(self, order: str, numbers: Sequence[int], asked: date) -> None:
        """The client asks that services of an order end with their period, and staff agree."""

        def ask(at: datetime) -> None:
            for service in (self.services(order)[n] for n in numbers):
                request = request_cancellation(
                    service=service,
                    kind="end_of_period",
                    reason="not needed any more",
                    asked_by=self.member,
                    at=at,
                    actor=acting(self.member),
                )
                approve_cancellation(request=request, at=at, actor=STAFF)

        self.on(asked, "state", f"cancellation of {order} asked", ask)

    def suspended(self, order: str, day: date, *, cause: str, numbers: Sequence[int]) -> None:
        """Staff suspend services of an order."""

        def suspend(at: datetime) -> None:
            for service in (self.services(order)[n] for n in numbers):
                provisioning.request_suspension(service=service, cause=cause, at=at, actor=STAFF)

        self.on(day, "state", f"{order} suspended", suspend)

    def named(self, order: str, day: date, labels: Sequence[str]) -> None:
        """The client gives his services names of his own."""

        def rename(at: datetime) -> None:
            for service, label in zip(self.services(order), labels, strict=True):
                hosting.rename_service(
                    service=service, label=label, at=at, actor=acting(self.member)
                )

        self.on(day, "state", f"{order} named", rename)
