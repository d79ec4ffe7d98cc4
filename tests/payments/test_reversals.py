"""A cheque that bounced, a transfer that was returned: told by staff (payments.md 8, billing.md 2 and 6)."""

from datetime import datetime, timedelta

import pytest

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import pay_out_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.invoices.actions.reversals import PaymentReversal
from commerce.billing.models import CreditAccount, Invoice, SettlementEntry
from commerce.billing.periods.actions.dunning import set_dunning_hold
from commerce.hosting.models import Service
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.jobs import run_jobs_but_documents
from tests.make.payments import dispute_payment, refund_whole_payment
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]
CTX = Context(make.AT, SYSTEM)


def reverse(
    payment: Payment, *, at: datetime = make.AT, reason: str = "cheque bounced"
) -> PaymentReversal:
    return reverse_payment(payment=payment, reason=reason, ctx=Context(at, SYSTEM))


def stands(payment: Payment) -> tuple[str, str, int]:
    payment.refresh_from_db()
    row = Invoice.objects.get(pk=payment.invoice_id)
    return payment.status, row.status, row.amount_due


def balance() -> int:
    return sum(CreditAccount.objects.values_list("balance", flat=True))


def test_the_invoice_is_open_again_and_held_for_the_days_of_grace() -> None:
    payment = make.make_payment()
    revision = Client.objects.get().revision
    assert reverse(payment) == PaymentReversal(1200, 0, 0)
    assert stands(payment) == ("reversed", "unpaid", 1200)
    row = payment.invoice
    row.refresh_from_db()
    assert (row.paid_at, row.dunning_hold_until) == (None, make.AT.date() + timedelta(days=3))
    assert Client.objects.get().revision > revision
    told = AuditEntry.objects.get(record_kind="payment", action="payment.reversed")
    assert told.reason == "cheque bounced"
    assert not Job.objects.filter(action="payment.unrecovered").exists()
    assert not Payment.objects.listed_on_invoices().exists()


def test_what_takes_nothing_from_credit_opens_no_account() -> None:
    """The credit page showed a balance of nothing, without a transaction."""
    reverse(make.make_payment())
    assert not CreditAccount.objects.exists()


def test_past_its_due_date_it_is_overdue_and_a_longer_hold_stays() -> None:
    """A hold that staff had set until later became shorter."""
    invoice = make.make_invoice()
    later, until = make.AT + timedelta(days=40), make.AT.date() + timedelta(days=99)
    set_dunning_hold(invoice=invoice, until=until, reason="x", ctx=CTX)
    payment = make.make_payment(invoice)
    reverse(payment, at=later)
    assert stands(payment) == ("reversed", "overdue", 1200)
    invoice.refresh_from_db()
    assert (invoice.overdue_at, invoice.dunning_hold_until) == (later, until)


def test_twice_it_is_refused_and_changes_nothing() -> None:
    payment = make.make_payment()
    reverse(payment)
    with pytest.raises(StateConflict, match="reversed"):
        reverse(payment)
    assert SettlementEntry.objects.filter(kind="reversal").count() == 1


def test_a_reason_is_needed() -> None:
    payment = make.make_payment()
    with pytest.raises(BusinessError):
        reverse(payment, reason=" ")
    assert stands(payment) == ("completed", "paid", 0)


def test_one_of_two_parts_is_due_again() -> None:
    invoice = make.make_invoice()
    first, second = (make.make_payment(invoice, amount=each) for each in (500, 700))
    reverse(first)
    assert stands(second) == ("completed", "unpaid", 500)


def test_what_had_become_credit_is_taken_from_credit() -> None:
    payment = make.make_payment(amount=1500)
    assert reverse(payment) == PaymentReversal(1200, 300, 0)
    assert (stands(payment), balance()) == (("reversed", "unpaid", 1200), 0)


def test_money_for_a_closed_invoice_is_taken_from_credit_alone() -> None:
    payment = make.make_payment(make.make_invoice(status="cancelled"), amount=700)
    assert reverse(payment) == PaymentReversal(0, 700, 0)
    assert (stands(payment), balance()) == (("reversed", "cancelled", 0), 0)


def test_credit_that_is_spent_is_a_to_do_for_staff() -> None:
    """M12: short, and on the list until a person has decided."""
    set_setting(key="company.email", value="staff@example.net", ctx=CTX)
    client = make.make_client()
    payment = make.make_payment(make.make_invoice(client), amount=1500)
    pay_out_credit(client=client, currency_code="EUR", amount=300, reference="bank 1", ctx=CTX)
    assert reverse(payment) == PaymentReversal(1200, 0, 300)
    run_jobs_but_documents(at=make.AT)
    [job] = Job.objects.filter(status="parked")
    assert (job.subject, "3.00 EUR" in job.error) == (("payment", payment.pk), True)
    assert OutgoingMail.objects.filter(event="job_parked", about_id=job.pk).exists()
    finish_manually(job=job, reason="written off", ctx=CTX)


def test_a_part_that_was_refunded_to_credit_comes_out_of_credit() -> None:
    payment = make.make_payment()
    refund_payment(
        method="credit", payment=payment, amount=200, idempotency_key="r", reason="outage", ctx=CTX
    )
    assert reverse(payment) == PaymentReversal(1000, 200, 0)
    assert (stands(payment), balance()) == (("reversed", "unpaid", 1000), 0)
    with pytest.raises(StateConflict):
        refund_payment(
            method="credit", payment=payment, amount=1, idempotency_key="r2", reason="x", ctx=CTX
        )


def test_one_that_was_refunded_whole_is_not_reversed() -> None:
    payment = make.make_payment()
    refund_whole_payment(payment=payment, reason="asked", ctx=CTX)
    with pytest.raises(StateConflict, match="money is still here"):
        reverse(payment)


def test_an_invoice_that_was_credited_in_full_stays_so() -> None:
    """Its money had gone to credit."""
    payment = make.make_payment()
    credit_invoice(invoice=payment.invoice, reason="goodwill", ctx=CTX)
    assert reverse(payment) == PaymentReversal(0, 1200, 0)
    assert stands(payment) == ("reversed", "refunded", 0)


def test_a_disputed_one_can_be_lost() -> None:
    payment = make.make_payment(gateway="stripe")
    dispute_payment(payment=payment, reason="unknown to the payer", ctx=CTX)
    reverse(payment)
    assert stands(payment) == ("reversed", "unpaid", 1200)


def test_r30_paid_again_the_next_due_date_has_moved_once_in_all() -> None:
    invoice = make_renewal()
    payment = make.make_payment(invoice, at=RENEWED_AT)
    moved = Service.objects.get().next_due_date
    reverse(payment, at=RENEWED_AT)
    assert (stands(payment)[1], Service.objects.get().next_due_date) == ("unpaid", moved)
    invoice.refresh_from_db()
    again = make.make_payment(invoice, at=RENEWED_AT)
    assert stands(again) == ("completed", "paid", 0)
    assert Service.objects.get().next_due_date == moved
