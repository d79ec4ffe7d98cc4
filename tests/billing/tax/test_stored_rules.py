"""Tax rules as rows, the tax of the books, and that what was issued stays as it was (M17)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.models import TaxRule
from commerce.billing.tax.accounting import tax_in_books
from commerce.billing.tax.actions import add_tax_rule, remove_tax_rule
from commerce.billing.tax.queries import countries_without_rate, taxation_for_buyer
from commerce.billing.tax.rules import TaxBuyer
from commerce.billing.tax.steps import send_missing_tax_rule_emails
from commerce.catalog.models import Currency
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests.make.people import AT, make_client
from tests.make.records import make_currency, make_invoice

pytestmark = pytest.mark.django_db
TODAY = AT.date()


def rule(country: str = "DE", rate_milli: int = 19_000, **over: Any) -> TaxRule:
    values = {"category": "S", "valid_from": date(2020, 1, 1), "ctx": Context(AT, SYSTEM)} | over
    return add_tax_rule(country=country, rate=rate_milli, **values)


def prefer(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))


def test_a_rule_counts_from_its_day_and_is_audited() -> None:
    prefer("company.country", "DE")
    rule()
    rule(rate_milli=16_000, valid_from=TODAY)
    found = {
        day: taxation_for_buyer(TaxBuyer("DE"), day).taxes(["hosting"])[0].rate_milli
        for day in (TODAY, TODAY.replace(day=1))
    }
    assert found == {TODAY: 16_000, TODAY.replace(day=1): 19_000}
    assert AuditEntry.objects.filter(action="tax_rule.created", staff_only=True).count() == 2


def test_a_key_is_taken_once_a_day() -> None:
    rule(state=" New   York ", country="US")
    with pytest.raises(BusinessError) as refused:
        rule(state="New York", country="US")
    assert refused.value.field == "valid_from"


def test_two_spellings_of_a_state_are_one() -> None:
    """ "Texas" and "texas" stood side by side, and nobody could say which counts."""
    rule(state="Texas", country="US")
    with pytest.raises(BusinessError):
        rule(state=" texas", country="US")
    rule(state="texas", country="US", valid_from=TODAY)


def test_a_rule_is_taken_back_before_its_day_or_the_first_invoice_only() -> None:
    """A rate that was typed wrongly stayed for good, since its key was taken."""
    wrong = rule(rate_milli=91_000, valid_from=TODAY + timedelta(days=1))
    remove_tax_rule(rule=wrong, ctx=Context(AT, SYSTEM))
    entry = AuditEntry.objects.get(action="tax_rule.removed")
    assert (entry.before["rate_milli"], entry.before["country"]) == (91_000, "DE")
    with pytest.raises(BusinessError, match="already been deleted"):
        remove_tax_rule(rule=wrong, ctx=Context(AT, SYSTEM))
    remove_tax_rule(rule=rule(valid_from=TODAY), ctx=Context(AT, SYSTEM))
    right = rule(valid_from=TODAY + timedelta(days=1))
    make_invoice(make_client())
    with pytest.raises(BusinessError, match="This rule is in effect"):
        remove_tax_rule(rule=right, ctx=Context(AT + timedelta(days=1), SYSTEM))
    assert list(TaxRule.objects.all()) == [right]


@pytest.mark.parametrize(
    ("category", "rate_milli"),
    [("S", 0), ("S", 100_001), ("Z", 1), ("X", 0), ("AE", 19_000), ("E", -1)],
)
def test_a_rate_fits_its_category(*, category: str, rate_milli: int) -> None:
    with pytest.raises(BusinessError):
        rule(category=category, rate_milli=rate_milli)


def test_a_new_rule_changes_no_issued_invoice() -> None:
    prefer("company.country", "DE")
    rule()
    invoice = make_invoice()
    before = list(invoice.tax_groups.values()), list(invoice.lines.values())
    rule(rate_milli=7_000, valid_from=date(2026, 1, 1))
    assert (list(invoice.tax_groups.values()), list(invoice.lines.values())) == before


def test_prices_include_tax_is_fixed_once_an_invoice_exists() -> None:
    prefer("tax.prices_include_tax", "on")
    assert taxation_for_buyer(TaxBuyer("DE"), TODAY).prices_include_tax
    make_invoice()
    with pytest.raises(BusinessError):
        prefer("tax.prices_include_tax", "off")
    prefer("tax.prices_include_tax", "on")


def test_staff_hear_of_countries_without_a_rule() -> None:
    for country in ("DE", "FR", "MC", "US"):
        make_client(country=country)
    prefer("company.country", "DE")
    assert countries_without_rate(TODAY) == ["DE", "FR", "MC"]
    rule("FR")
    assert countries_without_rate(TODAY) == ["DE"]
    prefer("company.country", "US")
    assert countries_without_rate(TODAY) == ["US"]
    prefer("tax.enabled", "off")
    assert countries_without_rate(TODAY) == []


def test_staff_are_told_once_a_day_which_country_lacks_a_rate() -> None:
    """Nobody was told: only `commerce tax rule list` looked."""
    prefer("company.email", "office@harbour.example")
    prefer("company.country", "DE")
    make_client(country="FR")

    def said(day: date) -> str:
        report = StepReport("tax-rules", "")
        send_missing_tax_rule_emails(RunDay(day, AT), report)
        return report.outcome

    tomorrow = TODAY + timedelta(days=1)
    assert [said(day) for day in (TODAY, TODAY, tomorrow)] == ["no tax rule for FR"] * 3
    mails = OutgoingMail.objects.filter(event="tax_rule_missing")
    assert [mail.values["countries"] for mail in mails] == ["France", "France"]
    rule("FR")
    assert said(tomorrow + timedelta(days=1)) == ""
    assert mails.count() == 2


def rated(code: str, rate: str, on: date = TODAY) -> None:
    make_currency(code)
    Currency.objects.filter(pk=code).update(rate=rate, rate_on=on)


def books(currency_code: str, tax_amount: int) -> Mapping[str, Any] | None:
    told = tax_in_books(currency_code=currency_code, tax_amount=tax_amount, on=TODAY)
    return told.stated or None


def test_the_tax_of_the_books_follows_rate_and_exponents() -> None:
    default = Currency.objects.get(is_default=True).code
    assert default == "USD"
    assert books("USD", 1900) is None
    assert books("EUR", 1900) is None  # nobody gave a rate
    rated("EUR", "1.1", TODAY.replace(day=1))
    said = {"currency": "USD", "amount": 2090, "rate": "1.1", "date": "2026-04-01"}
    assert books("EUR", 1900) == said
    rated("JPY", "0.0066")
    assert books("JPY", 100) == {
        "currency": "USD",
        "amount": 66,
        "rate": "0.0066",
        "date": "2026-04-08",
    }
    rated("KWD", "3.3")
    prefer("tax.accounting_currency", "KWD")
    assert books("JPY", 1000) == {
        "currency": "KWD",
        "amount": 2000,
        "rate": "0.002",
        "date": "2026-04-08",
    }


def test_a_rate_of_the_books_is_as_old_as_the_older_of_two() -> None:
    rated("EUR", "1.1", TODAY.replace(day=1))
    rated("KWD", "3.3", TODAY)
    prefer("tax.accounting_currency", "KWD")
    told = books("EUR", 3000)
    assert told is not None
    assert (told["amount"], told["date"]) == (10_000, "2026-04-01")


def test_without_a_rate_of_either_currency_the_books_say_nothing() -> None:
    rated("EUR", "1.1")
    make_currency("KWD")
    Currency.objects.filter(pk="KWD").update(rate="")
    prefer("tax.accounting_currency", "KWD")
    assert books("EUR", 1900) is None
    assert books("CHF", 1900) is None  # a currency that is no longer ours


def test_the_books_are_in_the_default_currency_whichever_was_made_first() -> None:
    rated("EUR", "1.1")
    Currency.objects.filter(pk="USD").update(is_default=False, rate="0.5", rate_on=TODAY)
    Currency.objects.filter(pk="EUR").update(is_default=True, rate="")
    told = books("USD", 1000)
    assert told is not None
    assert (told["currency"], told["amount"]) == ("EUR", 500)


@pytest.mark.parametrize(
    ("category", "rate_milli", "field"),
    [
        ("S", 1, ""),
        ("S", 100_000, ""),
        ("S", 100_001, "rate"),
        ("S", 0, "rate"),
        ("O", 0, ""),
        ("O", 1, "rate"),
        ("E", -1, "rate"),
        ("K", 0, "category"),
    ],
)
def test_a_category_has_the_rates_that_it_can_have(
    category: str, rate_milli: int, field: str
) -> None:
    if not field:
        assert rule("DE", rate_milli, category=category).rate_milli == rate_milli
        return
    with pytest.raises(BusinessError) as refused:
        rule("DE", rate_milli, category=category)
    assert refused.value.field == field
