"""The same, of the day of the money, chargebacks, moves and rounding; and months counted day by day."""

import random
from datetime import date
from fractions import Fraction

import pytest

from tests.model import plan_model as pm
from tests.model.by_hand import BIG, JUL, JUN, NONE, TINY, VAT, YEAR, ask, ledger, ok, sums, world
from tests.model.plan_model import (
    ManualLine,
    OrderItem,
    PaidElsewhere,
    Price,
    Refused,
    Settings,
    Target,
)


def test_again_for_the_day_of_the_money() -> None:
    """Again for the day on which the money has come ...; what is over is credit."""
    books = world()
    ask(books, JUN[11], BIG)
    pm.pay_request(books, JUN[16], "p2", "r1", 2_400)  # 1800 by then
    assert books.requests["r1"].difference == 1_800
    assert ledger(books)[-1] == ("overpayment", 600)


def test_decided_by_staff() -> None:
    """where staff decide, the figures are those of the day of the decision."""
    books = world(require_approval=True)
    assert ask(books, JUN[11], BIG) == "pending"
    pm.approve(books, JUN[16], "r1")
    assert (books.requests["r1"].state, books.requests["r1"].difference) == (
        "awaiting_payment",
        1_800,
    )


def test_days_that_passed() -> None:
    """If only the days that passed make it short (another cycle), the unused part is counted from the day ..."""
    books = world()
    ask(books, JUN[11], YEAR)  # back 2400, charge 36000
    pm.pay_request(books, JUN[15], "p2", "r1", 33_600)
    assert books.requests["r1"].state == "applied"
    assert books.notes[0].given_from == JUN[11]
    late = world()
    ask(late, JUN[11], YEAR)
    pm.pay_request(
        late, JUN[19], "p2", "r1", 33_600
    )  # at most from 14 June: 17/30: 2040 back, 360 short
    assert late.requests["r1"].state == "awaiting_payment"
    assert pm.asks(late, "r1") == 960
    pm.pay_request(late, JUN[19], "p3", "r1", 360)
    assert late.requests["r1"].state == "applied"
    assert late.notes[0].given_from == JUN[14]
    ok(late)


def test_anything_else_lapses() -> None:
    """Anything else: it lapses, the money is credit."""
    books = world()
    ask(books, JUN[11], BIG)
    pm.pay_request(books, JUN[12], "p2", "r1", 2_400, quote=Target("big", "monthly", Price(6_100)))
    assert books.requests["r1"].state == "lapsed"
    assert pm.balance(books, "A") == 2_400


def test_not_more_than_paid() -> None:
    """What is given is never more than was paid, less what was credited."""
    books = world()
    pm.refund(books, JUN[2], "f1", "p1", 1, 3_000)
    assert sums(books, JUN[2], BIG)[0] == 580  # 500 net left × 29/30 = 483 + 97


def test_difference_below() -> None:
    """`difference` 0 and below, or covered by credit: at once; what remains is credit."""
    books = world()
    pm.staff_credit(books, JUN[16], "A", 1_800)
    assert ask(books, JUN[16], BIG, credit=True) == "applied"
    assert pm.balance(books, "A") == 0
    ok(books)


def test_back_to_its_payment() -> None:
    """what remains is credit, which can go back to its payment."""
    books = world()
    ask(books, JUN[16], TINY)
    pm.pay_back(books, JUN[16], "p1", 900)
    assert pm.balance(books, "A") == 0
    with pytest.raises(Refused):
        pm.pay_back(books, JUN[16], "p1", 1)
    ok(books)


# payments.md 8


def test_chargeback_after_a_change() -> None:
    """Lost or bounced: ... then from where that credit went: the change's invoice (R37: by the whole amount)."""
    books = world()
    ask(books, JUN[16], BIG)
    pm.pay_request(books, JUN[16], "p2", "r1", 1_800)
    pm.charge_back(books, JUN[20], "p1")  # 1800 is still on invoice 1, 1800 went to invoice 2
    assert [books.invoices[i].amount_due for i in (1, 2)] == [1_800, 1_800]
    assert books.todos == []
    pm.win_back(books, JUN[21], "p1")
    assert [books.invoices[i].status for i in (1, 2)] == ["paid", "paid"]
    ok(books)


def test_chargeback_spent_elsewhere() -> None:
    """then other invoices that credit paid since, newest first ...; only what is still missing is a to-do."""
    books = world()
    ask(books, JUN[16], TINY)  # 900 credit is over
    pm.manual_invoice(books, JUN[17], "A", [ManualLine(500, NONE)])
    pm.apply_credit(books, JUN[17], 3, 500)
    pm.payout(books, JUN[18], "A", 300)
    pm.charge_back(
        books, JUN[20], "p1"
    )  # 1800 on 1; 100 of credit; 900 on 2; 500 on 3; 300 missing
    assert [books.invoices[i].amount_due for i in (1, 2, 3)] == [1_800, 900, 500]
    assert pm.balance(books, "A") == 0
    assert sum(todo.amount for todo in books.todos) == 300
    ok(books)


def test_refunded_to_credit_then_taken() -> None:
    """Money refunded to credit and then taken by the bank as well comes out of credit ...; the rest is the to-do."""
    books = world()
    pm.refund(books, JUN[2], "f1", "p1", 1, 3_600, "credit")
    pm.payout(books, JUN[3], "A", 1_000)
    pm.charge_back(books, JUN[4], "p1")
    assert pm.balance(books, "A") == 0
    assert books.todos[0].amount == 1_000
    ok(books)


def test_moved_and_merged() -> None:
    """moved here: nothing is given back; of this client, or of one merged into it (R38)."""
    books = world()
    pm.move(books, "u1", "B")
    assert sums(books, JUN[16], BIG) == (0, 1_800, 1_800)
    pm.merge(books, JUN[16], "A", "B")
    assert sums(books, JUN[16], BIG) == (1_800, 3_600, 1_800)
    assert ask(books, JUN[16], TINY) == "applied"
    assert pm.balance(books, "B") == 900
    ok(books)


def test_prices_with_tax() -> None:
    """Prices with tax: the amount given back is rounded gross (reading 1)."""
    books = world(inclusive=True)
    # 3000 holds 500 of tax; 20/30: 2000 gross = 1667 + 333; charge 4000
    assert sums(books, JUN[11], BIG) == (2_000, 4_000, 2_000)
    found = pm.offer(books, JUN[11], "u1", BIG).figures
    assert found is not None
    assert (found.notes[0].net, found.notes[0].tax) == (1_667, 333)


def test_back_again_and_due_once() -> None:
    """R30: chargeback, then paid again: next due date moved once in all."""
    books = world()
    pm.bill_ahead(books, JUN[5], "u1")
    pm.pay(books, JUN[5], "p2", [2], 3_600)
    pm.charge_back(books, JUN[6], "p2")
    pm.pay(books, JUN[7], "p3", [2], 3_600)
    assert pm.show_service(books, "u1").next_due == date(2026, 8, 1)
    ok(books)


# What the examples above leave open


def test_days_left_to_the_next_due_date() -> None:
    """days left: from today to the earlier of the document's last day and the next due date."""
    books = world()
    pm.set_next_due(books, "u1", JUN[21])
    # 5/30 of 3000 = 500 + 100; grid 21 May to 21 June, 31 days: 5/31 of 6000 = 968 + 194
    assert sums(books, JUN[16], BIG) == (600, 1_162, 562)


def test_tax_at_most_what_is_left() -> None:
    """its tax is at most what the line has left."""
    books = world(10, 9)
    # 90 + 18: gross 11 for eight units, 10 for two; the tenth has 9 + 1; 27/30: 8.1 = 8, tax 1.6 = 2, at most 1
    assert sums(books, JUN[4], Target("x", "monthly", Price(0)), "u10")[0] == 9
    assert sums(books, JUN[4], Target("x", "monthly", Price(0)), "u1")[0] == 10


def test_given_back_days_are_not_billed() -> None:
    """what stays of the line is for the days before."""
    books = world()
    ask(books, JUN[16], Target("free", "monthly", Price(0)))
    pm.set_price(books, "u1", Price(1_500))
    # 10 days that no document bills: (6000 - 1500) × 10/30 = 1500 + 300
    assert sums(books, JUN[21], BIG) == (0, 1_800, 1_800)


def test_paid_elsewhere_once() -> None:
    """no day is given back twice (M18), what was paid elsewhere too."""
    books = world()
    stated = PaidElsewhere(3_600, JUN[1], JUL[1])
    pm.adopt(books, "u2", "A", "small", "monthly", Price(3_000), JUL[1], elsewhere=stated)
    ask(books, JUN[16], TINY, unit="u2")  # back 1800, charge 900
    # day 21: 750 of 15 days: 500 + 100; charge 10/30 of 6000 + 20 %
    assert sums(books, JUN[21], BIG, "u2") == (600, 2_400, 1_800)


def test_given_days_by_letter_and_flipped() -> None:
    """Reading 14: given days after a second change, by the letter and with the setting."""
    for flipped, charge in ((False, 2_400), (True, 1_200)):
        books = world(given_days_stay_given=flipped)
        pm.adopt(books, "u2", "A", "small", "monthly", Price(3_000), JUL[1])
        ask(
            books, JUN[16], Target("mid", "monthly", Price(4_000)), unit="u2"
        )  # 1000 × 15/30 = 500 + 100
        pm.pay_request(books, JUN[16], "p2", "r1", 600)
        # day 21: back 500 × 10/15 = 333 + 67; charge 10/30 of 6000, or of 6000 - 3000
        assert sums(books, JUN[21], BIG, "u2") == (400, charge, charge - 400)


def test_only_what_credit_paid_since() -> None:
    """then other invoices that credit paid since: not those that credit paid before."""
    books = world()
    pm.manual_invoice(books, JUN[2], "A", [ManualLine(500, NONE)])
    pm.staff_credit(books, JUN[2], "A", 500)
    pm.apply_credit(books, JUN[2], 2, 500)
    ask(books, JUN[16], TINY)
    pm.payout(books, JUN[16], "A", 900)
    pm.charge_back(books, JUN[20], "p1")
    assert [books.invoices[i].amount_due for i in (1, 2, 3)] == [1_800, 0, 900]
    assert books.todos[0].amount == 900
    ok(books)


def test_the_change_first() -> None:
    """from where that credit went: the change's invoice, then other invoices."""
    books = world()
    ask(books, JUN[16], TINY)
    pm.manual_invoice(books, JUN[17], "A", [ManualLine(500, NONE)])
    pm.apply_credit(books, JUN[17], 3, 500)
    pm.charge_back(books, JUN[20], "p1", 2_300)  # 1800 on 1, 400 of credit, 100 on 2
    assert [books.invoices[i].amount_due for i in (1, 2, 3)] == [1_800, 100, 0]
    ok(books)


def test_a_row_is_opened_once() -> None:
    """open again by so much: what credit paid is not opened twice."""
    books = world()
    pm.manual_invoice(books, JUN[2], "A", [ManualLine(1_000, NONE)])
    pm.pay(books, JUN[2], "p2", [2], 700)
    pm.pay(books, JUN[2], "p3", [1, 2], 300)
    pm.manual_invoice(books, JUN[2], "A", [ManualLine(1_000, NONE)])
    pm.credit_note(books, JUN[3], 2, 1_000)  # 1000 credit
    pm.apply_credit(books, JUN[3], 3, 500)
    pm.pay(books, JUN[3], "p4", [3], 500)
    pm.payout(books, JUN[3], "A", 500)
    pm.charge_back(books, JUN[4], "p2")  # 500 on 3, 200 missing
    pm.charge_back(books, JUN[4], "p3")  # 300 missing
    assert books.invoices[3].amount_due == 500
    assert [todo.amount for todo in books.todos] == [200, 300]
    ok(books)


def test_moves_only_from_its_start() -> None:
    """It moves only when the billed period that starts on it becomes `paid`."""
    books = world()
    pm.bill_ahead(books, JUN[5], "u1")
    pm.set_next_due(books, "u1", JUL[20])
    pm.pay(books, JUN[5], "p2", [2], 3_600)
    assert pm.show_service(books, "u1").next_due == JUL[20]


def test_units_with_their_own_discount() -> None:
    """how much of it each has: in proportion to each unit's price in the line."""
    books = pm.Books(Settings(inclusive=True))
    pm.add_client(books, "A", {"": VAT})
    pm.place_order(
        books, JUN[1], "A", [OrderItem(("a", "b"), "x", "monthly", 1_200, promos=(0, 120))]
    )
    rows = pm.show_invoice(books, 1).lines
    assert [(row.unit, row.net, row.tax) for row in rows[2:]] == [("a", 0, 0), ("b", -100, -20)]


def test_ends_of_a_request() -> None:
    """R36, R38: the renewal is issued, or the service is moved, while a request is open."""
    books = world()
    ask(books, JUN[11], BIG)
    pm.set_next_due(books, "u1", JUN[19])
    pm.run(books, JUN[12])
    assert books.requests["r1"].state == "lapsed"
    other = world()
    ask(other, JUN[11], BIG)
    pm.move(other, "u1", "B")
    assert other.requests["r1"].state == "withdrawn"


def test_refund_not_more_than_its_share() -> None:
    """Refund: amount ≤ what is left of it and ≤ what the invoice can still be credited (M11)."""
    books = world()
    pm.refund(books, JUN[2], "f1", "p1", 1, 2_000)
    with pytest.raises(Refused):
        pm.refund(books, JUN[2], "f2", "p1", 1, 1_601)
    pm.refund(books, JUN[2], "f3", "p1", 1, 1_600)
    assert (books.payments["p1"].state, books.invoices[1].status) == ("refunded", "refunded")
    ok(books)


def test_legacy_document() -> None:
    """A legacy document is credited like any other, at the tax it had."""
    books = world()
    pm.adopt(books, "u2", "A", "small", "monthly", Price(3_000), JUL[1])
    line = pm.LegacyLine(3_000, 190, ("S", 19_000), "u2", JUN[1], JUL[1])  # its tax is not 19 %
    pm.legacy_invoice(books, JUN[1], "A", "renewal", [line], JUN[15], {"old": 3_190})
    # 1500 + 95 in the proportion of its own tax; charge 3600
    assert sums(books, JUN[16], BIG, "u2") == (1_595, 3_600, 2_005)


@pytest.mark.parametrize("seed", range(40))
def test_value_by_day(seed: int) -> None:
    """What is kept for a unit is Σ over the days of (amount of that day ÷ all days), but for rounding."""
    rng = random.Random(seed)  # noqa: S311 - a month that can be had again
    books = world()
    amount, exact, roundings = 3_000, Fraction(0), 1
    for day in range(1, 31):
        for turn in range(rng.choice((0, 0, 1, 2))):
            new = rng.randint(1, 9_000)
            target = Target(f"plan {day} {turn}", "monthly", Price(new))
            before = len(books.notes) + len(books.invoices)
            if ask(books, JUN[day], target, f"r{day}-{turn}") != "applied":
                key = f"r{day}-{turn}"
                pm.pay_request(books, JUN[day], f"p{key}", key, pm.asks(books, key))
            amount = new
            roundings += len(books.notes) + len(books.invoices) - before
        exact += Fraction(amount, 30)
        if day == 23:
            break  # the 24th is the renewal's day
    exact += Fraction(amount * 7, 30)
    kept = sum(line.net_left for invoice in books.invoices.values() for line in invoice.lines)
    assert abs(kept - exact) <= Fraction(roundings, 2)
    ok(books)
