"""What stands on an invoice, to the unit: inclusive prices, ties, renewals; without a database (billing.md 3)."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.billing.changes.price_changes.rules import (
    AnnouncedPrice,
    RepricingDecision,
    decide_repricing,
    first_price_day,
)
from commerce.billing.invoices.rules import (
    NO_DAYS,
    DraftLine,
    LineTax,
    amount_due_after,
    format_document_number,
    payment_reference,
    price_lines,
)
from commerce.billing.periods.renewal_lines import service_renewal_lines
from commerce.kit.errors import BusinessError
from commerce.runs.rules import retry_after

VAT = LineTax("S", 20_000, "VAT")
HALF = LineTax("S", 50_000)
SPARED = LineTax("AE", 0, "VAT", "Reverse charge")
DAY = date(2026, 4, 8)


def figures(*lines: DraftLine, inclusive: bool = True) -> list[tuple[int, int]]:
    """Net and tax of each line."""
    return [(row.net, row.tax) for row in price_lines(lines, prices_include_tax=inclusive).lines]


class TestInclusivePrices:
    def test_tax_is_what_the_price_holds(self) -> None:
        assert figures(DraftLine("A", 1200, VAT)) == [(1000, 200)]

    def test_a_buyer_at_rate_0_pays_the_price_without_the_rate_at_home(self) -> None:
        assert figures(DraftLine("A", 1190, SPARED, home_rate_milli=19_000)) == [(1000, 0)]
        assert figures(DraftLine("A", 1190, SPARED)) == [(1190, 0)]

    def test_each_spared_line_is_without_its_own_rate_at_home(self) -> None:
        lines = DraftLine("A", 1190, SPARED, home_rate_milli=19_000), DraftLine("B", 1070, SPARED)
        assert figures(*lines) == [(1000, 0), (1070, 0)]
        low = DraftLine("B", 1070, SPARED, home_rate_milli=7_000)
        found = price_lines([lines[0], low], prices_include_tax=True)
        assert (found.subtotal, found.tax, found.total) == (2000, 0, 2000)

    def test_the_same_rate_of_two_categories_makes_two_groups(self) -> None:
        lines = [
            DraftLine("A", 1200, VAT),
            DraftLine("B", 1200, LineTax("Z", 0)),
            DraftLine("C", 600, VAT),
        ]
        found = price_lines(lines, prices_include_tax=True)
        assert [(g.tax.category, g.net, g.amount) for g in found.groups] == [
            ("S", 1500, 300),
            ("Z", 1200, 0),
        ]

    def test_equal_remainders_are_borne_in_line_order(self) -> None:
        """Two lines of 1 hold a third each: the net of the group is 1, so one of them bears the tax."""
        assert figures(DraftLine("A", 1, HALF), DraftLine("B", 1, HALF)) == [(0, 1), (1, 0)]


class TestTiesOfTheLargestRemainder:
    def test_the_first_of_equals_bears_it_wherever_they_stand(self) -> None:
        """Taxes of 0.2, 0.5, 0.5 and 0.5 are 2 together (1.7)."""
        lines = [DraftLine("A", 1, VAT)] + [DraftLine("B", 25, LineTax("S", 2_000))] * 3
        assert [tax for _net, tax in figures(*lines, inclusive=False)] == [0, 1, 1, 0]
        assert figures(*[DraftLine("A", 1, HALF)] * 3, inclusive=False) == [(1, 1), (1, 1), (1, 0)]

    def test_a_larger_remainder_comes_before_an_earlier_line(self) -> None:
        lines = (
            DraftLine("A", 1, VAT),
            DraftLine("B", 3, VAT),
            DraftLine("C", 8, VAT),
        )  # 0.2, 0.6 and 1.6 are 2.4
        assert [tax for _net, tax in figures(*lines, inclusive=False)] == [0, 1, 1]

    def test_a_discount_bears_the_tax_that_it_takes_off(self) -> None:
        lines = DraftLine("A", 1003, VAT), DraftLine("B", -501, VAT)  # 200.6 and -100.2 are 100.4
        assert figures(*lines, inclusive=False) == [(1003, 200), (-501, -100)]


class TestNegativeGroups:
    def test_nothing_may_deduct_more_in_a_group_than_is_charged_there(self) -> None:
        charged = DraftLine("New plan", 1000, VAT)
        for kind in ("plan_change", "discount"):
            with pytest.raises(
                BusinessError, match="The discounts are larger than the amounts they apply to"
            ):
                price_lines([charged, DraftLine("Unused", -1, HALF, kind=kind)])

    def test_a_discount_may_come_to_all_that_it_discounts(self) -> None:
        assert price_lines([DraftLine("A", 100, VAT), DraftLine("B", -100, VAT)]).total == 0


def renewal(**over: Any) -> list[DraftLine]:
    given: dict[str, Any] = {
        "subject": ("service", 7),
        "product": "Hosting",
        "domain": "a.example",
        "amount": 1149,
        "options": [
            {"name": "Disk", "value": "50 GB", "amount": 300},
            {"name": "PHP", "value": "8"},
        ],
        "price_parts": {
            "base": 1000,
            "group_discount": 100,
            "promo_discount": 51,
            "promo_code": "SPRING",
        },
        "start": DAY,
        "end": date(2026, 5, 8),
        "tax": VAT,
        "tax_kind": "hosting",
        "home_rate_milli": 19_000,
    }
    return service_renewal_lines(**given | over)


def test_a_line_is_one_item_without_a_rate_at_home_unless_it_says_otherwise() -> None:
    line = DraftLine("A", 100, VAT)
    assert (line.quantity_milli, line.kind, line.home_rate_milli) == (1000, "item", 0)
    assert (line.weights, line.days) == ((1,), NO_DAYS)


class TestRenewal:
    def test_each_part_is_a_line_of_its_kind_taxed_as_the_service(self) -> None:
        found = renewal()
        assert [(line.kind, line.unit_amount, line.description) for line in found] == [
            ("renewal", 1000, "Hosting, a.example, Apr 8 – May 7, 2026"),
            ("option", 300, "Hosting: Disk, 50 GB"),
            ("discount", -100, "Hosting: discount"),
            ("discount", -51, "Hosting: promo code SPRING"),
        ]
        about = {(line.tax, line.tax_kind, line.subject, line.home_rate_milli) for line in found}
        assert about == {(VAT, "hosting", ("service", 7), 19_000)}

    def test_parts_that_do_not_sum_to_the_amount_are_one_line(self) -> None:
        head = "Hosting, a.example, Apr 8 – May 7, 2026"
        for amount in (1148, 1150):
            [line] = renewal(amount=amount)
            assert (line.kind, line.unit_amount, line.description) == ("renewal", amount, head)

    def test_options_that_cost_more_than_the_whole_are_one_line(self) -> None:
        assert [line.unit_amount for line in renewal(amount=299, price_parts={})] == [299]
        assert [line.unit_amount for line in renewal(amount=300, price_parts={})] == [0, 300]

    def test_the_clients_own_name_stands_last_where_it_says_more_and_has_room(self) -> None:
        head = "Hosting, a.example, Apr 8 – May 7, 2026"
        assert renewal(own_name="Bakery")[0].description == f"{head} (Bakery)"
        assert renewal(own_name="a.example")[0].description == head
        long = "x" * 205
        assert (
            len(renewal(product=long, domain="y" * 253, own_name="z" * 100)[0].description) == 481
        )

    def test_what_is_not_there_is_not_said(self) -> None:
        [line] = renewal(amount=1000, options=[], price_parts={}, domain="")
        assert line.description == "Hosting, Apr 8 – May 7, 2026"
        without = renewal(
            amount=900,
            options=[],
            price_parts={"base": 1000, "promo_discount": 100, "promo_code": ""},
        )
        assert [line.description for line in without[1:]] == ["Hosting: discount"]


class TestNewPrices:
    def test_they_count_from_the_first_unclaimed_period_after_the_notice(self) -> None:
        days = [DAY + timedelta(days=30 * n) for n in range(5)]

        def first(*claimed: date, earliest: date = DAY) -> date:
            return first_price_day(
                DAY, lambda day: day + timedelta(days=30), billed_starts=claimed, earliest=earliest
            )

        assert first() == days[0]
        assert first(days[0], days[1]) == days[2]
        assert first(earliest=days[1]) == days[1]
        assert first(earliest=days[1] + timedelta(days=1)) == days[2]
        assert first(days[2], earliest=days[2]) == days[3]

    @pytest.mark.parametrize(
        ("now", "new", "announced", "what"),
        [
            (100, 100, None, RepricingDecision.SAME),
            (100, 120, None, RepricingDecision.PLAN),
            (100, 120, AnnouncedPrice(120, DAY), RepricingDecision.ANNOUNCED),
            (100, 130, AnnouncedPrice(120, DAY), RepricingDecision.PLAN),
            (100, 100, AnnouncedPrice(120, DAY), RepricingDecision.DROP),
            (100, 120, AnnouncedPrice(90, DAY - timedelta(days=1)), RepricingDecision.PROMISED),
            (100, 100, AnnouncedPrice(90, DAY - timedelta(days=1)), RepricingDecision.PROMISED),
            (100, 120, AnnouncedPrice(90, DAY), RepricingDecision.PLAN),
            (100, 120, AnnouncedPrice(100, DAY - timedelta(days=1)), RepricingDecision.PLAN),
        ],
    )
    def test_what_becomes_of_one_that_is_announced(
        self, *, now: int, new: int, announced: AnnouncedPrice | None, what: RepricingDecision
    ) -> None:
        assert decide_repricing(now=now, new=new, from_date=DAY, announced=announced) == what


def test_a_number_says_year_and_month_of_its_issue_in_at_least_four_digits() -> None:
    assert format_document_number("INV-{YYYY}{MM}-", DAY, 305) == "INV-202604-0305"
    assert format_document_number("", DAY, 12_345) == "12345"


def test_a_payment_reference_has_the_check_digits_of_iso_11649() -> None:
    for number in (1, 42, 999_999):
        reference = payment_reference(number)
        moved = reference[4:] + reference[:4]
        assert int("".join(str(int(character, 36)) for character in moved)) % 97 == 1
        assert reference[4:] == f"{number:012d}"
    assert payment_reference(18) == "RF03000000000018"


def test_no_more_is_settled_than_the_total_and_no_less_than_nothing() -> None:
    assert [amount_due_after(100, entries) for entries in ([], [60, 40], [60, -60])] == [
        100,
        0,
        100,
    ]
    for entries in ([101], [-1]):
        with pytest.raises(BusinessError) as refused:
            amount_due_after(100, entries)
        assert refused.value.field == "amount"


def test_a_step_that_failed_waits_three_times_as_long_each_time() -> None:
    waits = [retry_after(n, only_stopped=False) for n in (1, 2, 3)]
    assert waits == [timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=45)]
    assert retry_after(3, only_stopped=True) == timedelta(minutes=5)
