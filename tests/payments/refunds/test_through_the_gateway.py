"""Money sent back through its gateway: asked by a job with the refund's key, booked when accepted (payments.md 8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import CreditAccount, CreditNote, Invoice
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.refund_results import apply_refund_report
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment, Refund
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeGateway, FakeProvider
from tests.make.jobs import run_jobs_but_documents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
CTX = Context(make.AT, SYSTEM)


def paid() -> Payment:
    return make.make_payment(make.make_invoice(), gateway="fake")


def ask(payment: Payment, amount: int = 1200, key: str = "r1") -> Refund:
    return refund_payment(
        method="gateway",
        payment=payment,
        amount=amount,
        reason="outage",
        idempotency_key=key,
        ctx=CTX,
    )


def work(after: timedelta = timedelta(0)) -> None:
    run_jobs_but_documents(at=make.AT + after)


def stands(refund: Refund) -> tuple[str, str, str, int]:
    """Refund, payment, invoice, and credit."""
    refund.refresh_from_db()
    payment = Payment.objects.select_related("invoice").get(pk=refund.payment_id)
    balance = sum(CreditAccount.objects.values_list("balance", flat=True))
    return refund.status, payment.status, payment.invoice.status, balance


def parked(action: str) -> str:
    return Job.objects.get(action=action, status="parked").error


def test_nothing_is_booked_before_the_gateway_accepts_it(provider: FakeProvider) -> None:
    refund = ask(paid())
    assert (stands(refund), "refund" in provider.calls) == (
        ("requested", "completed", "paid", 0),
        False,
    )
    assert not CreditNote.objects.exists()
    work()
    assert stands(refund) == ("accepted", "refunded", "refunded", 0)
    assert (refund.reference, refund.credit_note) == ("r-r1", CreditNote.objects.get())
    assert CreditNote.objects.get().total == 1200


def test_the_client_is_told_once_when_it_is_accepted(provider: FakeProvider) -> None:
    ask(paid(), 500)
    assert not OutgoingMail.objects.filter(event="refund_sent").exists()
    work()
    apply_refund_report(gateway="fake", report=provider.refund_report("r1"), ctx=CTX)
    work()
    [mail] = OutgoingMail.objects.filter(event="refund_sent")
    assert ("5.00" in mail.text, "INV-0001" in mail.subject) == (True, True)


def test_a_part_keeps_the_states_and_the_rest_can_follow(provider: FakeProvider) -> None:
    payment = paid()
    part = ask(payment, 500)
    work()
    assert stands(part) == ("accepted", "completed", "paid", 0)
    rest = ask(payment, 700, "r2")
    work()
    assert stands(rest) == ("accepted", "refunded", "refunded", 0)
    assert provider.refunds == {"r1": 500, "r2": 700}


def test_what_is_asked_for_is_spoken_for() -> None:
    """M11: before the gateway has said a word."""
    payment = paid()
    ask(payment, 700)
    with pytest.raises(BusinessError, match="what is left"):
        ask(payment, 501, "r2")
    with pytest.raises(BusinessError):
        refund_payment(
            method="credit", payment=payment, amount=501, reason="x", idempotency_key="c", ctx=CTX
        )
    assert ask(payment, 700).pk == Refund.objects.get().pk


def test_two_payments_of_an_invoice_are_not_refunded_beyond_what_it_holds() -> None:
    invoice = make.make_invoice()
    first = make.make_payment(invoice, gateway="fake", amount=500)
    second = make.make_payment(invoice, gateway="fake", amount=1500)
    ask(first, 500)
    with pytest.raises(BusinessError, match="more than what was paid"):
        ask(second, 701, "r2")
    ask(second, 700, "r3")
    work()
    assert set(Refund.objects.values_list("status", flat=True)) == {"accepted"}


@pytest.mark.parametrize("gateway", ["bank_transfer", "manual"])
def test_never_for_what_no_gateway_took(gateway: str) -> None:
    payment = make.make_payment(gateway=gateway)
    with pytest.raises(BusinessError, match="Refund to credit instead"):
        ask(payment)
    assert not Refund.objects.exists()


def test_not_for_a_payment_that_is_too_old() -> None:
    payment = paid()
    late = Context(make.AT + timedelta(days=181), SYSTEM)
    say = {"payment": payment, "amount": 1, "reason": "x", "idempotency_key": "r1"}
    with pytest.raises(BusinessError, match="180 days"):
        refund_payment(method="gateway", **say, ctx=late)
    refund_payment(method="gateway", **say, ctx=Context(make.AT + timedelta(days=180), SYSTEM))


def test_only_in_full_where_the_gateway_knows_no_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = replace(FakeGateway.capabilities, partial_refund=False)
    monkeypatch.setattr(FakeGateway, "capabilities", whole)
    payment = paid()
    with pytest.raises(BusinessError, match="only supports full refunds"):
        ask(payment, 1199)
    ask(payment, 1200)


def test_a_lost_answer_is_no_second_refund(provider: FakeProvider) -> None:
    provider.lost.append("refund")
    refund = ask(paid(), 500)
    work()
    assert stands(refund)[0] == "requested"
    work(timedelta(minutes=20))
    assert (stands(refund)[0], provider.refunds) == ("accepted", {"r1": 500})


def test_one_without_an_answer_for_a_day_is_staff_s_to_look_up(provider: FakeProvider) -> None:
    set_setting(key="company.email", value="staff@example.net", ctx=CTX)
    provider.silent += ["refund"] * 100
    refund = ask(paid(), 500)
    for hours in range(23):
        work(timedelta(hours=hours))
    text = parked("refund.send")
    assert "5.00 EUR" in text
    job = Job.objects.get(action="refund.send")
    finish_manually(job=job, reason="seen", answers={"remote_id": "r-7"}, ctx=CTX)
    assert (stands(refund)[0], refund.reference) == ("accepted", "r-7")


def test_staff_say_that_the_gateway_never_made_it(provider: FakeProvider) -> None:
    provider.silent += ["refund"] * 100
    refund = ask(paid(), 500)
    for hours in range(23):
        work(timedelta(hours=hours))
    finish_manually(job=Job.objects.get(action="refund.send"), reason="seen", ctx=CTX)
    assert stands(refund) == ("failed", "completed", "paid", 0)


def test_one_that_fails_at_once_changes_nothing_and_staff_are_told(provider: FakeProvider) -> None:
    provider.fails_refunds = True
    payment = paid()
    refund = ask(payment)
    work()
    assert stands(refund) == ("failed", "completed", "paid", 0)
    assert (CreditNote.objects.count(), refund.failure) == (0, "The card is closed.")
    assert "The card is closed." in parked("refund.failed")
    provider.fails_refunds = False
    again = ask(payment, 1200, "r2")
    work()
    assert stands(again)[0] == "accepted"


@pytest.mark.parametrize("states", [["failed"], ["succeeded", "failed"]])
def test_one_that_fails_after_it_was_accepted_is_credit(
    provider: FakeProvider, states: list[str]
) -> None:
    """Its credit note stays, as if it had been refunded to credit; and nothing of it is left to refund."""
    payment = paid()
    refund = ask(payment)
    work()
    for state in states:
        report = provider.refund_report("r1", state)
        apply_refund_report(gateway="fake", report=report, ctx=CTX)
        apply_refund_report(gateway="fake", report=report, ctx=CTX)
    work()
    assert stands(refund) == ("failed", "refunded", "refunded", 1200)
    assert "credit balance" in parked("refund.failed")
    with pytest.raises(StateConflict):
        ask(payment, 1, "r2")


def test_a_part_that_fails_uses_up_its_payment(provider: FakeProvider) -> None:
    payment = paid()
    refund = ask(payment, 500)
    work()
    apply_refund_report(gateway="fake", report=provider.refund_report("r1", "failed"), ctx=CTX)
    assert stands(refund) == ("failed", "completed", "paid", 500)
    with pytest.raises(BusinessError):
        ask(payment, 701, "r2")
    ask(payment, 700, "r3")
    work()
    assert stands(refund)[1:] == ("refunded", "refunded", 500)


def test_the_gateway_is_asked_what_became_of_it(provider: FakeProvider) -> None:
    refund = ask(paid(), 500)
    work()
    for after in (timedelta(minutes=15), timedelta(hours=1)):
        work(after)
        assert stands(refund)[0] == "accepted"
    provider.silent.append("fetch_refund")
    work(timedelta(hours=6))
    provider.refund_states["r1"] = "succeeded"
    work(timedelta(days=2))
    assert (stands(refund)[0], provider.calls.count("fetch_refund")) == ("succeeded", 4)


def test_staff_look_at_one_that_has_no_end() -> None:
    ask(paid(), 500)
    for day in range(33):
        work(timedelta(days=day))
    assert "has not finished" in parked("refund.follow")


def test_the_event_may_be_faster_than_the_answer(provider: FakeProvider) -> None:
    payment = paid()
    provider.lost.append("refund")
    refund = ask(payment, 500)
    work()
    apply_refund_report(gateway="fake", report=provider.refund_report("r1", "succeeded"), ctx=CTX)
    assert stands(refund)[0] == "succeeded"
    work(timedelta(minutes=20))
    assert (stands(refund)[0], CreditNote.objects.count()) == ("succeeded", 1)
    assert provider.calls.count("refund") == 1


def test_what_the_invoice_does_not_hold_any_more_comes_out_of_credit(
    provider: FakeProvider,
) -> None:
    """Staff credited the whole invoice while the gateway was asked."""
    payment = paid()
    refund = ask(payment, 500)
    credit_invoice(invoice=payment.invoice, reason="goodwill", ctx=CTX)
    assert stands(refund)[3] == 1200
    work()
    assert stands(refund) == ("accepted", "completed", "refunded", 700)
    assert (refund.credit_note, refund.unrecovered_amount) == (None, 0)
    apply_refund_report(gateway="fake", report=provider.refund_report("r1", "failed"), ctx=CTX)
    assert stands(refund)[3] == 1200


def test_money_that_was_sent_back_is_not_reversed_again() -> None:
    payment = paid()
    ask(payment, 500)
    work()
    taken = reverse_payment(payment=payment, reason="charged back", ctx=CTX)
    assert taken.reopened == 700
    invoice = Invoice.objects.get(pk=payment.invoice_id)
    assert (invoice.status, invoice.amount_due) == ("unpaid", 700)
