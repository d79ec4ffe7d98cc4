"""Acts: what an action says of itself, and what its inputs take from people, programs and code."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest

from commerce.kit.acts.act import act, act_of, read_input
from commerce.kit.acts.asked import Asked
from commerce.kit.acts.inputs import (
    Amount,
    Choice,
    Day,
    DecimalNumber,
    Flag,
    Input,
    Integer,
    Line,
    Percent,
    Reason,
    Reference,
    Text,
)
from commerce.kit.acts.lists import AmountsByCurrency, HostNames, Lines, Many, References, WordList
from commerce.kit.acts.shown import Confirmed, Seen
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict, TwoTexts
from commerce.presentation.countries import CountryCode
from commerce.presentation.email_addresses import Email

CTX = Context(datetime(2030, 1, 1, tzinfo=UTC), SYSTEM)


@dataclass
class Ship:
    name: str = "Anna"
    is_sunk: bool = False
    currency: str = "EUR"


def sunk(ship: Ship, ctx: Context) -> StateConflict | None:
    return StateConflict("ship.sunk") if ship.is_sunk else None


@act(
    "ship.rename",
    Ship,
    label="Rename",
    done=TwoTexts(member="%(name)s it is.", staff="Renamed to %(name)s."),
    blocked=sunk,
)
def rename_ship(
    *,
    ship: Ship,
    name: Annotated[str, Line("Name", most=10, edits="name")],
    ctx: Context,
    reason: Annotated[str, Reason("Note")] = "",
    days: int = 0,
) -> Ship:
    ship.name = name
    return ship


@act("ship.dock", Ship, label="Dock", done="Docked.", blocked=sunk)
def dock_ship(
    *,
    ship: Ship,
    port: Annotated[str, Line("Port")],
    depth: Annotated[int, Asked(lambda _ship, values, _ctx: len(values["port"]))],
    ctx: Context,
) -> int:
    return depth


def refused(read: Any, *given: Any) -> str:
    with pytest.raises(BusinessError) as error:
        read(*given)
    return error.value.code


def test_parameters_with_an_input_are_asked_for_and_others_are_for_code() -> None:
    described = act_of(rename_ship)
    assert {name: one.is_required for name, one in described.parameters.items()} == {
        "name": True,
        "reason": False,
    }
    assert (described.record_parameter, described.verb) == ("ship", "rename")
    assert not described.asks_reason


def test_a_plain_call_is_checked_like_a_form() -> None:
    assert rename_ship(ship=Ship(), name="  Maria\n Lu ", ctx=CTX).name == "Maria Lu"
    with pytest.raises(BusinessError) as error:
        rename_ship(ship=Ship(), name="x" * 11, ctx=CTX)
    assert (error.value.code, error.value.field) == ("input.too_long", "name")


def test_what_it_has_to_ask_is_asked_before_it_and_only_if_it_is_possible() -> None:
    described, values = act_of(dock_ship), {"port": "Oslo"}
    assert list(described.parameters) == ["port"]
    asked = described.ask(Ship(), values, CTX)
    assert described.call(Ship(), values | asked, CTX) == 4
    assert refused(described.ask, Ship(is_sunk=True), {}, CTX) == "ship.sunk"


def test_what_came_of_it_is_said_to_each_audience() -> None:
    described, ship = act_of(rename_ship), Ship()
    result = described.call(ship, {"name": "Berta"}, CTX)
    assert described.done_text(result, ship, staff=True) == "Renamed to Berta."
    assert described.done_text(None, ship, staff=False) == "Berta it is."
    told = act("ship.tell", Ship, label="Tell", done=lambda _none, ship: f"{ship.name} sails.")
    assert told.done_text(None, Ship(name="50% off"), staff=True) == "50% off sails."


@pytest.mark.parametrize(
    ("options", "may_ask", "asks"),
    [
        ({}, False, False),
        ({"is_danger": True}, True, True),
        ({"asks_password": True}, True, True),
        ({"asks_password": lambda _ship, values: values["days"] > 1}, True, False),
        ({"asks_password": lambda ship, _values: ship.name == "Anna"}, True, True),
    ],
)
def test_a_danger_and_what_takes_a_password_are_asked_again(
    options: dict[str, Any], *, may_ask: bool, asks: bool
) -> None:
    described = act("ship.sink", Ship, label="Sink", done="Sunk.", **options)
    assert described.may_ask_again == may_ask
    assert described.asks_again(Ship(), {"days": 1}) == asks


@pytest.mark.parametrize(
    ("one", "text", "value"),
    [
        (Line("x"), " a \t b ", "a b"),
        (Line("x", least=0), "", ""),
        (Text("x"), "a\n\nb ", "a\n\nb"),
        (Flag("x"), "on", True),
        (Flag("x"), "", False),
        (Choice("x", labels={"a": "A"}), "a", "a"),
        (Amount("x", currency=lambda ship: ship.currency), "12.50", 1250),
        (Integer("x"), "12", 12),
        (Many("x", labels={"a": "A", "b": "B", "c": "C"}), "c, a a", ["a", "c"]),
        (Many("x", labels={"a": "A"}), "", []),
        (Confirmed(), "ship.leaks ship.old", {"ship.leaks", "ship.old"}),
        (Lines("x"), "a  b\n\n c", ["a b", "c"]),
        (Percent("x"), "12.5%", 1250),
        (AmountsByCurrency("x"), "5.00 EUR\n800 jpy", {"EUR": 500, "JPY": 800}),
        (WordList("x"), "com, net org", ["com", "net", "org"]),
        (Percent("x", parts=1000), "8.875", 8875),
        (DecimalNumber("x"), "1.170", Decimal("1.170")),
        (CountryCode("x"), "de", "DE"),
        (Email("x"), " a@b.example ", "a@b.example"),
        (Day("x"), "2030-01-31", date(2030, 1, 31)),
        (Reference("x", find=str.upper), "web1", "WEB1"),
        (HostNames("x", most=2), "ns1.a \n ns2.a", ["ns1.a", "ns2.a"]),
        (References("x", find=str.upper), "web1\nweb2", ["WEB1", "WEB2"]),
    ],
)
def test_a_typed_text_becomes_a_value(one: Input, text: str, value: object) -> None:
    assert one.from_text(text, Ship()) == value


@pytest.mark.parametrize(
    ("one", "given", "code"),
    [
        (Line("x"), 12, "input.not_text"),
        (Line("x"), " ", "input.missing"),
        (Line("x", most=3), "abcd", "input.too_long"),
        (Flag("x"), "on", "input.not_a_flag"),
        (Flag("x"), 1, "input.not_a_flag"),
        (Choice("x", labels={"a": "A"}), "b", "input.unknown_choice"),
        (Choice("x", labels={"a": "A"}), None, "input.not_text"),
        (Amount("x", currency=lambda ship: ship.currency), "12.50", "input.not_minor_units"),
        (Amount("x", currency=lambda ship: ship.currency), True, "input.not_minor_units"),
        (Amount("x", currency=lambda ship: ship.currency), 12.5, "input.not_minor_units"),
        (Amount("x", currency=lambda ship: ship.currency), -1, "amount.negative"),
        (Amount("x", currency=lambda ship: ship.currency, least=1), 0, "amount.not_positive"),
        (Integer("x", most=5), 6, "input.out_of_range"),
        (Integer("x"), True, "input.not_a_number"),
        (Many("x", labels={"a": "A"}), "a", "input.not_a_list"),
        (Many("x", labels={"a": "A"}), ["a", "b"], "input.unknown_choice"),
        (Confirmed(), "ship.leaks", "input.not_a_list"),
        (Confirmed(), [1], "input.not_text"),
        (Lines("x"), "a", "input.not_a_list"),
        (Lines("x"), [1], "input.not_a_list"),
        (Lines("x", most=3), ["abc", "abcd"], "input.too_long"),
        (Percent("x"), 10_001, "input.not_a_percentage"),
        (Percent("x"), 12.5, "input.not_a_number"),
        (AmountsByCurrency("x"), {"EUR": "5"}, "input.not_minor_units"),
        (WordList("x"), "com", "input.not_a_list"),
        (DecimalNumber("x"), 1.17, "input.not_text"),
        (DecimalNumber("x"), "much", "input.not_a_decimal"),
        (CountryCode("x"), "EU", "country.unknown"),
        (Email("x"), "a@localhost", "input.not_an_email"),
        (Email("x"), "a", "input.not_an_email"),
        (Email("x"), "", "input.missing"),
        (Day("x"), 20300131, "input.not_a_day"),
        (Day("x"), "31.01.2030", "input.not_a_day"),
        (Reference("x", find=str.upper), None, "input.not_text"),
        (Reference("x", find=str.upper), True, "input.not_text"),
        (References("x", find=str.upper), "web1", "input.not_a_list"),
        (References("x", find=str.upper), ["web1", None], "input.not_text"),
        (HostNames("x", most=2), "ns1.a", "input.not_text"),
        (HostNames("x", most=2), ["ns1.a", 2], "input.not_text"),
        (HostNames("x", most=2), ["a", "b", "c"], "input.number_of_lines"),
        (HostNames("x", most=2), [], "input.number_of_lines"),
    ],
)
def test_json_is_of_exactly_its_type(one: Input, given: object, code: str) -> None:
    assert refused(one.from_json, given, Ship()) == code


@pytest.mark.parametrize("typed", ["offf", "ON", "maybe"])
def test_a_typed_flag_says_yes_or_no(typed: str) -> None:
    """A typing error of a command turned the lock on."""
    assert refused(Flag("x").from_text, typed, Ship()) == "input.not_a_flag"


@pytest.mark.parametrize("text", ["12.345", "101", "-1", "many", ""])
def test_a_percentage_is_a_part_of_the_whole(text: str) -> None:
    assert refused(Percent("x").from_text, text, Ship()) == "input.not_a_percentage"


@pytest.mark.parametrize(
    ("one", "value", "text"),
    [
        (Percent("x"), 1250, "12.5"),
        (Percent("x"), 10_000, "100"),
        (Lines("x"), ["a", "b"], "a\nb"),
        (Many("x", labels={"a": "A", "b": "B"}), ["a", "b"], "a, b"),
    ],
)
def test_a_stored_value_is_shown_as_it_would_be_typed(one: Input, value: Any, text: str) -> None:
    assert one.to_text(value, Ship()) == text
    assert one.from_text(text, Ship()) == value


@dataclass(frozen=True)
class Voyage:
    days: int
    price: int

    @property
    def key(self) -> str:
        return f"{self.days}:{self.price}"

    @classmethod
    def of_key(cls, key: str) -> "Voyage":
        days, price = map(int, key.split(":"))
        return cls(days, price)


VOYAGE = Seen(
    "Voyage",
    of_key=Voyage.of_key,
    offers=lambda _ship, _at: {Voyage(days, 100 * days): f"{days} days" for days in (1, 2, 3)},
    currency=lambda ship: ship.currency,
    usual=lambda _ship: {"days": 2},
)


def test_what_a_record_has_may_stay_though_nobody_could_choose_it() -> None:
    def none(text: str) -> str:
        raise BusinessError("ship.unknown", name=text)

    name = Reference("x", find=none, edits="name")
    assert name.from_text("Anna", Ship()) == "Anna"
    assert name.from_json("Anna", Ship()) == "Anna"
    assert refused(name.from_text, "Berta", Ship()) == "ship.unknown"


def test_what_was_seen_is_the_offer_that_other_values_name() -> None:
    assert VOYAGE.meant(Ship(), {}, CTX.at) == (Voyage(2, 200), "2 days")
    assert VOYAGE.meant(Ship(), {"days": 3}, CTX.at) == (Voyage(3, 300), "3 days")
    assert VOYAGE.meant(Ship(), {"days": 4}, CTX.at) == (None, "")


def test_what_was_seen_comes_back_by_its_key() -> None:
    offer = Voyage(3, 250)  # whether it is so still is for the action to say
    assert VOYAGE.from_text(VOYAGE.to_text(offer, Ship()), Ship()) == offer
    assert VOYAGE.from_json("3:250", Ship()) == offer
    assert refused(VOYAGE.from_json, 3, Ship()) == "input.not_text"
    assert refused(VOYAGE.from_text, "3", Ship()) == "input.offer_changed"


def test_the_field_of_an_error_is_the_parameter() -> None:
    with pytest.raises(BusinessError) as error:
        read_input("due", Day("x").from_text, "tomorrow", None)
    assert error.value.field == "due"


def test_each_input_has_a_json_schema() -> None:
    assert Line("x", most=10).json_schema() == {"type": "string", "minLength": 1, "maxLength": 10}
    assert Amount("x", currency=str, least=1).json_schema() == {"type": "integer", "minimum": 1}
    assert Choice("x", labels={"a": "A"}).json_schema() == {
        "type": "string",
        "enum": ["a"],
    }
