"""billing.md 8, payments.md 2: money for the request of a plan change, whoever reports it, in every order."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.actions.paying import pay_request_from_credit
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import Invoice, PlanChange
from commerce.catalog.actions.prices import set_price
from commerce.events.models import StoredEvent
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.booking import book_reported_payment
from commerce.payments.actions.manual import ConfirmationRequired, assign_unallocated_payment
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.refunds import amount_left, refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.models import Payment, PaymentShare, UnallocatedPayment
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_jobs_but_documents
from tests.payments.plan_changes.conftest import (
    ASKED,
    CTX,
    TENTH,
    ask,
    hear,
    ledger,
    receive,
    settled,
    stands,
    start,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
DAY = timedelta(days=1)


def mails(event: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(event=event))


def test_the_money_carries_the_change_out_and_is_settled_on_its_invoice(
    change: PlanChange, provider: FakeProvider
) -> None:
    attempt = start(change)
    assert (attempt.purpose, attempt.plan_change, attempt.amount) == ("plan_change", change, ASKED)
    provider.pay(attempt.reference or "")
    hear(attempt)
    assert stands(change) == ("applied", "paid")
    payment = Payment.objects.get()
    share = PaymentShare.objects.get()
    change.refresh_from_db()
    assert (payment.plan_change, payment.invoice, payment.attempt) == (change, None, attempt)
    assert (share.payment, share.invoice, share.amount) == (payment, change.invoice, ASKED)
    assert (settled(change), ledger(change)) == ([("payment", ASKED)], [])
    assert payment.invoices() == attempt.invoices() == [change.invoice]
    change.service.refresh_from_db()
    assert change.service.product.name == "Large"


def test_told_five_times_and_a_day_later_it_is_one_payment(
    change: PlanChange, provider: FakeProvider
) -> None:
    attempt = start(change)
    provider.pay(attempt.reference or "")
    for at in [TENTH] * 5 + [TENTH + DAY]:
        hear(attempt, at)
    assert (Payment.objects.count(), ledger(change)) == (1, [])
    assert stands(change) == ("applied", "paid")


def test_too_little_is_credit_at_once_and_the_rest_is_asked_for(change: PlanChange) -> None:
    receive(change, 500)
    assert (stands(change), ledger(change)) == (("awaiting_payment", None), [("overpayment", 500)])
    assert amount_to_pay(PlanChange.objects.get(pk=change.pk)) == ASKED - 500
    receive(change, ASKED - 500)
    assert stands(change) == ("applied", "paid")
    assert sorted(settled(change)) == [("credit", 500), ("payment", 1500)]
    assert ledger(change) == [("overpayment", 500), ("applied", -500)]


def test_too_much_becomes_credit_after_a_second_word(change: PlanChange) -> None:
    with pytest.raises(ConfirmationRequired):
        receive(change, ASKED + 100, confirmed=frozenset())
    receive(change, ASKED + 100)
    assert (stands(change), ledger(change)) == (("applied", "paid"), [("overpayment", 100)])


@pytest.mark.parametrize("end", [actions.withdraw_plan_change, None])
def test_money_for_a_request_that_has_ended_is_credit_and_staff_are_told(
    change: PlanChange, end: Any
) -> None:
    if end:
        end(change=change, ctx=CTX)
    else:
        assert actions.lapse_plan_change(change=change, day=(TENTH + 20 * DAY).date(), ctx=CTX)
    receive(change)
    assert (settled(change), ledger(change)) == ([], [("late_payment", ASKED)])
    set_setting(key="company.email", value="us@example.com", ctx=CTX)
    run_jobs_but_documents(at=TENTH)
    [mail] = mails("late_payment")
    assert mail.values["plan"] == "Large"


def test_a_second_payment_is_late_whole_and_refused_without_a_word(change: PlanChange) -> None:
    receive(change)
    with pytest.raises(ConfirmationRequired):
        receive(change, 1999, confirmed=frozenset())
    receive(change, 1999)
    assert (settled(change), ledger(change)) == ([("payment", ASKED)], [("late_payment", 1999)])


def test_a_change_that_cannot_be_carried_out_any_more_lapses_and_all_is_credit(
    change: PlanChange,
) -> None:
    set_price(
        product=change.product, currency_code="EUR", billing_cycle="monthly", price=7000, ctx=CTX
    )
    receive(change)
    assert (stands(change), ledger(change)) == (("lapsed", None), [("late_payment", ASKED)])
    assert not StoredEvent.objects.filter(kind="LatePaymentBooked").exists()
    assert not mails("late_payment")


def test_carried_out_on_account_its_money_pays_the_open_invoice(
    change: PlanChange, provider: FakeProvider
) -> None:
    """By the request's reference, and by the attempt that was begun before."""
    attempt = start(change)
    actions.carry_out_on_account(change=change, ctx=CTX)
    run_jobs_but_documents(at=TENTH)
    assert stands(change) == ("applied", "unpaid")
    receive(change, 500)
    assert (stands(change), settled(change)) == (("applied", "unpaid"), [("payment", 500)])
    run_jobs_but_documents(at=TENTH)
    assert len(mails("payment_received")) == 1
    provider.pay(attempt.reference or "")
    hear(attempt)
    assert stands(change) == ("applied", "paid")
    assert settled(change) == [("payment", 500), ("payment", 1500)]
    assert ledger(change) == [("overpayment", 500)]


def test_a_success_after_a_failure_is_booked(change: PlanChange, provider: FakeProvider) -> None:
    attempt = start(change)
    provider.decline(attempt.reference or "", "No.")
    hear(attempt)
    assert attempt.status == "failed"
    provider.pay(attempt.reference or "")
    hear(attempt)
    assert (attempt.status, *stands(change)) == ("succeeded", "applied", "paid")


def test_another_currency_is_kept_for_staff_who_read_what_it_is_for(change: PlanChange) -> None:
    attempt = start(change)
    money = ReceivedMoney(
        gateway="fake",
        transaction_id="T9",
        amount=ASKED,
        currency_code="USD",
        received_on=TENTH.date(),
    )
    kept = book_reported_payment(money=money, invoice=None, attempt=attempt, ctx=CTX)
    assert isinstance(kept, UnallocatedPayment)
    assert kept.plan_change == change
    assert change.reference
    assert change.reference in kept.note
    assert stands(change) == ("awaiting_payment", None)


def test_an_unallocated_payment_is_assigned_to_a_request(change: PlanChange) -> None:
    kept = record_unallocated_payment(
        gateway="bank_transfer",
        transaction_id="SEPA 7",
        amount=ASKED,
        currency_code="EUR",
        received_on=TENTH.date(),
        reason="reference",
        ctx=CTX,
    )
    payment = assign_unallocated_payment(unallocated=kept, to=change, ctx=CTX)
    assert (kept.status, kept.payment, kept.plan_change) == ("assigned", payment, change)
    assert (payment.transaction_id, *stands(change)) == ("SEPA 7", "applied", "paid")
    with pytest.raises(BusinessError):
        assign_unallocated_payment(unallocated=kept, to=change, ctx=CTX)


def test_a_form_sent_twice_is_one_payment_and_of_one_request(change: PlanChange) -> None:
    first = receive(change, idempotency_key="form", reference="SEPA 1")
    assert receive(change, idempotency_key="form", reference="SEPA 1") == first
    other = ask(make_other())
    with pytest.raises(BusinessError, match="another"):
        receive(other, idempotency_key="form", reference="SEPA 1")


def make_other() -> Service:
    from tests.payments.plan_changes.conftest import make_upgradable

    return make_upgradable(make.make_client(company="Other"), "Other")


def test_it_goes_back_from_the_invoice_of_the_change(
    change: PlanChange, provider: FakeProvider
) -> None:
    """The one invoice need not be named; through the gateway, to credit, and by the bank."""
    attempt = start(change)
    provider.pay(attempt.reference or "")
    hear(attempt)
    payment = Payment.objects.get()
    how: dict[str, Any] = {"payment": payment, "reason": "Sorry", "ctx": CTX}
    again = [
        refund_payment(method="credit", amount=300, idempotency_key="a", **how)
        for _twice in range(2)
    ]
    assert again[0] == again[1]
    refund = refund_payment(method="gateway", amount=200, idempotency_key="b", **how)
    run_jobs_but_documents(at=TENTH)
    refund.refresh_from_db()
    change.refresh_from_db()
    assert (refund.status, refund.invoice) == ("accepted", change.invoice)
    assert (amount_left(payment), ledger(change)) == (ASKED - 500, [("refund_to_credit", 300)])
    reverse_payment(payment=payment, reason="Bounced", ctx=CTX)
    assert stands(change) == ("applied", "unpaid")
    assert Invoice.objects.get(plan_change=change).amount_due == ASKED - 500


def test_credit_pays_a_request_once_it_is_enough(change: PlanChange) -> None:
    def give(amount: int) -> None:
        add_credit(
            client=change.client,
            currency_code="EUR",
            amount=amount,
            note="Sorry",
            idempotency_key=f"{amount}",
            ctx=CTX,
        )

    give(500)
    assert amount_to_pay(PlanChange.objects.get(pk=change.pk)) == ASKED
    pay_request_from_credit(change=change, ctx=CTX)
    assert (change.status, amount_to_pay(change)) == ("awaiting_payment", ASKED - 500)
    give(1500)
    pay_request_from_credit(change=change, ctx=CTX)
    assert (change.status, settled(change)) == ("applied", [("credit", ASKED)])
    with pytest.raises(BusinessError):
        pay_request_from_credit(change=change, ctx=Context(TENTH, SYSTEM))
