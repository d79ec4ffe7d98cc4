"""What is offered for how much, and what a buyer chose of it (catalog-and-orders.md 3 and 4)."""

from dataclasses import replace

import pytest

from commerce.catalog.offers import (
    CYCLES,
    OfferedOption,
    OfferedValue,
    UnitPrice,
    choose,
    starting_from,
)
from commerce.catalog.quote import Chosen
from commerce.kit.errors import Refused

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
    assert (CYCLES[0], CYCLES[-2:]) == ("monthly", ("triennially", "one_time"))


def test_starting_from_is_the_lowest_price_per_month() -> None:
    prices = {"monthly": UnitPrice(1000), "annually": UnitPrice(10_000), "one_time": UnitPrice(1)}
    found = starting_from(prices)
    assert found is not None
    assert (found.amount, found.billing_cycle, found.per_month) == (833, "annually", True)


def test_starting_from_is_the_shorter_cycle_when_they_are_equal() -> None:
    found = starting_from({"annually": UnitPrice(12_000), "monthly": UnitPrice(1000)})
    assert found is not None
    assert found.billing_cycle == "monthly"


def test_starting_from_is_the_one_time_price_where_nothing_recurs() -> None:
    found = starting_from({"one_time": UnitPrice(5000, 100)})
    assert found is not None
    assert (found.amount, found.per_month) == (5000, False)
    assert starting_from({}) is None


def test_what_a_form_does_not_say_is_the_first_value_the_least_number_and_off() -> None:
    assert choose(ALL, {}, "monthly") == (
        Chosen("Disk", "10 GB"),
        Chosen("Addresses", "1 × IPv4", 100, 10),
    )


def test_what_need_not_be_chosen_is_not() -> None:
    optional = [replace(option, required=False) for option in ALL]
    assert choose(optional, {}, "monthly") == ()
    assert choose(optional, {2: 0, 3: 0}, "monthly") == ()


def test_a_number_is_multiplied_with_price_and_setup_fee() -> None:
    assert choose(ALL, {1: 12, 2: 1, 3: 4}, "monthly") == (
        Chosen("Disk", "50 GB", 300, 50),
        Chosen("Backups", "Daily", 200),
        Chosen("Addresses", "4 × IPv4", 400, 40),
    )


def test_a_cycle_without_a_price_is_free() -> None:
    found = choose(ALL, {1: 12, 2: 1, 3: 2}, "annually")
    assert [chosen.amount for chosen in found] == [3000, 0, 0]


@pytest.mark.parametrize(
    "picked", [{9: 1}, {1: 21}, {1: 0}, {2: 2}, {2: -1}, {3: 0}, {3: 5}, {3: -1}]
)
def test_what_is_not_offered_is_refused(picked: dict[int, int]) -> None:
    with pytest.raises(Refused):
        choose(ALL, picked, "monthly")


def test_a_checkbox_that_must_be_ticked_is() -> None:
    terms = replace(BACKUPS, required=True)
    with pytest.raises(Refused):
        choose([terms], {}, "monthly")
    assert choose([terms], {2: 1}, "monthly") == (Chosen("Backups", "Daily", 200),)


def test_options_are_refused_with_the_field_that_they_belong_to() -> None:
    with pytest.raises(Refused) as refused:
        choose(ALL, {3: 5}, "monthly")
    assert refused.value.field == "options"
    assert str(refused.value) == "Addresses is a whole number from 1 to 4."
