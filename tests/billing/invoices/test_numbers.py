"""Yearly sequences (billing.md 4)."""

from datetime import date, timedelta

import pytest

from commerce.billing.models import Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.proof import assert_proven
from tests.make.records import make_credit_note

pytestmark = pytest.mark.django_db


def setting(key: str, value: str) -> None:
    set_setting(key=f"billing.invoice_{key}", value=value, ctx=Context(make.AT, SYSTEM))


def test_numbers_start_anew_with_the_year() -> None:
    with pytest.raises(BusinessError, match="YYYY"):
        setting("yearly_reset", "on")
    setting("prefix", "{YYYY}-")
    assert make.make_invoice().number == "2026-0001"
    setting("yearly_reset", "on")
    assert (
        make.make_invoice().number == "2026-0002"
    )  # goes on in the year in which it is switched on
    later = make.AT + timedelta(days=300)
    numbers = [make.make_invoice(at=later).number for _ in range(2)]
    assert numbers == ["2027-0001", "2027-0002"]
    with pytest.raises(BusinessError, match="YYYY"):
        setting("prefix", "INV-")


def test_numbers_go_on_when_the_yearly_reset_is_switched_off() -> None:
    setting("prefix", "{YYYY}-")
    setting("yearly_reset", "on")
    assert [make.make_invoice().number for _ in range(2)] == ["2026-0001", "2026-0002"]
    setting("yearly_reset", "off")
    assert [make.make_invoice().number for _ in range(2)] == ["2026-0003", "2026-0004"]


def test_the_yearly_reset_was_switched_on_off_and_on_again_within_a_year() -> None:
    """Its row stood still while it was off, so the next number came a second time and nothing could be issued."""
    setting("prefix", "{YYYY}-")
    for switch, numbers in (
        ("on", "1 2"),
        ("off", "3 4"),
        ("on", "5 6"),
        ("off", "7"),
        ("on", "8"),
    ):
        setting("yearly_reset", switch)
        issued = [make.make_invoice().number for _ in numbers.split()]
        assert issued == [f"2026-000{number}" for number in numbers.split()]
    assert_proven(make.AT + timedelta(days=1))


def test_a_start_below_what_a_year_used_is_refused() -> None:
    setting("prefix", "{YYYY}-")
    setting("yearly_reset", "on")
    for _ in range(3):
        make.make_invoice()
    with pytest.raises(BusinessError, match="Use 4 or higher"):
        setting("start_number", "3")
    setting("start_number", "4")


def test_a_prefix_whose_years_outgrow_the_number_is_refused() -> None:
    """20 times ``{YYYY}`` was taken, and then nothing could be issued."""
    for key in ("billing.invoice_prefix", "billing.credit_note_prefix"):
        with pytest.raises(BusinessError, match="longer than 30"):
            set_setting(key=key, value="{YYYY}" * 20, ctx=Context(make.AT, SYSTEM))
    setting("prefix", "{YYYY}" * 7 + "{MM}")
    assert make.make_invoice().number == "2026" * 7 + "040001"


def test_one_that_began_before_midnight_and_is_numbered_after_another_of_the_new_day() -> None:
    """Its date is that of the one before it: dates never go back within a sequence (M14)."""
    after = make.AT + timedelta(days=1)
    first = make.make_invoice(at=after)
    second = make.make_invoice(at=make.AT)
    assert (first.number, second.number) == ("INV-0001", "INV-0002")
    assert first.issue_date == second.issue_date == after.date()
    assert second.due_date is not None
    assert second.due_date >= date(2026, 4, 9)
    notes = [
        make_credit_note(invoice=one, at=at) for one, at in ((first, after), (second, make.AT))
    ]
    assert [note.issue_date for note in notes] == [after.date()] * 2
    assert make.make_invoice(at=after).issue_date == after.date()
    assert Invoice.objects.count() == 3
    assert_proven(after + timedelta(hours=1))


def test_numbers_start_where_the_setting_says() -> None:
    make.make_invoice()
    setting("start_number", "500")
    numbers = [make.make_invoice().number for _ in range(2)]
    assert numbers == ["INV-0500", "INV-0501"]


def test_numbers_of_credit_notes_and_prefixes_with_a_year_are_sequences_of_their_own() -> None:
    invoice = make.make_invoice()
    for _ in range(3):
        make_credit_note(invoice=invoice, amount=1)
    setting("start_number", "2")  # three numbers were used, but of credit notes
    setting("prefix", "{YYYY}-")
    assert make.make_invoice().number == "2026-0002"
    later = make.AT + timedelta(days=300)
    assert make.make_invoice(at=later).number == "2027-0003"  # not started anew
    assert make_credit_note(invoice=invoice, amount=1, at=later).number == "CN-0004"
