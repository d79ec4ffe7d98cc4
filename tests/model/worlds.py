"""Random worlds: a shop, and clients who act in it; each day the books are the model's, to the unit."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import PlanOffer, plan_offers
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import CreditAccount, Invoice, PlanChange
from commerce.catalog.models import Product
from commerce.domains.models import Domain
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.request_cache import cached_for_request
from commerce.orders.actions.lifecycle import activate_paid_order
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import CartLine, DomainCartLine, ProductCartLine
from commerce.orders.models import Order
from commerce.runs.runner import run_daily
from commerce.runs.step import RowStep, RunDay, run_start
from commerce.timetable import DAILY_STEPS
from tests.make.records import make_payment
from tests.make.simulation import step_finds
from tests.model.arithmetic import TaxKey
from tests.model.records import Bill, ChangeOffer, OrderedItem, Unit
from tests.model.shops import Installation, Person

RUN = tuple(
    step
    for step in DAILY_STEPS
    if isinstance(step, RowStep) and step.name in {"renew", "expire-plan-changes"}
)


@dataclass
class WorldCoverage:
    """How much a world tried: so that a run of worlds shows what it covered."""

    days: int = 0
    orders: int = 0
    changes: int = 0
    refused: int = 0
    apart: int = 0
    renewals: int = 0
    compared: int = 0

    def __add__(self, other: "WorldCoverage") -> "WorldCoverage":
        return WorldCoverage(*(getattr(self, k) + getattr(other, k) for k in vars(self)))


class World(Installation):
    """A shop from its first day on, and the model beside it."""

    def __init__(self, seed: int, *, changes_a_day: float = 0.025) -> None:
        super().__init__(seed)
        self.changes_a_day = changes_a_day
        self.seen = WorldCoverage()

    def live(self, days: int) -> WorldCoverage:
        """Each day: the daily run, what people do, and the comparison of all clients."""
        for _ in range(days):
            self.today += timedelta(days=1)
            self.seen.days += 1
            self.vouch()
            with cached_for_request():
                self._night()
            for person in self.people:
                if self._act(person):
                    self.compare(person)
            if not self.seen.days % 50:
                self.compare(*self.people)
        self.compare(*self.people)
        return self.seen

    def _night(self) -> None:
        """The steps that bill and lapse; of idle days, on which nothing is due soon, only some."""
        soon = self.today + timedelta(days=self.advance + 1)
        units = [unit for person in self.people for unit in person.books.units]
        if any(unit.due <= soon or unit.asked for unit in units) or self.dice.random() < 0.1:
            day = RunDay(self.today, run_start(self.today))
            if any(step_finds(step, day) for step in RUN):
                report = run_daily(RUN, day=day, started_by="test")
                assert not report.failed, report.as_text()
        for person in self.people:
            before = len(person.books.bills)
            person.books.daily(self.today)
            if before != len(person.books.bills):
                self.seen.renewals += 1
                self.compare(person)

    def _act(self, person: Person) -> bool:
        dice, acted = self.dice, False
        live = [unit for unit in person.books.units if unit.running]
        if (not live and dice.random() < 0.3) or (len(live) < 4 and dice.random() < 0.01):
            self._order(person)
            acted = True
        for bill in [bill for bill in person.books.bills if bill.status == "unpaid"]:
            if dice.random() < 0.4:
                acted = self._settle(person, bill) or acted
        while live and dice.random() < self.changes_a_day:
            acted = self._change(person, dice.choice(live)) or acted
        if dice.random() < 0.006:
            self._become(person, dice.choice(["home", "reverse", "export", "exempt"]))
        if dice.random() < 0.004:
            pk = dice.choice(list(self.plans))
            self._prices(Product.objects.get(pk=pk), self.plans[pk])
        return acted

    def _order(self, person: Person) -> None:
        dice = self.dice
        items, wishes = [], []
        for _ in range(dice.choice([1, 1, 2])):
            pk = dice.choice(list(self.plans))
            cycle = dice.choice(list(self.plans[pk].prices))
            qty, value = dice.choice([1, 1, 2, 3]), ""
            chosen: tuple[tuple[int, int], ...] = ()
            if pk in self.options:
                value = dice.choice(list(self.options[pk]))
                chosen = (self.options[pk][value],)
            items.append(OrderedItem(self.plans[pk], cycle, qty, value))
            wishes.append(
                ProductCartLine(product_id=pk, billing_cycle=cycle, options=chosen, qty=qty)
            )
        all_wishes: list[CartLine] = [*wishes]
        if dice.random() < 0.3:
            items.append(OrderedItem(None, price=900))
            name = f"name{Domain.objects.count()}.example"
            all_wishes.append(DomainCartLine(action="register", domain=name))
        code = dice.choice([None, None, *self.codes])
        order = place_cart_lines(
            cart_lines=all_wishes,
            client=person.client,
            placed_by=None,
            shown_total=None,
            promo_code=code.code if code else "",
            idempotency_key=f"form {Order.objects.count()}",
            **self.say,
        )
        self.seen.orders += 1
        bill, units = person.books.order(items, code, self.today)
        rows = Service.objects.filter(order_unit__item__order=order).order_by("pk")
        person.services |= dict(zip(units, rows.values_list("pk", flat=True), strict=True))
        assert order.invoice is not None
        if bill.status == "unpaid":
            make_payment(order.invoice, at=self.at, received_on=self.today)
            bill.status = "paid"
        activate_paid_order(invoice_id=order.invoice.pk, **self.say)
        for pk in person.services.values():
            service = Service.objects.get(pk=pk)
            if service.status == "pending":
                activate_service(service=service, **self.say)
        person.books.activate(units, bill, self.today)

    def _settle(self, person: Person, bill: Bill) -> bool:
        invoice = Invoice.objects.get(pk=self._invoices(person)[person.books.bills.index(bill)])
        roll = self.dice.random()
        if bill.kind == "plan_change" and roll < 0.15:
            assert bill.deal is not None
            change = PlanChange.objects.get(invoice=invoice)
            actions.withdraw_plan_change(change=change, **self.say)
            person.books.lapse(bill.deal)
        elif bill.kind == "renewal" and roll < 0.05:
            decisions = {
                ("service", person.services[one.unit]): "bill_again" for one in bill.periods
            }
            void_invoice(invoice=invoice, reason="again", decisions=decisions, **self.say)
            person.books.void(bill)
        elif roll < 0.8:
            make_payment(invoice, at=self.at, received_on=self.today)
            person.books.paid(bill, self.today)
        else:
            return False
        return True

    def _change(self, person: Person, unit: Unit) -> bool:
        """One of the ways that are offered, or none is: then the model has none either."""
        service = Service.objects.get(pk=person.services[unit])
        found = plan_offers(service, self.today)
        expected = self._expected(person, unit)
        shown = {(one.product.pk, one.billing_cycle): one.figures_shown for one in found}
        assert shown == {
            way: (deal.credit, deal.charge, deal.total) for way, deal in expected.items()
        }, self.about(person)
        if not found:
            self.seen.refused += 1
            return False
        offer: PlanOffer = self.dice.choice(found)
        deal = expected[offer.product.pk, offer.billing_cycle]
        actions.request_plan_change(
            service=service,
            product_id=offer.product.pk,
            billing_cycle=offer.billing_cycle,
            figures_shown=offer.figures_shown,
            losses_accepted=True,
            **self.say,
        )
        person.books.change(deal, self.today)
        self.seen.changes += 1
        self.seen.apart += deal.apart
        return True

    def _expected(self, person: Person, unit: Unit) -> dict[tuple[int, str], ChangeOffer]:
        if unit.is_billed or unit.asked:
            return {}
        ways = (
            (pk, cycle)
            for row in self.groups
            if unit.plan in [self.plans[pk] for pk in row]
            for pk in row
            for cycle in self.plans[pk].prices
            if (self.plans[pk], cycle) != (unit.plan, unit.cycle)
        )
        found = {
            (pk, cycle): person.books.deal(unit, self.plans[pk], cycle, self.today)
            for pk, cycle in ways
        }
        return {way: deal for way, deal in found.items() if deal is not None}

    # What is compared

    def _invoices(self, person: Person) -> list[int]:
        rows = Invoice.objects.filter(client=person.client).order_by("pk")
        return list(rows.values_list("pk", flat=True))

    def about(self, person: Person) -> str:
        return f"on {self.today}, client {person.client.pk}"

    def compare(self, *people: Person) -> None:
        """Whole clients: invoices with their tax groups and notes, credit, services, billed periods."""
        for person in people:
            self.seen.compared += 1
            self._compare_bills(person)
            self._compare_services(person)
            account = CreditAccount.objects.filter(client=person.client).first()
            assert (account.balance if account else 0) == person.books.balance, self.about(person)

    def _compare_bills(self, person: Person) -> None:
        rows = Invoice.objects.filter(client=person.client).order_by("pk")
        rows = rows.prefetch_related("tax_groups", "credit_notes__tax_groups")
        for invoice, bill in zip(rows, person.books.bills, strict=True):
            assert (
                invoice.kind,
                invoice.status,
                invoice.total,
                _groups(invoice),
                [_groups(one) for one in sorted(invoice.credit_notes.all(), key=lambda n: n.pk)],
            ) == (
                bill.kind,
                bill.status,
                bill.total,
                bill.groups,
                [note for note in bill.notes if note],
            ), f"{invoice.number} {self.about(person)}"

    def _compare_services(self, person: Person) -> None:
        rows = Service.objects.filter(client=person.client).select_related("product")
        by_id = {row.pk: row for row in rows.prefetch_related("billed_periods")}
        assert len(by_id) == len(person.services), self.about(person)
        for unit, pk in person.services.items():
            row = by_id[pk]
            billed_periods = [
                (one.period_start, one.period_end, one.status) for one in row.billed_periods.all()
            ]
            assert (
                row.product.name,
                row.billing_cycle,
                row.amount,
                row.anchor_date,
                row.next_due_date,
                sorted(billed_periods),
            ) == (
                unit.plan.name,
                unit.cycle,
                unit.amount,
                unit.anchor,
                unit.due,
                sorted((one.start, one.end, one.state) for one in unit.periods),
            ), f"service {pk} {self.about(person)}"


def _groups(document: Any) -> dict[TaxKey, list[int]]:
    return {(g.category, g.rate_milli): [g.net, g.tax] for g in document.tax_groups.all()}
