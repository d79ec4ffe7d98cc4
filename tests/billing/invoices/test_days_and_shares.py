"""Days and shares of an invoice, to the day and the unit; without a database."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from commerce.billing.invoices.credit_note_rules import (
    CreditNotePart,
    accounting_tax_share,
    spread_credit,
)
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, DraftLine, LineTax, due_date
from commerce.billing.periods.rules import (
    reminder_step,
    suspends_from,
    suspends_on,
    termination_day,
    termination_warning_day,
)
from commerce.kit.errors import BusinessError

DAY = date(2026, 4, 8)
DAYS = {"issued_on": DAY, "due_days": 14, "min_notice_days": 7}


def day(n: int) -> date:
    """So many days after the issue."""
    return DAY + timedelta(days=n)


class TestDue:
    def test_a_typed_day_may_be_the_day_of_issue_and_not_before(self) -> None:
        assert due_date(**DAYS, chosen_date=DAY) == DAY
        assert due_date(**DAYS, chosen_date=day(90)) == day(90)
        with pytest.raises(BusinessError) as refused:
            due_date(**DAYS, chosen_date=day(-1))
        assert refused.value.field == "due_date"

    def test_a_renewal_counts_from_its_period_and_leaves_time_to_pay(self) -> None:
        assert due_date(**DAYS) == day(14)
        assert due_date(**DAYS, period_start=day(10)) == day(24)
        assert due_date(**DAYS, period_start=day(-30)) == day(7)

    def test_a_name_is_paid_before_it_expires_and_never_before_its_invoice(self) -> None:
        assert due_date(**DAYS, expiry=day(10)) == day(9)
        assert due_date(**DAYS, expiry=day(60)) == day(14)
        assert due_date(**DAYS, expiry=day(-5)) == DAY


def test_the_last_reminder_due_is_sent_and_those_before_it_are_skipped() -> None:
    steps = {"due": DAY, "steps": (3, -3, 7)}
    assert reminder_step(**steps, done_steps=(), day=day(-4)) == (None, [])
    assert reminder_step(**steps, done_steps=(), day=day(-3)) == (-3, [])
    assert reminder_step(**steps, done_steps=(-3,), day=day(7)) == (7, [3])
    assert reminder_step(**steps, done_steps=(3,), day=day(6)) == (None, [])
    assert reminder_step(**steps, done_steps=(-3, 3), day=day(6)) == (None, [])


class TestSuspension:
    def test_a_day_passes_after_it_became_overdue_unless_grace_is_shorter(self) -> None:
        late = {"due": DAY, "overdue_on": day(9)}
        assert suspends_from(**late, grace=20) == day(20)
        assert suspends_from(**late, grace=2) == day(10)
        assert suspends_from(**late, grace=1) == day(1)

    def test_it_waits_until_the_hold_is_over(self) -> None:
        late = {"due": DAY, "overdue_on": day(1), "grace": 5}
        assert suspends_from(**late, held_until=day(8)) == day(9)
        assert suspends_from(**late, held_until=day(2)) == day(5)

    def test_it_is_from_that_day_on(self) -> None:
        late = {"due": DAY, "overdue_on": day(1), "grace": 5}
        assert [suspends_on(**late, day=day(n)) for n in (4, 5, 6)] == [False, True, True]


def test_the_end_is_told_three_days_before_however_late_it_is_told() -> None:
    assert termination_warning_day(suspended_on=DAY, days=30) == day(27)
    ends = {"suspended_on": DAY, "days": 30}
    assert termination_day(**ends, notified_on=day(20)) == day(30)
    assert termination_day(**ends, notified_on=day(27)) == day(30)
    assert termination_day(**ends, notified_on=day(29)) == day(32)


HIGH = CreditNotePart("Hosting", "S", 19_000, 1000, 190)
FREE = CreditNotePart("Book", "E", 0, 310, 0)
OFF = CreditNotePart("Already paid", "S", 7_000, -100, -7)


class TestCredit:
    def test_it_is_spread_in_proportion_and_split_as_each_group_is(self) -> None:
        found = spread_credit(150, [HIGH, FREE])
        assert [(part.category, part.net, part.tax) for part in found] == [
            ("S", 100, 19),
            ("E", 31, 0),
        ]

    def test_all_that_is_left_takes_what_was_deducted_with_it(self) -> None:
        left = [HIGH, OFF]
        assert [part.gross for part in spread_credit(1083, left)] == [1190, -107]
        assert [part.gross for part in spread_credit(1082, left)] == [1082]

    @pytest.mark.parametrize("amount", [0, -1, 1501])
    def test_no_more_than_is_left_and_no_less_than_something(self, amount: int) -> None:
        with pytest.raises(BusinessError) as refused:
            spread_credit(amount, [HIGH, FREE])
        assert refused.value.field == "amount"

    def test_the_least_and_the_whole_can_be_credited(self) -> None:
        assert sum(part.gross for part in spread_credit(1, [HIGH, FREE])) == 1
        assert sum(part.gross for part in spread_credit(1500, [HIGH, FREE])) == 1500

    def test_a_group_with_one_unit_left_gets_it(self) -> None:
        small = CreditNotePart("Small", "Z", 0, 1, 0)
        assert [part.gross for part in spread_credit(1190, [HIGH, small])] == [1189, 1]

    def test_a_group_with_nothing_left_gets_nothing(self) -> None:
        assert spread_credit(100, [HIGH, CreditNotePart("Gone", "Z", 0, 0, 0)])[0].gross == 100
        assert len(spread_credit(1190, [HIGH, CreditNotePart("Gone", "Z", 0, 0, 0)])) == 1


def test_the_shares_of_all_notes_in_the_books_sum_to_the_tax() -> None:
    """Three notes over 1.00 of tax, which is 3.35 in the books."""
    shares = [
        accounting_tax_share(335, whole=100, before=b, tax=t)
        for b, t in ((0, 33), (33, 33), (66, 34))
    ]
    assert shares == [111, 110, 114]
    assert sum(shares) == 335


def test_an_inclusive_price_holds_the_line_s_own_rate_else_that_at_home() -> None:
    own = DraftLine("A", 100, LineTax("S", 7_000), home_rate_milli=19_000)
    spared = DraftLine("A", 100, LineTax("AE", 0), home_rate_milli=19_000)
    assert own.included_rate == Fraction(7, 100)
    assert spared.included_rate == Fraction(19, 100)
    assert DraftLine("A", 100, OUTSIDE_SCOPE).included_rate == 0
