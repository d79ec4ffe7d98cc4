"""Money that goes back through Mollie: asked by us, made in its Dashboard, taken by a bank and given again."""

import pytest

from commerce.billing.models import CreditAccount, CreditNote, Invoice
from commerce.payments.actions.disputes import lose_dispute, open_dispute
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.gateways.comparison import compare_gateway
from commerce.payments.gateways.contract import Gateway
from commerce.payments.models import Dispute, GatewayEvent, Payment, Refund
from tests import make
from tests.doubles.mollie.world import MollieWorld
from tests.make.jobs import run_jobs_but_documents
from tests.payments.gateways.mollie.steps import CTX, HOUR, begin, hear, paid, stands

pytestmark = pytest.mark.usefixtures("proven")


@pytest.fixture
def invoice(db: None) -> Invoice:
    return make.make_invoice()


@pytest.fixture
def reference(world: MollieWorld, invoice: Invoice) -> str:
    return paid(world, invoice)


def ask(amount: int) -> Refund:
    return refund_payment(
        method="gateway",
        payment=Payment.objects.get(),
        amount=amount,
        reason="outage",
        idempotency_key="r1",
        ctx=CTX,
    )


def payment_is() -> str:
    return Payment.objects.get().status


@pytest.mark.parametrize("trouble", ["lost", "silent", "conflict", "rate_limited"])
def test_a_part_goes_back_once_though_mollie_forgot_the_key(
    world: MollieWorld, invoice: Invoice, reference: str, trouble: str
) -> None:
    """409 says that the same was refunded a moment ago: what we asked for, or another one; it is looked up."""
    world.fails("POST /v2/payments/{payment}/refunds", trouble)
    refund = ask(500)
    run_jobs_but_documents(at=make.AT)
    world.forgets_keys()
    run_jobs_but_documents(at=make.AT + 3 * HOUR)
    [made] = world.account.refunds.values()
    refund.refresh_from_db()
    assert (refund.status, refund.reference) == ("accepted", f"{reference}/{made['id']}")
    assert made["description"] == invoice.number
    made["status"] = "refunded"
    hear(world, reference)
    refund.refresh_from_db()
    assert (refund.status, CreditNote.objects.get().total) == ("succeeded", 500)
    assert (payment_is(), stands(invoice)) == ("completed", ("paid", 0))


def test_what_became_of_it_is_asked_where_no_notice_comes(
    world: MollieWorld, invoice: Invoice, reference: str
) -> None:
    refund = ask(1200)
    run_jobs_but_documents(at=make.AT)
    [made] = world.account.refunds.values()
    made["status"] = "failed"
    run_jobs_but_documents(at=make.AT + 25 * HOUR)
    refund.refresh_from_db()
    assert (refund.status, stands(invoice)) == ("failed", ("refunded", 0))


def test_a_refund_that_mollie_refuses_has_failed_with_its_words(
    world: MollieWorld, reference: str
) -> None:
    world.refund(reference, "12.00", "pending")
    refund = ask(500)
    run_jobs_but_documents(at=make.AT)
    refund.refresh_from_db()
    assert (refund.status, refund.failure) == ("failed", "The amount is higher than the maximum")
    hear(world, reference)
    assert Refund.objects.get(is_outside=True).amount == 1200


def test_a_refund_made_in_the_dashboard_is_booked_with_its_credit_note(
    world: MollieWorld, invoice: Invoice, reference: str
) -> None:
    world.refund(reference, "2.00")
    for _ in range(2):
        hear(world, reference)
    world.refund(reference, "10.00", "pending")
    hear(world, reference)
    assert sorted(Refund.objects.values_list("amount", "status", "is_outside")) == [
        (200, "succeeded", True),
        (1000, "accepted", True),
    ]
    assert sorted(CreditNote.objects.values_list("total", flat=True)) == [200, 1000]
    assert (payment_is(), stands(invoice)) == ("refunded", ("refunded", 0))


def test_a_chargeback_is_lost_at_once_and_won_when_it_is_reversed(
    world: MollieWorld, invoice: Invoice, reference: str
) -> None:
    chargeback = world.charge_back(reference, "12.00")
    for _ in range(2):
        hear(world, reference)
    assert (payment_is(), stands(invoice)) == ("reversed", ("unpaid", 1200))
    dispute = Dispute.objects.get()
    assert (dispute.reference, dispute.status, dispute.reason) == (
        chargeback["id"],
        "lost",
        "Refund request by end customer",
    )
    chargeback["reversedAt"] = world.account.now()
    for _ in range(2):
        hear(world, reference)
    dispute.refresh_from_db()
    assert (dispute.status, payment_is(), stands(invoice)) == ("won", "completed", ("paid", 0))


def test_all_at_once_is_the_same_books(world: MollieWorld, invoice: Invoice) -> None:
    """No notice came until now: paid, refunded in part and charged back are told by one."""
    reference = begin(invoice).reference or ""
    world.pay(reference, "ideal")
    world.refund(reference, "2.00")
    world.charge_back(reference, "10.00")
    hear(world, reference)
    assert (payment_is(), Refund.objects.get().amount, Dispute.objects.get().amount) == (
        "reversed",
        200,
        1000,
    )


def test_a_refund_that_cannot_be_booked_hides_no_chargeback(
    world: MollieWorld, invoice: Invoice, reference: str
) -> None:
    """The bank wrote of another part before, which is lost."""
    by_hand = open_dispute(
        payment=Payment.objects.get(), reference="letter", amount=500, reason="x", ctx=CTX
    )
    lose_dispute(dispute=by_hand, ctx=CTX)
    world.refund(reference, "10.00")
    hear(world, reference)
    assert GatewayEvent.objects.latest("pk").status == "waiting"
    world.charge_back(reference, "2.00")
    hear(world, reference)
    assert (payment_is(), stands(invoice)) == ("reversed", ("unpaid", 700))
    assert not Refund.objects.filter(is_outside=True).exists()
    event = GatewayEvent.objects.latest("pk")
    assert (event.status, "more than what is left" in event.error) == ("waiting", True)


def test_a_refund_in_the_dashboard_of_what_was_refunded_to_credit_comes_out_of_credit(
    world: MollieWorld, invoice: Invoice, reference: str
) -> None:
    """It was refused, and its event parked."""
    refund_payment(
        method="credit",
        payment=Payment.objects.get(),
        amount=500,
        reason="outage",
        idempotency_key="c",
        ctx=CTX,
    )
    world.refund(reference, "10.00")
    hear(world, reference)
    assert GatewayEvent.objects.latest("pk").status == "processed"
    world.charge_back(reference, "2.00")
    hear(world, reference)
    assert (payment_is(), stands(invoice)) == ("refunded", ("refunded", 0))
    assert CreditAccount.objects.get().balance == 0


def test_a_refund_of_another_payment_is_no_answer(world: MollieWorld, reference: str) -> None:
    """Two installations share an account, and the key."""
    other = world.pay_directly()
    made = world.refund(other["id"], "5.00")
    real = world.account.refund
    world.account.refund = lambda *_: made  # type: ignore[method-assign]
    refund = ask(500)
    try:
        run_jobs_but_documents(at=make.AT)
    finally:
        world.account.refund = real  # type: ignore[method-assign]
    refund.refresh_from_db()
    assert refund.status == "requested"
    assert payment_is() == "completed"


def test_the_books_are_compared_with_what_mollie_has(
    world: MollieWorld, mollie: Gateway, reference: str
) -> None:
    other = world.pay_directly()
    found = compare_gateway(mollie, at=make.AT)
    assert [(each.kind, each.transaction_id) for each in found] == [("not_booked", other["id"])]
    del world.account.payments[reference]
    found = compare_gateway(mollie, at=make.AT)
    assert {each.kind for each in found} == {"not_booked", "not_at_gateway"}
