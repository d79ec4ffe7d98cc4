"""What is taken back with a payment, from its invoice and from credit: to the unit, and of no other payment."""

import pytest

from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.disputes import lose_dispute, open_dispute, win_dispute
from commerce.payments.models import Payment, Refund
from tests import make
from tests.proof.columns import forged
from tests.proof.planting import each, entry, explained, plant, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_world")]


def test_what_a_reversal_takes() -> None:
    paid = Payment.objects.get(status="reversed")
    source = f"payment:{paid.pk}"
    taken = f"UPDATE billing_settlemententry SET amount = {{}} WHERE kind = 'reversal' AND source = '{source}'"
    less, all_of_it = taken.format(10 - paid.amount), taken.format(-paid.amount)
    each("M12-reversals", "", (("", False), (all_of_it, False), (less, True)))
    refund = Refund.objects.filter(method="gateway")[0]
    refund.pk, refund.idempotency_key = None, "again"
    refund.reference = refund.credit_note_id = None
    refund.payment_id, refund.amount = paid.pk, 10
    with undone():
        refund.save(force_insert=True)
        change = f"UPDATE payments_refund SET {{}} WHERE id = {refund.pk}"
        for state, with_all, with_less in (
            ("status = 'succeeded', way = 'gateway'", False, False),
            ("status = 'failed', way = 'gateway'", False, False),
            ("status = 'requested', way = 'gateway', accepted_at = NULL", False, True),
            ("status = 'succeeded', way = 'credit'", False, True),
            ("status = 'failed', way = 'credit'", False, True),
        ):
            each("M12-reversals", change.format(state), ((all_of_it, with_all), (less, with_less)))
        away = change.format("payment_id = (SELECT min(id) FROM payments_payment)")
        each("M12-reversals", away, ((all_of_it, False), (less, True)))
    explained(
        "M12-reversals",
        less,
        "invoice.reversed",
        paid.invoice_id,
        after={"source": source, "short": 10},
    )
    for short, told_of, wrong in ((9, source, True), (11, source, False), (10, "payment:0", True)):
        with undone():
            entry("invoice.reversed", paid.invoice_id, after={"source": told_of, "short": short})
            each("M12-reversals", less, (("", wrong),))
    old = f"UPDATE payments_payment SET booked_at = '2020-01-01' WHERE id = {paid.pk}"
    more = taken.format(-paid.amount - 1)
    each("M12-reversals", old, (("", False), (less, False), (more, True)))
    each("M12-reversals", more, (("", True),))


def test_what_a_reversal_takes_from_credit() -> None:
    paid = Payment.objects.get(status="reversed")
    good = Payment.objects.filter(status="completed").order_by("pk")[0]
    source = f"payment:{paid.pk}"
    less = (
        f"UPDATE billing_settlemententry SET amount = {10 - paid.amount}"
        f" WHERE kind = 'reversal' AND source = '{source}'"
    )
    for reason, of, amount, start, wrong in (
        ("reversal", source, -10, less, False),
        ("reversal", source, -10, "", True),
        ("reversal", f"{source}9", -10, less, True),
        ("payout", source, -10, less, True),
        ("reversal", f"payment:{good.pk}", -10, "", True),
        ("payout", f"payment:{good.pk}", -10, "", False),
        ("overpayment", f"reversal_won:{source}", 10, "", True),
        ("late_payment", f"reversal_won:{source}", 10, "", True),
        ("staff_add", f"reversal_won:{source}", 10, "", False),
        ("overpayment", "reversal_won:payment:0", 10, "", False),
    ):
        with undone():
            plant(forged(reason, amount).replace("staff:forged", of))
            each("M12-reversals", start, (("", wrong),))


def test_what_lost_disputes_take_together() -> None:
    """Each takes its part; one that was won since took nothing, and the other one what it took before."""
    payment, ctx = make.make_payment(), Context(make.AT, SYSTEM)
    disputes = []
    for name, amount in (("dp_1", 300), ("dp_2", 500)):
        disputes.append(
            open_dispute(payment=payment, reference=name, amount=amount, reason="", ctx=ctx)
        )
        lose_dispute(dispute=disputes[-1], ctx=ctx)
    first, second = (f"payment:{payment.pk}:dispute:{each.pk}" for each in disputes)
    change = (
        "UPDATE billing_settlemententry SET amount = {} WHERE kind = 'reversal' AND source = '{}'"
    )
    gone = f"DELETE FROM billing_settlemententry WHERE kind = 'reversal' AND source = '{second}'"
    less, more = change.format(-499, second), change.format(-501, second)
    won = f"UPDATE payments_dispute SET status = 'won' WHERE id = {disputes[0].pk}"
    each("M12-reversals", "", (("", False), (less, True), (gone, True)))
    each("M12-disputes", "", (("", False), (less, False), (more, True), (won, True)))
    win_dispute(dispute=disputes[0], ctx=ctx)
    each("M12-reversals", "", (("", False), (less, True), (gone, True)))
    back = f"DELETE FROM billing_settlemententry WHERE kind = 'reversal_won' AND source = '{first}'"
    each("M12-disputes", "", (("", False), (back, True), (change.format(-299, first), True)))
