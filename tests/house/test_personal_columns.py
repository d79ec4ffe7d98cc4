"""Each column of text says whether it is personal, and whether erasure or retention has it (accounts.md 10)."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from commerce.accounts.erasure.personal_columns import columns_of_ours, personal_columns
from tests.accounts.erasure.test_erasing import KEPT
from tests.house.test_record_fields import DESCRIBED

TEXTS = (
    *(models.CharField, models.TextField, models.JSONField),
    *(models.GenericIPAddressField, models.BinaryField),
)
LONGEST_CODE = 3
"""So short a text is the code of a country or a currency."""


def _columns() -> Iterator[str]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            is_code = 0 < (getattr(field, "max_length", None) or 0) <= LONGEST_CODE
            if isinstance(field, TEXTS) and not field.choices and not is_code:
                yield f"{model._meta.db_table}.{field.column}"


def _ends_of_fields() -> dict[str, frozenset[str]]:
    """What the descriptions of records say of their own columns."""
    return {
        f"{model._meta.db_table}.{one.columns[0]}": frozenset(one.ends.split())
        for model, fields in DESCRIBED.items()
        for one in fields.fields
        if one.ends
    }


def _personal_columns() -> dict[str, frozenset[str]]:
    return personal_columns() | _ends_of_fields()


def test_each_column_of_text_says_once_how_it_ends() -> None:
    """A new one fails here until it is said."""
    personal, ours = _personal_columns(), columns_of_ours()
    assert set(_columns()) - personal.keys() - ours == set(), "say at its field how it `ends`"
    assert not personal_columns().keys() & _ends_of_fields().keys()
    assert personal.keys() | ours == set(_columns())
    assert not personal.keys() & ours


def test_each_ends_in_a_known_way() -> None:
    for column, having in _personal_columns().items():
        assert having <= {"erasure", "retention", "stays"}, column
        assert having, column


def test_what_the_law_wants_kept_is_said_to_be() -> None:
    for column in KEPT:
        assert _personal_columns()[column] == {"retention"}, column
