"""Orders under suspicion, and the end of orders that run: accounts, invoices and what the client is told of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.changes.cancellations.actions import request_cancellation
from commerce.billing.changes.cancellations.rules import CancellationStatus
from commerce.billing.credit.actions import add_credit, apply_credit
from commerce.billing.documents.queries import content_of
from commerce.billing.models import BilledPeriod, CreditNote, Invoice
from commerce.billing.periods import dunning_steps
from commerce.billing.periods.actions.dunning import mark_overdue, set_dunning_hold
from commerce.catalog.models import Product
from commerce.domains.models import Domain
from commerce.hosting.actions.states import activate_service, suspend_service
from commerce.hosting.models import Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.orders.actions.cancelling import cancel_order, reject_order
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.models import Order
from commerce.payments.actions.attempts import start_attempt
from commerce.payments.actions.transfer_notices import submit_transfer_notice
from commerce.runs.step import RunDay
from tests import make
from tests.doubles.panel import FakePanel
from tests.make.browser import make_browser
from tests.make.jobs import run_all_jobs
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT, renew_services_of

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
SECRET = "the card was stolen in Lyon"


@pytest.fixture
def panel() -> Iterator[FakePanel]:
    """A panel at the network's edge, and all products provided by it."""
    known, made = dict(registry._MODULES), FakePanel()
    made.install()
    yield made
    registry._MODULES.clear()
    registry._MODULES.update(known)


def on_panel(**over: Any) -> Order:
    """An active order, its services provided by the panel."""
    items = over.pop("items", None) or [make.make_item()]
    order = make.make_order(items=items, **over)
    Product.objects.update(module="fake")
    make.make_payment(order.invoice)
    run_all_jobs(make.AT)
    order.refresh_from_db()
    assert order.status == "active"
    return order


def stop(order: Order, minutes: int = 10) -> None:
    at = make.AT + timedelta(minutes=minutes)
    stop_order_as_fraud(order=order, reason=SECRET, ctx=Context(at, SYSTEM))


def release(order: Order, minutes: int = 20) -> None:
    at = make.AT + timedelta(minutes=minutes)
    release_order(order=order, reason="known", ctx=Context(at, SYSTEM))


def run(minutes: int) -> None:
    run_all_jobs(make.AT + timedelta(minutes=minutes))


def states() -> list[str]:
    return list(Service.objects.order_by("pk").values_list("status", flat=True))


def test_the_reason_of_a_rejection_stood_on_the_credit_note() -> None:
    alice = make.make_user("alice@example.com")
    order = make.make_order(make.make_client(owner=alice))
    reject_order(order=order, reason=SECRET, ctx=CTX)
    note = CreditNote.objects.get()
    assert note.reason == f"Order {order.number} was canceled."
    assert SECRET not in str(content_of(note))
    page = make_browser(alice).get(f"/client/invoices/{order.invoice_id}")
    assert page.status_code == 200
    assert SECRET not in page.content.decode()
    assert note.reason in page.content.decode()


class TestWithAPanel:
    def test_accounts_of_a_stopped_order_stayed_on(self, panel: FakePanel) -> None:
        order = on_panel()
        assert states() == ["active"]
        stop(order)
        run(11)
        assert (states(), list(panel.accounts.values())) == (["suspended"], ["off"])
        release(order)
        run(21)
        assert (states(), list(panel.accounts.values())) == (["active"], ["on"])
        stop(order, 30)
        cancel_order(
            order=order, reason=SECRET, ctx=Context(make.AT + timedelta(minutes=40), SYSTEM)
        )
        run(41)
        assert (states(), list(panel.accounts.values())) == (["cancelled"], ["gone"])

    def test_an_account_was_made_while_its_order_was_stopped(self, panel: FakePanel) -> None:
        panel.says(ModuleOutcome.RETRY)
        order = make.make_order(items=[make.make_item(), make.make_domain_item()])
        Product.objects.update(module="fake")
        make.make_payment(order.invoice)
        run_all_jobs(make.AT, failing=True)
        order.refresh_from_db()
        panel.says(ModuleOutcome.OK)
        stop(order)
        run(300)
        assert (states(), panel.accounts) == (["pending"], {})
        assert Domain.objects.get().status == "fraud"
        release(order, 400)
        assert Domain.objects.get().status == "pending"
        run_all_jobs(make.AT + timedelta(minutes=401), failing=True)
        assert (order.status, states()) == ("active", ["active"])
        names = Job.objects.filter(action="domain.register").order_by("id")
        assert list(names.values_list("status", flat=True)) == ["dropped", "parked"]

    def test_an_account_that_is_being_made_at_the_stop_is_switched_off_behind_it(
        self, panel: FakePanel
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
    activate_service(service=service, ctx=CTX)
    [pk] = renew_services_of(order.client, RENEWED_AT).invoices
    renewal = Invoice.objects.get(pk=pk)
    assert renewal.due_date is not None
    late = RunDay(renewal.due_date + timedelta(days=4), RENEWED_AT + timedelta(days=25))
    mark_overdue(invoice=renewal, ctx=Context(late.at, SYSTEM))
    suspend_service(service=service, suspension_reason="overdue", ctx=Context(late.at, SYSTEM))
    stop_order_as_fraud(order=order, reason=SECRET, ctx=Context(late.at, SYSTEM))
    service.refresh_from_db()
    assert (service.status, service.suspension_reason) == ("suspended", "fraud")
    release_order(order=order, reason="known", ctx=Context(late.at, SYSTEM))
    service.refresh_from_db()
    assert (service.status, service.suspension_reason) == ("suspended", "overdue")
    stop_order_as_fraud(order=order, reason=SECRET, ctx=Context(late.at, SYSTEM))
    make.make_payment(renewal, at=late.at)
    service.refresh_from_db()
    assert service.status == "suspended"
    release_order(order=order, reason="known", ctx=Context(late.at, SYSTEM))
    service.refresh_from_db()
    assert service.status == "active"


@pytest.mark.parametrize("days", [0, 12], ids=["before its period", "after it began"])
def test_a_renewal_survived_its_service(days: int) -> None:
    order = make.make_order(status="active")
    service = Service.objects.get()
    activate_service(service=service, ctx=CTX)
    renew_services_of(order.client, RENEWED_AT)
    asked = request_cancellation(
        service=service, kind="end_of_period", reason="moving", ctx=Context(RENEWED_AT, SYSTEM)
    )
    at = RENEWED_AT + timedelta(days=days)
    stop_order_as_fraud(order=order, reason=SECRET, ctx=Context(at, SYSTEM))
    cancel_order(order=order, reason=SECRET, ctx=Context(at, SYSTEM))
    assert not BilledPeriod.objects.filter(status="open").exists()
    assert not Invoice.objects.open().exists()
    asked.refresh_from_db()
    assert asked.status == CancellationStatus.DONE
    assert states() == ["cancelled"]
    assert SECRET not in str(list(CreditNote.objects.values_list("reason", flat=True)))
    assert_proven(at)


def test_an_invoice_of_a_stopped_order_was_paid_past_its_page() -> None:
    order = make.make_order()
    invoice = order.invoice
    assert invoice is not None
    add_credit(
        client=order.client, currency_code="EUR", amount=10_000, idempotency_key="k", ctx=CTX
    )
    stop(order)
    for pay in (
        lambda: apply_credit(invoice=invoice, ctx=CTX),
        lambda: submit_transfer_notice(invoice=invoice, ctx=CTX),
        lambda: start_attempt(invoice=invoice, gateway="bank_transfer", created_by=None, ctx=CTX),
    ):
        with pytest.raises(
            StateConflict, match="You can pay the invoice once the review is complete"
        ):
            pay()
    release(order)
    apply_credit(invoice=invoice, ctx=CTX)
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_the_hold_of_staff_was_lost_with_a_suspicion() -> None:
    order = make.make_order()
    invoice, until = order.invoice, make.AT.date() + timedelta(days=60)
    assert invoice is not None
    set_dunning_hold(reason="asked", invoice=invoice, until=until, ctx=CTX)
    stop(order)
    release(order)
    invoice.refresh_from_db()
    assert (invoice.dunning_hold_until, invoice.is_stopped) == (until, False)
    assert not dunning_steps.find_invoices_to_remind(RunDay(until, make.AT)).exists()
