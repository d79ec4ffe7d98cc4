"""`reference` and `metadata`: what programs of a client say of its records, for the company's to find them by."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet

from commerce.accounts.models import RecordMetadata
from commerce.accounts.models.metadata import METADATA_KINDS, REFERENCE
from commerce.api.v2.reading.filters import FilterError

PAIR = "metadata[]"
"""The name of all parameters ``metadata[key]``."""
_LONGEST = 500

type Words = Mapping[str, str]


def has_words(model: type[Model]) -> bool:
    """Whether records of a model can have some."""
    return model._meta.model_name in METADATA_KINDS


def name_of_parameter(name: str) -> str:
    """The parameter that a name in a query is one of."""
    return PAIR if name.startswith("metadata[") and name.endswith("]") else name


def reference_of(row: Any) -> str | None:
    """The reference of a record."""
    return _words(row).get(REFERENCE)


def metadata_of(row: Any) -> Words:
    """Its pairs, by key."""
    return {key: value for key, value in sorted(_words(row).items()) if key != REFERENCE}


def read_words(model: type[Model], rows: Iterable[Any]) -> None:
    """Have the words of several records ready, by one statement."""
    by_id: dict[Any, dict[str, str]] = {row.pk: {} for row in rows}
    found = RecordMetadata.objects.filter(kind=model._meta.model_name, record_id__in=[*by_id])
    for pk, key, value in found.values_list("record_id", "key", "value"):
        by_id[pk][key] = value
    for row in rows:
        row.own_words = by_id[row.pk]


def _words(row: Any) -> Words:
    if not hasattr(row, "own_words"):
        read_words(type(row), [row])
    words: Words = row.own_words
    return words


def having(rows: "QuerySet[Any]", name: str, text: str) -> "QuerySet[Any]":
    """Those with a reference, or with the pair of a parameter ``metadata[key]``. Raises ``FilterError``."""
    key = REFERENCE if name == "reference" else name.removeprefix("metadata[").removesuffix("]")
    if not 1 <= len(text) <= _LONGEST or (name != "reference" and not key):
        raise FilterError("It must name what to look for.")
    kind = rows.model._meta.model_name
    found = RecordMetadata.objects.filter(kind=kind, key=key, value=text)
    return rows.filter(pk__in=found.values("record_id"))
