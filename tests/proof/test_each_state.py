"""What the proof takes each state, entry and length for, and what it takes others for."""

from datetime import date, timedelta

import pytest

from commerce.accounts.actions.clients import close_client
from commerce.accounts.models import Client, Membership
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.invoices.actions.reversals import book_won_reversal
from commerce.billing.models import BilledPeriod, LateFee
from commerce.billing.periods.actions.dunning import send_reminder
from commerce.catalog.actions.products import set_stock
from commerce.catalog.models import Stock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.periods import MONTHS_PER_CYCLE, add_months
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from tests import make
from tests.make.company import PROOF_AT
from tests.make.payments import dispute_payment, refund_whole_payment
from tests.make.proof import told
from tests.proof.planting import each, entry, plant, undone

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def test_the_number_under_which_something_was_issued_is_in_its_own_entry() -> None:
    invoice = make.make_invoice()
    note = credit_invoice(invoice=invoice, amount=1, reason="Sorry", ctx=CTX)
    assert told("M14-issued", PROOF_AT) == 0
    for action, record, more, wrong in (
        ("invoice.unpaid", invoice.pk, {}, True),
        ("invoice.paid", invoice.pk, {}, True),
        ("invoice.noted", invoice.pk, {}, False),
        ("invoice.paid", invoice.pk, {"record_kind": "order"}, False),
        ("credit_note.issued", note.pk, {}, True),
        ("credit_note.noted", note.pk, {}, False),
        ("credit_note.issued", note.pk, {"record_kind": "invoice"}, False),
    ):
        with undone():
            entry(action, record, record_name="X-1", **more)
            assert bool(told("M14-issued", PROOF_AT)) == wrong, (action, more)


def test_credit_by_staff_is_in_the_audit_log_with_its_amount_and_source() -> None:
    add_credit(
        client=make.make_client(), currency_code="EUR", amount=5, idempotency_key="a", ctx=CTX
    )
    of = "WHERE action = 'credit.staff_add'"
    change = f"UPDATE audit_auditentry SET {{}} {of}"
    after = """after = '{{"amount": {}, "source": "{}"}}'"""
    each(
        "M10-reasons",
        "",
        (
            ("", False),
            (change.format(after.format(5, "staff:a")), False),
            (change.format(after.format(6, "staff:a")), True),
            (change.format(after.format(5, "staff:b")), True),
            (change.format("record_kind = 'invoice'"), True),
            (change.format("record_id = -1"), True),
            (change.format("client_id = -1"), True),
        ),
    )


def test_all_refunds_of_a_payment_count_together() -> None:
    payment = make.make_payment(make.make_invoice())
    for amount in (500, 600):
        refund_payment(
            method="credit",
            payment=payment,
            amount=amount,
            reason="a",
            idempotency_key=f"{amount}",
            ctx=CTX,
        )
    refund_whole_payment(payment=payment, reason="the rest", ctx=CTX)
    refund = f"UPDATE payments_refund SET {{}} WHERE idempotency_key = '{600}'"
    each(
        "M11",
        "",
        (
            ("", False),
            (refund.format("amount = amount + 1"), True),
            (refund.format("amount = amount - 1"), True),
            (refund.format("status = 'failed'"), True),
        ),
    )


def test_a_disputed_payment_and_an_accepted_refund_count() -> None:
    disputed = make.make_payment(make.make_invoice())
    dispute_payment(payment=disputed, reason="unknown", ctx=CTX)
    refunded = make.make_payment(make.make_invoice())
    refund_whole_payment(payment=refunded, reason="asked", ctx=CTX)
    plant("UPDATE payments_refund SET status = 'accepted'")
    assert [told(check, PROOF_AT) for check in ("M12", "M12-payments")] == [0, 0]


def test_money_that_was_won_back_is_there_again() -> None:
    make.make_client()
    invoice = make.make_invoice()
    payment = make.make_payment(invoice, amount=1500)
    reverse_payment(payment=payment, reason="charged back", ctx=CTX)
    assert told("M12", PROOF_AT) == 0
    source = f"payment:{payment.pk}"
    book_won_reversal(invoice=invoice, source=source, amount=1500, ctx=CTX)
    assert [told(check, PROOF_AT) for check in ("M12", "M12-payments")] == [0, 0]


def test_an_open_client_needs_an_owner_of_his_own_who_can_sign_in() -> None:
    make.make_user()
    make.make_client(owner=None)
    Client.objects.all().delete()
    client = make.make_client()
    other = make.make_client()
    owner = Membership.objects.get(client=client)
    assert told("U13", PROOF_AT) == 0
    role = f"UPDATE accounts_membership SET {{}} WHERE id = {owner.pk}"
    each(
        "U13",
        "",
        (
            (role.format("role = 'billing'"), True),
            (f"UPDATE accounts_user SET is_active = false WHERE id = {owner.user_id}", True),
            (f"DELETE FROM accounts_membership WHERE client_id = {other.pk}", True),
        ),
    )
    close_client(client=other, reason="left", ctx=CTX)
    plant(f"DELETE FROM accounts_membership WHERE client_id = {other.pk}")
    assert told("U13", PROOF_AT) == 0


def test_nothing_in_stock_is_fine_and_less_is_not() -> None:
    product = make.make_product(kind="other")
    set_stock(product=product, units=0, ctx=CTX)
    assert Stock.objects.get().left == 0
    assert told("R13", PROOF_AT) == 0


def test_a_fee_is_for_an_invoice_that_is_none() -> None:
    for _ in range(2):
        make.make_invoice()
    late, fee = make.make_invoice(status="overdue"), None
    fee = make.make_invoice(late.client, kind="late_fee")
    assert told("U11-fees", PROOF_AT) == 1
    row = LateFee.objects.create(late_invoice=late, invoice=fee)
    kind = "UPDATE billing_invoice SET kind = '{}' WHERE id = {}"
    each(
        "U11-fees",
        "",
        (
            ("", False),
            (kind.format("late_fee", late.pk), True),
            (kind.format("manual", fee.pk), True),
            (f"DELETE FROM billing_latefee WHERE id = {row.pk}", True),
        ),
    )


def test_a_reminder_follows_the_issue_and_the_skipped_a_later_one_that_was_sent() -> None:
    invoice = make.make_invoice()
    at = make.AT + timedelta(days=30)
    send_reminder(invoice=invoice, day=at.date(), ctx=Context(at, SYSTEM))
    sent, skipped = ("status = 'sent'", "status = 'skipped' AND step = 5")
    change = "UPDATE billing_reminder SET {} WHERE {}"
    later = f"UPDATE billing_invoice SET issued_at = '2026-12-01' WHERE id = {invoice.pk}"
    each(
        "U11-reminders",
        "",
        (
            ("", False),
            (later, True),
            (change.format("step = 0", sent), True),
            (change.format("step = 99", skipped), True),
            (change.format("status = 'skipped'", sent), True),
        ),
    )


def length(billed_period: BilledPeriod, start: date, end: date, cycle: str) -> int:
    due = "NULL" if cycle == "one_time" else "'2026-05-08'"
    plant(
        f"UPDATE hosting_service SET billing_cycle = '{cycle}', next_due_date = {due}; UPDATE billing_billedperiod"
        f" SET period_start = '{start}', period_end = '{end}' WHERE id = {billed_period.pk}"
    )
    return told("U5-length")


def test_a_period_may_have_the_length_of_any_cycle_that_its_service_once_had() -> None:
    for _ in range(3):
        service = make.make_service()
    start = date(2026, 11, 8)
    period = BilledPeriod.objects.create(
        service=service,
        period_start=start,
        period_end=add_months(start, 1),
        status="waived",
        created_at=make.AT,
        ended_at=make.AT,
    )
    assert length(period, start, add_months(start, 1), "one_time") == 1
    AuditEntry.objects.create(
        at=make.AT,
        actor_kind="staff",
        action="service.edited",
        record_kind="service",
        record_id=service.pk,
        before={"billing_cycle": "annually"},
        after={"billing_cycle": "monthly"},
    )
    known = set(MONTHS_PER_CYCLE.values())
    for months in range(1, 40):
        found = length(period, start, add_months(start, months), "one_time")
        assert found == (months not in known), months


def test_a_year_ends_on_the_last_day_of_a_february_that_is_longer() -> None:
    service = make.make_service()
    period = BilledPeriod.objects.create(
        service=service,
        period_start=date(2023, 2, 28),
        period_end=date(2024, 2, 29),
        status="waived",
        created_at=make.AT,
        ended_at=make.AT,
    )
    assert length(period, date(2023, 2, 28), date(2024, 2, 29), "annually") == 0
    assert length(period, date(2023, 2, 27), date(2024, 2, 29), "annually") == 1


def test_a_name_may_be_billed_for_four_years() -> None:
    period = BilledPeriod.objects.create(
        domain=make.make_domain(),
        period_start=date(2026, 4, 8),
        period_end=date(2030, 4, 8),
        status="waived",
        created_at=make.AT,
        ended_at=make.AT,
    )
    assert told("U5-length") == 0
    plant(f"UPDATE billing_billedperiod SET period_end = '2030-05-08' WHERE id = {period.pk}")
    assert told("U5-length") == 1


def test_periods_of_a_name_say_nothing_of_a_service_without_any() -> None:
    service = make.make_service()
    BilledPeriod.objects.create(
        domain=make.make_domain(),
        period_start=date(2026, 4, 8),
        period_end=date(2027, 4, 8),
        status="waived",
        created_at=make.AT,
        ended_at=make.AT,
    )
    due = f"UPDATE hosting_service SET next_due_date = '{{}}' WHERE id = {service.pk}"
    each("S10", "", (("", False), (due.format("2026-09-08"), True)))


def test_a_running_name_is_due_when_it_expires() -> None:
    name = make.make_domain()
    change = f"UPDATE domains_domain SET {{}} WHERE id = {name.pk}"
    each(
        "S5-names",
        "",
        (
            ("", False),
            (change.format("next_due_date = '2027-04-09'"), True),
            (change.format("status = 'cancelled', next_due_date = NULL"), False),
        ),
    )
