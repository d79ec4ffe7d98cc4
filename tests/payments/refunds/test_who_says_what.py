"""Refunds of which staff and gateway say different things, or the gateway nothing any more (payments.md 8)."""

from datetime import timedelta

import pytest

from commerce.billing.credit.actions import pay_out_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import CreditNote
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.payments.actions.refund_results import apply_refund_report
from commerce.payments.models import Refund
from tests.doubles.gateway import FakeProvider
from tests.payments.refunds.test_through_the_gateway import CTX, ask, paid, parked, stands, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


def test_one_that_staff_took_for_not_made_is_booked_when_the_gateway_tells_of_it(
    provider: FakeProvider,
) -> None:
    provider.lost += ["refund"] * 100
    refund = ask(paid(), 500)
    for hours in range(23):
        work(timedelta(hours=hours))
    finish_manually(job=Job.objects.get(action="refund.send"), reason="not there", ctx=CTX)
    assert stands(refund)[0] == "failed"
    for _ in range(2):
        report = provider.refund_report("r1", "succeeded")
        apply_refund_report(gateway="fake", report=report, ctx=CTX)
    told = Refund.objects.exclude(pk=refund.pk).get()
    assert (told.amount, told.is_outside, told.status) == (500, True, "succeeded")
    assert CreditNote.objects.get().total == 500


def test_one_of_which_the_gateway_said_that_it_failed_stays_so(provider: FakeProvider) -> None:
    provider.lost.append("refund")
    refund = ask(paid(), 500)
    work()
    for state in ("failed", "accepted", "succeeded"):
        report = provider.refund_report("r1", state)
        apply_refund_report(gateway="fake", report=report, ctx=CTX)
    assert (stands(refund)[0], refund.reference) == ("failed", "r-r1")
    assert Refund.objects.get() == refund


def test_what_was_short_is_no_to_do_any_more_once_the_refund_failed(
    provider: FakeProvider,
) -> None:
    payment = paid()
    refund = ask(payment)
    credit_invoice(invoice=payment.invoice, reason="goodwill", ctx=CTX)
    pay_out_credit(client=payment.client, currency_code="EUR", amount=200, reference="b", ctx=CTX)
    work()
    work()
    assert "2.00 EUR" in parked("refund.unrecovered")
    report = provider.refund_report("r1", "failed")
    apply_refund_report(gateway="fake", report=report, ctx=CTX)
    assert stands(refund)[3] == 1000
    assert Job.objects.get(action="refund.unrecovered").status == "dropped"


def test_a_gateway_that_refuses_to_say_what_became_of_it_is_staff_s_to_look_at(
    provider: FakeProvider,
) -> None:
    refund = ask(paid(), 500)
    work()
    provider.refuses.append("fetch_refund")
    work(timedelta(minutes=15))
    assert "r-r1" in parked("refund.follow")
    assert stands(refund)[0] == "accepted"
