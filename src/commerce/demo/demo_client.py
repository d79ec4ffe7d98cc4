"""One client of the demo company and what happens to them: each verb puts events on the timeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from commerce.accounts.models import Client, User
from commerce.billing.changes.cancellations.actions import (
    request_cancellation,
)
from commerce.billing.changes.cancellations.rules import CancellationKind
from commerce.catalog.rules import OrderItemAction
from commerce.demo.cast import member_actor
from commerce.demo.client_billing import ClientBilling
from commerce.demo.company import NAMESERVERS
from commerce.demo.demo_catalog import DemoCatalog
from commerce.demo.simulated_days import STAFF
from commerce.demo.timeline import DemoTimeline
from commerce.domains.actions.editing import set_auto_renew
from commerce.domains.actions.states import mark_domain_transferred_away, start_domain_transfer
from commerce.domains.models import Domain
from commerce.domains.rules import end_of_term
from commerce.hosting import provisioning
from commerce.hosting.actions.editing import rename_service
from commerce.hosting.models import Service
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import DomainCartLine, ProductCartLine
from commerce.orders.models import Order
from commerce.orders.quote import encrypt_auth_code
from commerce.site_settings import current


@dataclass(frozen=True, slots=True)
class DemoLine:
    """What is ordered of a product; ``options`` are names with the name of a value, a tick or a number."""

    product: str
    billing_cycle: str
    qty: int = 1
    domain: str = ""
    options: Mapping[str, str | int] = field(default_factory=dict)


def registration_line(name: str, *, years: int = 1) -> DomainCartLine:
    """A name to register, with the company's nameservers."""
    return DomainCartLine(
        action=OrderItemAction.REGISTER, domain=name, years=years, nameservers=NAMESERVERS
    )


def transfer_line(name: str, *, nameservers: tuple[str, ...] = ()) -> DomainCartLine:
    """A name to transfer to us, that keeps its nameservers."""
    code = encrypt_auth_code("Kq7-mW2-example")
    return DomainCartLine(
        action=OrderItemAction.TRANSFER, domain=name, auth_code=code, nameservers=nameservers
    )


@dataclass(slots=True)
class DemoClient:
    """A client, and the member who orders for them."""

    key: str
    timeline: DemoTimeline
    shop: DemoCatalog
    client: Client
    member: User
    orders: dict[str, Order] = field(default_factory=dict)
    books: ClientBilling = field(init=False)

    def __post_init__(self) -> None:
        self.books = ClientBilling(self.timeline, self.key, self.client)

    def on(self, day: date, kind: str, description: str, act: Callable[[datetime], object]) -> None:
        """Something else that happens to this client on a day."""
        self.timeline.add(day, kind, f"{self.key}: {description}", act)

    def order(
        self,
        name: str,
        day: date,
        lines: Sequence[DemoLine | DomainCartLine],
        *,
        promo_code: str = "",
        by: User | None = None,
    ) -> None:
        """Place an order on a day; what becomes of it is told apart."""
        person = by or self.member

        def place(at: datetime) -> None:
            self.client.refresh_from_db()
            self.orders[name] = place_cart_lines(
                vat_refresh=None,
                cart_lines=[self._cart_line(line) for line in lines],
                client=self.client,
                placed_by=person,
                shown_total=None,
                promo_code=promo_code,
                idempotency_key=f"demo-{self.key}-{name}",
                address="203.0.113.24",
                user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
                ctx=Context(at, member_actor(person)),
            )

        self.on(day, "order", f"order {name}", place)

    def _cart_line(self, line: DemoLine | DomainCartLine) -> ProductCartLine | DomainCartLine:
        if isinstance(line, DomainCartLine):
            return line
        return ProductCartLine(
            product_id=self.shop.products[line.product].pk,
            billing_cycle=line.billing_cycle,
            options=tuple(self.shop.picked(name, value) for name, value in line.options.items()),
            qty=line.qty,
            domain=line.domain,
        )

    def pay_order(self, name: str, day: date) -> None:
        """On a day the order's invoice is paid; what follows from that happens by itself."""
        self.books.pay_order(name, day, lambda: self.orders[name])

    def services(self, order: str) -> list[Service]:
        """The services of an order, in the order of its units."""
        found = Service.objects.filter(order_unit__item__order=self.orders[order])
        return list(found.order_by("pk"))

    def domain(self, name: str) -> Domain:
        """A domain of this client by its name."""
        return Domain.objects.for_client(self.client).get(domain_name=name)

    def start_transfer(self, name: str, day: date) -> None:
        """Staff have asked the registrar for a transfer; it takes its time."""
        self.on(
            day,
            "state",
            f"transfer of {name} started",
            lambda at: start_domain_transfer(
                domain=self.domain(name),
                registrar="manual",
                remote_id=f"T-{self.domain(name).pk}",
                ctx=Context(at, STAFF),
            ),
        )

    def complete_transfer(self, name: str, day: date) -> None:
        """A transfer is done: the domain is here for one more year."""

        def finish(at: datetime) -> None:
            finish_manually(
                job=Job.objects.of(("domain", self.domain(name).pk)).get(action="domain.transfer"),
                reason="the registrar says that it is here",
                answers={"expires": f"{end_of_term(current.business_date(at), 1)}"},
                ctx=Context(at, STAFF),
            )

        self.on(day, "state", f"transfer of {name}", finish)

    def stop_auto_renew(self, name: str, day: date) -> None:
        """The client wants a domain to lapse with what is paid."""
        self.on(
            day,
            "state",
            f"auto-renew of {name} off",
            lambda at: set_auto_renew(
                domain=self.domain(name), enabled=False, ctx=Context(at, member_actor(self.member))
            ),
        )

    def transfer_domain_away(self, name: str, day: date) -> None:
        """The holder of a domain moves it to another registrar."""
        self.on(
            day,
            "state",
            f"{name} moves away",
            lambda at: mark_domain_transferred_away(
                domain=self.domain(name), ctx=Context(at, SYSTEM)
            ),
        )

    def cancel_services(self, order: str, numbers: Sequence[int], day: date) -> None:
        """The client asks that services of an order end with their period."""

        def ask(at: datetime) -> None:
            for service in (self.services(order)[n] for n in numbers):
                request_cancellation(
                    service=service,
                    kind=CancellationKind.END_OF_PERIOD,
                    reason="not needed any more",
                    ctx=Context(at, member_actor(self.member)),
                )

        self.on(day, "state", f"cancellation of {order} asked", ask)

    def suspend_services(
        self, order: str, day: date, *, cause: str, numbers: Sequence[int]
    ) -> None:
        """Staff suspend services of an order."""

        def suspend(at: datetime) -> None:
            for service in (self.services(order)[n] for n in numbers):
                provisioning.request_suspension(
                    service=service, suspension_reason=cause, ctx=Context(at, STAFF)
                )

        self.on(day, "state", f"{order} suspended", suspend)

    def named(self, order: str, day: date, labels: Sequence[str]) -> None:
        """The client gives their services names of their own."""

        def rename(at: datetime) -> None:
            for service, label in zip(self.services(order), labels, strict=True):
                rename_service(
                    service=service, label=label, ctx=Context(at, member_actor(self.member))
                )

        self.on(day, "state", f"{order} named", rename)
