"""billing.md 5.1 and 5.2: which rule applies, and the cases of the law in their order."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product as combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.billing.rules import Line, Tax, price
from commerce.billing.tax.rules import (
    EXPORT,
    KINDS,
    REVERSE_CHARGE,
    UNTAXED,
    Buyer,
    Rule,
    Seller,
    applying,
    number_to_check,
    taxation,
)

DAY = date(2026, 4, 8)
OLD = date(2020, 1, 1)
IE23 = Rule("IE", 23_000, "S", OLD, name="VAT")
DE19 = Rule("DE", 19_000, "S", OLD, name="VAT")
FR20 = Rule("FR", 20_000, "S", OLD, name="VAT")
GR24 = Rule("GR", 24_000, "S", OLD, name="VAT")
US0 = Rule("US", 0, "O", OLD)
NY = Rule("US", 8_875, "S", OLD, state="New York", name="Sales tax")
RULES = [IE23, DE19, FR20, GR24, US0, NY]

IRISH = Seller("IE")
DE_NUMBER, GR_NUMBER, FR_NUMBER = "DE136695976", "EL094259216", "FR40303265045"


def first(buyer: Buyer, seller: Seller = IRISH, rules: Sequence[Rule] = RULES) -> Tax:
    return taxation(buyer, seller, rules, DAY).taxes(["hosting"])[0]


CASES = [
    # tax.enabled off
    (Buyer("IE"), Seller("IE", taxes=False), Tax("O", 0)),
    # exempt, wherever he is
    (Buyer("IE", exempt_reason="Embassy"), IRISH, Tax("E", 0, "", "Embassy")),
    (Buyer("US", exempt_reason="Embassy"), IRISH, Tax("E", 0, "", "Embassy")),
    # the same country, whatever number the buyer has
    (Buyer("IE"), IRISH, IE23.tax),
    (Buyer("IE", vat_number="IE6433435F", vat_valid=True), IRISH, IE23.tax),
    (Buyer("IE", vat_number=DE_NUMBER, vat_valid=True), IRISH, IE23.tax),
    # both in the EU with a valid number of the buyer's country
    (Buyer("DE", vat_number=DE_NUMBER, vat_valid=True), IRISH, REVERSE_CHARGE),
    (Buyer("GR", vat_number=GR_NUMBER, vat_valid=True), IRISH, REVERSE_CHARGE),
    (Buyer("MC", vat_number=FR_NUMBER, vat_valid=True), IRISH, REVERSE_CHARGE),
    # both in the EU otherwise
    (Buyer("DE"), IRISH, DE19.tax),
    (Buyer("DE", vat_number=DE_NUMBER), IRISH, DE19.tax),
    (Buyer("DE", vat_number=FR_NUMBER, vat_valid=True), IRISH, DE19.tax),
    (Buyer("DE", vat_number="DE136695977", vat_valid=True), IRISH, DE19.tax),
    (Buyer("MC"), IRISH, FR20.tax),
    (Buyer("DE"), Seller("IE", eu_consumer_basis="origin"), IE23.tax),
    (Buyer("MC"), Seller("FR"), FR20.tax),
    # any other: the buyer's country, else export or outside scope
    (Buyer("US", state="new  york"), IRISH, NY.tax),
    (Buyer("US", state="Ohio"), IRISH, US0.tax),
    (Buyer("JP"), IRISH, EXPORT),
    (Buyer("DE"), Seller("US"), DE19.tax),
    (Buyer("JP"), Seller("US"), Tax("O", 0)),
    (Buyer("GB", vat_number="XI100000122", vat_valid=True), IRISH, EXPORT),
    (Buyer("ES", state="Canarias", vat_number="ESB58378431", vat_valid=True), IRISH, EXPORT),
    (Buyer(""), IRISH, EXPORT),
    # a country of the EU without a rule
    (Buyer("SE"), IRISH, Tax("O", 0)),
]


@pytest.mark.parametrize(("buyer", "seller", "tax"), CASES)
def test_the_cases_of_the_law(*, buyer: Buyer, seller: Seller, tax: Tax) -> None:
    assert first(buyer, seller) == tax


def test_the_united_kingdom_was_a_member_until_its_transition_ended() -> None:
    british = Buyer("GB", vat_number="GB980780684", vat_valid=True)
    rules = [Rule("GB", 20_000, "S", OLD)]
    for day, case in ((date(2020, 12, 31), "reverse_charge"), (date(2021, 1, 1), "other")):
        assert taxation(british, IRISH, rules, day).evidence["case"] == case


def test_a_rate_changes_on_its_day_and_old_days_keep_theirs() -> None:
    changed = date(2026, 7, 1)
    rules = [DE19, Rule("DE", 16_000, "S", changed), Rule("DE", 0, "O", changed.replace(year=2027))]
    assert rate(rules, changed - timedelta(days=1)) == 19_000
    assert rate(rules, changed) == 16_000
    assert rate(rules, date(2027, 7, 1)) == 0
    assert rate(rules, date(2019, 1, 1)) is None


def rate(rules: list[Rule], on: date) -> int | None:
    rule = applying(rules, country="DE", state="", kind="hosting", is_business=False, on=on)
    return rule and rule.rate_milli


def test_the_most_specific_rule_wins_by_state_then_product_then_client() -> None:
    keys = list(combinations(("", "CA"), ("all", "hosting"), ("all", "consumer")))
    rules = [
        Rule("US", 1000 * n, "S", OLD, state, product, client)
        for n, (state, product, client) in enumerate(keys, start=1)
    ]
    while rules:
        rule = applying(rules, country="US", state="ca", kind="hosting", is_business=False, on=DAY)
        assert rule == rules.pop()  # the table above goes from the least specific to the most


def test_a_rule_for_others_does_not_apply() -> None:
    rules = [
        Rule("US", 1000, "S", OLD, state="TX"),
        Rule("US", 2000, "S", OLD, product_kind="domain"),
        Rule("US", 3000, "S", OLD, client_kind="business"),
        Rule("CA", 4000, "S", OLD),
    ]
    assert (
        applying(rules, country="US", state="CA", kind="hosting", is_business=False, on=DAY) is None
    )


def test_lines_without_a_rule_are_exempt_beside_others_and_outside_scope_alone() -> None:
    hosting_only = [Rule("SE", 25_000, "S", OLD, product_kind="hosting", name="VAT")]
    found = taxation(Buyer("SE"), IRISH, hosting_only, DAY)
    assert found.taxes(["hosting", "domain", ""]) == [hosting_only[0].tax, UNTAXED, UNTAXED]
    assert found.taxes(["domain", ""]) == [Tax("O", 0), Tax("O", 0)]
    abroad = taxation(Buyer("DE", vat_number=DE_NUMBER, vat_valid=True), IRISH, RULES, DAY)
    assert abroad.taxes(["hosting", ""]) == [REVERSE_CHARGE, UNTAXED]
    exempt = taxation(Buyer("DE", exempt_reason="Embassy"), IRISH, RULES, DAY)
    assert {tax.note for tax in exempt.taxes(["hosting", ""])} == {"Embassy"}


def test_an_ended_rule_is_no_outside_scope_beside_others() -> None:
    rules = [DE19, Rule("DE", 0, "O", OLD, product_kind="domain", note="Ended")]
    found = taxation(Buyer("DE"), IRISH, rules, DAY)
    assert found.taxes(["hosting", "domain"]) == [DE19.tax, Tax("E", 0, "", "Ended")]
    assert found.taxes(["domain"]) == [Tax("O", 0, "", "Ended")]


def test_an_ended_rule_without_a_note_is_exempt_beside_others_with_ours() -> None:
    rules = [DE19, Rule("DE", 0, "O", OLD, product_kind="domain")]
    found = taxation(Buyer("DE"), IRISH, rules, DAY)
    assert found.taxes(["hosting", "domain"]) == [DE19.tax, UNTAXED]


def test_what_bears_no_tax_says_so_as_the_law_has_it() -> None:
    assert Tax("E", 0, "", "No tax applies") == UNTAXED
    assert Tax("AE", 0, "VAT", "Reverse charge") == REVERSE_CHARGE
    assert Tax("G", 0, "", "Export outside the EU") == EXPORT


def test_a_buyer_is_a_consumer_and_a_seller_charges_tax_on_top_unless_said_otherwise() -> None:
    buyer, seller = Buyer("IE"), Seller("IE")
    assert (buyer.is_business, buyer.vat_valid, dict(buyer.vat_evidence)) == (False, False, {})
    assert (seller.taxes, seller.prices_include_tax) == (True, False)
    assert seller.eu_consumer_basis == "destination"
    rule = Rule("IE", 23_000, "S", OLD)
    assert (rule.state, rule.product_kind, rule.client_kind) == ("", "all", "all")


def test_a_part_outside_the_vat_area_has_no_rules_of_a_country_that_has_none() -> None:
    assert first(Buyer("ES", state="Canarias"), rules=[IE23]) == EXPORT
    elsewhere = Rule("DE", 7_000, "S", OLD, state="Canarias")
    assert first(Buyer("ES", state="Canarias"), rules=[IE23, elsewhere]) == EXPORT


def test_the_rest_of_a_country_does_not_tax_a_part_outside_the_vat_area() -> None:
    spanish = Rule("ES", 21_000, "S", OLD)
    islands = Rule("ES", 7_000, "S", OLD, state="Canarias", name="IGIC")
    canary = Buyer("ES", state="Canarias")
    assert first(canary, rules=[spanish]) == EXPORT
    assert first(canary, rules=[spanish, islands]) == islands.tax
    assert first(Buyer("ES", state="Madrid"), rules=[spanish, islands]) == spanish.tax


def test_home_rates_are_those_that_consumers_at_home_pay() -> None:
    rules = [IE23, Rule("IE", 9_000, "S", OLD, product_kind="domain")]
    found = taxation(Buyer("JP"), IRISH, rules, DAY)
    assert [found.home_rate_milli(kind) for kind in (*KINDS, "")] == [23_000, 9_000, 23_000, 0]
    untaxed = taxation(Buyer("JP"), Seller("IE", taxes=False), rules, DAY)
    assert untaxed.home_rate_milli("hosting") == 0


def test_a_silent_service_is_said_on_the_invoice() -> None:
    waiting = Buyer("DE", vat_number=DE_NUMBER, vat_answer="unavailable")
    assert DE_NUMBER in taxation(waiting, IRISH, RULES, DAY).notice
    for other in (
        Buyer("DE", vat_number=DE_NUMBER, vat_answer="invalid"),
        Buyer("DE", vat_number=DE_NUMBER, vat_answer="unavailable", vat_valid=True),
        Buyer("JP", vat_answer="unavailable"),
    ):
        assert taxation(other, IRISH, RULES, DAY).notice == ""


@pytest.mark.parametrize(
    ("buyer", "number"),
    [
        (Buyer("DE", vat_number=DE_NUMBER), DE_NUMBER),
        (Buyer("GR", vat_number="el 094259216"), GR_NUMBER),
        (Buyer("DE", vat_number=FR_NUMBER), ""),
        (Buyer("IE", vat_number="IE6433435F"), ""),
        (Buyer("DE", vat_number=DE_NUMBER, exempt_reason="Embassy"), ""),
        (Buyer("US", vat_number=DE_NUMBER), ""),
        (Buyer("DE"), ""),
    ],
)
def test_a_number_is_asked_about_only_where_it_decides(*, buyer: Buyer, number: str) -> None:
    assert number_to_check(buyer, IRISH, DAY) == number


COUNTRIES = st.sampled_from("IE DE GR MC GB US JP ES".split())
RATES = st.sampled_from([("S", 19_000), ("S", 1), ("Z", 0), ("O", 0), ("E", 0)])


@st.composite
def some_rule(draw: st.DrawFn) -> Rule:
    category, rate_milli = draw(RATES)
    return Rule(
        draw(COUNTRIES),
        rate_milli,
        category,
        draw(st.dates(date(2019, 1, 1), date(2027, 1, 1))),
        draw(st.sampled_from(["", "Canarias", "New York"])),
        draw(st.sampled_from(["all", *KINDS])),
        draw(st.sampled_from(["all", "business", "consumer"])),
    )


@given(
    buyer=st.builds(
        Buyer,
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
        Seller,
        country=COUNTRIES,
        taxes=st.booleans(),
        eu_consumer_basis=st.sampled_from(["origin", "destination"]),
    ),
    rules=st.lists(some_rule(), max_size=12),
    kinds=st.lists(st.sampled_from([*KINDS, ""]), min_size=1, max_size=6),
    on=st.dates(date(2019, 1, 1), date(2027, 1, 1)),
)
def test_every_invoice_can_be_issued(
    *, buyer: Buyer, seller: Seller, rules: list[Rule], kinds: list[str], on: date
) -> None:
    """``O`` is alone or absent, only ``S`` has a rate, and the lines have a price."""
    taxes = taxation(buyer, seller, rules, on).taxes(kinds)
    categories = {tax.category for tax in taxes}
    assert "O" not in categories or categories == {"O"}
    assert all((tax.category == "S") == (tax.rate_milli > 0) for tax in taxes)
    lines = [Line("x", 1000, tax) for tax in taxes]
    assert price(lines).subtotal == 1000 * len(kinds)
    if "AE" in categories:
        assert buyer.vat_valid
        assert buyer.country != seller.country


def test_the_evidence_says_who_buys_where_and_what_is_known_of_his_number() -> None:
    known: dict[str, Any] = {
        "vat_valid": True,
        "vat_answer": "valid",
        "vat_evidence": {"request": "W1"},
    }
    business = Buyer("DE", "Bayern", is_business=True, vat_number=DE_NUMBER, **known)
    where = {"billing_country": "DE", "billing_state": "Bayern", "seller_country": "IE"}
    assert taxation(business, IRISH, RULES, DAY).evidence == {
        "case": "reverse_charge",
        "on": "2026-04-08",
        **where,
        "client_kind": "business",
        "vat": {"number": DE_NUMBER, "valid": True, "answer": "valid", "request": "W1"},
    }
    assert taxation(Buyer("DE", "Bayern"), IRISH, RULES, DAY).evidence == {
        "case": "eu_destination",
        "on": "2026-04-08",
        **where,
        "client_kind": "consumer",
    }


@pytest.mark.parametrize(
    ("buyer", "seller", "case"),
    [
        (Buyer("IE"), Seller("IE", taxes=False), "off"),
        (Buyer("IE", exempt_reason="Embassy"), IRISH, "exempt"),
        (Buyer("IE"), IRISH, "same_country"),
        (Buyer("DE", vat_number=DE_NUMBER, vat_valid=True), Seller("US"), "other"),
    ],
)
def test_the_case_has_its_name(*, buyer: Buyer, seller: Seller, case: str) -> None:
    assert taxation(buyer, seller, RULES, DAY).evidence["case"] == case


def test_a_number_does_not_decide_where_the_seller_charges_no_vat_of_the_eu() -> None:
    buyer = Buyer("DE", vat_number=DE_NUMBER)
    assert number_to_check(buyer, IRISH, DAY) == DE_NUMBER
    assert number_to_check(buyer, Seller("US"), DAY) == ""
    assert number_to_check(buyer, Seller("IE", taxes=False), DAY) == ""


def test_a_rule_for_businesses_is_theirs_and_none_at_home() -> None:
    low = Rule("IE", 9_000, "S", OLD, client_kind="business")
    rules = [IE23, low]
    assert first(Buyer("IE", is_business=True), rules=rules) == low.tax
    assert first(Buyer("IE"), rules=rules) == IE23.tax
    found = taxation(Buyer("IE", is_business=True), IRISH, rules, DAY)
    assert [found.home_rate_milli(kind) for kind in KINDS] == [23_000] * 3


def test_a_valid_number_that_was_once_not_answered_for_needs_no_sentence() -> None:
    of_another: dict[str, Any] = {"vat_number": FR_NUMBER, "vat_answer": "unavailable"}
    valid = taxation(Buyer("DE", vat_valid=True, **of_another), IRISH, RULES, DAY)
    assert (valid.notice, valid.evidence["case"]) == ("", "eu_destination")
    assert taxation(Buyer("DE", **of_another), IRISH, RULES, DAY).notice


def test_a_country_that_is_treated_as_another_may_have_rules_of_its_own() -> None:
    own = Rule("MC", 5_000, "S", OLD)
    assert first(Buyer("MC"), rules=[FR20, own]) == own.tax
    assert first(Buyer("MC"), rules=[FR20, DE19]) == FR20.tax
