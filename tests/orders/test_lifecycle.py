"""From paid to active, and what holds or ends an order (catalog-and-orders.md 8)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.periods import dunning_steps
from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.catalog.actions.products import set_stock
from commerce.catalog.models import Stock
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.orders import steps
from commerce.orders.actions.cancelling import reject_order
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import (
    activate_order,
    activate_paid_order,
    approve_order,
    hold_order,
)
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import ProductCartLine
from commerce.orders.models import Order
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.proof import assert_proven

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def paid_order(**over: Any) -> Order:
    order = make.make_order(**over)
    make.make_payment(order.invoice)
    return order


def go_on(order: Order) -> str:
    activate_paid_order(invoice_id=order.invoice_id or 0, ctx=CTX)
    order.refresh_from_db()
    return order.status


def test_a_paid_order_is_set_up_once() -> None:
    product = make.make_product(kind="other", activation="immediate")
    items = [make.make_item(), make.make_domain_item(), make.make_item(product=product)]
    order = paid_order(items=items)
    assert [go_on(order), go_on(order)] == ["active", "active"]
    made = set(
        Job.objects.filter(idempotency_key__startswith=f"order {order.pk} ").values_list(
            "subject_kind", "action"
        )
    )
    assert made == {("service", "service.create"), ("domain", "domain.register")}
    assert Service.objects.get(product=product).status == "active"
    assert Service.objects.exclude(product=product).get().status == "pending"
    with pytest.raises(StateConflict):
        activate_order(order=order, ctx=CTX)


def test_an_unpaid_order_does_not_go_on() -> None:
    order = make.make_order()
    assert go_on(order) == "pending"
    with pytest.raises(BusinessError, match="The invoice of this order hasn't been paid"):
        approve_order(order=order, ctx=CTX)


@pytest.mark.parametrize("held", [False, True])
def test_a_cent_and_a_credit_note_of_the_whole_made_an_order_active(*, held: bool) -> None:
    """The invoice was ``paid``, and the order was set up as if it had been bought; now it ends."""
    order = make.make_order()
    assert order.invoice is not None
    if held:
        hold_order(order=order, reason="look", ctx=CTX)
    make.make_payment(order.invoice, amount=1)
    order.invoice.refresh_from_db()
    credit_invoice(invoice=order.invoice, reason="sorry", ctx=CTX)
    with pytest.raises(BusinessError, match="The invoice of this order hasn't been paid"):
        approve_order(order=order, ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    order.refresh_from_db()
    order.invoice.refresh_from_db()
    assert (order.status, order.invoice.status) == ("cancelled", "paid")
    assert [service.status for service in Service.objects.all()] == ["cancelled"]
    assert credit_balance(order.client_id, "EUR") == 1
    assert not OutgoingMail.objects.filter(event="invoice_paid").exists()
    assert_proven(make.AT)


def test_a_hold_and_approval_by_hand_wait_for_staff() -> None:
    held = paid_order()
    hold_order(order=held, reason="odd", ctx=CTX)
    assert go_on(held) == "pending"
    approve_order(order=held, ctx=CTX)
    assert (held.status, held.on_hold) == ("active", False)
    with pytest.raises(StateConflict):
        hold_order(order=held, reason="late", ctx=CTX)
    set_setting(key="orders.auto_approve", value="off", ctx=CTX)
    waiting = paid_order()
    assert go_on(waiting) == "pending"
    reject_order(order=waiting, reason="odd", ctx=CTX)
    assert waiting.status == "cancelled"


def test_rules_hold_and_never_reject() -> None:
    set_setting(key="orders.review_rules", value="address 2, EUR 10.00", ctx=CTX)
    product = make.make_product()

    def ordered(qty: int) -> Order:
        wish = ProductCartLine(product_id=product.pk, billing_cycle="monthly", qty=qty)
        return place_cart_lines(
            vat_refresh=None,
            cart_lines=[wish],
            client=make.make_client(),
            placed_by=None,
            shown_total=None,
            idempotency_key=f"form-{Order.objects.count()}",
            address="203.0.113.9",
            ctx=CTX,
        )

    assert [ordered(1).on_hold for _ in range(3)] == [False, False, True]
    assert ordered(3).hold_reason == "The total is above the limit of the review rules."


def test_another_country_of_the_network_address_holds() -> None:
    set_setting(key="orders.review_rules", value="country", ctx=CTX)
    product, client = make.make_product(), make.make_client(country="DE")

    def ordered(country: str) -> str:
        return place_cart_lines(
            vat_refresh=None,
            cart_lines=[ProductCartLine(product_id=product.pk, billing_cycle="monthly")],
            client=client,
            placed_by=None,
            shown_total=None,
            idempotency_key=f"form-{Order.objects.count()}",
            network_country=country,
            ctx=CTX,
        ).hold_reason

    assert [ordered(country) for country in ("DE", "", "XX")] == ["", "", ""]
    assert ordered("FR") == "It came from FR, and the billing address is in DE."


def test_where_an_order_came_from_is_evidence_of_its_tax() -> None:
    """billing.md 5.2; a country that the proxy does not know is none."""
    product, client = make.make_product(), make.make_client(country="DE")

    def kept(country: str, address: str | None) -> dict[str, str]:
        order = place_cart_lines(
            vat_refresh=None,
            cart_lines=[ProductCartLine(product_id=product.pk, billing_cycle="monthly")],
            client=client,
            placed_by=None,
            shown_total=None,
            idempotency_key=f"form-{Order.objects.count()}",
            address=address,
            network_country=country,
            ctx=CTX,
        )
        assert order.invoice is not None
        said = order.invoice.tax_evidence
        return {name: said[name] for name in said if name.startswith("network_")}

    both = {"network_address": "203.0.113.9", "network_country": "FR"}
    assert kept("FR", "203.0.113.9") == both
    assert kept("XX", None) == {}


def test_orders_of_clients_who_had_registered_long_ago_were_not_counted() -> None:
    """New is whoever had no active order before; that the first one is paid at once makes nobody known."""
    set_setting(key="orders.review_rules", value="address 2", ctx=CTX)
    free = make.make_product(prices=[("EUR", "monthly", 0)])

    def ordered(client: Client, minutes: int) -> bool:
        return place_cart_lines(
            vat_refresh=None,
            cart_lines=[ProductCartLine(product_id=free.pk, billing_cycle="monthly")],
            client=client,
            placed_by=None,
            shown_total=None,
            idempotency_key=f"form-{Order.objects.count()}",
            address="203.0.113.9",
            ctx=Context(make.AT + timedelta(days=90, minutes=minutes), SYSTEM),
        ).on_hold

    new = [make.make_client() for _ in range(3)]
    assert [ordered(client, n) for n, client in enumerate(new)] == [False, False, True]
    assert [ordered(client, 10 + n) for n, client in enumerate(new[:2])] == [False, False]


def test_staff_were_asked_twice_to_approve_what_credit_had_paid() -> None:
    set_setting(key="orders.auto_approve", value="off", ctx=CTX)
    set_setting(key="company.email", value="boss@acme.example", ctx=CTX)
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=10_000, idempotency_key="k", ctx=CTX)
    place_cart_lines(
        vat_refresh=None,
        cart_lines=[ProductCartLine(product_id=make.make_product().pk, billing_cycle="monthly")],
        client=client,
        placed_by=None,
        shown_total=None,
        idempotency_key="form-1",
        ctx=CTX,
    )
    run_all_jobs(make.AT + timedelta(minutes=1))
    assert OutgoingMail.objects.filter(event="order_awaiting_approval").count() == 1


def test_an_order_unpaid_for_too_long_is_cancelled_by_the_run() -> None:
    order, paid = make.make_order(), paid_order()
    assert order.invoice is not None
    assert order.invoice.due_date is not None

    def day(after: int) -> RunDay:
        due: Any = order.invoice and order.invoice.due_date
        return RunDay(due + timedelta(days=after), make.AT + timedelta(days=14 + after))

    assert not steps.find_unpaid_orders(day(29)).exists()
    assert [one.pk for one in steps.find_unpaid_orders(day(30))] == [order.pk]
    assert steps.cancel_unpaid_order_daily(order.pk, day(30)) == {"orders": 1}
    assert steps.cancel_unpaid_order_daily(paid.pk, day(30)) == {}
    order.refresh_from_db()
    assert order.status == "cancelled"
    set_setting(key="orders.cancel_unpaid_after_days", value="0", ctx=CTX)
    assert not steps.find_unpaid_orders(day(900)).exists()
    assert isinstance(make.AT, datetime)


def test_an_order_under_suspicion_is_not_dunned() -> None:
    order = make.make_order()
    invoice = order.invoice
    assert invoice is not None
    assert invoice.due_date is not None
    late = RunDay(invoice.due_date + timedelta(days=40), make.AT + timedelta(days=50))
    mark_overdue(invoice=invoice, ctx=Context(late.at, SYSTEM))
    assert dunning_steps.find_invoices_to_remind(late).exists()
    stop_order_as_fraud(order=order, reason="odd", ctx=CTX)
    assert not dunning_steps.find_invoices_to_remind(late).exists()
    release_order(order=order, reason="known", ctx=CTX)
    assert dunning_steps.find_invoices_to_remind(late).exists()


class TestItsInvoiceIsTakenBack:
    def test_a_waiting_order_ends_with_a_voided_invoice(self) -> None:
        product = make.make_product()
        set_stock(product=product, units=3, ctx=CTX)
        order = make.make_order(items=[make.make_item(product=product)])
        assert order.invoice is not None
        void_invoice(invoice=order.invoice, reason="mistake", ctx=CTX)
        run_all_jobs(make.AT, failing=True)
        order.refresh_from_db()
        assert (order.status, Service.objects.get().status) == ("cancelled", "cancelled")
        assert Stock.objects.get(product=product).left == 3

    def test_one_that_is_held_ends_when_its_paid_invoice_is_credited_in_full(self) -> None:
        order = paid_order()
        hold_order(order=order, reason="odd", ctx=CTX)
        assert order.invoice is not None
        credit_invoice(invoice=order.invoice, reason="mistake", ctx=CTX)
        run_all_jobs(make.AT, failing=True)
        order.refresh_from_db()
        assert order.status == "cancelled"

    def test_what_runs_is_left_to_staff(self) -> None:
        order = make.make_order()
        approve_order(order=order, unpaid_because="a friend", ctx=CTX)
        assert order.invoice is not None
        void_invoice(invoice=order.invoice, reason="a gift", ctx=CTX)
        run_all_jobs(make.AT, failing=True)
        order.refresh_from_db()
        assert order.status == "active"
