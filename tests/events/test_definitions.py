"""Events can be stored as JSON and come back the same: ids and short facts, under names that tell them apart."""

from importlib import import_module
from pathlib import Path
from typing import get_type_hints

from msgspec import Struct

from commerce import reactions
from tests.house.source import PACKAGE

# Of mails, by name: no events that are published.
NOT_PUBLISHED = {"commerce.mail.events"}


def defined() -> list[type[Struct]]:
    modules = [
        "commerce." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in sorted(Path(PACKAGE).rglob("events.py"))
    ]
    return [
        value
        for name in modules
        if name not in NOT_PUBLISHED
        for value in vars(import_module(name)).values()
        if isinstance(value, type) and issubclass(value, Struct) and value.__module__ == name
    ]


def test_events_hold_ids_and_short_facts() -> None:
    for event in defined():
        hints = get_type_hints(event)
        assert set(hints.values()) <= {int, str}, event
        assert hints[event.__struct_fields__[0]] is int, event


def test_no_two_events_have_the_same_name() -> None:
    names = [event.__name__ for event in defined()]
    assert len(names) == len(set(names))
    assert max(map(len, names)) <= 60


def test_each_reaction_is_to_an_event_of_an_app() -> None:
    assert set(reactions.reactions()) <= set(defined())
