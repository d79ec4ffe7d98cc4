"""Orders under suspicion, and the end of orders that run: accounts, invoices and what the client is told of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.actions import add_credit, apply_credit, mark_overdue, set_dunning_hold
from commerce.billing.actions.cancellations import request_cancellation
from commerce.billing.daily import dunning
from commerce.billing.daily.step import Day
from commerce.billing.documents.reading import facts_of
from commerce.billing.models import CancellationRequest, Claim, CreditNote, Invoice
from commerce.catalog.models import Product
from commerce.domains.models import Domain
from commerce.hosting import modules
from commerce.hosting.actions import activate_service, suspend_service
from commerce.hosting.models import Service
from commerce.hosting.modules.contract import Outcome
from commerce.jobs.models import Job
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Moved
from commerce.orders.actions import (
    cancel_order,
    reject_order,
    release_order,
    stop_order_as_fraud,
)
from commerce.orders.models import Order
from commerce.payments.actions import declare_transfer, start_attempt
from tests import make
from tests.make.browser import browser
from tests.make.jobs import run_all
from tests.make.panel import Panel
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT, renew

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
SECRET = "the card was stolen in Lyon"


@pytest.fixture
def panel() -> Iterator[Panel]:
    """A panel at the network's edge, and all products provided by it."""
    known, made = dict(modules._MODULES), Panel()
    modules.register(made)
    yield made
    modules._MODULES.clear()
    modules._MODULES.update(known)


def on_panel(**over: Any) -> Order:
    """An active order, its services provided by the panel."""
    items = over.pop("items", None) or [make.make_item()]
    order = make.make_order(items=items, **over)
    Product.objects.update(module="fake")
    make.make_payment(order.invoice)
    run_all(make.AT)
    order.refresh_from_db()
    assert order.status == "active"
    return order


def stop(order: Order, minutes: int = 10) -> None:
    at = make.AT + timedelta(minutes=minutes)
    stop_order_as_fraud(order=order, reason=SECRET, at=at, actor=SYSTEM)


def release(order: Order, minutes: int = 20) -> None:
    at = make.AT + timedelta(minutes=minutes)
    release_order(order=order, reason="known", at=at, actor=SYSTEM)


def run(minutes: int) -> None:
    run_all(make.AT + timedelta(minutes=minutes))


def states() -> list[str]:
    return list(Service.objects.order_by("pk").values_list("status", flat=True))


def test_the_reason_of_a_rejection_stood_on_the_credit_note() -> None:
    alice = make.make_user("alice@example.com")
    order = make.make_order(make.make_client(owner=alice))
    reject_order(order=order, reason=SECRET, **SAY)
    note = CreditNote.objects.get()
    assert note.reason == f"Order {order.number} was cancelled."
    assert SECRET not in str(facts_of(note))
    page = browser(alice).get(f"/client/invoices/{order.invoice_id}")
    assert page.status_code == 200
    assert SECRET not in page.content.decode()
    assert note.reason in page.content.decode()


class TestWithAPanel:
    def test_accounts_of_a_stopped_order_stayed_on(self, panel: Panel) -> None:
        order = on_panel()
        assert states() == ["active"]
        stop(order)
        run(11)
        assert (states(), list(panel.accounts.values())) == (["suspended"], ["off"])
        release(order)
        run(21)
        assert (states(), list(panel.accounts.values())) == (["active"], ["on"])
        stop(order, 30)
        cancel_order(order=order, reason=SECRET, at=make.AT + timedelta(minutes=40), actor=SYSTEM)
        run(41)
        assert (states(), list(panel.accounts.values())) == (["cancelled"], ["gone"])

    def test_an_account_was_made_while_its_order_was_stopped(self, panel: Panel) -> None:
        panel.says(Outcome.RETRY)
        order = make.make_order(items=[make.make_item(), make.make_domain_item()])
        Product.objects.update(module="fake")
        make.make_payment(order.invoice)
        run_all(make.AT, failing=True)
        order.refresh_from_db()
        panel.says(Outcome.OK)
        stop(order)
        run(300)
        assert (states(), panel.accounts) == (["pending"], {})
        assert Domain.objects.get().status == "fraud"
        release(order, 400)
        assert Domain.objects.get().status == "pending"
        run_all(make.AT + timedelta(minutes=401), failing=True)
        assert (order.status, states()) == ("active", ["active"])
        names = Job.objects.filter(action="domain.register").order_by("id")
        assert list(names.values_list("status", flat=True)) == ["dropped", "parked"]

    def test_an_account_that_is_being_made_at_the_stop_is_switched_off_behind_it(
        self, panel: Panel
    ) -> None:
        order = make.make_order()
        Product.objects.update(module="fake")

        def meanwhile() -> None:
            panel.meanwhile = None
            order.refresh_from_db()
            stop(order)

        panel.meanwhile = meanwhile
        make.make_payment(order.invoice)
        run(20)
        assert (states(), list(panel.accounts.values())) == (["suspended"], ["off"])
        assert Service.objects.get().suspension_reason == "fraud"


def test_an_overdue_service_of_a_stopped_order_ran_again_when_it_was_paid() -> None:
    order = make.make_order(status="active")
    service = Service.objects.get()
    activate_service(service=service, **SAY)
    [pk] = renew(order.client, RENEWED_AT).invoices
    renewal = Invoice.objects.get(pk=pk)
    assert renewal.due_date is not None
    late = Day(renewal.due_date + timedelta(days=4), RENEWED_AT + timedelta(days=25))
    mark_overdue(invoice=renewal, at=late.at, actor=SYSTEM)
    suspend_service(service=service, cause="overdue", at=late.at, actor=SYSTEM)
    stop_order_as_fraud(order=order, reason=SECRET, at=late.at, actor=SYSTEM)
    service.refresh_from_db()
    assert (service.status, service.suspension_reason) == ("suspended", "fraud")
    release_order(order=order, reason="known", at=late.at, actor=SYSTEM)
    service.refresh_from_db()
    assert (service.status, service.suspension_reason) == ("suspended", "overdue")
    stop_order_as_fraud(order=order, reason=SECRET, at=late.at, actor=SYSTEM)
    make.make_payment(renewal, at=late.at)
    service.refresh_from_db()
    assert service.status == "suspended"
    release_order(order=order, reason="known", at=late.at, actor=SYSTEM)
    service.refresh_from_db()
    assert service.status == "active"


@pytest.mark.parametrize("days", [0, 12], ids=["before its period", "after it began"])
def test_a_renewal_survived_its_service(days: int) -> None:
    order = make.make_order(status="active")
    service = Service.objects.get()
    activate_service(service=service, **SAY)
    renew(order.client, RENEWED_AT)
    asked = request_cancellation(
        service=service, kind="end_of_period", reason="moving", at=RENEWED_AT, actor=SYSTEM
    )
    at = RENEWED_AT + timedelta(days=days)
    stop_order_as_fraud(order=order, reason=SECRET, at=at, actor=SYSTEM)
    cancel_order(order=order, reason=SECRET, at=at, actor=SYSTEM)
    assert not Claim.objects.filter(status="open").exists()
    assert not Invoice.objects.open().exists()
    asked.refresh_from_db()
    assert asked.status == CancellationRequest.Status.DONE
    assert states() == ["cancelled"]
    assert SECRET not in str(list(CreditNote.objects.values_list("reason", flat=True)))
    assert_proven(at)


def test_an_invoice_of_a_stopped_order_was_paid_past_its_page() -> None:
    order = make.make_order()
    invoice = order.invoice
    assert invoice is not None
    credit = {"client": order.client, "currency_code": "EUR", "amount": 10_000, "key": "k"}
    add_credit(**credit, **SAY)  # type: ignore[arg-type]
    stop(order)
    for pay in (
        lambda: apply_credit(invoice=invoice, **SAY),
        lambda: declare_transfer(invoice=invoice, declared_by=None, **SAY),
        lambda: start_attempt(invoice=invoice, gateway="bank_transfer", made_by=None, **SAY),
    ):
        with pytest.raises(Moved, match="under review"):
            pay()
    release(order)
    apply_credit(invoice=invoice, **SAY)
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_the_hold_of_staff_was_lost_with_a_suspicion() -> None:
    order = make.make_order()
    invoice, until = order.invoice, make.AT.date() + timedelta(days=60)
    assert invoice is not None
    set_dunning_hold(invoice=invoice, until=until, **SAY)
    stop(order)
    release(order)
    invoice.refresh_from_db()
    assert (invoice.dunning_hold_until, invoice.is_stopped) == (until, False)
    assert not dunning.find_to_remind(Day(until, make.AT)).exists()
