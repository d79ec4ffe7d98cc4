"""Days and shares of an invoice, to the day and the unit; without a database."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from commerce.billing.invoices.credit_note_rules import (
    RemainingShare,
    accounting_tax_share,
    credit_lines,
    leaves_no_group_below_zero,
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


def left(net: int, tax: int, rate_milli: int = 19_000, **over: Any) -> RemainingShare:
    values: dict[str, Any] = {"line": 1, "position": 1, "kind": "item", "service": None} | over
    return RemainingShare(tax_key=("S", rate_milli), net=net, tax=tax, **values)


HIGH, FREE = left(1000, 190), left(310, 0, 0, position=2)


class TestCreditByAmount:
    def test_it_is_spread_in_proportion_and_split_as_each_share_is(self) -> None:
        found = spread_credit(150, [HIGH, FREE])
        assert [(part.net, part.tax) for part in found] == [(100, 19), (31, 0)]

    def test_a_discount_goes_along(self) -> None:
        found = spread_credit(595, [HIGH, FREE, left(-310, 0, 0, kind="discount")])
        assert [(part.net, part.tax) for part in found] == [(500, 95), (155, 0), (-155, 0)]

    @pytest.mark.parametrize("amount", [0, -1, 1501])
    def test_no_more_than_is_left_and_no_less_than_something(self, amount: int) -> None:
        with pytest.raises(BusinessError) as refused:
            spread_credit(amount, [HIGH, FREE])
        assert refused.value.field == "amount"

    def test_the_least_and_the_whole_can_be_credited(self) -> None:
        assert sum(part.gross for part in spread_credit(1, [HIGH, FREE])) == 1
        assert sum(part.gross for part in spread_credit(1500, [HIGH, FREE])) == 1500

    def test_a_share_with_one_unit_left_gets_it(self) -> None:
        assert [part.gross for part in spread_credit(1190, [HIGH, left(1, 0, 0)])] == [1189, 1]

    def test_a_share_with_nothing_left_gets_nothing(self) -> None:
        gone = left(0, 0, 0)
        assert [part.gross for part in spread_credit(100, [HIGH, gone])] == [100]
        assert len(spread_credit(1190, [HIGH, gone])) == 1


class TestCreditByLine:
    ITEM = (
        left(1000, 190, position=1, service=1),
        left(1000, 190, position=1, service=2),
        left(400, 76, position=2, kind="option"),
        left(500, 95, position=3, kind="setup"),
        left(-240, -46, position=4, kind="discount"),
        left(800, 152, position=5),
    )

    def credited(self, lines: dict[int, int | None]) -> list[tuple[int, int, int]]:
        return [(p.share.position, p.net, p.tax) for p in credit_lines(lines, self.ITEM)]

    def test_a_lines_own_discount_goes_with_it_in_proportion(self) -> None:
        """Of 24.00 with 2.40 off, 20.00 are taken back: 2.00 of the discount go along."""
        assert self.credited({1: None}) == [(1, 1000, 190), (1, 1000, 190), (4, -200, -38)]

    def test_with_all_that_it_discounts_all_of_it_goes(self) -> None:
        assert self.credited({1: None, 2: None})[-1] == (4, -240, -46)

    def test_a_setup_fee_and_another_item_have_none(self) -> None:
        assert self.credited({3: None, 5: None}) == [(3, 500, 95), (5, 800, 152)]

    def test_a_part_is_of_all_units_in_proportion(self) -> None:
        assert self.credited({1: 500}) == [(1, 250, 48), (1, 250, 47), (4, -50, -10)]

    def test_a_discount_that_is_named_is_as_it_is_named(self) -> None:
        found = self.credited({1: None, 4: None})
        assert found[-1] == (4, -240, -46)

    @pytest.mark.parametrize(
        ("lines", "code"),
        [
            ({9: None}, "invoice.no_such_line"),
            ({2: 401}, "credit_note.more_than_line"),
            ({2: 0}, "credit_note.more_than_line"),
        ],
    )
    def test_what_cannot_be_credited(self, lines: dict[int, int | None], code: str) -> None:
        with pytest.raises(BusinessError) as refused:
            self.credited(lines)
        assert refused.value.code == code

    def test_a_line_that_was_credited_is_refused(self) -> None:
        with pytest.raises(BusinessError, match="already been credited"):
            credit_lines({1: None}, [left(0, 0)])

    def test_a_group_never_gives_back_less_than_nothing_or_more_than_it_has(self) -> None:
        of_discount = credit_lines({4: None}, self.ITEM)
        assert not leaves_no_group_below_zero(of_discount, self.ITEM)
        assert leaves_no_group_below_zero(credit_lines({1: None}, self.ITEM), self.ITEM)
        apart = [left(1000, 190), left(-500, -95, position=2)]
        assert not leaves_no_group_below_zero(credit_lines({1: None}, apart), apart)


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
