"""Tax for returns, against invoices and credit notes that were made by hand (backoffice.md 6)."""

from datetime import UTC, date, datetime

import pytest

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import DraftLine, LineTax
from commerce.billing.models import Invoice
from commerce.billing.reports.taxes import (
    ReverseChargeKey,
    TaxKey,
    TaxSums,
    one_stop_sums,
    reverse_charge_list,
    tax_by_country,
)
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
        TaxKey("DE", "EUR", "S", 7_000): TaxSums(1, 50_00, 3_50),
        # 100.00 + 10.00 + 20.00, and 20.00 + 1.00 taken back
        TaxKey("DE", "EUR", "S", 19_000): TaxSums(3, 130_00, 24_70, 2, 21_00, 3_99),
        TaxKey("FR", "EUR", "S", 20_000): TaxSums(1, 30_00, 6_00),
        TaxKey("FR", "USD", "S", 19_000): TaxSums(1, 7_00, 1_33),
    }
    sums = tax_by_country(FIRST, LAST)[TaxKey("DE", "EUR", "S", 19_000)]
    assert (sums.net, sums.tax) == (109_00, 20_71)


def test_a_country_is_that_of_the_invoice_not_of_today() -> None:
    client = make.make_client(country="DE")
    invoice(client, on(1, 5), (10_00, GERMAN))
    Client.objects.filter(pk=client.pk).update(country="FR")
    assert list(tax_by_country(FIRST, LAST)) == [TaxKey("DE", "EUR", "S", 19_000)]


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


def test_one_stop_sums_hold_what_bore_another_country_s_tax() -> None:
    german, french = make.make_client(country="DE"), make.make_client(country="FR")
    abroad = {"tax_evidence": {"case": "eu_destination"}}
    invoice(german, on(1, 5), (100_00, GERMAN), tax_evidence={"case": "same_country"})
    sold = invoice(french, on(1, 5), (50_00, FRENCH), **abroad)
    invoice(french, on(3, 31), (10_00, FRENCH), **abroad)
    invoice(french, on(4, 1), (1_00, FRENCH), **abroad)
    credit(sold, on(2, 5), amount=12_00)
    # 50.00 and 10.00 at 20 %, less 10.00 with 2.00 of tax
    assert one_stop_sums(FIRST, LAST) == {
        TaxKey("FR", "EUR", "S", 20_000): TaxSums(2, 60_00, 12_00, 1, 10_00, 2_00)
    }
