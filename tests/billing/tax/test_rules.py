"""billing.md 5.1 and 5.2: which rule applies, and the cases of the law in their order."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product as combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.billing.invoices.rules import DraftLine, LineTax, price_lines
from commerce.billing.tax.rules import (
    REVERSE_CHARGE,
    SOLD_ABROAD,
    TAX_KINDS,
    UNTAXED,
    TaxBuyer,
    TaxRate,
    TaxSeller,
    VatRefresh,
    applicable_rate,
    check_vat_refresh,
    determine_taxation,
    vat_number_to_check,
)
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict

DAY = date(2026, 4, 8)
OLD = date(2020, 1, 1)
IE23 = TaxRate("IE", 23_000, "S", OLD, name="VAT")
DE19 = TaxRate("DE", 19_000, "S", OLD, name="VAT")
FR20 = TaxRate("FR", 20_000, "S", OLD, name="VAT")
GR24 = TaxRate("GR", 24_000, "S", OLD, name="VAT")
US0 = TaxRate("US", 0, "O", OLD)
NY = TaxRate("US", 8_875, "S", OLD, state="New York", name="Sales tax")
RULES = [IE23, DE19, FR20, GR24, US0, NY]

IRISH = TaxSeller("IE")
DE_NUMBER, GR_NUMBER, FR_NUMBER = "DE136695976", "EL094259216", "FR40303265045"


def first(buyer: TaxBuyer, seller: TaxSeller = IRISH, rules: Sequence[TaxRate] = RULES) -> LineTax:
    return determine_taxation(buyer, seller, rules, DAY).taxes(["hosting"])[0]


CASES = [
    # tax.enabled off
    (TaxBuyer("IE"), TaxSeller("IE", taxes=False), LineTax("O", 0)),
    # exempt, wherever he is
    (TaxBuyer("IE", exempt_reason="Embassy"), IRISH, LineTax("E", 0, "", "Embassy")),
    (TaxBuyer("US", exempt_reason="Embassy"), IRISH, LineTax("E", 0, "", "Embassy")),
    # the same country, whatever number the buyer has
    (TaxBuyer("IE"), IRISH, IE23.tax),
    (TaxBuyer("IE", vat_number="IE6433435F", vat_valid=True), IRISH, IE23.tax),
    (TaxBuyer("IE", vat_number=DE_NUMBER, vat_valid=True), IRISH, IE23.tax),
    # both in the EU with a valid number of the buyer's country
    (TaxBuyer("DE", vat_number=DE_NUMBER, vat_valid=True), IRISH, REVERSE_CHARGE),
    (TaxBuyer("GR", vat_number=GR_NUMBER, vat_valid=True), IRISH, REVERSE_CHARGE),
    (TaxBuyer("MC", vat_number=FR_NUMBER, vat_valid=True), IRISH, REVERSE_CHARGE),
    # both in the EU otherwise
    (TaxBuyer("DE"), IRISH, DE19.tax),
    (TaxBuyer("DE", vat_number=DE_NUMBER), IRISH, DE19.tax),
    (TaxBuyer("DE", vat_number=FR_NUMBER, vat_valid=True), IRISH, DE19.tax),
    (TaxBuyer("DE", vat_number="DE136695977", vat_valid=True), IRISH, DE19.tax),
    (TaxBuyer("MC"), IRISH, FR20.tax),
    (TaxBuyer("DE"), TaxSeller("IE", eu_consumer_basis="origin"), IE23.tax),
    (TaxBuyer("MC"), TaxSeller("FR"), FR20.tax),
    # any other: the buyer's country, else sold abroad or outside scope
    (TaxBuyer("US", state="new  york"), IRISH, NY.tax),
    (TaxBuyer("US", state="Ohio"), IRISH, US0.tax),
    (TaxBuyer("JP"), IRISH, SOLD_ABROAD),
    (TaxBuyer("DE"), TaxSeller("US"), DE19.tax),
    (TaxBuyer("JP"), TaxSeller("US"), LineTax("O", 0)),
    (TaxBuyer("GB", vat_number="XI100000122", vat_valid=True), IRISH, SOLD_ABROAD),
    (
        TaxBuyer("ES", state="Canarias", vat_number="ESB58378431", vat_valid=True),
        IRISH,
        SOLD_ABROAD,
    ),
    (TaxBuyer(""), IRISH, SOLD_ABROAD),
    # a country of the EU without a rule
    (TaxBuyer("SE"), IRISH, LineTax("O", 0)),
]


@pytest.mark.parametrize(("buyer", "seller", "tax"), CASES)
def test_the_cases_of_the_law(*, buyer: TaxBuyer, seller: TaxSeller, tax: LineTax) -> None:
    assert first(buyer, seller) == tax


def test_the_united_kingdom_was_a_member_until_its_transition_ended() -> None:
    british = TaxBuyer("GB", vat_number="GB980780684", vat_valid=True)
    rules = [TaxRate("GB", 20_000, "S", OLD)]
    for day, case in ((date(2020, 12, 31), "reverse_charge"), (date(2021, 1, 1), "other")):
        assert determine_taxation(british, IRISH, rules, day).evidence["case"] == case


def test_a_rate_changes_on_its_day_and_old_days_keep_theirs() -> None:
    changed = date(2026, 7, 1)
    rules = [
        DE19,
        TaxRate("DE", 16_000, "S", changed),
        TaxRate("DE", 0, "O", changed.replace(year=2027)),
    ]
    assert rate(rules, changed - timedelta(days=1)) == 19_000
    assert rate(rules, changed) == 16_000
    assert rate(rules, date(2027, 7, 1)) == 0
    assert rate(rules, date(2019, 1, 1)) is None


def rate(rules: list[TaxRate], on: date) -> int | None:
    rule = applicable_rate(rules, country="DE", state="", kind="hosting", is_business=False, on=on)
    return rule and rule.rate_milli


def test_the_most_specific_rule_wins_by_state_then_product_then_client() -> None:
    keys = list(combinations(("", "CA"), ("all", "hosting"), ("all", "consumer")))
    rules = [
        TaxRate("US", 1000 * n, "S", OLD, state, product, client)
        for n, (state, product, client) in enumerate(keys, start=1)
    ]
    while rules:
        rule = applicable_rate(
            rules, country="US", state="ca", kind="hosting", is_business=False, on=DAY
        )
        assert rule == rules.pop()  # the table above goes from the least specific to the most


def test_a_rule_for_others_does_not_apply() -> None:
    rules = [
        TaxRate("US", 1000, "S", OLD, state="TX"),
        TaxRate("US", 2000, "S", OLD, product_kind="domain"),
        TaxRate("US", 3000, "S", OLD, client_kind="business"),
        TaxRate("CA", 4000, "S", OLD),
    ]
    assert (
        applicable_rate(rules, country="US", state="CA", kind="hosting", is_business=False, on=DAY)
        is None
    )


def test_lines_without_a_rule_are_exempt_beside_others_and_outside_scope_alone() -> None:
    hosting_only = [TaxRate("SE", 25_000, "S", OLD, product_kind="hosting", name="VAT")]
    found = determine_taxation(TaxBuyer("SE"), IRISH, hosting_only, DAY)
    assert found.taxes(["hosting", "domain", ""]) == [hosting_only[0].tax, UNTAXED, UNTAXED]
    assert found.taxes(["domain", ""]) == [LineTax("O", 0), LineTax("O", 0)]
    abroad = determine_taxation(
        TaxBuyer("DE", vat_number=DE_NUMBER, vat_valid=True), IRISH, RULES, DAY
    )
    assert abroad.taxes(["hosting", ""]) == [REVERSE_CHARGE, UNTAXED]
    exempt = determine_taxation(TaxBuyer("DE", exempt_reason="Embassy"), IRISH, RULES, DAY)
    assert {tax.note for tax in exempt.taxes(["hosting", ""])} == {"Embassy"}


def test_what_is_sold_outside_the_eu_has_the_category_of_the_setting_and_says_the_same() -> None:
    said = SOLD_ABROAD.note
    for category in ("G", "O"):
        irish = TaxSeller("IE", non_eu_services=category)
        found = determine_taxation(TaxBuyer("JP"), irish, RULES, DAY)
        assert found.taxes(["hosting"]) == [LineTax(category, 0, "", said)]
        swiss = [TaxRate("CH", 8_100, "S", OLD, product_kind="hosting")]
        found = determine_taxation(TaxBuyer("CH"), irish, swiss, DAY)
        domain = LineTax("E", 0, "", said)
        assert found.taxes(["hosting", "domain", ""]) == [swiss[0].tax, domain, UNTAXED]


def test_an_ended_rule_is_no_outside_scope_beside_others() -> None:
    rules = [DE19, TaxRate("DE", 0, "O", OLD, product_kind="domain", note="Ended")]
    found = determine_taxation(TaxBuyer("DE"), IRISH, rules, DAY)
    assert found.taxes(["hosting", "domain"]) == [DE19.tax, LineTax("E", 0, "", "Ended")]
    assert found.taxes(["domain"]) == [LineTax("O", 0, "", "Ended")]


def test_an_ended_rule_without_a_note_is_exempt_beside_others_with_ours() -> None:
    rules = [DE19, TaxRate("DE", 0, "O", OLD, product_kind="domain")]
    found = determine_taxation(TaxBuyer("DE"), IRISH, rules, DAY)
    assert found.taxes(["hosting", "domain"]) == [DE19.tax, UNTAXED]


def test_what_bears_no_tax_says_so_as_the_law_has_it() -> None:
    assert LineTax("E", 0, "", "Not subject to VAT") == UNTAXED
    assert LineTax("AE", 0, "VAT", "Reverse charge") == REVERSE_CHARGE
    assert LineTax("G", 0, "", "Outside the scope of EU VAT") == SOLD_ABROAD


def test_a_buyer_is_a_consumer_and_a_seller_charges_tax_on_top_unless_said_otherwise() -> None:
    buyer, seller = TaxBuyer("IE"), TaxSeller("IE")
    assert (buyer.is_business, buyer.vat_valid, dict(buyer.vat_evidence)) == (False, False, {})
    assert (seller.taxes, seller.prices_include_tax) == (True, False)
    assert seller.eu_consumer_basis == "destination"
    rule = TaxRate("IE", 23_000, "S", OLD)
    assert (rule.state, rule.product_kind, rule.client_kind) == ("", "all", "all")


def test_a_part_outside_the_vat_area_has_no_rules_of_a_country_that_has_none() -> None:
    assert first(TaxBuyer("ES", state="Canarias"), rules=[IE23]) == SOLD_ABROAD
    elsewhere = TaxRate("DE", 7_000, "S", OLD, state="Canarias")
    assert first(TaxBuyer("ES", state="Canarias"), rules=[IE23, elsewhere]) == SOLD_ABROAD


def test_the_rest_of_a_country_does_not_tax_a_part_outside_the_vat_area() -> None:
    spanish = TaxRate("ES", 21_000, "S", OLD)
    islands = TaxRate("ES", 7_000, "S", OLD, state="Canarias", name="IGIC")
    canary = TaxBuyer("ES", state="Canarias")
    assert first(canary, rules=[spanish]) == SOLD_ABROAD
    assert first(canary, rules=[spanish, islands]) == islands.tax
    assert first(TaxBuyer("ES", state="Madrid"), rules=[spanish, islands]) == spanish.tax


def test_home_rates_are_those_that_consumers_at_home_pay() -> None:
    rules = [IE23, TaxRate("IE", 9_000, "S", OLD, product_kind="domain")]
    found = determine_taxation(TaxBuyer("JP"), IRISH, rules, DAY)
    assert [found.home_rate_milli(kind) for kind in (*TAX_KINDS, "")] == [23_000, 9_000, 23_000, 0]
    untaxed = determine_taxation(TaxBuyer("JP"), TaxSeller("IE", taxes=False), rules, DAY)
    assert untaxed.home_rate_milli("hosting") == 0


def test_a_silent_service_is_said_on_the_invoice() -> None:
    waiting = TaxBuyer("DE", vat_number=DE_NUMBER, vat_answer="unavailable")
    assert DE_NUMBER in determine_taxation(waiting, IRISH, RULES, DAY).unchecked_vat_number
    for other in (
        TaxBuyer("DE", vat_number=DE_NUMBER, vat_answer="invalid"),
        TaxBuyer("DE", vat_number=DE_NUMBER, vat_answer="unavailable", vat_valid=True),
        TaxBuyer("JP", vat_answer="unavailable"),
    ):
        assert determine_taxation(other, IRISH, RULES, DAY).unchecked_vat_number == ""


@pytest.mark.parametrize(
    ("buyer", "number"),
    [
        (TaxBuyer("DE", vat_number=DE_NUMBER), DE_NUMBER),
        (TaxBuyer("GR", vat_number="el 094259216"), GR_NUMBER),
        (TaxBuyer("DE", vat_number=FR_NUMBER), ""),
        (TaxBuyer("IE", vat_number="IE6433435F"), ""),
        (TaxBuyer("DE", vat_number=DE_NUMBER, exempt_reason="Embassy"), ""),
        (TaxBuyer("US", vat_number=DE_NUMBER), ""),
        (TaxBuyer("DE"), ""),
    ],
)
def test_a_number_is_asked_about_only_where_it_decides(*, buyer: TaxBuyer, number: str) -> None:
    assert vat_number_to_check(buyer, IRISH, DAY) == number


COUNTRIES = st.sampled_from("IE DE GR MC GB US JP ES".split())
RATES = st.sampled_from([("S", 19_000), ("S", 1), ("Z", 0), ("O", 0), ("E", 0)])


@st.composite
def some_rule(draw: st.DrawFn) -> TaxRate:
    category, rate_milli = draw(RATES)
    return TaxRate(
        draw(COUNTRIES),
        rate_milli,
        category,
        draw(st.dates(date(2019, 1, 1), date(2027, 1, 1))),
        draw(st.sampled_from(["", "Canarias", "New York"])),
        draw(st.sampled_from(["all", *TAX_KINDS])),
        draw(st.sampled_from(["all", "business", "consumer"])),
    )


@given(
    buyer=st.builds(
        TaxBuyer,
        country=COUNTRIES,
        state=st.sampled_from(["", "canarias", "NEW YORK"]),
        is_business=st.booleans(),
        vat_number=st.sampled_from(
            ["", DE_NUMBER, GR_NUMBER, FR_NUMBER, "XI100000122", "nonsense"]
        ),
        vat_valid=st.booleans(),
        exempt_reason=st.sampled_from(["", "Embassy"]),
    ),
    seller=st.builds(
        TaxSeller,
        country=COUNTRIES,
        taxes=st.booleans(),
        eu_consumer_basis=st.sampled_from(["origin", "destination"]),
    ),
    rules=st.lists(some_rule(), max_size=12),
    kinds=st.lists(st.sampled_from([*TAX_KINDS, ""]), min_size=1, max_size=6),
    on=st.dates(date(2019, 1, 1), date(2027, 1, 1)),
)
def test_every_invoice_can_be_issued(
    *, buyer: TaxBuyer, seller: TaxSeller, rules: list[TaxRate], kinds: list[str], on: date
) -> None:
    """``O`` is alone or absent, only ``S`` has a rate, and the lines have a price."""
    taxes = determine_taxation(buyer, seller, rules, on).taxes(kinds)
    categories = {tax.category for tax in taxes}
    assert "O" not in categories or categories == {"O"}
    assert all((tax.category == "S") == (tax.rate_milli > 0) for tax in taxes)
    lines = [DraftLine("x", 1000, tax) for tax in taxes]
    assert price_lines(lines).subtotal == 1000 * len(kinds)
    if "AE" in categories:
        assert buyer.vat_valid
        assert buyer.country != seller.country


def test_the_evidence_says_who_buys_where_and_what_is_known_of_his_number() -> None:
    known: dict[str, Any] = {
        "vat_valid": True,
        "vat_answer": "valid",
        "vat_evidence": {"request": "W1"},
    }
    business = TaxBuyer("DE", "Bayern", is_business=True, vat_number=DE_NUMBER, **known)
    where = {"billing_country": "DE", "billing_state": "Bayern", "seller_country": "IE"}
    assert determine_taxation(business, IRISH, RULES, DAY).evidence == {
        "case": "reverse_charge",
        "on": "2026-04-08",
        **where,
        "client_kind": "business",
        "vat": {"number": DE_NUMBER, "valid": True, "answer": "valid", "request": "W1"},
    }
    assert determine_taxation(TaxBuyer("DE", "Bayern"), IRISH, RULES, DAY).evidence == {
        "case": "eu_destination",
        "on": "2026-04-08",
        **where,
        "client_kind": "consumer",
    }


@pytest.mark.parametrize(
    ("buyer", "seller", "case"),
    [
        (TaxBuyer("IE"), TaxSeller("IE", taxes=False), "off"),
        (TaxBuyer("IE", exempt_reason="Embassy"), IRISH, "exempt"),
        (TaxBuyer("IE"), IRISH, "same_country"),
        (TaxBuyer("DE", vat_number=DE_NUMBER, vat_valid=True), TaxSeller("US"), "other"),
    ],
)
def test_the_case_has_its_name(*, buyer: TaxBuyer, seller: TaxSeller, case: str) -> None:
    assert determine_taxation(buyer, seller, RULES, DAY).evidence["case"] == case


def test_a_number_does_not_decide_where_the_seller_charges_no_vat_of_the_eu() -> None:
    buyer = TaxBuyer("DE", vat_number=DE_NUMBER)
    assert vat_number_to_check(buyer, IRISH, DAY) == DE_NUMBER
    assert vat_number_to_check(buyer, TaxSeller("US"), DAY) == ""
    assert vat_number_to_check(buyer, TaxSeller("IE", taxes=False), DAY) == ""


def test_a_rule_for_businesses_is_theirs_and_none_at_home() -> None:
    low = TaxRate("IE", 9_000, "S", OLD, client_kind="business")
    rules = [IE23, low]
    assert first(TaxBuyer("IE", is_business=True), rules=rules) == low.tax
    assert first(TaxBuyer("IE"), rules=rules) == IE23.tax
    found = determine_taxation(TaxBuyer("IE", is_business=True), IRISH, rules, DAY)
    assert [found.home_rate_milli(kind) for kind in TAX_KINDS] == [23_000] * 3


def test_a_valid_number_that_was_once_not_answered_for_needs_no_sentence() -> None:
    of_another: dict[str, Any] = {"vat_number": FR_NUMBER, "vat_answer": "unavailable"}
    valid = determine_taxation(TaxBuyer("DE", vat_valid=True, **of_another), IRISH, RULES, DAY)
    assert (valid.unchecked_vat_number, valid.evidence["case"]) == ("", "eu_destination")
    assert determine_taxation(TaxBuyer("DE", **of_another), IRISH, RULES, DAY).unchecked_vat_number


def test_a_country_that_is_treated_as_another_may_have_rules_of_its_own() -> None:
    own = TaxRate("MC", 5_000, "S", OLD)
    assert first(TaxBuyer("MC"), rules=[FR20, own]) == own.tax
    assert first(TaxBuyer("MC"), rules=[FR20, DE19]) == FR20.tax


def test_what_was_asked_counts_for_its_client_and_five_minutes() -> None:
    at = datetime(2026, 4, 8, 12, tzinfo=UTC)
    soon, late = (Context(at + timedelta(minutes=minutes), SYSTEM) for minutes in (5, 6))
    asked = VatRefresh(7, at)
    for vat_refresh in (asked, None):
        check_vat_refresh(vat_refresh, client_id=7, ctx=soon)
    with pytest.raises(StateConflict) as refused:
        check_vat_refresh(asked, client_id=7, ctx=late)
    assert refused.value.code == "tax.vat_refresh_too_old"
    with pytest.raises(ValueError, match="another client"):
        check_vat_refresh(asked, client_id=8, ctx=soon)
