"""Money by month, against books that were made by hand (backoffice.md 6)."""

from datetime import UTC, date, datetime

import pytest

from commerce.billing.models import Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.disputes import lose_dispute, win_dispute
from commerce.payments.actions.refund_results import apply_refund_report
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.gateways.contract import RefundReport
from commerce.payments.models import Payment
from commerce.payments.revenue import RevenueOfMonth, revenue_by_month
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.payments import dispute_payment

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))


def on(month: int, day: int) -> Context:
    return Context(datetime(2026, month, day, 12, tzinfo=UTC), SYSTEM)


def paid(month: int, day: int, currency_code: str = "EUR") -> Payment:
    """12.00 that was received on a day."""
    at = on(month, day).at
    return make.make_payment(make.make_invoice(currency_code=currency_code, at=at), at=at)


def refund(payment: Payment, amount: int, ctx: Context, state: str = "accepted") -> None:
    reference, code = f"re-{payment.pk}", payment.currency_id
    report = RefundReport(state, payment.transaction_id, reference, amount, code, reason="asked")
    apply_refund_report(gateway=payment.gateway, report=report, ctx=ctx)


def test_a_payment_counts_in_the_month_in_which_it_was_received() -> None:
    paid(1, 31)
    paid(2, 1)
    paid(2, 28)
    paid(2, 10, "USD")
    paid(4, 1)
    booked_late = make.make_invoice(at=on(3, 2).at)
    make.make_payment(booked_late, at=on(3, 2).at, received_on=date(2026, 2, 27), amount=5_00)
    assert revenue_by_month(JANUARY, APRIL) == {
        "EUR": {JANUARY: RevenueOfMonth(12_00), FEBRUARY: RevenueOfMonth(29_00)},
        "USD": {FEBRUARY: RevenueOfMonth(12_00)},
    }
    assert revenue_by_month(MARCH, APRIL) == {}


def test_what_went_back_counts_in_the_month_in_which_it_went() -> None:
    for month, day in ((1, 5), (1, 6), (1, 7), (1, 8), (1, 9)):
        paid(month, day)
    part, failed, kept, bounced, lost = Payment.objects.order_by("received_on")
    refund(part, 5_00, on(2, 3))
    refund(failed, 3_00, on(2, 3))
    refund(failed, 3_00, on(3, 3), "failed")  # and became credit: the money is with us
    refund_payment(
        method="credit",
        payment=kept,
        amount=4_00,
        reason="asked",
        idempotency_key="k",
        ctx=on(2, 3),
    )
    reverse_payment(payment=bounced, reason="bounced", ctx=on(3, 4))
    dispute = dispute_payment(payment=lost, reason="unknown", ctx=on(2, 20))
    lose_dispute(dispute=dispute, ctx=on(3, 9))
    found = revenue_by_month(JANUARY, APRIL)["EUR"]
    assert found == {
        JANUARY: RevenueOfMonth(5 * 12_00),
        FEBRUARY: RevenueOfMonth(0, 5_00),
        MARCH: RevenueOfMonth(0, 0, 2 * 12_00),
    }
    assert sum(one.net for one in found.values()) == 60_00 - 5_00 - 24_00


def test_a_bounced_payment_that_was_refunded_in_part_takes_the_rest() -> None:
    payment = paid(1, 5)
    refund(payment, 5_00, on(2, 3))
    payment.refresh_from_db()
    reverse_payment(payment=payment, reason="bounced", ctx=on(3, 4))
    assert revenue_by_month(FEBRUARY, APRIL)["EUR"] == {
        FEBRUARY: RevenueOfMonth(0, 5_00),
        MARCH: RevenueOfMonth(0, 0, 7_00),
    }


def test_a_dispute_that_was_won_took_nothing() -> None:
    payment = paid(1, 5)
    win_dispute(dispute=dispute_payment(payment=payment, reason="no", ctx=on(2, 2)), ctx=on(2, 9))
    assert revenue_by_month(JANUARY, APRIL)["EUR"] == {JANUARY: RevenueOfMonth(12_00)}


def test_an_hour_before_midnight_is_the_month_of_the_business_zone() -> None:
    set_setting(key="billing.time_zone", value="Europe/Berlin", ctx=on(1, 1))
    payment = paid(1, 5)
    refund(payment, 5_00, Context(datetime(2026, 1, 31, 23, 30, tzinfo=UTC), SYSTEM))
    assert revenue_by_month(JANUARY, MARCH)["EUR"][FEBRUARY] == RevenueOfMonth(0, 5_00)
    assert Invoice.objects.count() == 1


def test_a_bounced_payment_that_was_refunded_to_credit_took_all() -> None:
    payment = paid(1, 5)
    refund_payment(
        method="credit",
        payment=payment,
        amount=12_00,
        reason="asked",
        idempotency_key="k",
        ctx=on(2, 3),
    )
    reverse_payment(payment=payment, reason="bounced", ctx=on(3, 4))
    assert revenue_by_month(FEBRUARY, APRIL)["EUR"] == {MARCH: RevenueOfMonth(0, 0, 12_00)}
