"""billing.md 8: how an amount that is given back is laid on the lines that paid for it, newest invoice first."""

from datetime import date
from fractions import Fraction

import pytest
from commerce.billing.changes.plan_changes.credit_back import (
    PayingInvoice,
    plan_credit_back,
    unused_amounts,
)
from commerce.billing.changes.plan_changes.paid_days import PaidDays
from commerce.billing.changes.plan_changes.service_lines import ServiceLine, TaxKey

from commerce.billing.changes.plan_changes.rules import (
    DateRange,
    PlanChangeFigures,
    options_and_promo_lost,
    periods_until_due,
)
from commerce.billing.invoices.credit_note_rules import CreditNotePart
from commerce.billing.models import Invoice

S20, S10 = ("S", 20_000), ("S", 10_000)
APRIL = DateRange(date(2026, 4, 8), date(2026, 5, 8))


def paying(
    number: int, *lines: tuple[TaxKey, int, int], left: tuple[int, int] | None = None
) -> PayingInvoice:
    """An invoice with these lines of a service: how taxed, net and tax. ``left`` of its first group, or all of it."""
    own = tuple(
        ServiceLine(10 * number + at, f"line {at}", taxed, net, tax)
        for at, (taxed, net, tax) in enumerate(lines)
    )
    groups = {}
    for at, taxed in enumerate(dict.fromkeys(line.tax_key for line in own)):
        net = sum(line.net for line in own if line.tax_key == taxed)
        tax = sum(line.tax for line in own if line.tax_key == taxed)
        if at == 0 and left is not None:
            net, tax = left
        groups[taxed] = CreditNotePart("", *taxed, net, tax)
    return PayingInvoice(Invoice(pk=number), own, groups)


def given(
    amounts: dict[TaxKey | None, int], *invoices: PayingInvoice, inclusive: bool = False
) -> list[tuple[int, int, int]]:
    """Line, net and tax of each part of each note."""
    back = plan_credit_back(amounts, invoices, inclusive=inclusive)
    return [(part.line or 0, part.net, part.tax) for note in back.notes for part in note.parts]


@pytest.mark.parametrize(
    ("inclusive", "amount", "parts"),
    [
        (False, 1, [(10, 1, 0)]),
        (False, 100, [(10, 100, 20)]),
        (False, 150, [(10, 100, 20), (11, 50, 10)]),
        (False, 200, [(10, 100, 20), (11, 100, 20)]),
        (True, 1, [(10, 1, 0)]),
        (True, 120, [(10, 100, 20)]),
        (True, 180, [(10, 100, 20), (11, 50, 10)]),
        (True, 240, [(10, 100, 20), (11, 100, 20)]),
    ],
)
def test_an_amount_is_laid_on_the_first_lines_with_its_tax(
    *, inclusive: bool, amount: int, parts: list[tuple[int, int, int]]
) -> None:
    invoice = paying(1, (S20, 100, 20), (S20, 100, 20))
    assert given({S20: amount}, invoice, inclusive=inclusive) == parts


def test_the_newest_invoice_gives_first_and_what_nothing_covers_is_missing() -> None:
    new, old = paying(2, (S20, 100, 20)), paying(1, (S20, 50, 10))
    back = plan_credit_back({S20: 170, None: 7}, [new, old], inclusive=False)
    assert [(note.invoice.pk, note.parts[0].net) for note in back.notes] == [(2, 100), (1, 50)]
    assert (back.missing, back.without_note, back.tax, back.total) == ({S20: 20}, 7, 30, 187)
    assert plan_credit_back({S20: 1}, [new], inclusive=False).missing == {}
    assert [
        note.invoice.pk for note in plan_credit_back({S20: 100}, [new, old], inclusive=False).notes
    ] == [2]


def test_no_more_is_taken_of_a_line_than_its_group_has_left() -> None:
    assert given({S20: 100}, paying(1, (S20, 100, 20), left=(60, 12))) == [(10, 60, 12)]
    assert given({S20: 120}, paying(1, (S20, 100, 20), left=(60, 12)), inclusive=True) == [
        (10, 60, 12)
    ]
    for left in ((0, 0), (-1, 0)):
        assert given({S20: 100}, paying(1, (S20, 100, 20), left=left)) == []
    gone = paying(1, (S20, 100, 20))
    assert given({S20: 100}, PayingInvoice(gone.invoice, gone.lines, {})) == []


def test_the_tax_of_all_lines_is_at_most_that_of_their_group() -> None:
    """Half a cent of two units may be rounded up, but not both."""
    two = paying(1, (S20, 3, 1), (S20, 3, 1), left=(6, 1))
    assert given({S20: 6}, two) == [(10, 3, 0), (11, 3, 1)]
    part = paying(1, (S20, 30, 6), (S20, 30, 6), left=(60, 5))
    assert given({S20: 50}, part) == [(10, 30, 3), (11, 20, 2)]


def test_a_line_of_nothing_is_on_no_note_and_one_of_tax_alone_is() -> None:
    assert given({S20: 10}, paying(1, (S20, 0, 0), (S20, 10, 2))) == [(11, 10, 2)]
    assert given({S20: 10}, paying(1, (S20, 0, 1), (S20, 10, 2))) == [(10, 0, 1), (11, 10, 2)]


def test_a_part_is_not_taken_of_a_discount() -> None:
    assert given({S20: 100}, paying(1, (S20, -50, -10), (S20, 200, 40))) == [(11, 100, 20)]
    assert given({S20: 150}, paying(1, (S20, -50, -10), (S20, 200, 40))) == [
        (10, -50, -10),
        (11, 200, 40),
    ]


CHARGE_LESS_DEDUCTION = ((S20, 1000, 200), (S10, -100, -10))
"""A change's invoice: 1090 are left of it, gross."""


def test_deductions_are_taken_back_once_less_than_the_charge_is_left() -> None:
    """What was deducted at another rate is given on the invoice that was paid at it."""
    new, old = paying(2, *CHARGE_LESS_DEDUCTION), paying(1, (S10, 300, 30))
    back = plan_credit_back({S20: 1000}, [new, old], inclusive=False)
    parts = [(p.line, p.net, p.tax) for note in back.notes for p in note.parts]
    assert parts == [(20, 1000, 200), (21, -100, -10), (10, 100, 10)]
    assert (back.missing, back.total) == ({}, 1200)


def test_deductions_stay_as_long_as_the_charge_is_left() -> None:
    new = paying(2, *CHARGE_LESS_DEDUCTION)
    assert given({S20: 908}, new) == [(20, 908, 182)]  # 1090 exactly
    assert given({S20: 909}, new) == [(20, 909, 182), (21, -100, -10)]


def test_what_is_unused_is_summed_by_how_it_was_taxed_and_ended_days_are_none() -> None:
    paid = [
        PaidDays(APRIL, Fraction(3000), S20, (1,)),
        PaidDays(DateRange(date(2026, 5, 8), date(2026, 6, 8)), Fraction(3100), S20, (2,)),
        PaidDays(APRIL, Fraction(300)),
        PaidDays(DateRange(date(2026, 3, 8), date(2026, 4, 8)), Fraction(500), S10, (3,)),
    ]
    assert unused_amounts(paid, date(2026, 4, 18)) == {S20: 2000 + 3100, None: 200}
    assert unused_amounts(paid, date(2026, 5, 7)) == {S20: 100 + 3100, None: 10}
    assert unused_amounts(paid, date(2026, 6, 8)) == {}


@pytest.mark.parametrize(
    ("day", "share"), [(1, 1), (8, 1), (9, Fraction(29, 30)), (30, Fraction(8, 30))]
)
def test_a_period_that_has_not_begun_counts_whole(day: int, share: Fraction) -> None:
    assert APRIL.share_left(date(2026, 4, day)) == share
    assert APRIL.share_left(date(2026, 5, 8)) == APRIL.share_left(date(2026, 5, 9)) == 0


def test_periods_are_counted_back_from_the_due_date_and_before_an_anchor_to_come() -> None:
    due = date(2026, 7, 8)
    found = periods_until_due(date(2026, 4, 8), "monthly", due, date(2026, 5, 8))
    assert [one.start.month for one in found] == [5, 6]
    [before] = periods_until_due(date(2026, 5, 1), "monthly", date(2026, 5, 1), date(2026, 4, 8))
    assert (before.start, before.end) == (date(2026, 4, 1), date(2026, 5, 1))


def test_what_is_due_is_the_charge_less_the_credit() -> None:
    assert PlanChangeFigures(credit=300, charge=1000, next_due_date=APRIL.end).net == 700


@pytest.mark.parametrize(
    ("parts", "lost"),
    [
        ({}, ["Backup"]),
        ({"promo_code": "HALF", "promo_discount": 0}, ["Backup"]),
        ({"promo_code": "HALF", "promo_discount": 50}, ["Backup", "HALF"]),
        ({"promo_discount": 50, "promo_code": ""}, ["Backup"]),
    ],
)
def test_a_promo_that_recurs_is_lost_with_the_plan(
    parts: dict[str, object], lost: list[str]
) -> None:
    assert options_and_promo_lost(parts, ["Backup"]) == lost
