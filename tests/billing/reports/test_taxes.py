"""Tax for returns, against invoices and credit notes that were made by hand (backoffice.md 6)."""

from datetime import UTC, date, datetime

import pytest

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import DraftLine, LineTax
from commerce.billing.models import Invoice
from commerce.billing.reports.one_stop import OneStopQuarter, one_stop_quarters
from commerce.billing.reports.tax_in_books import tax_in_books
from commerce.billing.reports.taxes import (
    ReverseChargeKey,
    TaxKey,
    TaxSums,
    reverse_charge_list,
    tax_by_country,
)
from commerce.catalog.models import Currency
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.records import REVERSE_CHARGE, make_credit_note

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
GERMAN, FRENCH = LineTax("S", 19_000, "USt"), LineTax("S", 20_000, "TVA")
REDUCED = LineTax("S", 7_000, "USt")


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def invoice(client: Client, at: datetime, *lines: tuple[int, LineTax], **over: object) -> Invoice:
    drafted = [DraftLine("Hosting", amount, tax) for amount, tax in lines]
    return make.make_invoice(client, lines=drafted, at=at, **over)


def credit(of: Invoice, at: datetime, **over: object) -> None:
    make_credit_note(invoice=of, ctx=Context(at, SYSTEM), **over)


def test_net_and_tax_are_told_for_each_country_rate_and_category() -> None:
    german, french = make.make_client(country="DE"), make.make_client(country="FR")
    before = invoice(german, datetime(2025, 12, 31, 12, tzinfo=UTC), (1_00, GERMAN))
    invoice(german, on(1, 1), (100_00, GERMAN), (50_00, REDUCED))
    make.make_draft(german, [DraftLine("Hosting", 4_00, GERMAN)], at=on(2, 1))
    invoice(german, on(2, 10), (10_00, GERMAN))
    taken_back = invoice(german, on(2, 20), (20_00, GERMAN))
    credit(before, on(3, 1), amount=1_19)  # counts in the month in which it was issued
    invoice(french, on(3, 31), (30_00, FRENCH))
    invoice(french, on(3, 31), (7_00, GERMAN), currency_code="USD")
    credit(taken_back, on(3, 31))
    invoice(german, on(4, 1), (2_00, GERMAN))

    assert tax_by_country(FIRST, LAST) == {
        TaxKey("DE", "", "EUR", "S", 7_000): TaxSums(1, 50_00, 3_50),
        # 100.00 + 10.00 + 20.00, and 20.00 + 1.00 taken back
        TaxKey("DE", "", "EUR", "S", 19_000): TaxSums(3, 130_00, 24_70, 2, 21_00, 3_99),
        TaxKey("FR", "", "EUR", "S", 20_000): TaxSums(1, 30_00, 6_00),
        TaxKey("FR", "", "USD", "S", 19_000): TaxSums(1, 7_00, 1_33),
    }
    sums = tax_by_country(FIRST, LAST)[TaxKey("DE", "", "EUR", "S", 19_000)]
    assert (sums.net, sums.tax) == (109_00, 20_71)


def test_a_country_is_that_of_the_invoice_not_of_today() -> None:
    client = make.make_client(country="DE")
    invoice(client, on(1, 5), (10_00, GERMAN))
    Client.objects.filter(pk=client.pk).update(country="FR")
    assert list(tax_by_country(FIRST, LAST)) == [TaxKey("DE", "", "EUR", "S", 19_000)]


def test_who_owes_the_tax_is_listed_with_the_vat_number() -> None:
    over = {"country": "FR", "company": "Lumière", "tax_id": "FR40303265045"}
    french, plain = make.make_client(**over), make.make_client(country="FR")
    invoice(french, on(1, 5), (100_00, REVERSE_CHARGE))
    back = invoice(french, on(2, 5), (40_00, REVERSE_CHARGE))
    credit(back, on(2, 6), amount=15_00)
    invoice(plain, on(2, 7), (9_00, FRENCH))
    key = ReverseChargeKey("FR", "FR40303265045", "Lumière", "EUR")
    assert reverse_charge_list(FIRST, LAST) == {key: TaxSums(2, 140_00, 0, 1, 15_00, 0)}
    assert reverse_charge_list(FIRST, LAST)[key].net == 125_00


def test_a_figure_is_told_for_each_reason_why_tax_was_as_it_was() -> None:
    french = make.make_client(country="FR")
    for case, amount in (("same_country", 10_00), ("eu_destination", 30_00)):
        sold = invoice(french, on(1, 5), (amount, FRENCH), tax_evidence={"case": case})
        credit(sold, on(2, 5), amount=6_00)
    assert tax_by_country(FIRST, LAST) == {
        TaxKey("FR", "eu_destination", "EUR", "S", 20_000): TaxSums(1, 30_00, 6_00, 1, 5_00, 1_00),
        TaxKey("FR", "same_country", "EUR", "S", 20_000): TaxSums(1, 10_00, 2_00, 1, 5_00, 1_00),
    }


def test_a_note_after_a_move_corrects_the_tax_of_its_invoice() -> None:
    """A consumer in France becomes a business in Austria: what is given back is French tax."""
    client = make.make_client(country="FR")
    sold = invoice(client, on(1, 5), (120_00, FRENCH), **ABROAD)
    Client.objects.filter(pk=client.pk).update(country="AT", company="Donau", tax_id="ATU12345675")
    client.refresh_from_db()
    reverse = {"tax_evidence": {"case": "reverse_charge"}}
    charge = invoice(client, on(2, 5), (49_19, REVERSE_CHARGE), **reverse)
    credit(sold, on(2, 5), amount=96_26)
    french = TaxKey("FR", "eu_destination", "EUR", "S", 20_000)
    assert tax_by_country(FIRST, LAST) == {
        TaxKey("AT", "reverse_charge", "EUR", "AE", 0): TaxSums(1, 49_19, 0),
        french: TaxSums(1, 120_00, 24_00, 1, 80_22, 16_04),
    }
    assert quarter().sums == {french: TaxSums(1, 120_00, 24_00, 1, 80_22, 16_04)}
    [owed] = reverse_charge_list(FIRST, LAST).values()
    assert owed == TaxSums(1, charge.subtotal)


ABROAD = {"tax_evidence": {"case": "eu_destination"}}


def quarter(day: date = FIRST) -> OneStopQuarter:
    [found] = one_stop_quarters(day, day)
    return found


def test_one_stop_sums_hold_what_bore_another_country_s_tax() -> None:
    german, french = make.make_client(country="DE"), make.make_client(country="FR")
    invoice(german, on(1, 5), (100_00, GERMAN), tax_evidence={"case": "same_country"})
    sold = invoice(french, on(1, 5), (50_00, FRENCH), **ABROAD)
    invoice(french, on(3, 31), (10_00, FRENCH), **ABROAD)
    invoice(french, on(4, 1), (1_00, FRENCH), **ABROAD)
    credit(sold, on(2, 5), amount=12_00)
    # 50.00 and 10.00 at 20 %, less 10.00 with 2.00 of tax
    assert quarter().sums == {FRANCE: TaxSums(2, 60_00, 12_00, 1, 10_00, 2_00)}
    assert quarter().corrections == {}


FRANCE = TaxKey("FR", "eu_destination", "EUR", "S", 20_000)


def test_what_corrects_an_earlier_quarter_stands_apart_with_that_quarter_and_its_country() -> None:
    client = make.make_client(country="FR")
    old = invoice(client, on(1, 5), (50_00, FRENCH), **ABROAD)
    Client.objects.filter(pk=client.pk).update(country="IT")
    client.refresh_from_db()
    new = invoice(client, on(4, 2), (30_00, FRENCH), **ABROAD)
    credit(old, on(4, 3), amount=12_00)
    credit(new, on(5, 1), amount=3_60)
    credit(old, on(7, 1), amount=6_00)
    first, second, third = one_stop_quarters(FIRST, date(2026, 7, 1))
    assert (first.first, first.last) == (FIRST, LAST)
    assert (first.sums, first.corrections) == ({FRANCE: TaxSums(1, 50_00, 10_00)}, {})
    assert list(second.sums.values()) == [TaxSums(1, 30_00, 6_00, 1, 3_00, 60)]
    assert second.corrections == {(FIRST, FRANCE): TaxSums(0, 0, 0, 1, 10_00, 2_00)}
    assert third.sums == {}
    assert third.corrections == {(FIRST, FRANCE): TaxSums(0, 0, 0, 1, 5_00, 1_00)}


def test_one_stop_sums_are_in_the_currency_of_the_books_as_each_document_says_it() -> None:
    client = make.make_client(country="FR")
    set_rate("0.8")
    invoice(client, on(1, 5), (50_00, FRENCH), **ABROAD)
    sold = invoice(
        client, on(1, 6), (10_00, FRENCH), (3_33, REDUCED), currency_code="USD", **ABROAD
    )
    set_rate("0.5")
    invoice(client, on(1, 7), (20_00, FRENCH), currency_code="USD", **ABROAD)
    credit(sold, on(1, 8))
    credit(invoice(client, on(1, 9), (9_99, FRENCH), currency_code="USD", **ABROAD), on(4, 9))
    # Tax of 2.23 USD is 1.78 EUR on the document: 1.60 of it at 20 %, and 0.18 at 7 %
    assert sold.accounting_tax["amount"] == 1_78
    assert quarter().sums == {
        FRANCE._replace(rate_milli=7_000): TaxSums(1, 2_66, 18, 1, 2_66, 18),
        FRANCE: TaxSums(4, 50_00 + 8_00 + 10_00 + 5_00, 10_00 + 1_60 + 2_00 + 1_00, 1, 8_00, 1_60),
    }
    later = quarter(date(2026, 4, 1))
    assert later.corrections == {(FIRST, FRANCE): TaxSums(0, 0, 0, 1, 5_00, 1_00)}


def test_a_return_in_the_currency_of_the_books_is_what_each_document_says() -> None:
    client = make.make_client(country="FR")
    set_rate("0.8")
    invoice(client, on(1, 5), (50_00, FRENCH), **ABROAD)
    sold = invoice(
        client, on(1, 6), (10_00, FRENCH), (3_33, REDUCED), currency_code="USD", **ABROAD
    )
    credit(sold, on(1, 8))
    set_rate("0.5")
    owes = make.make_client(country="FR", company="Acme", tax_id="FR40303265045")
    invoice(owes, on(1, 9), (9_00, REVERSE_CHARGE), currency_code="USD", **ABROAD)
    found = tax_in_books(FIRST, LAST)
    turned = FRANCE._replace(category="AE", rate_milli=0)
    assert found.by_country == {
        FRANCE._replace(rate_milli=7_000): TaxSums(1, 2_66, 18, 1, 2_66, 18),
        FRANCE: TaxSums(2, 50_00 + 8_00, 10_00 + 1_60, 1, 8_00, 1_60),
        turned: TaxSums(1, 4_50, 0),
    }
    assert found.reverse_charge == {
        ReverseChargeKey("FR", "FR40303265045", "Acme", "EUR"): TaxSums(1, 4_50, 0)
    }


def test_a_document_without_a_rate_stays_in_its_own_currency() -> None:
    client = make.make_client(country="FR")
    invoice(client, on(1, 6), (10_00, FRENCH), currency_code="USD", **ABROAD)
    own = {FRANCE._replace(currency_code="USD"): TaxSums(1, 10_00, 2_00)}
    assert quarter().sums == own
    assert tax_in_books(FIRST, LAST).by_country == own


def set_rate(rate: str) -> None:
    """Euros for one dollar, from now on."""
    Currency.objects.filter(code="USD").update(rate=rate, is_default=False)
    Currency.objects.filter(code="EUR").update(is_default=True)
