"""Attempts: bound before anything is sent, used again, closed when the amount changes (payments.md 2.1 and 3, U3)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments import start_payment
from commerce.payments.actions.attempts import (
    expire_attempts,
    fail_attempt,
    open_attempt,
    start_attempt,
)
from commerce.payments.models import Attempt
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.payments import switch_on_bank_transfer

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture(autouse=True)
def _bank() -> None:
    switch_on_bank_transfer()


def begin(invoice: Invoice, **over: Any) -> Attempt:
    values = {"gateway": "bank_transfer", "created_by": None, "return_url": str} | over
    return start_payment.start_payment(invoice=invoice, **values, ctx=CTX)[0]


def test_it_is_bound_to_invoice_amount_and_currency_and_never_expires() -> None:
    invoice = make.make_invoice()
    made = begin(invoice)
    assert (made.invoice, made.amount, made.currency_id) == (invoice, 1200, "EUR")
    assert (made.status, made.expires_at) == ("open", None)
    assert made.reference == f"{invoice.payment_reference}-{made.pk}"
    assert expire_attempts(ctx=Context(make.AT + timedelta(days=99), SYSTEM)) == 0


def test_started_again_it_is_the_same() -> None:
    invoice = make.make_invoice()
    assert begin(invoice) == begin(invoice)


def test_another_amount_due_closes_it_first() -> None:
    invoice = make.make_invoice()
    old = begin(invoice)
    make.make_payment(invoice, gateway="manual", amount=200)
    new = begin(invoice)
    old.refresh_from_db()
    assert (old.status, new.status, new.amount) == ("closed", "open", 1000)


def test_the_transfer_ends_it() -> None:
    invoice = make.make_invoice()
    made = begin(invoice)
    payment = make.make_payment(invoice)
    made.refresh_from_db()
    assert (made.status, payment.attempt) == ("succeeded", made)


def test_cash_closes_it() -> None:
    made = begin(make.make_invoice())
    make.make_payment(made.invoice, gateway="manual")
    made.refresh_from_db()
    assert made.status == "closed"


@pytest.mark.parametrize("status", ["paid", "cancelled", "refunded"])
def test_a_closed_invoice_is_not_paid(status: str) -> None:
    with pytest.raises(StateConflict):
        begin(make.make_invoice(status=status))
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("gateway", ["manual", "stripe"])
def test_what_is_not_offered_cannot_be_started(gateway: str) -> None:
    with pytest.raises(BusinessError):
        start_attempt(invoice=make.make_invoice(), gateway=gateway, created_by=None, ctx=CTX)


def test_a_part_only_where_staff_allow_it() -> None:
    invoice = make.make_invoice()
    with pytest.raises(BusinessError, match="This invoice can't be paid in parts"):
        begin(invoice, amount=500)
    set_setting(key="payments.allow_partial", value="on", ctx=CTX)
    assert begin(invoice, amount=500).amount == 500
    for amount in (0, -1, 1201):
        with pytest.raises(BusinessError):
            begin(invoice, amount=amount)


def test_others_expire_and_fail_in_their_time() -> None:
    """What cards and wallets will need."""
    made = begin(make.make_invoice())
    Attempt.objects.filter(pk=made.pk).update(expires_at=make.AT + timedelta(minutes=60))
    assert expire_attempts(ctx=Context(make.AT + timedelta(minutes=59), SYSTEM)) == 0
    assert expire_attempts(ctx=Context(make.AT + timedelta(minutes=60), SYSTEM)) == 1
    other = start_attempt(
        invoice=make.make_invoice(), gateway="bank_transfer", created_by=None, ctx=CTX
    )
    fail_attempt(attempt=other, reason="declined", ctx=CTX)
    assert (other.status, other.failure) == ("failed", "declined")
    with pytest.raises(StateConflict):
        open_attempt(attempt=other, reference="x", ctx=CTX)


def test_an_attempt_that_a_killed_process_left_blocks_nobody() -> None:
    """It had no reference yet, and ``begin`` closed only those that have one."""
    invoice = make.make_invoice()
    left = start_attempt(invoice=invoice, gateway="bank_transfer", created_by=None, ctx=CTX)
    make.make_payment(invoice, gateway="manual", amount=200)
    new = begin(invoice)
    left.refresh_from_db()
    assert (left.status, new.status, new.amount) == ("failed", "open", 1000)


def test_another_amount_waits_until_the_live_attempt_is_closed() -> None:
    made = begin(make.make_invoice())
    set_setting(key="payments.allow_partial", value="on", ctx=CTX)
    with pytest.raises(StateConflict, match="amount has changed"):
        start_attempt(
            invoice=made.invoice, gateway="bank_transfer", created_by=None, amount=500, ctx=CTX
        )
    again = start_attempt(invoice=made.invoice, gateway="bank_transfer", created_by=None, ctx=CTX)
    assert again == made


def test_money_that_comes_twice_for_one_attempt_is_booked_twice() -> None:
    """It has succeeded already; refusing the second report would lose money that we have."""
    made = begin(make.make_invoice())
    first = make.make_payment(made.invoice, attempt=made)
    made.refresh_from_db()
    second = make.make_payment(made.invoice, attempt=made, amount=100)
    assert [first.attempt, second.attempt, made.status] == [made, made, "succeeded"]
    assert credit_balance(made.client_id, "EUR") == 100


def test_r5_money_that_comes_after_its_attempt_expired_is_booked() -> None:
    """The late truth of the gateway: the attempt succeeds, the invoice is paid, nothing is lost."""
    invoice = make.make_invoice()
    made = begin(invoice)
    Attempt.objects.filter(pk=made.pk).update(expires_at=make.AT)
    assert expire_attempts(ctx=Context(make.AT, SYSTEM)) == 1
    made.refresh_from_db()
    assert made.status == "expired"
    payment = make.make_payment(invoice, attempt=made)
    made.refresh_from_db()
    invoice.refresh_from_db()
    assert (made.status, payment.attempt, payment.status) == ("succeeded", made, "completed")
    assert (invoice.status, invoice.amount_due) == ("paid", 0)
