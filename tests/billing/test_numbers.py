"""Yearly sequences (billing.md 4)."""

from datetime import timedelta

import pytest

from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.preferences.actions import set_preference
from tests import make

pytestmark = pytest.mark.django_db


def setting(key: str, value: str) -> None:
    set_preference(key=f"billing.invoice_{key}", value=value, at=make.AT, actor=SYSTEM)


def test_numbers_start_anew_with_the_year() -> None:
    with pytest.raises(Refused, match="YYYY"):
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
    with pytest.raises(Refused, match="YYYY"):
        setting("prefix", "INV-")


def test_numbers_go_on_when_the_yearly_reset_is_switched_off() -> None:
    setting("prefix", "{YYYY}-")
    setting("yearly_reset", "on")
    assert [make.make_invoice().number for _ in range(2)] == ["2026-0001", "2026-0002"]
    setting("yearly_reset", "off")
    assert [make.make_invoice().number for _ in range(2)] == ["2026-0003", "2026-0004"]


def test_numbers_start_where_the_setting_says() -> None:
    make.make_invoice()
    setting("start_number", "500")
    numbers = [make.make_invoice().number for _ in range(2)]
    assert numbers == ["INV-0500", "INV-0501"]
