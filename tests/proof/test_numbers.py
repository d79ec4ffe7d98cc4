"""What staff may do with numbers is no gap (billing.md 4, M14)."""

from datetime import UTC, datetime

import pytest

from commerce.billing.models import Invoice, NumberSequence
from commerce.kit.actor import SYSTEM
from commerce.preferences.actions import set_preference
from tests.make.proof import assert_proven, faults
from tests.make.trade import make_credit_note, make_invoice

pytestmark = pytest.mark.django_db


def day(year: int, month: int = 6) -> datetime:
    return datetime(year, month, 1, 9, tzinfo=UTC)


def choose(key: str, value: str, at: datetime) -> None:
    set_preference(key=f"billing.{key}", value=value, at=at, actor=SYSTEM)


def test_a_start_that_is_raised() -> None:
    make_invoice(at=day(2026))
    choose("invoice_start_number", "500", day(2026, 7))
    make_invoice(at=day(2026, 8))
    make_invoice(at=day(2026, 9))
    assert Invoice.objects.get(issue_date="2026-09-01").number == "INV-0501"
    assert_proven(day(2026, 10))


def test_a_gap_is_no_raised_start() -> None:
    make_invoice(at=day(2026))
    NumberSequence.objects.filter(name="invoice").update(next_number=500)
    make_invoice(at=day(2026, 8))
    [text] = faults(day(2026, 10))["M14"]
    assert text == "Invoice INV-0500 of 2026-08-01 follows INV-0001 of 2026-06-01."


def test_years_that_start_anew_and_prefixes_that_change() -> None:
    for year, prefix in ((2025, "INV-"), (2026, "{YYYY}/"), (2027, "{YYYY}{MM}")):
        choose("invoice_prefix", prefix, day(year, 1))
        for month in (2, 3, 3, 4):
            at = day(year, month)
            make_credit_note(invoice=make_invoice(at=at), at=at)
        choose("invoice_yearly_reset", "on" if year > 2025 else "off", day(year, 12))
        make_invoice(at=day(year, 12))
    choose("invoice_yearly_reset", "off", day(2028, 1))
    make_invoice(at=day(2028, 2))
    assert_proven(day(2028, 3))
    assert Invoice.objects.filter(number="2027020001").exists()


def test_a_year_that_starts_anew_at_2() -> None:
    choose("invoice_prefix", "{YYYY}/", day(2025))
    choose("invoice_yearly_reset", "on", day(2025))
    make_invoice(at=day(2025, 7))
    NumberSequence.objects.create(name="invoice:2026", next_number=3)
    make_invoice(at=day(2026))
    assert set(faults(day(2026, 7))) == {"M14"}
