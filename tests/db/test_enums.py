"""Columns of enums."""

from enum import StrEnum

from commerce.db.enums import enum_choices


class Answer(StrEnum):
    NOT_YET = "not_yet"
    YES = "yes"


def test_the_choices_of_an_enum_are_its_values_in_their_order() -> None:
    assert enum_choices(Answer) == [("not_yet", "Not Yet"), ("yes", "Yes")]
    assert {type(value) for value, _ in enum_choices(Answer)} == {str}
