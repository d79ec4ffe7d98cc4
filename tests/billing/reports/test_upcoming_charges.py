"""What the services and domains of a client will cost, month by month: without a database."""

from datetime import date

from commerce.billing.reports.upcoming_charges import RecurringCharge, charges_by_currency

TODAY = date(2026, 11, 27)


def amounts(*charges: RecurringCharge) -> dict[str, list[int]]:
    found = charges_by_currency(charges, TODAY)
    return {one.currency_code: [month.amount for month in one.months] for one in found}


def test_each_cycle_comes_when_it_is_due_and_not_in_between() -> None:
    assert amounts(
        RecurringCharge("EUR", 1, date(2026, 12, 31), 100),
        RecurringCharge("EUR", 3, date(2027, 1, 15), 20),
        RecurringCharge("EUR", 12, date(2027, 6, 1), 5),  # the month after the last one
    ) == {"EUR": [0, 100, 120, 100, 100, 120]}


def test_what_was_due_and_is_not_paid_counts_to_this_month() -> None:
    assert amounts(RecurringCharge("EUR", 6, date(2026, 9, 30), 100)) == {
        "EUR": [100, 0, 0, 0, 100, 0]
    }


def test_a_month_costs_what_all_cost_on_average_rounded_once() -> None:
    charges = [RecurringCharge("EUR", 12, date(2027, 1, 1), 100)] * 3  # 8.33 each, 25 together
    [euros] = charges_by_currency(charges, TODAY)
    assert euros.monthly == 25


def test_the_dearest_month_has_the_longest_bar_and_no_charge_is_invisible() -> None:
    [euros] = charges_by_currency(
        [
            RecurringCharge("EUR", 12, date(2026, 12, 1), 100_000),
            RecurringCharge("EUR", 1, date(2027, 1, 1), 1),
        ],
        TODAY,
    )
    assert [month.share for month in euros.months] == [0, 100, 1, 1, 1, 1]


def test_a_currency_in_which_nothing_comes_soon_has_its_average_alone() -> None:
    [yen] = charges_by_currency([RecurringCharge("JPY", 36, date(2028, 1, 1), 3600)], TODAY)
    assert (yen.monthly, list(yen.months)) == (100, [])


def test_currencies_never_mix() -> None:
    found = amounts(
        RecurringCharge("USD", 1, date(2026, 12, 1), 7),
        RecurringCharge("EUR", 1, date(2026, 12, 1), 5),
    )
    assert found == {"EUR": [0, 5, 5, 5, 5, 5], "USD": [0, 7, 7, 7, 7, 7]}
