"""Due dates, numbers and payment references (billing.md 2 and 4)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.billing.invoices.rules import (
    amount_due_after,
    due_date,
    format_document_number,
    payment_reference,
)
from commerce.kit.errors import BusinessError

ISSUED = date(2026, 2, 21)


def due(issued_on: date = ISSUED, **others: date) -> str:
    return str(due_date(issued_on=issued_on, due_days=14, min_notice_days=7, **others))


def test_the_worked_example_of_the_glossary() -> None:
    """Issued 21 February for the period from 28 February: due 14 March."""
    assert due(period_start=date(2026, 2, 28)) == "2026-03-14"


def test_other_kinds_count_from_the_day_of_issue() -> None:
    assert due() == "2026-03-07"


def test_catching_up_makes_no_invoice_that_is_late_at_birth() -> None:
    assert due(period_start=date(2026, 1, 10)) == "2026-02-28"


def test_a_domain_is_due_before_it_expires() -> None:
    assert due(expiry=date(2026, 3, 23)) == "2026-03-07"
    assert due(expiry=date(2026, 3, 3)) == "2026-03-02"
    assert due(expiry=date(2026, 2, 24)) == "2026-02-23"  # the expiry wins over the notice
    assert due(expiry=date(2026, 2, 10)) == "2026-02-21"  # but nothing is due before it is issued


def test_staff_type_the_due_date_of_a_manual_invoice() -> None:
    assert due(chosen_date=ISSUED) == "2026-02-21"
    with pytest.raises(BusinessError, match="before the issue date"):
        due(chosen_date=date(2026, 2, 20))


@pytest.mark.parametrize(
    ("prefix", "number", "text"),
    [
        ("INV-", 305, "INV-0305"),
        ("INV-", 12345, "INV-12345"),
        ("{YYYY}/{MM}-", 1, "2026/02-0001"),
        ("", 7, "0007"),
    ],
)
def test_numbers_have_a_prefix_and_four_digits(prefix: str, number: int, text: str) -> None:
    assert format_document_number(prefix, ISSUED, number) == text


@given(st.integers(1, 10**12 - 1))
def test_payment_references_have_right_check_digits(invoice_id: int) -> None:
    """ISO 11649: the first four characters moved to the end, letters as numbers, is 1 modulo 97."""
    reference = payment_reference(invoice_id)
    moved = reference[4:] + reference[:4]
    assert int("".join(str(int(c, 36)) for c in moved)) % 97 == 1
    assert len(reference) == 16
    assert reference.startswith("RF")


def test_a_known_reference() -> None:
    """RF18 5390 0754 7034 is the standard's own example: the same arithmetic gives its digits."""
    assert payment_reference(539007547034)[:4] == "RF18"


def test_amount_due_stays_between_nothing_and_the_total() -> None:
    assert amount_due_after(100, []) == 100
    assert amount_due_after(100, [30, 70, -100, 100]) == 0
    for entries in ([101], [-1]):
        with pytest.raises(BusinessError):
            amount_due_after(100, entries)
