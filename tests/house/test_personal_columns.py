"""Each column of text says whether it is personal, and whether export, erasure or retention has it (accounts.md 10)."""

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from commerce.accounts.data_export.hooks import ExportedRows, exported_rows
from commerce.accounts.erasure.personal_columns import columns_of_ours, personal_columns
from commerce.presentation.records import EXPORT, RecordFields
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


def _lookups(rows: ExportedRows) -> Iterable[str]:
    if isinstance(rows.fields, RecordFields):
        return rows.fields.columns(EXPORT)
    return rows.fields


def _exported() -> Iterator[str]:
    """The columns behind the lookups of an export."""
    for rows in exported_rows():
        for lookup in _lookups(rows):
            model, column = rows.rows(0).model, ""
            for name in lookup.split("__"):
                try:
                    field = model._meta.get_field(name)
                except FieldDoesNotExist:  # worked out by its query
                    break
                if field.is_relation and field.related_model is not None:
                    model = field.related_model
                else:
                    column = f"{model._meta.db_table}.{field.column}"
            if column:
                yield column


def test_each_column_of_text_has_one_row() -> None:
    """A new one fails here until it is said who has it."""
    personal, ours = personal_columns(), columns_of_ours()
    assert set(_columns()) - personal.keys() - ours == set(), "say in personal_columns who has it"
    assert personal.keys() | ours == set(_columns())
    assert not personal.keys() & ours


def test_each_row_says_who_has_it() -> None:
    for column, having in personal_columns().items():
        assert having <= {"export", "erasure", "retention", "stays"}, column
        assert having & {"erasure", "retention"} or "stays" in having, column


def test_what_is_said_to_be_exported_is() -> None:
    said = {column for column, having in personal_columns().items() if "export" in having}
    assert said == set(_exported()) & personal_columns().keys()


def test_what_the_law_wants_kept_is_said_to_be() -> None:
    for column in KEPT:
        assert personal_columns()[column] - {"export"} == {"retention"}, column
