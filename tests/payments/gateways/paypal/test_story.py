"""PayPal from end to end: through our pages, its messages at our door, jobs and nights, to the books."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from commerce.billing.models import CreditNote
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt, Dispute, Payment, Refund
from tests import make
from tests.doubles.paypal import PayPalWorld
from tests.doubles.paypal.account import PayPalObject
from tests.make.cards import status
from tests.payments.gateways.paypal.steps import CREATE, Payer, hear, run

pytestmark = pytest.mark.usefixtures("proven", "world")
CTX = Context(make.AT, SYSTEM)
CAPTURE = "POST /v2/checkout/orders/{id}/capture"


def test_a_client_pays_at_paypal_and_their_return_is_enough(
    payer: Payer, world: PayPalWorld
) -> None:
    """They come back twice; the order is captured once, for the amount of the attempt."""
    order = payer.start()
    assert payer.start() == order
    world.account.approve(order)
    assert "Confirming your payment" in payer.back()
    run()
    assert "We received your payment" in payer.back()
    payment = Payment.objects.get()
    assert (payment.amount, payment.fee, payment.method, payment.card_last4) == (1200, 54, "", "")
    assert payment.transaction_id == world.capture_of(order)["id"]
    assert payment.card_country == "GB"
    assert payer.state == ("succeeded", "paid")
    row = payer.web.get(payer.path).content.decode().partition('id="payments-title"')[2]
    assert "PayPal" in row.partition("</table>")[0]


def test_one_who_leaves_paypal_without_paying_can_try_again_at_once(
    payer: Payer, world: PayPalWorld
) -> None:
    """They watched a page that confirmed a payment for two minutes. Nothing is given up: they may go back and pay."""
    order = payer.start()
    wallet = payer.sent[-1]["payment_source"]["paypal"]["experience_context"]
    answer = payer.web.get(urlsplit(wallet["cancel_url"])._replace(scheme="", netloc="").geturl())
    assert "This payment was canceled" in answer.content.decode()
    assert "Refresh" not in answer.headers
    assert urlsplit(wallet["return_url"]).query == ""
    run()
    assert payer.state == ("open", "unpaid")
    assert payer.start() == order


@pytest.mark.parametrize("way", ["poll", "message"])
def test_one_who_never_comes_back_has_paid_all_the_same(
    payer: Payer, world: PayPalWorld, way: str
) -> None:
    order = payer.start()
    world.account.approve(order)
    if way == "message":
        world.fails(CAPTURE, "lost")
        hear(world, "CHECKOUT.ORDER.APPROVED", world.account.orders[order])
        hear(world, "PAYMENT.CAPTURE.COMPLETED", world.capture_of(order))
        hear(world, "CHECKOUT.ORDER.APPROVED", world.account.orders[order])
    else:
        run(14)
        assert payer.state == ("open", "unpaid")
        run(16)
    assert payer.state == ("succeeded", "paid")
    assert (Payment.objects.count(), len(world.account.captures)) == (1, 1)


def test_money_that_paypal_holds_back_is_booked_once_it_comes(
    payer: Payer, world: PayPalWorld
) -> None:
    world.account.capture_status = "PENDING"
    order = payer.start()
    world.account.approve(order)
    payer.back()
    run()
    assert payer.state == ("open", "unpaid")
    capture = world.capture_of(order)
    hear(world, "PAYMENT.CAPTURE.PENDING", capture)
    assert "Confirming your payment" in payer.back(look=3)
    capture["status"] = "COMPLETED"
    hear(world, "PAYMENT.CAPTURE.COMPLETED", capture)
    assert payer.state == ("succeeded", "paid")


def _expired(payer: Payer) -> None:
    expire_attempts(ctx=Context(make.AT + timedelta(minutes=61), SYSTEM))


def _paid_otherwise(payer: Payer) -> None:
    make.make_payment(payer.invoice, gateway="manual")


def _another_amount(payer: Payer) -> None:
    order = payer.world.account.orders[Attempt.objects.get().reference or ""]
    order["purchase_units"][0]["amount"]["value"] = "11.99"


def _another_currency(payer: Payer) -> None:
    order = payer.world.account.orders[Attempt.objects.get().reference or ""]
    order["purchase_units"][0]["amount"]["currency_code"] = "USD"


def _closed(payer: Payer) -> None:
    attempt = Attempt.objects.get()
    report = registry.get_gateway("paypal").close(attempt.reference or "")
    apply_payment_report(gateway="paypal", report=report, ctx=CTX)


@pytest.mark.parametrize(
    "change", [_expired, _paid_otherwise, _another_amount, _another_currency, _closed]
)
@pytest.mark.parametrize("first", [True, False])
def test_what_is_no_longer_wanted_is_never_captured(
    payer: Payer, world: PayPalWorld, change: Callable[[Payer], None], *, first: bool
) -> None:
    """Whoever asks: the return page, a message, the poll; approved before or after it was given up."""
    order = payer.start()
    if first:
        world.account.approve(order)
    change(payer)
    if not first:
        world.account.approve(order)
    payer.back()
    hear(world, "CHECKOUT.ORDER.APPROVED", world.account.orders[order])
    for minutes in (0, 16, 61, 400, 1500):
        run(minutes)
    assert world.account.captures == {}
    assert Payment.objects.filter(gateway="paypal").count() == 0


def test_an_amount_that_changed_is_approved_again_and_the_old_one_never_taken(
    payer: Payer, world: PayPalWorld
) -> None:
    old = payer.start()
    world.account.approve(old)
    make.make_payment(payer.invoice, gateway="manual", amount=200)
    new = payer.start()
    assert new != old
    world.account.approve(new)
    payer.back()
    run()
    assert payer.state == ("succeeded", "paid")
    assert Payment.objects.get(gateway="paypal").amount == 1000
    run(100)
    assert len(world.account.captures) == 1


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        ("token", "silent", "isn&#x27;t responding"),
        (CREATE, "silent", "isn&#x27;t responding"),
        (CREATE, "nonsense", "isn&#x27;t responding"),
        (CREATE, "422", "refused this request"),
    ],
)
def test_a_paypal_that_is_down_or_refuses_leaves_the_client_on_our_page(
    payer: Payer, world: PayPalWorld, call: str, kind: str, text: str
) -> None:
    world.server.tokens.clear()
    world.fails(call, kind, times=2)
    answer = payer.web.post(f"{payer.path}/pay/paypal", follow=True)
    assert text in answer.content.decode()
    world.server.faults.clear()
    assert payer.start()


class TestMoneyBack:
    @pytest.fixture
    def payment(self, payer: Payer, world: PayPalWorld) -> Payment:
        order = payer.start()
        world.account.approve(order)
        payer.back()
        run()
        return Payment.objects.get()

    def about(self, world: PayPalWorld, payment: Payment) -> PayPalObject:
        return world.account.captures[payment.transaction_id]

    def test_a_part_is_refunded_here_and_the_rest_at_paypal(
        self, payment: Payment, world: PayPalWorld
    ) -> None:
        refund_payment(
            method="gateway",
            payment=payment,
            amount=500,
            reason="asked",
            idempotency_key="k-1",
            ctx=CTX,
        )
        world.fails("POST /v2/payments/captures/{id}/refund", "lost")
        run()
        run(20)
        assert Refund.objects.get().status == "succeeded"
        for refund in list(world.account.refunds.values()):
            hear(world, "PAYMENT.CAPTURE.REFUNDED", refund)
        rest = world.account.refund(payment.transaction_id, {})
        for _ in range(2):
            hear(world, "PAYMENT.CAPTURE.REFUNDED", rest)
        payment.refresh_from_db()
        assert (payment.status, CreditNote.objects.count()) == ("refunded", 2)
        outside = Refund.objects.get(is_outside=True)
        assert (outside.amount, outside.reference) == (700, rest["id"])

    @pytest.mark.parametrize(
        ("outcome", "payment_status", "invoice_status"),
        [("RESOLVED_BUYER_FAVOUR", "reversed", "unpaid"), ("DENIED", "completed", "paid")],
    )
    def test_a_dispute_is_lost_or_won(
        self,
        payment: Payment,
        world: PayPalWorld,
        outcome: str,
        payment_status: str,
        invoice_status: str,
    ) -> None:
        dispute = world.account.dispute(payment.transaction_id)
        hear(world, "CUSTOMER.DISPUTE.CREATED", dispute)
        payment.refresh_from_db()
        assert payment.status == "disputed"
        world.account.resolve(dispute["dispute_id"], outcome)
        reversal = self.about(world, payment) | {"id": payment.transaction_id}
        hear(world, "PAYMENT.CAPTURE.REVERSED", reversal)
        hear(world, "CUSTOMER.DISPUTE.RESOLVED", dispute)
        payment.refresh_from_db()
        assert (payment.status, status(payment.invoice)) == (payment_status, invoice_status)
        assert Dispute.objects.count() == 1
