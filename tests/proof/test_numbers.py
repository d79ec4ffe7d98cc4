"""What staff may do with numbers is no gap (billing.md 4, M14)."""

from datetime import UTC, datetime

import pytest

from commerce.billing.models import Invoice, NumberSequence
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.proof import assert_proven, proof_violations, told
from tests.make.records import make_credit_note, make_invoice
from tests.proof.planting import entry, plant, undone

pytestmark = pytest.mark.django_db


def day(year: int, month: int = 6) -> datetime:
    return datetime(year, month, 1, 9, tzinfo=UTC)


def choose(key: str, value: str, at: datetime) -> None:
    set_setting(key=f"billing.{key}", value=value, ctx=Context(at, SYSTEM))


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
    [text] = proof_violations(day(2026, 10))["M14"]
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
    assert set(proof_violations(day(2026, 7))) == {"M14"}


@pytest.mark.parametrize(
    ("table", "suffix"), [("billing_invoice", ""), ("billing_creditnote", "-notes")]
)
def test_each_number_follows_the_one_before(table: str, suffix: str) -> None:
    choose("invoice_prefix", "{YYYY}/", day(2025, 1))
    choose("credit_note_prefix", "{YYYY}-", day(2025, 1))
    choose("invoice_yearly_reset", "on", day(2025, 1))
    for at in (day(2025, 2), day(2025, 4), day(2026, 2), day(2026, 4)):
        make_credit_note(invoice=make_invoice(at=at), at=at)
    first, second, third, fourth = (
        f"UPDATE {table} SET number = '{{}}' WHERE issue_date = '{at}'"
        for at in ("2025-02-01", "2025-04-01", "2026-02-01", "2026-04-01")
    )

    def wrong(*changes: str) -> int:
        with undone():
            for change in changes:
                plant(change)
            return told(f"M14{suffix}", day(2026, 7))

    assert not wrong()
    assert wrong(fourth.format("2026/00001")), "it starts anew in the course of a year"
    assert wrong(third.format("X-0001")), "it starts anew and does not say the year"
    assert wrong(third.format("2026/0000"), fourth.format("2026/0001"))
    assert wrong(third.format("2026/0004"), fourth.format("2026/0005"))
    assert wrong(fourth.format("2026/003")), "too few digits"
    assert wrong(first.format("2025/001")), "too few digits"
    assert not wrong(first.format("2025/9999"), second.format("2025/10000"))
    assert not wrong(first.format("2025/0041"), second.format("2025/0042"))
    assert not wrong(first.format("A2025/0041"), second.format("B0042"))
    gap = second.format("2025/0500")
    assert wrong(gap)
    for action, at, gone_on in (
        ("setting.changed", day(2025, 3), True),
        ("setting.changed", day(2025, 2), True),
        ("setting.changed", day(2025, 4), True),
        ("setting.changed", datetime(2025, 2, 1, 8, tzinfo=UTC), False),
        ("setting.changed", datetime(2025, 4, 1, 10, tzinfo=UTC), False),
        ("other.changed", day(2025, 3), False),
    ):
        for name in ("invoice_start_number", "invoice_yearly_reset", "invoice_prefix"):
            with undone():
                entry(action, 0, at=at, record_name=f"billing.{name}")
                assert wrong(gap) == (not gone_on or name == "invoice_prefix"), (action, at, name)


@pytest.mark.parametrize(
    ("sequence", "check"), [("invoice", "M14-last"), ("credit_note", "M14-notes-last")]
)
def test_a_sequence_goes_on_from_its_last_number(sequence: str, check: str) -> None:
    for at in (day(2025, 2), day(2025, 4)):
        make_credit_note(invoice=make_invoice(at=at), at=at)
    table = f"billing_{sequence.replace('_', '')}"
    last = f"UPDATE {table} SET number = '{{}}' WHERE issue_date = '2025-04-01'"
    first = f"UPDATE {table} SET number = '{{}}' WHERE issue_date = '2025-02-01'"
    of = f"UPDATE billing_numbersequence SET {{}} WHERE name = '{sequence}'"
    for change, wrong in (
        (of.format("next_number = 3"), 0),
        (of.format("next_number = 2"), 1),
        (of.format("next_number = 4"), 1),
        (of.format(f"name = '{sequence}:2025'"), 0),
        (of.format("name = 'other'"), 1),
        (f"{last.format('N9999')}; {of.format('next_number = 10000')}", 0),
        (f"{last.format('N9999')}; {of.format('next_number = 10001')}", 1),
        (f"{last.format('N10000')}; {of.format('next_number = 10001')}", 0),
        (f"{last.format('N12345')}; {of.format('next_number = 12346')}", 0),
        (f"{first.format('N0009')}; {of.format('next_number = 10')}", 1),
        (f"{last.format('N002')}; {of.format('next_number = 3')}", 1),
        (f"UPDATE {table} SET issue_date = '2025-04-01'", 0),
        (f"{first.format('N10000')}; UPDATE {table} SET issue_date = '2025-04-01'", 1),
    ):
        with undone():
            plant(change)
            assert bool(told(check, day(2026))) == bool(wrong), change
