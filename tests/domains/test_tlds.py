"""The table of TLDs: its rows, its prices in each currency, its CSV file (domains.md 2 and 3)."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.audit.models import AuditEntry
from commerce.catalog.quote import DomainPrice
from commerce.domains.actions.tlds import (
    TldChange,
    import_tlds,
    set_tld,
    set_tld_price,
    set_tld_price_table,
    stored_tld_prices,
    switch_tlds,
)
from commerce.domains.models import Tld, TldPrice
from commerce.domains.offers import offer_for_name, price_list_rows, tld_offers
from commerce.domains.price_lists import PriceListRow, format_price_list, parse_price_list
from commerce.domains.rules import is_tld, possible_tlds, tld_of
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.nameservers import give_nameservers

CTX = Context(make.AT, SYSTEM)


def sell(tld: str, code: str = "EUR", **over: Any) -> Tld:
    give_nameservers()
    row = set_tld(tld=tld, ctx=CTX)
    prices = {"register": 1000, "renew": 1200, "transfer": 900, "restore": None} | over
    set_tld_price(tld=row, currency_code=code, **prices, ctx=CTX)
    return row


def test_the_tld_of_a_name_is_the_longest_that_we_know() -> None:
    assert possible_tlds("a.shop.co.uk") == ["shop.co.uk", "co.uk", "uk"]
    assert tld_of("shop.co.uk", {"uk", "co.uk"}) == "co.uk"
    assert tld_of("shop.co.uk", {"uk"}) == "uk"
    assert tld_of("shop.co.uk") == "co.uk"


@pytest.mark.parametrize("text", ["", ".com", "com.", "c_m", "-com", "x" * 64])
def test_what_is_no_tld(text: str) -> None:
    assert not is_tld(text)


@pytest.mark.django_db
def test_a_domain_is_made_under_the_longest_tld_of_the_table() -> None:
    assert make.make_domain(domain_name="a.shop.uk").tld == "shop.uk"
    sell("uk")
    assert make.make_domain(domain_name="b.shop.uk").tld == "uk"


@pytest.mark.django_db
def test_offers_are_in_the_order_of_the_list_and_say_what_is_not_offered() -> None:
    sell("com", register=1000)
    sell("net", code="USD")
    set_tld(tld="net", position=1, ctx=CTX)
    set_tld(tld="org", is_active=False, ctx=CTX)
    found = tld_offers("EUR")
    assert list(found) == ["com", "net"]
    assert found["com"].is_sold("register")
    assert not found["net"].is_sold("register")
    assert not found["net"].is_sold("transfer")


@pytest.mark.django_db
def test_a_name_is_offered_under_its_tld_unless_that_is_off() -> None:
    sell("uk")
    sell("co.uk", register=700)
    found = offer_for_name("shop.co.uk", "EUR")
    assert found is not None
    assert (found.tld, found.register) == ("co.uk", 700)
    switch_tlds(tlds=["co.uk"], on_sale=False, ctx=CTX)
    assert offer_for_name("shop.co.uk", "EUR") is None
    assert offer_for_name("shop.example", "EUR") is None


@pytest.mark.django_db
def test_what_is_offered_becomes_an_item_of_the_quote() -> None:
    sell("com")
    offer = tld_offers("EUR")["com"]
    assert offer.domain_price("register", 2) == DomainPrice(
        action="register", tld="com", unit_amount=1000, renewal=1200, years=2
    )
    assert offer.domain_price("transfer").subtotal == 900


@pytest.mark.django_db
@pytest.mark.parametrize("blank", ["register", "renew"])
def test_a_blank_price_is_not_offered(blank: str) -> None:
    sell("com", **{blank: None})
    offer = tld_offers("EUR")["com"]
    assert not offer.is_sold("register")
    with pytest.raises(BusinessError):
        offer.domain_price("register")


@pytest.mark.django_db
@pytest.mark.parametrize("years", [1, 6])
def test_terms_are_within_the_limits_of_the_tld(years: int) -> None:
    sell("com")
    set_tld(tld="com", min_years=2, max_years=5, ctx=CTX)
    with pytest.raises(BusinessError, match="2 to 5"):
        tld_offers("EUR")["com"].domain_price("register", years)
    assert tld_offers("EUR")["com"].domain_price("register").years == 2


@pytest.mark.django_db
def test_a_free_name_is_offered() -> None:
    sell("com", register=0)
    assert tld_offers("EUR")["com"].domain_price("register").subtotal == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"min_years": 0}, {"max_years": 11}, {"min_years": 3, "max_years": 2}]
)
def test_wrong_years_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BusinessError):
        set_tld(tld="com", **wrong, ctx=CTX)
    sell("com")
    with pytest.raises(IntegrityError), transaction.atomic():
        Tld.objects.update(**wrong)


@pytest.mark.django_db
def test_m16_the_database_refuses_negative_prices() -> None:
    row = sell("com")
    for name in ("register", "renew", "transfer", "restore"):
        with pytest.raises(BusinessError):
            set_tld_price(tld=row, currency_code="EUR", **{name: -1}, ctx=CTX)
        with pytest.raises(IntegrityError), transaction.atomic():
            TldPrice.objects.update(**{name: -1})


@pytest.mark.django_db
def test_u16_a_tld_has_one_row_of_prices_for_a_currency() -> None:
    row = sell("com")
    with pytest.raises(IntegrityError), transaction.atomic():
        TldPrice.objects.create(tld=row, currency_id="EUR")
    with pytest.raises(BusinessError):
        set_tld_price(tld=row, currency_code="CHF", register=1, ctx=CTX)


@pytest.mark.django_db
def test_what_does_not_change_is_not_noted() -> None:
    sell("com")
    before = AuditEntry.objects.count()
    sell("com")
    set_tld(tld=".COM ", is_active=True, ctx=CTX)
    assert AuditEntry.objects.count() == before


@pytest.mark.django_db
def test_many_are_switched_at_once_or_none() -> None:
    sell("com")
    sell("net")
    assert switch_tlds(tlds=["com", "net"], on_sale=False, ctx=CTX) == 2
    assert switch_tlds(tlds=["com", ".NET"], on_sale=False, ctx=CTX) == 0
    with pytest.raises(BusinessError, match="org"):
        switch_tlds(tlds=["com", "org"], on_sale=True, ctx=CTX)
    assert not Tld.objects.on_sale().exists()


FILE = "tld,currency,register,renew,min_years\ncom,EUR,10.00,12.50,1\n.NET,USD,9,,2\n"


@pytest.mark.django_db
def test_a_preview_tells_what_an_import_would_change_and_changes_nothing() -> None:
    sell("com", register=1000, renew=1200)
    changes = import_tlds(text=FILE, dry_run=True, ctx=CTX)
    assert changes == [
        TldChange("com", "renew", 1200, 1250, "EUR"),
        TldChange("net", "min_years", None, 2),
        TldChange("net", "register", None, 900, "USD"),
    ]
    assert [row.tld for row in Tld.objects.all()] == ["com"]
    assert TldPrice.objects.get().renew == 1200


@pytest.mark.django_db
def test_an_import_does_what_its_preview_told_and_then_nothing_more() -> None:
    sell("com")
    preview = import_tlds(text=FILE, dry_run=True, ctx=CTX)
    assert import_tlds(text=FILE, ctx=CTX) == preview
    assert import_tlds(text=FILE, ctx=CTX) == []
    assert tld_offers("EUR")["com"].transfer == 900  # the file has no such column
    assert Tld.objects.get(tld="net").min_years == 2


@pytest.mark.django_db
def test_the_table_goes_out_and_comes_back_as_it_is() -> None:
    sell("com")
    sell("com", code=make.make_currency("JPY").code, register=1500, renew=1500)
    sell("co.uk", code=make.make_currency("KWD").code, register=5005)
    set_tld(tld="co.uk", renew_advance_days=14, registrar="manual", code_required=False, ctx=CTX)
    text = format_price_list(price_list_rows())
    assert "1500" in text
    assert "5.005" in text
    Tld.objects.all().delete()
    import_tlds(text=text, ctx=CTX)
    assert format_price_list(price_list_rows()) == text


def test_x17_the_table_has_no_formula_and_is_read_back() -> None:
    text = format_price_list(
        [PriceListRow("com", {"registrar": "=1+1"}, "JPY", {"register": 1500})]
    )
    head, row = csv.reader(StringIO(text))
    kept = {name: cell for name, cell in zip(head, row, strict=True) if cell}
    assert kept == {"tld": "com", "registrar": "'=1+1", "currency": "JPY", "register": "1500"}
    (again,) = parse_price_list("\n".join(",".join(line) for line in (kept.keys(), kept.values())))
    assert again.fields["registrar"] == "=1+1"
    assert again.prices["register"] == 1500


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "first line"),
        ("tld,register\ncom,1\n", "first line"),
        ("tld,currency,color\ncom,EUR,red\n", "first line"),
        (
            "tld,currency,register\ncom,EUR,1.005\n",
            "Line 2, column register: Use up to 2 decimal places",
        ),
        ("tld,currency,register\ncom,EUR,ten\n", "Line 2, column register"),
        ("tld,currency,register\ncom,EUR,-1\n", "0 or more"),
        ("tld,currency,is_active\ncom,EUR,maybe\n", "Line 2, column is_active"),
        ("tld,currency,min_years\ncom,EUR,-1\n", "Line 2, column min_years"),
        ("tld,currency,register\ncom,EUR\n", "Line 2 doesn"),
        ("tld,currency,register\ncom,EUR,1,2\n", "Line 2 doesn"),
        ("tld,currency,register\ncom,EUR,1\n.com,eur,2\n", "more than once"),
        ('tld,currency,register\ncom,EUR,"1', "unexpected end"),
        ("tld,currency,register\nc_m,EUR,1\n", "isn't a valid TLD"),
        ("tld,currency,register\nnet,EUR,1\ncom,XXX,1\n", "hasn't been set up"),
        # Days that no calendar has stopped every step of the daily run that looks at domains.
        ("tld,currency,grace_days\ncom,EUR,99999999\n", "Enter a whole number from 0"),
        ("tld,currency,redemption_days\ncom,EUR,366\n", "redemption_days"),
        ("tld,currency,renew_advance_days\ncom,EUR,366\n", "renew_advance_days"),
        (f"tld,currency,position\ncom,EUR,{10**30}\n", "position"),
        (f"tld,currency,registrar\ncom,EUR,{'x' * 41}\n", "registrar"),
    ],
)
def test_a_file_that_cannot_be_taken_changes_nothing(text: str, why: str) -> None:
    give_nameservers()
    for dry_run in (True, False):
        with pytest.raises(BusinessError, match=why):
            import_tlds(text=text, dry_run=dry_run, ctx=CTX)
    assert not Tld.objects.exists()


@pytest.mark.django_db
def test_names_are_sold_with_two_nameservers_only() -> None:
    with pytest.raises(BusinessError, match=r"domains\.ns1"):
        set_tld(tld="com", ctx=CTX)
    set_tld(tld="com", is_active=False, ctx=CTX)
    with pytest.raises(BusinessError, match=r"domains\.ns1"):
        switch_tlds(tlds=["com"], on_sale=True, ctx=CTX)
    give_nameservers()
    switch_tlds(tlds=["com"], on_sale=True, ctx=CTX)
    for key in ("domains.ns1", "domains.ns2"):
        with pytest.raises(BusinessError, match="Active TLDs require two default nameservers"):
            set_setting(key=key, value="", ctx=CTX)
    switch_tlds(tlds=["com"], on_sale=False, ctx=CTX)
    assert set_setting(key="domains.ns1", value="", ctx=CTX) == ""


@pytest.mark.django_db
def test_all_prices_of_a_tld_are_saved_at_once() -> None:
    com = sell("com")
    seen = stored_tld_prices(com)
    free: dict[str, int | None] = dict.fromkeys(("register", "renew", "transfer", "restore"))
    new = {"EUR": seen["EUR"] | {"renew": 1500}, "USD": free}
    assert set_tld_price_table(tld=com, prices=new, expected=seen, ctx=CTX) == 1
    assert stored_tld_prices(com) == {"EUR": seen["EUR"] | {"renew": 1500}}
    with pytest.raises(StateConflict, match="in the meantime"):
        set_tld_price_table(tld=com, prices=new, expected=seen, ctx=CTX)
