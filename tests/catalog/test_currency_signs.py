"""How amounts look to a reader: the sign of their currency, or its code (catalog-and-orders.md 1)."""

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from commerce.catalog.actions.currencies import change_currency, create_currency
from commerce.catalog.models import Currency
from commerce.catalog.rules import unambiguous_signs
from commerce.kit.context import SYSTEM, Context
from commerce.kit.request_cache import cached_for_request
from commerce.presentation.amounts import format_money
from tests import make

BLANK = "\N{NO-BREAK SPACE}"
CTX = Context(make.AT, SYSTEM)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"EUR": ("€", "")}, {"EUR": ("€", "")}),
        ({"SEK": ("", "kr")}, {"SEK": ("", "kr")}),
        ({"CHF": ("", "")}, {"CHF": ("", "CHF")}),
        ({"USD": ("$", "USD")}, {"USD": ("$", "USD")}),
        ({"USD": ("$", ""), "AUD": ("$", "")}, {"USD": ("$", "USD"), "AUD": ("$", "AUD")}),
        ({"USD": ("$", ""), "AUD": ("$", "AU")}, {"USD": ("$", "USD"), "AUD": ("$", "AU")}),
        ({"USD": ("$", ""), "AUD": ("A$", "")}, {"USD": ("$", ""), "AUD": ("A$", "")}),
        ({"SEK": ("", "kr"), "NOK": ("", "kr")}, {"SEK": ("", "kr SEK"), "NOK": ("", "kr NOK")}),
        ({"CHF": ("", ""), "XOF": ("", "")}, {"CHF": ("", "CHF"), "XOF": ("", "XOF")}),
        ({"CHF": ("", ""), "SEK": ("", "kr")}, {"CHF": ("", "CHF"), "SEK": ("", "kr")}),
    ],
)
def test_no_two_currencies_look_alike(
    stored: dict[str, tuple[str, str]], shown: dict[str, tuple[str, str]]
) -> None:
    assert unambiguous_signs(stored) == shown


@pytest.fixture
def crowns(db: None) -> Currency:
    make.make_currency("JPY")
    make.make_currency("KWD")
    return create_currency(code="SEK", name="Krona", suffix="kr", ctx=CTX)


@pytest.mark.usefixtures("crowns")
@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        (500, "EUR", "en", "€5.00"),
        (123456789, "EUR", "en", "€1,234,567.89"),
        (123456789, "EUR", "de", "1.234.567,89 €"),
        (7614, "EUR", "fr", "76,14 €"),
        (-7614, "EUR", "es", "−76,14 €"),
        (7614, "EUR", "nl", "€ 76,14"),
        (-7614, "EUR", "nl", "€ −76,14"),
        (7614, "EUR", "ar", "\u2066€76.14\u2069"),
        (487, "USD", "en", "$4.87"),
        (487, "USD", "fr", "4,87 $US"),
        (487, "USD", "ar", "\u2066$4.87\u2069"),
        (500, "SEK", "de", "5,00 kr"),
        (500, "JPY", "de", "500 JPY"),
        (500, "JPY", "en", "500 JPY"),
        (5000, "KWD", "en", "5.000 KWD"),
        (500, "SEK", "en", "5.00 kr"),
        (-1, "EUR", "en", "−€0.01"),
        (-1, "SEK", "en", "−0.01 kr"),
        (0, "USD", "en", "$0.00"),
        (500, "GBP", "en", "5.00 GBP"),  # no currency of this installation: stray money
        (2**62, "EUR", "en", "€46,116,860,184,273,879.04"),
    ],
)
def test_money(amount: int, currency: str, locale: str, text: str) -> None:
    with translation.override(locale):
        assert format_money(amount, currency) == text.replace(" ", BLANK)


@pytest.mark.parametrize(
    ("code", "prefix", "locale", "text"),
    [
        ("CAD", "CA$", "en", "CA$5.00"),
        ("CAD", "CA$", "fr", "5,00 $CA"),
        ("CAD", "$", "en", "$5.00 CAD"),  # beside the dollar of the United States
        ("JPY", "¥", "fr", "500 ¥"),  # French has none of its own
    ],
)
def test_what_staff_chose_stays_where_readers_expect_a_sign(
    db: None, code: str, prefix: str, locale: str, text: str
) -> None:
    create_currency(code=code, name=code, prefix=prefix, ctx=CTX)
    with translation.override(locale):
        assert format_money(500, code) == text.replace(" ", BLANK)


def test_a_sign_counts_at_once_and_is_read_once_for_a_page(
    crowns: Currency, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with cached_for_request(), django_assert_num_queries(1):
        assert {format_money(500, "SEK") for _ in range(3)} == {f"5.00{BLANK}kr"}
    change_currency(currency=crowns, prefix="$", suffix="", ctx=CTX)
    assert format_money(500, "SEK") == f"$5.00{BLANK}SEK"
    assert format_money(500, "USD") == f"$5.00{BLANK}USD"
