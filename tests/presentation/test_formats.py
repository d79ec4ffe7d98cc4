"""Dates, instants, rates and names as a reader sees them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from commerce.billing.invoices.rules import InvoiceStatus
from commerce.domains.rules import DomainStatus
from commerce.hosting.rules import ServiceStatus
from commerce.kit.periods import BillingCycle
from commerce.orders.rules import OrderStatus
from commerce.presentation import formats, labels
from commerce.presentation.amounts import format_money
from commerce.presentation.idn import ascii_name, readable_name, stored_name

BLANK = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("locale", "short", "long"),
    [
        ("en", "Sep 3, 2026", "3 September 2026"),
        ("en-gb", "3 Sept 2026", "3 September 2026"),
        ("de", "03.09.2026", "3. September 2026"),
        ("fr", "3 sept. 2026", "3 septembre 2026"),
        ("es", "3 sept 2026", "3 de septiembre de 2026"),
        ("nl", "3 sep 2026", "3 september 2026"),
        ("ar", "03\u200f/09\u200f/2026", "3 سبتمبر 2026"),
        (
            "tlh",
            "Sep 3, 2026",
            "3 September 2026",
        ),  # Klingon: a language that the CLDR does not have
    ],
)
def test_dates_have_the_form_of_the_language(locale: str, short: str, long: str) -> None:
    with translation.override(locale):
        assert formats.format_day(date(2026, 9, 3)) == short
        assert formats.format_long_day(date(2026, 9, 3)) == long


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-gb", "28 Mar 2026, 17:05 CET"),
        ("de", "28.03.2026, 17:05 CET"),
        ("fr", "28 mars 2026, 17:05 CET"),
        ("es", "28 mar 2026, 17:05 CET"),
        ("nl", "28 mrt 2026, 17:05 CET"),
        ("ar", "28\u200f/03\u200f/2026، 5:05 م CET"),
    ],
)
def test_instants_have_the_form_of_the_language(locale: str, text: str) -> None:
    at = datetime(2026, 3, 28, 16, 5, tzinfo=UTC)
    with translation.override(locale), timezone.override(ZoneInfo("Europe/Berlin")):
        assert formats.format_instant(at).replace(BLANK, " ") == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "Mar 29, 2026, 12:59 AM UTC"),
        ("Europe/Berlin", "Mar 29, 2026, 1:59 AM CET"),
        ("America/New_York", "Mar 28, 2026, 8:59 PM EDT"),
        ("Asia/Dubai", "Mar 29, 2026, 4:59 AM UTC+04"),
        ("Asia/Kathmandu", "Mar 29, 2026, 6:44 AM UTC+0545"),
    ],
)
def test_instants_name_their_zone(zone: str, text: str) -> None:
    at = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    with translation.override("en"), timezone.override(ZoneInfo(zone)):
        assert formats.format_instant(at).replace(BLANK, " ") == text
    assert formats.machine_instant(at.astimezone(ZoneInfo(zone))) == "2026-03-29T00:59:00Z"


@pytest.mark.parametrize(
    ("milli", "text"), [(20000, "20%"), (8875, "8.875%"), (0, "0%"), (5500, "5.5%")]
)
def test_rates(milli: int, text: str) -> None:
    assert formats.format_tax_rate(milli) == text


@pytest.mark.parametrize(
    ("milli", "text"), [(1000, "1"), (2500, "2.5"), (1, "0.001"), (100_000_000, "100,000")]
)
def test_quantities(milli: int, text: str) -> None:
    assert formats.format_quantity(milli) == text


@pytest.mark.parametrize(
    ("locale", "amount", "quantity", "rate"),
    [
        ("en", "1,234,567.50", "1,234.5", "8.875%"),
        ("de", "1.234.567,50", "1.234,5", "8,875_%"),
        ("fr", "1_234_567,50", "1_234,5", "8,875_%"),
        ("es", "1.234.567,50", "1.234,5", "8,875_%"),
        ("nl", "1.234.567,50", "1.234,5", "8,875%"),
        ("ar", "1,234,567.50", "1,234.5", "8.875%"),
    ],
)
def test_numbers_have_the_form_of_the_language(
    locale: str, amount: str, quantity: str, rate: str
) -> None:
    with translation.override(locale):
        shown = [
            formats.format_decimal(Decimal("1234567.5"), 2),
            formats.format_quantity(1_234_500),
            formats.format_tax_rate(8875),
        ]
    blanks = str.maketrans({BLANK: "_", "\N{NARROW NO-BREAK SPACE}": "_", "\u200e": ""})
    assert [text.translate(blanks) for text in shown] == [amount, quantity, rate]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (999_999_999_999_999_999, "BAM", "9,999,999,999,999,999.99 BAM"),
        (-1, "KWD", "−0.001 KWD"),
        (1_500, "JPY", "1,500 JPY"),
        (100, "HUF", "1.00 HUF"),  # the CLDR would show none of its ISO 4217 decimals
        (0, "CLF", "0.0000 CLF"),
    ],
)
def test_an_amount_shows_each_of_its_digits(amount: int, currency: str, text: str) -> None:
    assert format_money(amount, currency).replace(BLANK, " ") == text


def test_each_status_has_a_word_and_the_color_of_the_specification() -> None:
    colors = {
        kind: {s: tone for s, (_, tone) in found.items()}
        for kind, found in labels.STATUS_LABELS.items()
    }
    assert colors["service"] == {
        "pending": "blue",
        "active": "green",
        "suspended": "orange",
        "cancelled": "grey",
        "terminated": "red",
    }
    assert colors["invoice"].pop("draft") == "grey"  # of staff alone
    assert colors["invoice"] == {
        "unpaid": "yellow",
        "overdue": "red",
        "paid": "green",
        "cancelled": "grey",
        "refunded": "purple",
    }
    assert colors["domain"] == {
        "pending": "yellow",
        "pending_transfer": "yellow",
        "active": "green",
        "expired": "red",
        "redemption": "orange",
        "transferred_away": "grey",
        "cancelled": "grey",
        "fraud": "red",
    }
    assert set(labels.STATUS_LABELS["service"]) == set(ServiceStatus)
    assert set(labels.STATUS_LABELS["invoice"]) == set(InvoiceStatus)
    assert set(labels.STATUS_LABELS["order"]) == set(OrderStatus)
    assert set(labels.STATUS_LABELS["domain"]) == set(DomainStatus)
    assert set(labels.CYCLE_LABELS) == set(BillingCycle)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("example.com", "example.com"),
        ("xn--mnchen-3ya.de", "münchen.de"),
        ("xn--pple-43d.com", "xn--pple-43d.com"),  # a Cyrillic а before Latin letters
        ("xn--e1afmkfd.xn--p1ai", "пример.рф"),
        ("xn--zckzah.jp", "テスト.jp"),
        ("xn--.com", "xn--.com"),
    ],
)
def test_names_are_read_in_letters_of_their_own_unless_they_mix_scripts(
    stored: str, read: str
) -> None:
    assert readable_name(stored) == read


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("MÜNCHEN.de", "xn--mnchen-3ya.de"), ("exam", "exam"), ("..", ".."), ("a" * 300, "a" * 300)],
)
def test_a_typed_name_becomes_what_is_stored(typed: str, stored: str) -> None:
    assert ascii_name(typed) == stored


@pytest.mark.parametrize(
    ("language", "last", "text"),
    [
        ("en", date(2026, 11, 30), "Nov 1 – 30, 2026"),
        ("en", date(2027, 1, 31), "Nov 1, 2026 – Jan 31, 2027"),
        ("en", date(2026, 11, 1), "Nov 1, 2026"),
        ("de", date(2026, 11, 30), "1.–30. Nov. 2026"),
        ("fr", date(2026, 12, 31), "1 nov. – 31 déc. 2026"),
    ],
)
def test_a_period_is_as_short_as_its_days_allow(language: str, last: date, text: str) -> None:
    with translation.override(language):
        assert formats.format_period(date(2026, 11, 1), last) == text


def test_an_amount_keeps_its_sign_among_words_that_run_from_the_right() -> None:
    assert formats.from_the_left("−$5.00") == "−$5.00"
    with translation.override("ar"):
        assert formats.from_the_left("−$5.00") == "\u2066−$5.00\u2069"
        assert (
            formats.as_typed("1 Main St\nFloor 2") == "\u20681 Main St\u2069\n\u2068Floor 2\u2069"
        )


def test_what_is_longer_than_any_name_is_not_converted() -> None:
    assert stored_name("é.com") == "xn--9ca.com"
    typed = "é." * 150 + "com"
    assert stored_name(typed) == ascii_name(typed) == typed
