"""One transfer that staff received for several invoices: one payment, a share for each, and back again."""

from datetime import date

import pytest

from commerce.billing.models import CreditAccount, Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.manual import (
    ConfirmationRequired,
    ReceivedByHand,
    record_manual_payment_of_invoices,
)
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import open_form, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]
CTX = Context(make.AT, SYSTEM)
RECEIVED: ReceivedByHand = {
    "amount": 2400,
    "method": "bank_transfer",
    "received_on": make.AT.date(),
    "idempotency_key": "form-1",
    "reference": "SEPA 7",
}


@pytest.fixture
def two() -> list[Invoice]:
    """Of one client, 12.00 each; the second is due first."""
    client = make.make_client()
    return [make.make_invoice(client, due_date=date(2026, 5, day)) for day in (20, 10)]


def shares(payment: Payment) -> list[tuple[int, int]]:
    return list(payment.shares.order_by("pk").values_list("invoice_id", "amount"))


def test_each_has_its_share_and_one_receipt(two: list[Invoice]) -> None:
    payment = record_manual_payment_of_invoices(invoices=two, ctx=CTX, **RECEIVED)
    assert shares(payment) == [(two[1].pk, 1200), (two[0].pk, 1200)]
    assert [one.pk for one in payment.invoices()] == [two[1].pk, two[0].pk]
    assert {*Invoice.objects.values_list("status", "amount_due")} == {("paid", 0)}
    again = record_manual_payment_of_invoices(invoices=two, ctx=CTX, **RECEIVED)
    assert again == payment
    assert Payment.objects.count() == 1
    run_all_jobs(make.AT, failing=True)
    assert OutgoingMail.objects.filter(event="invoice_paid").count() == 2


def test_too_little_pays_the_oldest_first_and_too_much_is_asked_about(two: list[Invoice]) -> None:
    short = record_manual_payment_of_invoices(invoices=two, ctx=CTX, **{**RECEIVED, "amount": 1500})
    assert shares(short) == [(two[1].pk, 1200), (two[0].pk, 300)]
    more: ReceivedByHand = {**RECEIVED, "amount": 1000, "idempotency_key": "f-2", "reference": ""}
    with pytest.raises(ConfirmationRequired):
        record_manual_payment_of_invoices(invoices=two[:1], ctx=CTX, **more)
    more["confirmed"] = frozenset({"amount"})
    record_manual_payment_of_invoices(invoices=two[:1], ctx=CTX, **more)
    assert CreditAccount.objects.get().balance == 100


def test_what_is_not_open_or_somebody_elses_is_refused(two: list[Invoice]) -> None:
    other = make.make_invoice(make.make_client())
    with pytest.raises(BusinessError, match="client"):
        record_manual_payment_of_invoices(invoices=[two[0], other], ctx=CTX, **RECEIVED)
    paid = make.make_invoice(two[0].client, "paid")
    with pytest.raises(StateConflict):
        record_manual_payment_of_invoices(invoices=[two[0], paid], ctx=CTX, **RECEIVED)


def test_one_that_bounces_opens_both_again(two: list[Invoice]) -> None:
    payment = record_manual_payment_of_invoices(invoices=two, ctx=CTX, **RECEIVED)
    reverse_payment(payment=payment, reason="bounced", ctx=CTX)
    assert {*Invoice.objects.values_list("amount_due", flat=True)} == {1200}


def test_staff_tick_the_others_in_the_form_of_one(two: list[Invoice]) -> None:
    web, path = staff_browser(make_staff("billing")), f"/admin/invoices/{two[0].pk}/record-payment"
    form = open_form(web, path) | {"also": [two[1].pk], "reference": "", "note": ""}
    refused = web.post(path, form)
    assert refused.status_code == 422
    assert "24.00 is due for these invoices" in text_of(refused)
    assert web.post(path, form | {"amount": "24.00"}).status_code == 303
    assert len(shares(Payment.objects.get())) == 2
