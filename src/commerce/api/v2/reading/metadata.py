"""``reference`` and ``metadata`` of a resource, and the filters by them."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, override

import msgspec
from django.db.models import Case, CharField, Exists, OuterRef, Q, Subquery, TextField, When
from django.db.models.functions import Cast, JSONArray
from msgspec import Meta

from commerce.accounts.actions.api_writes.metadata import (
    MAX_KEY_LENGTH,
    MAX_REFERENCE_LENGTH,
    MAX_VALUE_LENGTH,
)
from commerce.accounts.models import RecordMetadata
from commerce.accounts.models.metadata import REFERENCE
from commerce.api.read.fields import JsonRows, api_field
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v2.reading.filters import (
    CONTROL_CHARACTER,
    Filter,
    FilterError,
    FilterValue,
    TextFilter,
)
from commerce.db.compiled import QueryParam
from commerce.kit.text import clean_line

_NOT_BLANK = r"^[^\u0000-\u001f\u007f]*[!-~][^\u0000-\u001f\u007f]*$"
"""Texts of which something is left once blanks around them are gone."""

type Reference = Annotated[
    Annotated[str, Meta(max_length=255)] | None,
    Meta(
        description="A text of your own, such as the number of your order. The portal shows it.",
        examples=["shop-order-7731"],
    ),
]
type Metadata = Annotated[
    dict[str, str],
    Meta(
        description="Up to 20 pairs of your own, with keys of at most 40 and values of at most 500 characters.",
        examples=[{"customer": "c-118"}],
    ),
]


def metadata_column(kind: str) -> Case:
    """All pairs of a record as one JSON text; NULL when there are none.

    Most clients have none at all, of whose records each would be looked up.
    """
    rows = RecordMetadata.objects.filter(kind=kind, record_id=OuterRef("pk")).order_by()
    pairs = Cast(JsonRows(JSONArray("key", "value")), TextField())
    of_record = Subquery(rows.values("record_id").annotate(pairs=pairs).values("pairs"))
    has_any = Exists(RecordMetadata.objects.for_client(TOKEN_CLIENT))
    return Case(When(has_any, then=of_record))


def reference_field(column: Case, *story: str | None) -> Meta:
    """``reference``, from the ``metadata_column`` of its kind."""
    return api_field(
        column, show=lambda text: _pairs(text).get(REFERENCE) if text else None, story=story
    )


def metadata_field(column: Case, *story: dict[str, str]) -> Meta:
    """``metadata``, from the same column."""

    def shown(text: str | None) -> dict[str, str]:
        if not text:  # most records have none
            return {}
        return {key: value for key, value in sorted(_pairs(text).items()) if key != REFERENCE}

    return api_field(column, show=shown, story=story)


def _pairs(told: str | list[list[str]]) -> dict[str, str]:
    """From what the database gathered: SQLite gives what is within other JSON as JSON, and not as text."""
    return dict(msgspec.json.decode(told) if isinstance(told, str) else told)


@dataclass(frozen=True, eq=False)
class ReferenceFilter(TextFilter):
    """Records of ``kind`` with one of these references."""

    kind: str = ""

    @property
    @override
    def schema(self) -> dict[str, Any]:
        schema = super().schema
        no_comma = _NOT_BLANK.replace("007f]", "007f,]").replace("[!-~]", "[!-+.-~]")
        return schema | {"items": schema["items"] | {"pattern": no_comma}}

    @override
    def read_one(self, text: str) -> str:
        return _kept(text, MAX_REFERENCE_LENGTH)

    @override
    def condition(self, name: str, shape: int) -> Q:
        values = [QueryParam(f"{name}_{i}", CharField()) for i in range(shape)]
        return _having(self.kind, key=REFERENCE, value__in=values)


@dataclass(frozen=True, eq=False)
class MetadataFilter(Filter):
    """``metadata[key]=value``: records of ``kind`` that have the pair."""

    kind: str = ""

    @override
    def read(self, name: str, text: str) -> FilterValue:
        key = name.partition("[")[2].removesuffix("]")
        if not 1 <= len(key) <= MAX_KEY_LENGTH or CONTROL_CHARACTER.search(key):
            raise FilterError("It must name a key and its value.")
        value, bound = _kept(text, MAX_VALUE_LENGTH), self.param(name)
        canonical = json.dumps([key, value])
        return FilterValue(None, {f"{bound}_key": key, f"{bound}_value": value}, canonical)

    @override
    def condition(self, name: str, shape: Any) -> Q:
        bound = self.param(name)
        key, value = (QueryParam(f"{bound}_{part}", CharField()) for part in ("key", "value"))
        return _having(self.kind, key=key, value=value)

    @staticmethod
    def param(name: str) -> str:
        """What its values are bound by: statements know no brackets."""
        return name.partition("[")[0]

    @property
    @override
    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": {
                "minLength": 1,
                "maxLength": 40,
                "pattern": r"^[^\u0000-\u001f\u007f]+$",
            },
            "additionalProperties": {
                "type": "string",
                "minLength": 1,
                "maxLength": 500,
                "pattern": _NOT_BLANK,
            },
            "minProperties": 1,
            "maxProperties": 1,
        }


def _kept(text: str, most: int) -> str:
    """A value as it is kept when it is written; raises ``FilterError`` for one that none is."""
    value = clean_line(text)
    if not 1 <= len(value) <= most:
        raise FilterError(f"A value has 1 to {most} characters.")
    return value


def metadata_filters(kind: str) -> dict[str, Filter]:
    """The filters of a resource whose records are of a kind."""
    return {
        "reference": ReferenceFilter("", "Only those with this reference.", kind=kind),
        "metadata": MetadataFilter(
            "", "Only those with this pair: `metadata[customer]=c-118`.", kind=kind
        ),
    }


def _having(kind: str, **pair: Any) -> Q:
    rows = RecordMetadata.objects.for_client(TOKEN_CLIENT).filter(kind=kind, **pair)
    return Q(pk__in=rows.values("record_id"))
