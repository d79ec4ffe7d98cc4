"""Tax numbers on entry: check digits, country letters, and whatever else people type (billing.md 5.4)."""

from datetime import date

import pytest
from hypothesis import example as tried
from hypothesis import given
from hypothesis import strategies as st

from commerce.accounts import vat
from commerce.accounts.actions.clients import change_client
from commerce.accounts.vat import (
    EXAMPLE_VAT_NUMBERS,
    example_vat_number,
    normalize_tax_id,
    parse_vat_number,
)
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests.make.people import AT, make_client

DAY = date(2026, 4, 8)


def test_each_member_has_an_example_that_is_right() -> None:
    assert set(EXAMPLE_VAT_NUMBERS) == set(vat.vat_area_countries(DAY))
    for country, text in EXAMPLE_VAT_NUMBERS.items():
        number = parse_vat_number(text, DAY)
        assert number is not None
        assert (number.country, number.text) == (country, text)
        assert normalize_tax_id(text, country, DAY) == text == example_vat_number(country, DAY)
        assert normalize_tax_id(number.digits, country, DAY) == text


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("", "DE", ""),
        ("DE136695976", "FR", "DE136695976"),  # kept, and never reverse charge
        ("DE136695977", "DE", None),
        ("136695977", "DE", None),
        ("12/345/67890", "DE", None),
        ("GR094259216", "GR", None),
        ("FR40303265045", "MC", "FR40303265045"),
        ("XI100000122", "DE", None),
        ("GB123456789", "GB", "GB123456789"),
        ("12-3456789", "US", "12-3456789"),
        ("ESP920529AB1", "MX", "ESP920529AB1"),
    ],
)
def test_what_is_kept(*, typed: str, country: str, stored: str | None) -> None:
    assert normalize_tax_id(typed, country, DAY) == stored


def test_a_number_of_a_member_that_left_is_none() -> None:
    assert parse_vat_number("GB980780684", date(2020, 12, 31)) is not None
    assert parse_vat_number("GB980780684", date(2021, 1, 1)) is None


@given(text=st.text(max_size=60), prefix=st.sampled_from(["", *EXAMPLE_VAT_NUMBERS, "EL", "XI"]))
@tried(text="١٣٦٦٩٥٩٧٦", prefix="DE")
@tried(text="136695976'--", prefix="DE")
@tried(text="13669597６", prefix="DE")
@tried(text="\x00" * 9, prefix="DE")
@tried(text="٢" * 400, prefix="CZ")
def test_hostile_numbers_are_right_or_refused_and_never_a_crash(*, text: str, prefix: str) -> None:
    number = parse_vat_number(prefix + text, DAY)
    if number is not None:
        assert number.text.isascii()
        assert number.text.isupper()
        assert parse_vat_number(number.text, DAY) == number
    for country in EXAMPLE_VAT_NUMBERS:
        stored = normalize_tax_id(prefix + text, country, DAY)
        assert not stored or parse_vat_number(stored, DAY) is not None


@pytest.mark.django_db
def test_a_wrong_number_is_refused_with_the_form_that_is_expected() -> None:
    client = make_client(country="DE")
    with pytest.raises(BusinessError, match="DE136695976") as refused:
        change_client(client=client, tax_id="DE136695977", ctx=Context(AT, SYSTEM))
    assert refused.value.field == "tax_id"
    with pytest.raises(BusinessError):
        make_client(country="FR", tax_id="0815")
    changed = change_client(client=client, tax_id="136.695.976", ctx=Context(AT, SYSTEM))
    assert changed.tax_id == "DE136695976"


@pytest.mark.django_db
def test_a_move_into_the_eu_asks_for_a_right_number_and_other_changes_do_not() -> None:
    client = make_client(country="US", tax_id="12-3456789")
    change_client(client=client, city="Boston", ctx=Context(AT, SYSTEM))
    with pytest.raises(BusinessError):
        change_client(client=client, country="DE", ctx=Context(AT, SYSTEM))
