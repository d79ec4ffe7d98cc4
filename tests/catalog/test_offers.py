"""What is offered for how much, and what a buyer chose of it (catalog-and-orders.md 3 and 4)."""

from dataclasses import replace

import pytest

from commerce.catalog.offers import (
    BILLING_CYCLES,
    OfferedOption,
    OfferedValue,
    UnitPrice,
    choose_options,
    starting_price,
)
from commerce.catalog.quote import ChosenOption
from commerce.kit.errors import BusinessError

SIZE = OfferedOption(
    id=1,
    name="Disk",
    type="dropdown",
    required=True,
    values=(
        OfferedValue(11, "10 GB", {}),
        OfferedValue(12, "50 GB", {"monthly": (300, 50), "annually": (3000, 0)}),
    ),
)
BACKUPS = OfferedOption(
    id=2,
    name="Backups",
    type="checkbox",
    required=False,
    values=(OfferedValue(21, "Daily", {"monthly": (200, 0)}),),
)
ADDRESSES = OfferedOption(
    id=3,
    name="Addresses",
    type="quantity",
    required=True,
    minimum=1,
    maximum=4,
    values=(OfferedValue(31, "IPv4", {"monthly": (100, 10)}),),
)
ALL = (SIZE, BACKUPS, ADDRESSES)


def test_cycles_are_in_the_order_of_their_length() -> None:
    assert (BILLING_CYCLES[0], BILLING_CYCLES[-2:]) == ("monthly", ("triennially", "one_time"))


def test_starting_from_is_the_lowest_price_per_month() -> None:
    prices = {"monthly": UnitPrice(1000), "annually": UnitPrice(10_000), "one_time": UnitPrice(1)}
    found = starting_price(prices)
    assert found is not None
    assert (found.amount, found.billing_cycle, found.per_month) == (833, "annually", True)


def test_starting_from_is_the_shorter_cycle_when_they_are_equal() -> None:
    found = starting_price({"annually": UnitPrice(12_000), "monthly": UnitPrice(1000)})
    assert found is not None
    assert found.billing_cycle == "monthly"


def test_starting_from_is_the_one_time_price_where_nothing_recurs() -> None:
    found = starting_price({"one_time": UnitPrice(5000, 100)})
    assert found is not None
    assert (found.amount, found.per_month) == (5000, False)
    assert starting_price({}) is None


def test_what_a_form_does_not_say_is_the_first_value_the_least_number_and_off() -> None:
    assert choose_options(ALL, {}, "monthly") == (
        ChosenOption("Disk", "10 GB"),
        ChosenOption("Addresses", "1 × IPv4", 100, 10),
    )


def test_what_need_not_be_chosen_is_not() -> None:
    optional = [replace(option, required=False) for option in ALL]
    assert choose_options(optional, {}, "monthly") == ()
    assert choose_options(optional, {2: 0, 3: 0}, "monthly") == ()


def test_a_number_is_multiplied_with_price_and_setup_fee() -> None:
    assert choose_options(ALL, {1: 12, 2: 1, 3: 4}, "monthly") == (
        ChosenOption("Disk", "50 GB", 300, 50),
        ChosenOption("Backups", "Daily", 200),
        ChosenOption("Addresses", "4 × IPv4", 400, 40),
    )


def test_a_cycle_without_a_price_is_free() -> None:
    found = choose_options(ALL, {1: 12, 2: 1, 3: 2}, "annually")
    assert [chosen.amount for chosen in found] == [3000, 0, 0]


@pytest.mark.parametrize(
    "picked", [{9: 1}, {1: 21}, {1: 0}, {2: 2}, {2: -1}, {3: 0}, {3: 5}, {3: -1}]
)
def test_what_is_not_offered_is_refused(picked: dict[int, int]) -> None:
    with pytest.raises(BusinessError):
        choose_options(ALL, picked, "monthly")


def test_a_checkbox_that_must_be_ticked_is() -> None:
    terms = replace(BACKUPS, required=True)
    with pytest.raises(BusinessError):
        choose_options([terms], {}, "monthly")
    assert choose_options([terms], {2: 1}, "monthly") == (ChosenOption("Backups", "Daily", 200),)


def test_options_are_refused_with_the_field_that_they_belong_to() -> None:
    with pytest.raises(BusinessError) as refused:
        choose_options(ALL, {3: 5}, "monthly")
    assert refused.value.field == "options"
    assert str(refused.value) == "Enter a whole number from 1 to 4 for Addresses."
