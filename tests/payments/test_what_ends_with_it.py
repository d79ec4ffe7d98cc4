"""payments.md 2 and 6: what a booking ends beside it, what it leaves, and what attempts, notices and refunds keep."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.attempts import (
    close_attempt,
    expire_attempts,
    fail_attempt,
    open_attempt,
    start_attempt,
)
from commerce.payments.actions.booking import record_payment
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.transfer_notices import (
    confirm_transfer_notice,
    lapse_transfer_notices,
    reject_transfer_notice,
)
from commerce.payments.models import Attempt, Payment, TransferNotice
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.payments import declare_transfer, switch_on_bank_transfer

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, Actor("staff", name="Grace"))
LATER = Context(AT + timedelta(hours=1), SYSTEM)
TODAY = AT.date()


def attempt_of(invoice: Invoice, reference: str = "", gateway: str = "bank_transfer") -> Attempt:
    """An attempt of bank transfer, open if it has a reference; of another gateway it is as if that had been made."""
    switch_on_bank_transfer()
    made = start_attempt(invoice=invoice, gateway="bank_transfer", created_by=None, ctx=CTX)
    if reference:
        open_attempt(attempt=made, reference=reference, ctx=CTX)
    if gateway != "bank_transfer":
        Attempt.objects.filter(pk=made.pk).update(gateway=gateway)
        made.refresh_from_db()
    return made


def noticed(invoice: Invoice) -> TransferNotice:
    return declare_transfer(invoice)


def status_of(*rows: Any) -> list[str]:
    for row in rows:
        row.refresh_from_db()
    return [row.status for row in rows]


def polled() -> list[int]:
    return list(Job.objects.filter(subject_kind="attempt").values_list("subject_id", flat=True))


# --- A booking ---


def test_a_transfer_ends_the_open_attempt_of_its_invoice_and_no_other() -> None:
    invoice, other = make.make_invoice(), make.make_invoice()
    mine, theirs = attempt_of(invoice, "a"), attempt_of(other, "b")
    payment = make.make_payment(invoice)
    assert status_of(mine, theirs) == ["succeeded", "open"]
    assert (payment.attempt, mine.ended_at) == (mine, AT)
    payment.refresh_from_db()
    assert payment.attempt == mine


def test_a_transfer_does_not_end_an_attempt_that_was_not_opened() -> None:
    invoice = make.make_invoice()
    made = attempt_of(invoice)
    payment = make.make_payment(invoice)
    assert (status_of(made), payment.attempt) == (["created"], None)


@pytest.mark.usefixtures("provider")
def test_cash_that_pays_all_closes_a_transfer_and_has_another_gateway_asked() -> None:
    invoice = make.make_invoice()
    transfer = attempt_of(invoice, "a")
    elsewhere = attempt_of(make.make_invoice(), "b", gateway="fake")
    Attempt.objects.filter(pk=elsewhere.pk).update(invoice=invoice)
    unopened = attempt_of(make.make_invoice())
    Attempt.objects.filter(pk=unopened.pk).update(invoice=invoice, gateway="other")
    make.make_payment(invoice, gateway="manual", amount=1199)
    assert (status_of(transfer, elsewhere), polled()) == (["open", "open"], [])
    payment = make.make_payment(invoice, gateway="manual", amount=1)
    assert status_of(transfer, elsewhere, unopened) == ["closed", "open", "created"]
    assert (transfer.ended_at, polled()) == (AT, [elsewhere.pk])
    job = Job.objects.get(subject_kind="attempt")
    assert (job.action, job.idempotency_key) == ("attempt.poll", f"payment {payment.pk}")


def test_a_part_by_transfer_confirms_the_notice_and_by_cash_leaves_it() -> None:
    first, second = make.make_invoice(), make.make_invoice()
    by_transfer, by_cash = noticed(first), noticed(second)
    payment = make.make_payment(first, amount=1)
    make.make_payment(second, amount=1, gateway="manual", method="cash")
    assert status_of(by_transfer, by_cash) == ["confirmed", "open"]
    assert (by_transfer.payment, by_transfer.decided_at) == (payment, AT)
    make.make_payment(second, amount=1)
    assert status_of(by_cash) == ["confirmed"]


def booked(invoice: Invoice, **over: Any) -> Payment:
    values: dict[str, Any] = {
        "gateway": "stripe",
        "transaction_id": "pi_1",
        "amount": 1200,
        "currency_code": "EUR",
        "received_on": TODAY,
    }
    return record_payment(invoice=invoice, money=ReceivedMoney(**values | over), ctx=CTX)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -1},
        {"received_on": TODAY + timedelta(days=1)},
        {"currency_code": "USD"},
    ],
)
def test_money_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BusinessError):
        booked(make.make_invoice(), **wrong)
    assert not Payment.objects.exists()


def test_a_booking_keeps_who_booked_what_and_when() -> None:
    invoice = make.make_invoice()
    made = booked(invoice, amount=1, note="Thanks", fee=3, method="card", reference="r-1")
    made.refresh_from_db()
    assert (made.status, made.amount, made.currency_id, made.client) == (
        "completed",
        1,
        "EUR",
        invoice.client,
    )
    assert (made.note, made.fee, made.method, made.reference) == ("Thanks", 3, "card", "r-1")
    assert (made.received_on, made.booked_at, made.created_at) == (TODAY, AT, AT)
    assert (made.recorded_by, made.transaction_id, made.invoice) == ("Grace", "pi_1", invoice)
    again = booked(invoice, amount=999)
    assert again == made
    with pytest.raises(BusinessError):
        booked(make.make_invoice(), amount=1)


def test_what_is_more_than_due_is_said_in_the_audit_log() -> None:
    booked(make.make_invoice(), amount=1500)
    booked(make.make_invoice(), amount=1200, transaction_id="pi_2")
    first, second = AuditEntry.objects.filter(action="payment.completed").order_by("pk")
    assert (first.after["to_credit"], "to_credit" in second.after) == (300, False)


# --- Attempts ---


def test_a_part_is_tried_where_it_is_allowed_and_within_what_is_due() -> None:
    invoice = make.make_invoice()
    switch_on_bank_transfer()
    say: dict[str, Any] = {"gateway": "bank_transfer", "created_by": None, "ctx": CTX}
    with pytest.raises(BusinessError):
        start_attempt(invoice=invoice, amount=1199, **say)
    set_setting(key="payments.allow_partial", value="on", ctx=CTX)
    for wrong in (0, -1, 1201):
        with pytest.raises(BusinessError):
            start_attempt(invoice=invoice, amount=wrong, **say)
    made = start_attempt(invoice=invoice, amount=1, **say)
    assert (made.amount, made.status, made.created_at) == (1, "created", AT)
    assert len(made.idempotency_key) == 32
    with pytest.raises(StateConflict):
        start_attempt(invoice=invoice, **say)
    assert start_attempt(invoice=invoice, amount=1, **say) == made


def test_opened_again_under_its_reference_it_stays_and_under_another_it_is_refused() -> None:
    made = attempt_of(make.make_invoice(), "a")
    open_attempt(attempt=made, reference="a", ctx=LATER)
    assert AuditEntry.objects.filter(action="attempt.open").count() == 1
    with pytest.raises(StateConflict):
        open_attempt(attempt=made, reference="b", ctx=LATER)
    close_attempt(attempt=made, ctx=LATER)
    assert (made.status, made.reference, made.ended_at) == ("closed", "a", LATER.at)
    with pytest.raises(StateConflict):
        open_attempt(attempt=made, reference="a", ctx=LATER)


def test_a_failure_keeps_the_first_255_characters_of_its_reason() -> None:
    made = attempt_of(make.make_invoice(), "a")
    fail_attempt(attempt=made, reason="x" * 256, ctx=LATER)
    assert (made.status, made.failure, made.ended_at) == ("failed", "x" * 255, LATER.at)


def test_each_attempt_ends_at_the_instant_at_which_its_time_is_over() -> None:
    opened, begun, longer = (attempt_of(make.make_invoice(), ref) for ref in ("a", "", "c"))
    ends = {opened: AT, begun: AT, longer: AT + timedelta(seconds=1)}
    for made, at in ends.items():
        Attempt.objects.filter(pk=made.pk).update(expires_at=at)
    assert expire_attempts(ctx=Context(AT - timedelta(seconds=1), SYSTEM)) == 0
    assert expire_attempts(ctx=CTX) == 2
    assert status_of(opened, begun, longer) == ["expired", "failed", "open"]
    assert (opened.ended_at, expire_attempts(ctx=CTX)) == (AT, 0)


# --- Notices ---


def test_a_notice_keeps_what_is_due_and_until_when_it_holds() -> None:
    invoice = make.make_invoice()
    make.make_payment(invoice, amount=200, gateway="manual")
    made = noticed(invoice)
    assert (made.amount, made.submitted_at, made.submitted_by, made.client) == (
        1000,
        AT,
        None,
        invoice.client,
    )
    assert noticed(make.make_invoice()).held_until == made.held_until  # each invoice by itself


def test_a_rejection_is_made_once() -> None:
    made = noticed(make.make_invoice())
    reject_transfer_notice(notice=made, reason=" not found ", ctx=LATER)
    assert (made.status, made.note, made.decided_at) == ("rejected", "not found", LATER.at)
    with pytest.raises(StateConflict):
        reject_transfer_notice(notice=made, reason="again", ctx=LATER)


def test_a_notice_is_confirmed_for_its_own_invoice_once() -> None:
    other = noticed(make.make_invoice())
    made = noticed(make.make_invoice())
    say: dict[str, Any] = {"amount": 1200, "received_on": TODAY, "reference": "A", "ctx": LATER}
    payment = confirm_transfer_notice(notice=made, note="seen", **say)
    assert (payment.invoice, payment.note, payment.method) == (
        made.invoice,
        "seen",
        "bank_transfer",
    )
    assert confirm_transfer_notice(notice=made, **say) == payment
    assert status_of(made, other) == ["confirmed", "open"]
    lapse_transfer_notices(day=TODAY + timedelta(days=60), ctx=LATER)
    assert status_of(other) == ["lapsed"]
    with pytest.raises(StateConflict):
        confirm_transfer_notice(notice=other, **say | {"reference": "B"})


def test_a_notice_of_an_invoice_that_is_closed_lapses_and_the_others_wait() -> None:
    closed, waits = noticed(make.make_invoice()), noticed(make.make_invoice())
    Invoice.objects.filter(pk=closed.invoice_id).update(status="paid", amount_due=0, paid_at=AT)
    assert lapse_transfer_notices(day=TODAY, ctx=LATER) == 1
    assert status_of(closed, waits) == ["lapsed", "open"]
    set_setting(key="payments.bank_hold_days", value="0", ctx=CTX)
    for days, ended in ((1, 0), (2, 1)):
        assert lapse_transfer_notices(day=TODAY + timedelta(days=days), ctx=LATER) == ended
