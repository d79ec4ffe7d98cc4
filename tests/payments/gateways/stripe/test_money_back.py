"""Money that goes back through Stripe: asked by us, made in its Dashboard, taken by a bank; told in any order."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.billing.models import CreditNote, Invoice
from commerce.demo.stripe_double.account import StripeObject
from commerce.demo.stripe_double.disputes import close_dispute, open_dispute, warn_of_fraud
from commerce.demo.stripe_double.refunds import create_refund, end_refund
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.models import Dispute, GatewayEvent, Payment, Refund
from tests import make
from tests.doubles.stripe import StripeWorld
from tests.make.jobs import run_jobs_but_documents
from tests.make.webhooks import deliver
from tests.payments.gateways.stripe.test_story import begin, events_of, hear

pytestmark = pytest.mark.usefixtures("proven")
CTX = Context(make.AT, SYSTEM)
VISA, REFUSES_LATER = "4242424242424242", "4000000000007726"


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.freeze_time(make.AT):
        yield


def pay(world: StripeWorld, number: str = VISA) -> Payment:
    reference = begin(make.make_invoice()).reference or ""
    world.confirm(reference, number)
    hear(world, world.event("payment_intent.succeeded"))
    return Payment.objects.get(transaction_id=reference)


def ask(payment: Payment, amount: int) -> Refund:
    return refund_payment(
        method="gateway",
        payment=payment,
        amount=amount,
        reason="outage",
        idempotency_key="r1",
        ctx=CTX,
    )


def stands(payment: Payment) -> tuple[str, str, int]:
    """Payment, invoice, and what is due."""
    payment.refresh_from_db()
    invoice = Invoice.objects.get(pk=payment.invoice_id)
    return payment.status, invoice.status, invoice.amount_due


def charge(world: StripeWorld) -> StripeObject:
    return world.all_of("charge")[0]


def test_a_part_goes_back_once_though_its_answer_was_lost(world: StripeWorld) -> None:
    payment = pay(world)
    world.fails("POST /v1/refunds", "lost")
    refund = ask(payment, 500)
    for hours in (0, 2, 4):
        run_jobs_but_documents(at=make.AT + timedelta(hours=hours))
    hear(world, world.event("refund.created"), world.event("charge.refunded"))
    refund.refresh_from_db()
    assert (refund.status, refund.reference) == ("succeeded", world.all_of("refund")[0]["id"])
    assert (charge(world)["amount_refunded"], CreditNote.objects.get().total) == (500, 500)
    assert stands(payment) == ("completed", "paid", 0)


def test_a_refund_made_in_the_dashboard_is_booked_with_its_credit_note(world: StripeWorld) -> None:
    payment = pay(world)
    create_refund(world.double.account, {"charge": charge(world)["id"]})
    for _ in range(3):
        hear(world, world.event("charge.refunded"), world.event("refund.created"))
    refund = Refund.objects.get()
    assert (refund.amount, refund.status, CreditNote.objects.get().total) == (
        1200,
        "succeeded",
        1200,
    )
    assert stands(payment) == ("refunded", "refunded", 0)


def test_a_refund_that_the_bank_sends_back_becomes_credit(world: StripeWorld) -> None:
    payment = pay(world, REFUSES_LATER)
    refund = ask(payment, 1200)
    run_jobs_but_documents(at=make.AT)
    refund.refresh_from_db()
    assert refund.status == "accepted"
    end_refund(world.double.account, world.all_of("refund")[0], "failed")
    hear(world, world.event("refund.failed"))
    refund.refresh_from_db()
    assert (refund.status, refund.failure) == ("failed", "expired or canceled card")


@pytest.mark.parametrize(
    ("outcome", "after"),
    [("won", ("completed", "paid", 0)), ("lost", ("reversed", "unpaid", 1200))],
)
def test_a_dispute_is_won_or_lost(
    world: StripeWorld, outcome: str, after: tuple[str, str, int]
) -> None:
    payment = pay(world)
    dispute = open_dispute(world.double.account, charge(world))
    hear(world, world.event("charge.dispute.created"))
    assert stands(payment) == ("disputed", "paid", 0)
    close_dispute(world.double.account, dispute, outcome)
    hear(world, *events_of(world, payment.transaction_id))
    assert (stands(payment), Dispute.objects.get().status) == (after, outcome)


@pytest.mark.parametrize("seed", range(4))
def test_all_that_befalls_a_payment_told_in_any_order_is_the_same_books(
    world: StripeWorld, seed: int
) -> None:
    """Declined, paid, refunded in part in the Dashboard, disputed and won: before we heard of anything."""
    invoice = make.make_invoice()
    reference = begin(invoice).reference or ""
    world.confirm(reference, "4000000000000002")
    world.confirm(reference, VISA)
    create_refund(world.double.account, {"charge": charge(world)["id"], "amount": "300"})
    close_dispute(
        world.double.account, open_dispute(world.double.account, charge(world), amount=900), "won"
    )
    chance = random.Random(seed)  # noqa: S311 - the same each time
    told = events_of(world, reference) * 2
    chance.shuffle(told)
    for event in told:
        assert deliver(world.message(event), "stripe").status == 200
        if chance.random() < 0.5:
            run_jobs_but_documents(at=make.AT)
    for hours in (0, 1, 2, 6, 12, 24):
        run_jobs_but_documents(at=make.AT + timedelta(hours=hours))
    assert stands(Payment.objects.get()) == ("completed", "paid", 0)
    assert (Refund.objects.get().status, Dispute.objects.get().status) == ("succeeded", "won")
    assert {event.status for event in GatewayEvent.objects.all()} <= {"processed", "ignored"}


class TestFraudWarnings:
    def test_staff_are_asked_once_whether_to_refund(self, world: StripeWorld) -> None:
        payment = pay(world)
        for _ in range(2):
            warn_of_fraud(world.double.account, charge(world))
            hear(world, world.event("radar.early_fraud_warning.created"))
        job = Job.objects.get(action="payment.fraud_warning")
        assert (job.status, job.subject) == ("parked", ("payment", payment.pk))
        assert "made with stolen card" in job.error
        assert "before it becomes a dispute" in job.error
        assert stands(payment) == ("completed", "paid", 0)

    def test_nobody_is_asked_about_what_was_refunded_or_is_disputed(
        self, world: StripeWorld
    ) -> None:
        pay(world)
        warn_of_fraud(world.double.account, charge(world))
        warning = world.event("radar.early_fraud_warning.created")
        open_dispute(world.double.account, charge(world))
        hear(world, warning)
        assert not Job.objects.filter(action="payment.fraud_warning").exists()

    def test_the_question_is_gone_once_it_is_disputed(self, world: StripeWorld) -> None:
        pay(world)
        warn_of_fraud(world.double.account, charge(world))
        hear(world, world.event("radar.early_fraud_warning.created"))
        open_dispute(world.double.account, charge(world))
        hear(world, world.event("charge.dispute.created"))
        job = Job.objects.get(action="payment.fraud_warning")
        retry_job(job=job, ctx=CTX)
        run_jobs_but_documents(at=make.AT)
        job.refresh_from_db()
        assert job.status == "dropped"

    def test_a_warning_waits_for_its_payment(self, world: StripeWorld) -> None:
        reference = begin(make.make_invoice()).reference or ""
        world.confirm(reference, VISA)
        warn_of_fraud(world.double.account, charge(world))
        hear(world, world.event("radar.early_fraud_warning.created"))
        assert not Job.objects.filter(action="payment.fraud_warning").exists()
        hear(world, world.event("payment_intent.succeeded"))
        run_jobs_but_documents(at=make.AT + timedelta(minutes=2))
        assert Job.objects.get(action="payment.fraud_warning").status == "parked"
