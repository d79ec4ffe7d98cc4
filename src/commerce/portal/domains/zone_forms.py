"""What is typed on the pages of a zone: all its records in one form, a zone file, the name of a new zone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _lazy

from commerce.dns.record_types import TypedRecord, check_records, typed_value
from commerce.dns.rules import MAX_FILE_BYTES, MAX_RECORDS, RECORD_TYPES, DnsRecord, RecordError
from commerce.portal.base.form_fields import LineField, PlainTextField

BLANK_ROWS, MORE_ROWS = 3, 10


@dataclass(slots=True)
class RecordRow:
    """One row of the form, as it is or as it was typed; ``line`` is its number on the page."""

    line: int
    name: str = ""
    type: str = ""
    ttl: str = ""
    value: str = ""
    is_deleted: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: a name or a type alone says nothing yet."""
        return not (self.value.strip() or self.name.strip())


class RecordsForm:
    """All records of a zone. It works without scripts: some blank rows follow, and a button brings more."""

    def __init__(self, rows: list[RecordRow], seen_number: int, blank_rows: int) -> None:
        self.rows, self.seen_number = rows, seen_number
        self.problems: list[str] = []
        start = len(rows) + 1
        room = max(MAX_RECORDS - len(rows), 0)
        self.rows += [RecordRow(start + n) for n in range(min(blank_rows, room))]

    @classmethod
    def of_records(cls, records: Sequence[DnsRecord], seen_number: int) -> "RecordsForm":
        """The records as they are."""
        rows = [
            RecordRow(line, each.name, each.type, str(each.ttl), typed_value(each))
            for line, each in enumerate(records, start=1)
        ]
        return cls(rows, seen_number, BLANK_ROWS)

    @classmethod
    def of_post(cls, posted: QueryDict) -> "RecordsForm":
        """What was typed; blank rows at the end are made anew."""
        columns = [posted.getlist(name) for name in ("name", "type", "ttl", "value")]
        deleted = set(posted.getlist("delete"))
        rows = [
            RecordRow(line, name, kind, ttl, value, is_deleted=str(line) in deleted)
            for line, (name, kind, ttl, value) in enumerate(zip(*columns, strict=False), start=1)
        ]
        while rows and rows[-1].is_blank:
            rows.pop()
        seen = posted.get("seen", "")
        number = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0
        return cls(rows, number, MORE_ROWS if "more" in posted else BLANK_ROWS)

    def read(self, zone: str, *, takes_alias: bool) -> list[DnsRecord] | None:
        """The records that it says; none when a row breaks a rule, and then each such row says why."""
        typed = [
            TypedRecord(row.line, row.name, row.type, row.ttl, row.value)
            for row in self.rows
            if not row.is_deleted and not row.is_blank
        ]
        checked = check_records(zone, typed, takes_alias=takes_alias)
        for problem in checked.problems:
            self.add_problem(problem)
        return None if checked.problems else checked.records

    def add_problem(self, problem: RecordError) -> None:
        """Say it at the top, and mark its row."""
        self.problems.append(str(problem))
        for row in self.rows:
            if row.line == problem.line:
                row.problems.append(str(problem))

    @property
    def types(self) -> tuple[str, ...]:
        """What a record can be."""
        return RECORD_TYPES


class ZoneFileForm(forms.Form):
    """A zone file, pasted or uploaded."""

    zone_file = PlainTextField(
        label=_lazy("Zone file"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 12,
                "spellcheck": "false",
                "autocapitalize": "none",
                "class": "zone-file",
            }
        ),
    )
    upload = forms.FileField(label=_lazy("Or upload a file"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            each.depends = True  # type: ignore[attr-defined]  # one of both is enough

    def text(self) -> str:
        """What it says; of an upload that is no text, its bytes with marks that no zone file has."""
        upload = self.cleaned_data.get("upload")
        if upload is None:
            return str(self.cleaned_data["zone_file"])
        return str(upload.read(MAX_FILE_BYTES + 1).decode("utf-8", errors="replace"))


class NewZoneForm(forms.Form):
    """The name of a zone for a domain that is registered elsewhere."""

    restored_fields: ClassVar[tuple[str, ...]] = ("name",)

    name = LineField(
        label=_lazy("Domain"),
        max_length=255,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "inputmode": "url",
                "placeholder": "example.com",
            }
        ),
    )
