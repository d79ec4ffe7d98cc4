"""What a kind of record is to those who read it, said once: its fields, and who else than staff has each.

``<app>/records.py`` describes the kinds of an app. Lists, pages and files of the staff area, lists and records of the
command and the export of a client's data are made from it; the client API keeps structs of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from enum import Flag, auto
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from commerce.kit.money import Money
from commerce.presentation.labels import Text

STATUS = _("Status")

type Source = str | Callable[[Any], Any]
"""Where a value stands in its record: a field or property (``client__email`` follows relations), or a function."""

type Record = Mapping[str, object]


class FieldReader(Flag):
    """Who else reads a field, besides staff on their pages and in commands."""

    EXPORT = auto()
    """The client, in the export of their data."""
    API = auto()
    """The client, in the client API, whose structs say how."""
    AUDIT = auto()
    """Entries of the audit log say what it was and what it became."""


STAFF, EXPORT, API, AUDIT = FieldReader(0), FieldReader.EXPORT, FieldReader.API, FieldReader.AUDIT


def value_of(record: Any, source: Source) -> Any:
    """What stands there; None where a relation on the way leads nowhere."""
    if callable(source):
        return source(record)
    value = record
    for name in source.split("__"):
        value = getattr(value, name) if value is not None else None
    return value


@dataclass(frozen=True, slots=True)
class RecordField:
    """A value of a record: a text, a number, yes or no.

    ``name`` is what programs call it (JSON of commands, exports), ``label`` what people do; without one no page has it.
    ``source`` is where it stands, by its name if not said; a function or property says which columns it ``reads``.
    ``show`` makes it readable, ``order`` is an indexed column by which lists sort it. Staff without ``permission`` do
    not see it. ``ends`` says how a column of text ends, in the words of ``accounts.erasure.personal_columns``.
    """

    name: str
    readers: FieldReader
    label: Text = ""
    only_keywords: KW_ONLY
    source: Source = ""
    reads: str = ""
    show: Callable[[Any], Any] | None = None
    order: str = ""
    permission: str | None = None
    ends: str = ""

    def value(self, record: Any) -> Any:
        """The value itself."""
        return value_of(record, self.source or self.name)

    @property
    def columns(self) -> list[str]:
        """The columns that it is made of, as lookups."""
        stands = self.source if isinstance(self.source, str) and self.source else self.name
        return self.reads.split() or [stands]

    @property
    def related(self) -> set[str]:
        """The records that these stand in, if not in its own."""
        return {column.rpartition("__")[0] for column in self.columns if "__" in column}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAmount(RecordField):
    """An amount in minor units; ``currency`` is where its currency stands. Lists give the sum of those that add up."""

    currency: Source = "currency_id"
    adds_up: bool = True

    def value(self, record: Any) -> Money | None:
        amount = value_of(record, self.source or self.name)
        return None if amount is None else Money(amount, value_of(record, self.currency))

    @property
    def related(self) -> set[str]:
        path = self.currency.rpartition("__")[0] if isinstance(self.currency, str) else ""
        return {path} - {""}


@dataclass(frozen=True, slots=True)
class RecordDay(RecordField):
    """A day."""


@dataclass(frozen=True, slots=True)
class RecordInstant(RecordField):
    """An instant."""


@dataclass(frozen=True, slots=True)
class RecordSwitch(RecordField):
    """On or off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChoice(RecordField):
    """One of a few, which have words."""

    labels: Mapping[Any, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatus(RecordField):
    """The state of a record, in the words and colors that ``STATUS_LABELS`` has ``of`` its kind."""

    of: str
    label: Text = STATUS


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLink(RecordField):
    """Another record, with its page; programs get ``text``, which is what it is called."""

    text: Callable[[Any], Any] = str

    def value(self, record: Any) -> Any:
        linked = value_of(record, self.source or self.name)
        return None if linked is None else self.text(linked)

    @property
    def related(self) -> set[str]:
        return set(self.columns)


def plain_fields(names: str, readers: FieldReader) -> tuple[RecordField, ...]:
    """Columns that programs have and no page: by their own names, as they are."""
    return tuple(RecordField(name, readers) for name in names.split())


@dataclass(frozen=True, slots=True)
class RecordFields:
    """A kind of record with its fields; ``apart`` are columns that none of them has: keys and marks of ours, and what a
    page shows in its own way.
    """

    model: type[Model]
    fields: tuple[RecordField, ...]
    apart: str = ""

    def named(self, names: str) -> list[RecordField]:
        """The fields of these names, which blanks part."""
        known = {one.name: one for one in self.fields}
        return [known[name] for name in names.split()]

    def read(self, row: Model, names: str = "", reader: FieldReader = STAFF) -> dict[str, Any]:
        """What a program gets of a row: the fields of these names, or all that this reader has."""
        fields = self.named(names) if names else self.fields
        return {one.name: one.value(row) for one in fields if reader in one.readers}

    def columns(self, reader: FieldReader = STAFF) -> set[str]:
        """The columns that this reader has, as lookups."""
        return {column for one in self.fields if reader in one.readers for column in one.columns}

    def with_related[Rows: QuerySet[Any]](self, rows: Rows) -> Rows:
        """These rows with the records that their fields lead to."""
        paths = {path for one in self.fields for path in one.related}
        return rows.select_related(*sorted(paths)) if paths else rows


def plain_record(record: Record) -> dict[str, object]:
    """A record for JSON: amounts are whole numbers of minor units beside the ``currency_code`` of their record."""
    plain = {
        name: value.amount if isinstance(value, Money) else plain_value(value)
        for name, value in record.items()
    }
    codes = {value.currency for value in record.values() if isinstance(value, Money)}
    if codes:
        (plain["currency_code"],) = codes  # a record has amounts of one currency
    return plain


def plain_value(value: object) -> object:
    """The same of a list of records, or of any other value."""
    if isinstance(value, Mapping):
        return plain_record(value)
    return [plain_value(each) for each in value] if isinstance(value, list | tuple) else value
