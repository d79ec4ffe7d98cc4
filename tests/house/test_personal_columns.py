"""Each column of text says whether it is personal, and whether erasure or retention has it (accounts.md 10)."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from commerce.accounts.erasure.personal_columns import columns_of_ours, personal_columns
from tests.accounts.erasure.test_erasing import KEPT

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


def test_each_column_of_text_has_one_row() -> None:
    """A new one fails here until it is said who has it."""
    personal, ours = personal_columns(), columns_of_ours()
    assert set(_columns()) - personal.keys() - ours == set(), "say in personal_columns how it ends"
    assert personal.keys() | ours == set(_columns())
    assert not personal.keys() & ours


def test_each_row_says_how_it_ends() -> None:
    for column, having in personal_columns().items():
        assert having <= {"erasure", "retention", "stays"}, column
        assert having, column


def test_what_the_law_wants_kept_is_said_to_be() -> None:
    for column in KEPT:
        assert personal_columns()[column] == {"retention"}, column
