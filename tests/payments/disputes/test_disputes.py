"""The payer's bank asks for the money back: opened, won, lost, and paid again (payments.md 8, R30)."""

from datetime import date, datetime, timedelta

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.models import CreditAccount, Invoice, SettlementEntry
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.disputes import lose_dispute, open_dispute, win_dispute
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.gateways.contract import DisputeReport, RefundReport
from commerce.payments.models import Attempt, Dispute, Payment, SavedCard
from commerce.payments.rules import ReportTooEarly
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.cards import keep
from tests.make.jobs import run_jobs_but_documents
from tests.make.renewals import RENEWED_AT, make_renewal
from tests.payments.test_redirect import begin
from tests.payments.test_redirect import hear as hear_payment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]
CTX = Context(make.AT, SYSTEM)
DUE = date(2026, 4, 20)


def hear(
    payment: Payment,
    state: str,
    amount: int = 1200,
    reference: str = "dp_1",
    at: datetime = make.AT,
) -> None:
    report = DisputeReport(
        state, payment.transaction_id, reference, amount, "EUR", DUE, "fraudulent"
    )
    apply_gateway_report(gateway=payment.gateway, report=report, ctx=Context(at, SYSTEM))


def stands(payment: Payment) -> tuple[str, str, int, int]:
    """Payment, invoice, what is due, and credit."""
    payment.refresh_from_db()
    row = Invoice.objects.get(pk=payment.invoice_id)
    balance = sum(CreditAccount.objects.values_list("balance", flat=True))
    return payment.status, row.status, row.amount_due, balance


@pytest.fixture
def payment() -> Payment:
    return make.make_payment(gateway="stripe")


def test_opened_the_invoice_stays_paid_and_staff_are_told_once(payment: Payment) -> None:
    set_setting(key="company.email", value="staff@example.net", ctx=CTX)
    hear(payment, "open")
    hear(payment, "open")
    assert stands(payment) == ("disputed", "paid", 0, 0)
    run_jobs_but_documents(at=make.AT)
    [mail] = OutgoingMail.objects.filter(event="dispute_opened")
    assert all(
        part in mail.text for part in ("12.00", "INV-0001", "Payment reported as fraud", "20")
    )
    row = Dispute.objects.get()
    assert (row.amount, row.due_by, row.reason, row.status) == (1200, DUE, "fraudulent", "open")


def test_won_it_is_as_before(payment: Payment) -> None:
    for state in ("open", "won", "won", "open"):
        hear(payment, state)
    assert stands(payment) == ("completed", "paid", 0, 0)
    assert Dispute.objects.get().closed_at == make.AT


def test_lost_the_invoice_is_open_again_and_held(payment: Payment) -> None:
    for state in ("open", "lost", "lost", "open"):
        hear(payment, state)
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    held = Invoice.objects.get().dunning_hold_until
    assert held == make.AT.date() + timedelta(days=3)
    assert SettlementEntry.objects.filter(kind="reversal").count() == 1


def test_lost_may_be_the_first_that_we_hear(payment: Payment) -> None:
    hear(payment, "lost")
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    assert Dispute.objects.get().status == "lost"


def test_won_in_the_end_it_counts_again(payment: Payment) -> None:
    for state in ("open", "lost", "won"):
        hear(payment, state)
    assert stands(payment) == ("completed", "paid", 0, 0)
    assert Dispute.objects.get().status == "won"


@pytest.mark.parametrize("before", [("open", "won"), ("lost", "won"), ("won",)])
def test_lost_after_it_was_won_it_is_another_dispute(
    payment: Payment, before: tuple[str, ...]
) -> None:
    """By an appeal, that of its end by another one, and so on."""
    for state in before:
        hear(payment, state)
    for days in (1, 2, 3):
        at = make.AT + timedelta(days=days)
        for _ in range(2):
            hear(payment, "lost", at=at)
            assert stands(payment) == ("reversed", "unpaid", 1200, 0)
        for state in ("open", "won", "won"):
            hear(payment, state, at=at)
        assert stands(payment) == ("completed", "paid", 0, 0)
    references = Dispute.objects.order_by("pk").values_list("reference", flat=True)
    assert list(references) == ["dp_1", "dp_1#2", "dp_1#3", "dp_1#4"]


def test_lost_after_it_was_won_just_now_may_be_older_news(payment: Payment) -> None:
    """The event waits, and its gateway is asked again."""
    for state in ("open", "won"):
        hear(payment, state)
    for minutes in (-1, 0, 9):
        with pytest.raises(StateConflict, match="won a few minutes ago"):
            hear(payment, "lost", at=make.AT + timedelta(minutes=minutes))
    assert stands(payment) == ("completed", "paid", 0, 0)
    hear(payment, "lost", at=make.AT + timedelta(minutes=10))
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)


@pytest.mark.parametrize(
    ("state", "stood"),
    [
        ("open", ("reversed", "unpaid", 1200, 0)),
        ("lost", ("reversed", "unpaid", 1200, 0)),
        ("won", ("completed", "paid", 0, 0)),
    ],
)
def test_a_reversal_that_was_told_before_its_case_is_that_of_the_case(
    payment: Payment, state: str, stood: tuple[str, str, int, int]
) -> None:
    hear(payment, "lost", reference="reversal 9R")
    hear(payment, state)
    assert stands(payment) == stood
    row = Dispute.objects.get()
    assert (row.reference, row.due_by) == ("dp_1", DUE)
    assert not Job.objects.filter(action="dispute.lost_after_refund").exists()


def test_a_reversal_after_a_won_dispute_is_that_of_its_next_case(payment: Payment) -> None:
    hear(payment, "won")
    hear(payment, "lost", reference="reversal 9R")
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    later = make.AT + timedelta(days=1)
    hear(payment, "lost", at=later)
    assert [row.reference for row in Dispute.objects.order_by("pk")] == ["dp_1", "dp_1#2"]
    hear(payment, "won", at=later)
    assert stands(payment) == ("completed", "paid", 0, 0)


def test_won_in_the_end_and_paid_otherwise_meanwhile_it_is_credit(payment: Payment) -> None:
    hear(payment, "lost")
    make.make_payment(Invoice.objects.get())
    hear(payment, "won")
    assert stands(payment) == ("completed", "paid", 0, 1200)


def test_a_part_that_is_lost_leaves_the_rest(payment: Payment) -> None:
    hear(payment, "lost", 500)
    assert stands(payment) == ("reversed", "unpaid", 500, 0)
    hear(payment, "won", 500)
    assert stands(payment) == ("completed", "paid", 0, 0)


@pytest.mark.parametrize("amount", [200, 700])
def test_an_open_one_over_another_amount_is_over_that(payment: Payment, amount: int) -> None:
    hear(payment, "open", 500)
    hear(payment, "open", amount)
    assert Dispute.objects.get().amount == amount
    hear(payment, "lost", amount)
    assert stands(payment) == ("reversed", "unpaid", amount, 0)
    [entry] = AuditEntry.objects.filter(action="dispute.amount_changed")
    assert (entry.before, entry.after) == ({"amount": 500}, {"amount": amount})


def test_what_is_lost_may_be_less_than_what_was_asked_for(payment: Payment) -> None:
    hear(payment, "open")
    for _ in range(2):
        hear(payment, "lost", 200)
    assert stands(payment) == ("reversed", "unpaid", 200, 0)
    hear(payment, "won")
    assert stands(payment) == ("completed", "paid", 0, 0)


def test_a_bank_that_asks_for_more_gets_no_more_than_was_paid(payment: Payment) -> None:
    hear(payment, "lost", 9999)
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)


def test_before_its_payment_it_waits(payment: Payment) -> None:
    report = DisputeReport("open", "not booked yet", "dp_1", 1200, "EUR")
    with pytest.raises(ReportTooEarly):
        apply_gateway_report(gateway="stripe", report=report, ctx=CTX)
    assert not Dispute.objects.exists()


def test_two_at_once_are_decided_one_by_one(payment: Payment) -> None:
    hear(payment, "open", 600)
    hear(payment, "open", 600, "dp_2")
    hear(payment, "won", 600)
    assert stands(payment)[0] == "disputed"
    hear(payment, "won", 600, "dp_2")
    assert stands(payment)[0] == "completed"


def test_refunded_outside_meanwhile_a_won_one_leaves_it_refunded(payment: Payment) -> None:
    hear(payment, "open")
    back = RefundReport("succeeded", payment.transaction_id, "re_1", 1200, "EUR")
    apply_gateway_report(gateway="stripe", report=back, ctx=CTX)
    assert stands(payment) == ("disputed", "refunded", 0, 0)
    hear(payment, "won")
    assert stands(payment) == ("refunded", "refunded", 0, 0)


def test_refunded_outside_meanwhile_a_lost_one_takes_nothing_more(payment: Payment) -> None:
    hear(payment, "open")
    back = RefundReport("succeeded", payment.transaction_id, "re_1", 1200, "EUR")
    apply_gateway_report(gateway="stripe", report=back, ctx=CTX)
    hear(payment, "lost")
    assert stands(payment) == ("reversed", "refunded", 0, 0)


def test_lost_after_a_refund_to_credit_it_comes_out_of_credit(payment: Payment) -> None:
    """Credit stayed with the client, and a to-do asked staff to remove it."""
    refund_payment(
        method="credit", payment=payment, amount=1200, reason="outage", idempotency_key="c", ctx=CTX
    )
    hear(payment, "open")
    hear(payment, "lost")
    assert stands(payment) == ("refunded", "refunded", 0, 0)
    run_jobs_but_documents(at=make.AT)
    assert not Job.objects.filter(status="parked").exists()


def test_staff_who_reversed_it_before_hear_nothing_more(payment: Payment) -> None:
    hear(payment, "open")
    reverse_payment(payment=payment, reason="the bank wrote", ctx=CTX)
    hear(payment, "lost")
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    assert not Job.objects.filter(action="dispute.lost_after_refund").exists()


def test_the_saved_card_that_paid_is_charged_no_more(provider: FakeProvider) -> None:
    client = make.make_client()
    card = keep(client)
    attempt = begin(make.make_invoice(client))[0]
    Attempt.objects.filter(pk=attempt.pk).update(saved_card=card)
    provider.pay(attempt.reference or "")
    hear_payment(attempt.reference or "")
    hear(Payment.objects.get(), "open")
    card.refresh_from_db()
    assert card.stopped_at is not None
    assert card.failure == "A payment with this payment method is disputed."
    assert not SavedCard.objects.usable().exists()


def test_recorded_by_hand(payment: Payment) -> None:
    say = {"payment": payment, "reference": "bank 7", "reason": "unknown to the payer", "ctx": CTX}
    for amount in (0, 1201):
        with pytest.raises(BusinessError):
            open_dispute(amount=amount, **say)
    dispute = open_dispute(amount=1200, **say)
    assert open_dispute(amount=1200, **say) == dispute
    with pytest.raises(BusinessError, match="another payment"):
        open_dispute(amount=1, **say | {"payment": make.make_payment(gateway="stripe")})
    lose_dispute(dispute=dispute, ctx=CTX)
    with pytest.raises(StateConflict):
        lose_dispute(dispute=dispute, ctx=CTX)
    win_dispute(dispute=dispute, ctx=CTX)
    assert stands(payment) == ("completed", "paid", 0, 0)


def test_r30_lost_and_paid_again_the_next_due_date_has_moved_once_in_all() -> None:
    invoice = make_renewal()
    payment = make.make_payment(invoice, gateway="stripe", at=RENEWED_AT)
    moved = Service.objects.get().next_due_date
    ctx = Context(RENEWED_AT, SYSTEM)
    report = DisputeReport("open", payment.transaction_id, "dp_1", payment.amount, "EUR")
    apply_gateway_report(gateway="stripe", report=report, ctx=ctx)
    lose_dispute(dispute=Dispute.objects.get(), ctx=ctx)
    assert (stands(payment)[1], Service.objects.get().next_due_date) == ("unpaid", moved)
    invoice.refresh_from_db()
    make.make_payment(invoice, at=RENEWED_AT)
    assert (stands(payment)[1], Service.objects.get().next_due_date) == ("paid", moved)
    win_dispute(dispute=Dispute.objects.get(), ctx=ctx)
    assert Service.objects.get().next_due_date == moved
    assert stands(payment) == ("completed", "paid", 0, payment.amount)
