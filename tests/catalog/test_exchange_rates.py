"""Exchange rates: crossed exactly, read with care, taken from the ECB without overruling staff."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.catalog.actions.currencies import make_default_currency, set_exchange_rate
from commerce.catalog.exchange_rates import ecb
from commerce.catalog.exchange_rates.actions import confirm_held_rate
from commerce.catalog.exchange_rates.ecb import RatesRefusedError, read_reference_rates
from commerce.catalog.exchange_rates.refresh import fetch_exchange_rates
from commerce.catalog.exchange_rates.rules import (
    CurrencyRate,
    PublishedRates,
    cross_rate,
    decimal_text,
    exact_worth,
    is_jump,
    is_replaced,
    is_too_old,
)
from commerce.catalog.models import Currency
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from commerce.timetable import PERIODIC_WORK
from tests.doubles.ecb import RATES, FakeEcb, reference_rates, serve_ecb
from tests.make import AT, make_currency

DAY = date(2026, 4, 8)
CTX = Context(AT, SYSTEM)


# Rules


def published(**units: str) -> PublishedRates:
    return PublishedRates(DAY, {code: Decimal(text) for code, text in units.items()})


def test_rates_are_crossed_through_the_euro_exactly() -> None:
    rates = published(USD="1.0815", GBP="0.8571")
    assert rates.quotes("GBP", "USD") == "1.0815/0.8571"
    assert exact_worth("1.0815/0.8571") == Fraction(10815, 8571)
    assert rates.quotes("EUR", "USD") == "1.0815/1"
    assert rates.quotes("USD", "EUR") == "1/1.0815"
    assert rates.quotes("RUB", "EUR") == rates.quotes("EUR", "RUB") == ""


def test_the_cross_of_two_published_rates_loses_nothing() -> None:
    """Pounds in a book of euro, while rates are counted in dollars: the dollar cancels out."""
    rates = published(USD="1.0815", GBP="0.8571")
    ours, books = (CurrencyRate(exact_worth(rates.quotes(c, "USD")), DAY) for c in ("GBP", "EUR"))
    assert cross_rate(ours, books) == CurrencyRate(1 / Fraction("0.8571"), DAY)


def test_a_cross_is_as_old_as_the_older_of_two_and_needs_both() -> None:
    old, new = CurrencyRate(Fraction(2), date(2026, 4, 1)), CurrencyRate(Fraction(4), DAY)
    assert cross_rate(old, new) == CurrencyRate(Fraction(1, 2), date(2026, 4, 1))
    assert cross_rate(CurrencyRate(Fraction(1)), new).day == DAY
    assert cross_rate(CurrencyRate(None), new) == CurrencyRate(None)


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        (Fraction(11, 10), "1.1"),
        (Fraction(1, 3), "0.33333333"),
        (Fraction(2, 3), "0.66666667"),
        (Fraction(100), "100"),
        (Fraction(1, 10**9), "0"),
    ],
)
def test_a_rate_is_written_as_a_decimal(exact: Fraction, text: str) -> None:
    assert decimal_text(exact) == text


@pytest.mark.parametrize(
    ("old", "new", "jumps"),
    [("1", "1.1", False), ("1", "1.101", True), ("1", "0.9", False), ("1", "0.899", True)],
)
def test_a_tenth_more_or_less_needs_no_second_look(*, old: str, new: str, jumps: bool) -> None:
    assert is_jump(Fraction(old), Fraction(new)) is jumps


@pytest.mark.parametrize(
    ("rate_on", "typed_on", "replaced"),
    [
        (None, None, True),
        (DAY - timedelta(days=1), None, True),
        (DAY, None, False),
        (DAY + timedelta(days=1), None, False),
        (DAY - timedelta(days=7), DAY - timedelta(days=1), True),
        (DAY - timedelta(days=7), DAY, False),
        (DAY - timedelta(days=7), DAY + timedelta(days=1), False),
    ],
)
def test_what_staff_typed_on_the_day_of_a_publication_or_later_stays(
    *, rate_on: date | None, typed_on: date | None, replaced: bool
) -> None:
    assert is_replaced(rate_on=rate_on, typed_on=typed_on, published_on=DAY) is replaced


def test_a_rate_is_too_old_the_day_after_its_last() -> None:
    assert not is_too_old(DAY, on=DAY + timedelta(days=7), max_days=7)
    assert is_too_old(DAY, on=DAY + timedelta(days=8), max_days=7)
    assert not is_too_old(None, on=DAY, max_days=7)


# The document

WRONG = {
    "a sign-in page": b"<html><body>Welcome to the hotel</body></html>",
    "no XML": b"Service unavailable",
    "nothing": b"",
    "truncated": reference_rates()[:-40],
    "a document type": b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + reference_rates(),
    "a day to come": reference_rates("2026-04-09"),
    "no day": reference_rates().replace(b" time='2026-04-08'", b""),
    "no such day": reference_rates("2026-02-30"),
    "another form of day": reference_rates("20260408"),
    "two days": reference_rates().replace(
        b"<Cube>\n", b"<Cube>\n<Cube time='2026-04-07'><Cube currency='USD' rate='1'/></Cube>", 1
    ),
    "no rates": reference_rates(rates={}),
    "no dollar": reference_rates(rates={"JPY": "163.2"}),
    "zero": reference_rates(rates=RATES | {"JPY": "0.000"}),
    "negative": reference_rates(rates=RATES | {"JPY": "-163.2"}),
    "a word": reference_rates(rates=RATES | {"JPY": "N/A"}),
    "a power": reference_rates(rates=RATES | {"JPY": "1e9"}),
    "infinity": reference_rates(rates=RATES | {"JPY": "Infinity"}),
    "digits of another script": reference_rates(rates=RATES | {"JPY": "١٦٣"}),
    "no code": reference_rates(rates=RATES | {"yen": "163.2"}),
    "a rate twice": reference_rates().replace(b"'GBP'", b"'JPY'"),
    "another vocabulary": reference_rates().replace(b"ecb.int", b"example.int"),
}


def test_the_bank_s_document_is_read() -> None:
    rates = read_reference_rates(reference_rates(), today=DAY)
    assert rates == published(**RATES)


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_of_a_document_with_anything_wrong_nothing_counts(body: bytes) -> None:
    with pytest.raises(RatesRefusedError):
        read_reference_rates(body, today=DAY)


def test_only_the_bank_is_asked_over_tls() -> None:
    assert ecb.ECB_URL.startswith("https://www.ecb.europa.eu/")


# What becomes of it


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[FakeEcb]:
    """The stand-in, chosen as the source of rates."""
    set_setting(key="tax.rate_source", value="ecb", ctx=CTX)
    with serve_ecb(monkeypatch) as stand:
        yield stand


def refresh(at: datetime = AT) -> None:
    [entry] = [entry for entry in PERIODIC_WORK if entry.name == "exchange-rates"]
    entry.run(at)


def rate_of(code: str) -> tuple[Any, ...]:
    return Currency.objects.values_list("rate", "rate_on", "rate_source").get(pk=code)


def test_published_rates_are_taken_with_their_day(bank: FakeEcb) -> None:
    make_currency("GBP")
    make_currency("KWD")  # which the bank does not publish
    refresh()
    assert rate_of("EUR") == ("1.0815", DAY, "ecb")
    assert rate_of("GBP") == ("1.261813090655", DAY, "ecb")
    assert Currency.objects.get(pk="GBP").current_rate.worth == Fraction(10815, 8571)
    assert rate_of("KWD") == ("", None, "manual")
    assert rate_of("USD") == ("", None, "manual")  # the default one is worth itself
    entries = AuditEntry.objects.filter(action="currency.rate_set").count()
    refresh(AT + timedelta(hours=3))  # the same again, as on a weekend
    assert AuditEntry.objects.filter(action="currency.rate_set").count() == entries == 2
    assert bank.asked == 2


@pytest.mark.django_db
def test_nobody_is_asked_unless_the_source_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_ecb(monkeypatch) as stand:
        refresh()
        assert stand.asked == 0
        with pytest.raises(BusinessError, match=r"set by hand"):
            fetch_exchange_rates(ctx=CTX)
    assert rate_of("EUR")[0] == ""


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_what_is_no_list_of_rates_changes_nothing(bank: FakeEcb, body: bytes) -> None:
    refresh()
    before = Currency.objects.order_by("pk").values_list()
    before = list(before)
    bank.says(body)
    refresh(AT + timedelta(hours=3))
    assert list(Currency.objects.order_by("pk").values_list()) == before
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("status", [301, 404, 500, 503])
def test_an_answer_with_another_status_changes_nothing(bank: FakeEcb, status: int) -> None:
    bank.says(reference_rates(), status=status)
    bank.moved_to = ecb.ECB_URL if status == 301 else ""
    refresh()
    assert rate_of("EUR")[0] == ""
    assert bank.asked == 1  # nobody follows where it leads


def test_a_bank_that_is_slow_or_away_changes_nothing(
    bank: FakeEcb, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.pause = 0.05
    monkeypatch.setattr(ecb, "SECONDS", 0.5)
    with pytest.raises(BusinessError, match="gave no exchange rates"):
        fetch_exchange_rates(ctx=CTX)
    monkeypatch.setattr(ecb, "ECB_URL", "http://127.0.0.1:1/eurofxref-daily.xml")
    refresh()
    assert rate_of("EUR")[0] == ""


def test_a_document_without_an_end_is_broken_off(bank: FakeEcb) -> None:
    bank.says(reference_rates() + b" " * ecb.MAX_BYTES)
    refresh()
    assert rate_of("EUR")[0] == ""


def test_a_rate_that_jumps_waits_for_staff_who_are_told_once(bank: FakeEcb) -> None:
    refresh()
    for day, rate in ((9, "1.3"), (10, "1.31")):
        bank.says(reference_rates(f"2026-04-{day:02}", RATES | {"USD": rate}))
        refresh(AT + timedelta(days=day - 8))
    assert rate_of("EUR") == ("1.0815", DAY, "ecb")
    euro = Currency.objects.get(pk="EUR")
    assert (euro.held_rate, euro.held_on) == ("1.31", date(2026, 4, 10))
    [mail] = OutgoingMail.objects.filter(event="exchange_rate_held")
    assert mail.values["task_url"].endswith("/admin/currencies/EUR")
    confirm_held_rate(currency=euro, ctx=Context(AT + timedelta(days=3), SYSTEM))
    assert rate_of("EUR") == ("1.31", date(2026, 4, 10), "ecb")
    assert (euro.held_rate, euro.held_on) == ("", None)
    with pytest.raises(BusinessError, match="waits to be confirmed"):
        confirm_held_rate(currency=euro, ctx=CTX)


def test_a_held_rate_is_forgotten_when_rates_come_back_or_staff_set_one(bank: FakeEcb) -> None:
    refresh()
    for day, rate in ((9, "10.8"), (10, "1.09")):
        bank.says(reference_rates(f"2026-04-{day:02}", RATES | {"USD": rate}))
        refresh(AT + timedelta(days=day - 8))
    assert rate_of("EUR") == ("1.09", date(2026, 4, 10), "ecb")
    euro = Currency.objects.get(pk="EUR")
    assert euro.held_quotes == ""
    bank.says(reference_rates("2026-04-11", RATES | {"USD": "2"}))
    refresh(AT + timedelta(days=3))
    assert Currency.objects.get(pk="EUR").held_rate == "2"
    set_exchange_rate(currency=euro, rate=Decimal("1.1"), on=date(2026, 4, 11), ctx=CTX)
    euro.refresh_from_db()
    assert (euro.held_rate, euro.rate, euro.rate_source) == ("", "1.1", "manual")
    assert euro.current_rate.worth == Fraction("1.1")


def test_a_rate_of_staff_stays_until_a_later_day_is_published(bank: FakeEcb) -> None:
    """They said on the 8th what they want to count with, of the 1st: what is of the 8th is not better."""
    euro = Currency.objects.get(pk="EUR")
    set_exchange_rate(currency=euro, rate=Decimal("1.1"), on=date(2026, 4, 1), ctx=CTX)
    refresh(AT + timedelta(hours=5))
    assert rate_of("EUR") == ("1.1", date(2026, 4, 1), "manual")
    bank.says(reference_rates("2026-04-09"))
    refresh(AT + timedelta(days=1))
    assert rate_of("EUR") == ("1.0815", date(2026, 4, 9), "ecb")


def test_another_default_currency_forgets_what_was_published(bank: FakeEcb) -> None:
    refresh()
    make_default_currency(currency=Currency.objects.get(pk="EUR"), ctx=CTX)
    refresh(AT + timedelta(hours=3))
    assert rate_of("USD") == ("0.924641701341", DAY, "ecb")
    assert Currency.objects.get(pk="USD").current_rate.worth == 1 / Fraction("1.0815")


def test_a_rate_that_the_former_release_typed_counts_and_not_what_was_published(
    bank: FakeEcb,
) -> None:
    refresh()
    Currency.objects.filter(pk="EUR").update(rate="1.2", rate_on=DAY)  # all that it knows
    assert Currency.objects.get(pk="EUR").current_rate == CurrencyRate(Fraction("1.2"), DAY)


@pytest.mark.django_db
def test_rates_of_the_bank_have_room_for_its_holidays() -> None:
    set_setting(key="tax.rate_days", value="4", ctx=CTX)
    with pytest.raises(BusinessError, match="5 days or more"):
        set_setting(key="tax.rate_source", value="ecb", ctx=CTX)
    set_setting(key="tax.rate_days", value="5", ctx=CTX)
    set_setting(key="tax.rate_source", value="ecb", ctx=CTX)
    with pytest.raises(BusinessError, match="5 days or more"):
        set_setting(key="tax.rate_days", value="4", ctx=CTX)
