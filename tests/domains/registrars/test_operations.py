"""What adapters of registrars share: amounts, masked messages, the expiry that a renewal begins from."""

import base64
from datetime import date, timedelta
from urllib.parse import quote_plus

import pytest

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.idn_languages import (
    _ALPHABETS,
    _SCRIPTS,
    SHORT_CODES,
    idn_language,
)
from commerce.domains.registrars.operations import (
    MAX_MESSAGE,
    RegistrarError,
    check_expiry,
    minor_units,
    without_secrets,
)
from tests.domains.registrars.sides import domain


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("0", "USD", 0),
        ("12", "USD", 1200),
        ("12.3", "USD", 1230),
        ("13000.0000", "USD", 1_300_000),
        ("700000.29", "USD", 70_000_029),
        ("8.885", "USD", 889),
        ("8.8849", "USD", 888),
        ("-4.50", "EUR", -450),
        ("980", "JPY", 980),
        ("1.234", "KWD", 1234),
        ("999999999999.99", "USD", 99_999_999_999_999),
    ],
)
def test_a_decimal_becomes_minor_units_without_a_float(
    text: str, currency: str, amount: int
) -> None:
    assert minor_units(text, currency) == amount


@pytest.mark.parametrize("text", ["", "NaN", "1e5", "1,5", " 1", "1.", "٣", "9" * 13, "0x1"])
def test_what_is_no_amount_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        minor_units(text, "USD")


def test_a_secret_is_masked_however_it_is_written() -> None:
    secret = "a+b/c=ü d"
    forms = [secret, quote_plus(secret), base64.b64encode(secret.encode()).decode()]
    told = without_secrets(f"Wrong: {' and '.join(forms)}", ["", secret])
    assert told == "Wrong: *** and *** and ***"


def test_a_longer_secret_is_masked_before_one_that_is_part_of_it() -> None:
    assert without_secrets("key abc, code ab", ["ab", "abc"]) == "key ***, code ***"


def test_a_message_is_one_line_of_bounded_length() -> None:
    told = without_secrets("a\r\nb\x00c\t" + "x" * 10_000, [])
    assert told.startswith("a b c x")
    assert len(told) == MAX_MESSAGE


@pytest.mark.parametrize(
    ("days", "ok"), [(0, True), (1, True), (-1, True), (2, False), (-365, False)]
)
def test_a_renewal_begins_at_our_expiry_give_or_take_a_day(days: int, ok: bool) -> None:  # noqa: FBT001
    ours = date(2027, 3, 1)
    if ok:
        check_expiry(domain("alice.com"), ours, ours + timedelta(days=days))
        return
    with pytest.raises(RegistrarError) as refused:
        check_expiry(domain("alice.com"), ours, ours + timedelta(days=days))
    assert refused.value.problem == RegistrarProblem.REFUSED


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("alice", ""),
        ("xn--mller-kva", "ger"),
        ("xn--caf-dma", "spa"),
        ("xn--franais-xxa", "fre"),
        ("xn--e1afmkfd", "rus"),
        ("xn--fsqu00a", "chi"),
        ("xn--zckzah", "jpn"),
        ("xn--0wcci", ""),
    ],
)
def test_the_language_of_a_name_is_that_of_its_letters(name: str, code: str) -> None:
    assert idn_language(name) == code


def test_each_language_has_a_short_code_too() -> None:
    told = {*_SCRIPTS.values(), *_ALPHABETS}
    assert told == set(SHORT_CODES)
